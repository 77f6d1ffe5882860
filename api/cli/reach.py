"""Which deployment a command speaks to: the environment's, or the one that `rapport up` runs on a data folder."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from api.up.place import DATA_DIR
from domain.database import Database, Tx
from domain.deployment import Deployment, Misconfigured

__all__ = ["DATA_DIR", "AsJson", "DataDir", "deployment", "in_transaction", "transaction"]

Result = TypeVar("Result")

DataDir = Annotated[
    Path,
    typer.Option("--data-dir", help="Where `rapport up` keeps its data; not needed where DATABASE_URL is set."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Write JSON, for scripts.")]


def deployment(data_dir: Path) -> Deployment:
    """From DATABASE_URL, REDIS_URL and RAPPORT_SECRET, each completed by what runs on the data folder."""
    environment = dict(os.environ)
    if "DATABASE_URL" not in environment:
        environment |= _running(data_dir)
    environment.setdefault("REDIS_URL", "redis://127.0.0.1:6379/0")
    return Deployment.from_environment(environment)


def _running(data_dir: Path) -> dict[str, str]:
    from api.up.place import Place

    place = Place(data_dir.resolve())
    running = place.running()
    if running is None or not running.alive:
        raise Misconfigured(
            f"nothing runs on {data_dir} and DATABASE_URL is not set: start `rapport up` in another terminal first"
        )
    found = {"DATABASE_URL": running.database_url, "REDIS_URL": running.redis_url}
    return found | {"RAPPORT_SECRET": place.secret(), "RAPPORT_ERASURES": str(place.erasures)}


@asynccontextmanager
async def transaction(data_dir: Path) -> AsyncIterator[Tx]:
    """One transaction on the deployment's database."""
    database = Database(deployment(data_dir).database_url, size=1)
    try:
        async with database.transaction() as tx:
            yield tx
    finally:
        await database.close()


def in_transaction(data_dir: Path, deed: Callable[[Tx], Awaitable[Result]]) -> Result:
    """Runs a deed to its end in a transaction of its own."""

    async def run() -> Result:
        async with transaction(data_dir) as tx:
            return await deed(tx)

    return asyncio.run(run())
