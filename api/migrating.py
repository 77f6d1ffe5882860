"""Brings a database to a revision of the migrations, and tells at which it is, without Alembic where that can be."""

import asyncio
import re
import time
from functools import cache
from pathlib import Path

import asyncpg

from domain import checkup

_ROOT = Path(__file__).parents[1]


@cache
def head() -> str:
    """The newest revision in this checkout, read from the file names' numbers."""
    found = [re.match(r"\d{4}", path.name) for path in (_ROOT / "migrations" / "versions").glob("*.py")]
    return max(match[0] for match in found if match)


async def revision(url: str) -> str | None:
    """The database's revision; None where nothing was ever migrated."""
    connection = await asyncpg.connect(url, timeout=10)
    try:
        return await checkup.revision(connection)
    finally:
        await connection.close()


def migrate(url: str, to: str = "head") -> None:
    """Runs what is missing. Safe to call at every start: two at once wait for each other."""
    from alembic import command
    from alembic.config import Config
    from sqlalchemy import Connection
    from sqlalchemy.ext.asyncio import create_async_engine
    from sqlalchemy.pool import NullPool

    def upgrade(connection: Connection) -> None:
        # Asked again and again: who stood in line inside a statement would hold up indexes made CONCURRENTLY.
        while not connection.exec_driver_sql("SELECT pg_try_advisory_lock(7262617)").scalar():
            connection.commit()
            time.sleep(0.2)
        connection.commit()
        config = Config(str(_ROOT / "alembic.ini"))
        config.attributes["connection"] = connection
        command.upgrade(config, to)
        connection.commit()

    async def run() -> None:
        engine = create_async_engine(url.replace("postgresql://", "postgresql+asyncpg://", 1), poolclass=NullPool)
        async with engine.connect() as connection:
            await connection.run_sync(upgrade)
        await engine.dispose()

    asyncio.run(run())
