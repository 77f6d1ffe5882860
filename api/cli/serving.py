"""`rapport serve` and `rapport worker`: the web process and the workers, for those who run Rapport for real."""

import os
import signal
import sys
import time
from typing import Annotated

import typer

from api.cli.telling import aside
from api.up.child import Child, Command
from domain.deployment import Deployment

_DRAIN_WITHIN = 30.0


def serve(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port to listen on.", min=1, max=65535)] = 8000,
    linger: Annotated[float, typer.Option(help="Seconds of 'not ready, still listening' after SIGTERM.")] = 0.0,
) -> None:
    """Serve the API. DATABASE_URL, REDIS_URL and RAPPORT_SECRET say where and how."""
    from api.serving import serve as run

    run(Deployment.from_environment(os.environ), host=host, port=port, linger=linger)


def worker() -> None:
    """Carry out jobs: the loop that needs Postgres alone, and its sibling that Redis wakes.

    Where one of them ends, so does the other, and whatever supervises this command starts both again.
    """
    Deployment.from_environment(os.environ)
    asked: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda received, _frame: asked.append(received))
    siblings = [Child(_sibling(module)) for module in ("jobs.loop", "jobs.worker")]
    while not asked and all(sibling.ended() is None for sibling in siblings):
        time.sleep(0.2)
    for sibling in siblings:
        sibling.ask_to_stop()
    codes = [sibling.stop() for sibling in siblings]
    if asked and set(codes) <= {0, -signal.SIGTERM}:  # the latter: told to stop before it had begun
        return
    aside(f"error: the workers ended with codes {codes}; what they logged says why")
    raise typer.Exit(1)


def _sibling(module: str) -> Command:
    """It dies with us, even where we are killed."""
    return Command(name=module, argv=(sys.executable, "-m", module), log=None, stop_within=_DRAIN_WITHIN)
