"""What migrations fill in, they fill in everywhere."""

from importlib import import_module

from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine

_ROWS = """
INSERT INTO customer_identity (customer_id, kind, scope, value, recorded_for, source, first_seen_at, last_seen_at)
SELECT md5(ceil(n / 3.0)::text)::uuid, 'COOKIE', '', n::text, md5(n::text)::uuid,
  CASE n % 5 WHEN 0 THEN NULL ELSE 's' || n % 7 END, now(), now()
FROM generate_series(1, 25000) AS n
"""
_WRONG = """
SELECT count(*) FROM customer_identity WHERE sources <> CASE WHEN source IS NULL THEN '{}' ELSE ARRAY[source] END
"""


async def test_every_identity_has_its_source_among_its_sources(database_url: str) -> None:
    def fill(connection: Connection) -> None:
        with Operations.context(MigrationContext.configure(connection)):
            import_module("migrations.versions.0002_profiles").fill_sources()

    engine = create_async_engine(database_url.replace("postgresql://", "postgresql+asyncpg://", 1))
    try:
        async with engine.connect() as connection:
            await connection.execute(text(_ROWS))
            assert await connection.scalar(text(_WRONG)) == 20_000
            await connection.run_sync(fill)
            assert await connection.scalar(text(_WRONG)) == 0
    finally:
        await engine.dispose()
