"""Runs the migrations on the connection or URL that it is given, else on DATABASE_URL; one transaction a migration."""

import asyncio
import os

import asyncpg
from alembic import context
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine

from domain.tables import metadata
from migrations.letters import is_declared


def _migrate(connection: Connection) -> None:
    context.configure(
        connection=connection, target_metadata=metadata, transaction_per_migration=True, include_object=is_declared
    )
    with context.begin_transaction():
        context.run_migrations()


async def _online(url: str) -> None:
    # asyncpg reads the URL itself, so that everything it understands (sockets, sslmode) works here too.
    engine = create_async_engine("postgresql+asyncpg://", async_creator=lambda: asyncpg.connect(url))
    async with engine.connect() as connection:
        await connection.run_sync(_migrate)
    await engine.dispose()


given = context.config.attributes.get("connection")
if context.is_offline_mode():
    context.configure(url="postgresql://", target_metadata=metadata, literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()
elif given is not None:
    _migrate(given)
else:
    asyncio.run(_online(context.config.attributes.get("url") or os.environ["DATABASE_URL"]))
