"""`rapport up`: everything on one machine with one command."""

from pathlib import Path
from typing import Annotated

import typer

from api.up.place import DATA_DIR


def up(
    data_dir: Annotated[Path, typer.Option("--data-dir", help="Where data, keys and logs are kept.")] = DATA_DIR,
    port: Annotated[int, typer.Option(help="Where the API listens.", min=1, max=65535)] = 8000,
    host: Annotated[str, typer.Option(help="On which address of this machine.")] = "127.0.0.1",
    demo: Annotated[
        bool, typer.Option("--demo/--no-demo", help="Load the bundled demo into an empty database.")
    ] = True,
    as_recorded: Annotated[
        bool, typer.Option("--as-recorded", help="Leave the demo's dates as they were instead of moving them to today.")
    ] = False,
) -> None:
    """Start Postgres, Valkey, web and worker as one; DATABASE_URL and REDIS_URL replace the embedded servers."""
    from api.up.run import Wish, run

    raise typer.Exit(run(Wish(data_dir, port, host, demo, as_recorded)))


def alone(arguments: list[str]) -> None:
    """Only this command: a later start takes under two seconds, and the other commands' imports alone take one."""
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(up)
    app(arguments, prog_name="rapport up")
