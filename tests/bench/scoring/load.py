"""Loads the lives into a migrated, empty database: set-based, and indexes made afterwards."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import asyncpg
import numpy as np

from domain.analytics.scoring.wire import HEADER, TRAILER, Kind, row_type
from domain.ledger.rules import BUCKETS
from domain.sqlfile import statements
from tests.bench.scoring.lives import Ints, lives

_SQL = Path(__file__).with_name("load.sql")
_ROWS_A_CHUNK = 100_000
_STEPS = (
    *("keyed", "customers", "identities", "consents", "skeletons", "summaries", "marks"),
    *("products", "orders", "lines", "months"),
)
_FILLED = ("customer", "customer_order", "order_line", "customer_month")


async def _copy(connection: asyncpg.Connection[asyncpg.Record], table: str, columns: dict[str, Ints]) -> None:
    """Binary, straight out of the arrays."""
    layout = row_type([(name, Kind.BIG) for name in columns])

    async def source() -> AsyncIterator[bytes]:
        yield HEADER
        for begin in range(0, len(next(iter(columns.values()))), _ROWS_A_CHUNK):
            some = {name: values[begin : begin + _ROWS_A_CHUNK] for name, values in columns.items()}
            rows = np.empty(len(next(iter(some.values()))), dtype=layout)
            rows["#"] = len(columns)
            for name, values in some.items():
                rows[f"#{name}"], rows[name] = 8, values
            yield rows.tobytes()
        yield TRAILER

    await connection.copy_to_table(table, source=source(), columns=list(columns), format="binary")


async def load(url: str, customers: int, end: datetime) -> None:
    """So many customers whose last order is at `end`."""
    drawn, steps = lives(customers), statements(_SQL)
    tuned = {"timezone": "UTC", "synchronous_commit": "off", "work_mem": "512MB", "maintenance_work_mem": "1GB"}
    connection = await asyncpg.connect(url, server_settings=tuned)
    try:
        for name in ("staging", "staging_customers", "ids"):
            await connection.execute(steps[name])
        await _copy(connection, "joined", {"owner": np.arange(customers), "at": drawn.joined})
        sums = {"total": drawn.total, "cost": drawn.cost, "discount": drawn.discount}
        await _copy(connection, "lived", {"n": np.arange(len(drawn.at)), "owner": drawn.owner, "at": drawn.at} | sums)
        await connection.execute("ANALYZE joined, lived")
        later = await _without_indexes(connection)
        for name in _STEPS:
            sql = steps[name].replace("{last}", str(BUCKETS - 1))
            await connection.execute(sql, *([end] if "$1" in sql else []))
            if name == "keyed":
                await connection.execute("ANALYZE known")
        for definition in later:
            await connection.execute(definition)
        await connection.execute("VACUUM (ANALYZE)")
        await connection.execute("CHECKPOINT")
    finally:
        await connection.close()


async def _without_indexes(connection: asyncpg.Connection[asyncpg.Record]) -> list[str]:
    """Drops what would be kept up row by row; gives the statements that make it again."""
    indexes = await connection.fetch(
        "SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition FROM pg_index"
        " WHERE indrelid = ANY ($1::text[]::regclass[]) AND NOT indisprimary",
        list(_FILLED),
    )
    for index in indexes:
        await connection.execute(f"DROP INDEX {index['name']}")
    return [index["definition"] for index in indexes]
