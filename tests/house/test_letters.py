"""A letter that was cut off can be run again, also where a year of touchpoints came in between."""

from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine

from migrations.letters import index_years

_INDEX = "touchpoint_tried", "(customer_id, kind)"
_NOT_COVERED = """
SELECT count(*) FROM pg_inherits i WHERE i.inhparent = 'touchpoint'::regclass AND NOT EXISTS (
  SELECT FROM pg_inherits a JOIN pg_index o ON o.indexrelid = a.inhrelid
  WHERE a.inhparent = 'touchpoint_tried'::regclass AND o.indrelid = i.inhrelid AND o.indisvalid)
"""


def _again(connection: Connection) -> None:
    with Operations.context(MigrationContext.configure(connection)):
        index_years(*_INDEX)


async def test_an_index_of_all_years_is_finished_by_whoever_comes_next(database_url: str) -> None:
    engine = create_async_engine(
        database_url.replace("postgresql://", "postgresql+asyncpg://", 1), isolation_level="AUTOCOMMIT"
    )
    try:
        async with engine.connect() as connection:
            await connection.execute(text("CREATE INDEX touchpoint_tried ON ONLY touchpoint (customer_id, kind)"))
            await connection.execute(
                text(
                    "CREATE TABLE touchpoint_2190 PARTITION OF touchpoint"
                    " FOR VALUES FROM ('2190-01-01T00:00:00Z') TO ('2191-01-01T00:00:00Z')"
                )
            )
            assert await connection.scalar(text(_NOT_COVERED)) > 0
            for _ in range(2):
                await connection.run_sync(_again)
                assert await connection.scalar(text(_NOT_COVERED)) == 0
    finally:
        await engine.dispose()
