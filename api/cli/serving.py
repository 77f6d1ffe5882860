"""`rapport serve` and `rapport worker`: the web process and the workers, for those who run Rapport for real."""

import os
import signal
import subprocess
import sys
import time
from typing import Annotated

import typer

from api.cli.telling import aside
from domain.deployment import Deployment


def serve(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port to listen on.", min=1, max=65535)] = 8000,
    linger: Annotated[float, typer.Option(help="Seconds of 'not ready, still listening' after SIGTERM.")] = 0.0,
) -> None:
    """Serve the API. DATABASE_URL, REDIS_URL and RAPPORT_SECRET say where and how."""
    from api.serving import serve as run

    run(Deployment.from_environment(os.environ), host=host, port=port, linger=linger)


def worker() -> None:
    """Carry out jobs: the loop that needs Postgres alone, and its sibling that Redis wakes."""
    Deployment.from_environment(os.environ)
    siblings = [subprocess.Popen([sys.executable, "-m", module]) for module in ("jobs.loop", "jobs.worker")]

    def stop(*_signal: object) -> None:
        for sibling in siblings:
            sibling.terminate()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    while all(sibling.poll() is None for sibling in siblings):
        time.sleep(0.2)
    stop()
    codes = [sibling.wait() for sibling in siblings]
    if any(codes):
        aside(f"error: a worker ended with code {max(codes, key=abs)}; what it logged says why")
    sys.exit(1 if any(codes) else 0)
