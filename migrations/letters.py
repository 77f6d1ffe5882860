"""What migrations share: SQL letters read from beside them, lock time-outs, partitions, and distribution on Citus."""

import re
from collections.abc import Iterator
from pathlib import Path

from alembic import op

MADE_BY_HAND = re.compile(r"touchpoint_(\d{4}|default).*|(customer|product)_search")
"""Partitions, and the indexes that only a database with pg_trgm has: migrations make them, models do not name them."""


def is_declared(_object: object, name: str | None, *_rest: object) -> bool:
    """Whether the models name what Alembic found: its `include_object`."""
    return not MADE_BY_HAND.fullmatch(name or "")


_LETTERS = Path(__file__).parent / "sql"


def statements(name: str) -> Iterator[str]:
    """The statements of a letter, one at a time, without its comments."""
    text = re.sub(r"^--.*\n", "", (_LETTERS / f"{name}.sql").read_text(), flags=re.MULTILINE)
    return (part.strip() for part in re.split(r";\s*(?:\n|$)", text) if part.strip())


def execute(name: str) -> None:
    """Runs a letter; waits for no lock longer than five seconds, so that a migration never blocks the house."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for statement in statements(name):
        op.get_bind().exec_driver_sql(statement)


def touchpoint_year(year: int) -> None:
    op.execute(
        f"CREATE TABLE IF NOT EXISTS touchpoint_{year} PARTITION OF touchpoint "
        f"FOR VALUES FROM ('{year}-01-01T00:00:00Z') TO ('{year + 1}-01-01T00:00:00Z')"
    )


def index_years(name: str, definition: str) -> None:
    """An index of touchpoints, year by year and without blocking who writes; run again, it goes on where it was cut.

    Outside a transaction only (`op.get_context().autocommit_block()`).
    """
    bind = op.get_bind()
    bind.exec_driver_sql(f"CREATE INDEX IF NOT EXISTS {name} ON ONLY touchpoint {definition}")
    years = bind.exec_driver_sql(
        f"SELECT i.inhrelid::regclass::text, x.indexrelid IS NOT NULL, x.indisvalid"
        f" FROM pg_inherits i LEFT JOIN pg_index x ON x.indrelid = i.inhrelid"
        f" AND x.indexrelid = to_regclass(i.inhrelid::regclass::text || '{name.removeprefix('touchpoint')}')"
        # A year that was made meanwhile brought its index along, by whatever name.
        f" WHERE i.inhparent = 'touchpoint'::regclass AND NOT EXISTS ("
        f"SELECT FROM pg_inherits a JOIN pg_index o ON o.indexrelid = a.inhrelid"
        f" WHERE a.inhparent = '{name}'::regclass AND o.indrelid = i.inhrelid)"
    ).fetchall()
    for year, is_there, is_valid in years:
        own = year + name.removeprefix("touchpoint")
        if is_there and not is_valid:
            bind.exec_driver_sql(f"DROP INDEX CONCURRENTLY {own}")
        if not is_valid:
            bind.exec_driver_sql(f"CREATE INDEX CONCURRENTLY {own} ON {year} {definition}")
        bind.exec_driver_sql(f"ALTER INDEX {name} ATTACH PARTITION {own}")


def index_table(name: str, definition: str) -> None:
    """An index of an old table, without blocking who writes; outside a transaction only."""
    bind = op.get_bind()
    found = f"SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('{name}')"
    is_valid = bind.exec_driver_sql(found).scalar()
    if is_valid is False:
        bind.exec_driver_sql(f"DROP INDEX CONCURRENTLY {name}")
    if not is_valid:
        bind.exec_driver_sql(f"CREATE INDEX CONCURRENTLY {name} ON {definition}")


def extension(name: str) -> bool:
    """Creates the extension where the server has it and lets us; tells whether it is there."""
    bind = op.get_bind()
    offered = bind.exec_driver_sql(f"SELECT 1 FROM pg_available_extensions WHERE name = '{name}'").first()
    if not offered:
        return False
    with bind.begin_nested() as attempt:
        try:
            bind.exec_driver_sql(f"CREATE EXTENSION IF NOT EXISTS {name}")
        except Exception:  # the role may not create extensions: search is then slower, and doctor says so
            attempt.rollback()
    return bind.exec_driver_sql(f"SELECT 1 FROM pg_extension WHERE extname = '{name}'").first() is not None


def distribute(tables: dict[str, str], references: tuple[str, ...]) -> None:
    """On Citus, distributes tables by their column and copies references to every node; elsewhere does nothing."""
    bind = op.get_bind()
    if not bind.exec_driver_sql("SELECT 1 FROM pg_extension WHERE extname = 'citus'").first():
        return
    for table in references:
        bind.exec_driver_sql(f"SELECT create_reference_table('{table}')")
    for table, column in tables.items():
        bind.exec_driver_sql(f"SELECT create_distributed_table('{table}', '{column}')")
