"""The least that a nightly run could cost: an index-only summary, COPY of the same rows, the same indexes, a switch."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import BinaryIO

import asyncpg

_SUMMARY = """
SELECT customer_id, count(*) AS orders, min(ordered_at) AS first_at, max(ordered_at) AS last_at, sum(total) AS revenue,
  sum(total - cost_of_goods - returned + returned_cost) AS profit
FROM customer_order WHERE cancelled_at IS NULL AND ordered_at < now() GROUP BY customer_id
"""
_INDEXES = """
SELECT pg_get_indexdef(indexrelid) FROM pg_index
WHERE indrelid = $1::text::regclass AND NOT indisprimary ORDER BY indexrelid::regclass::text
"""


@dataclass(slots=True)
class Floor:
    """Seconds of each part."""

    parts: dict[str, float] = field(default_factory=dict)

    @property
    def seconds(self) -> float:
        return sum(self.parts.values())

    @contextmanager
    def timed(self, part: str) -> Iterator[None]:
        begun = time.perf_counter()
        yield
        self.parts[part] = time.perf_counter() - begun


async def measure(url: str) -> Floor:
    """On the database that was scored just now, in tables of its own; the settings are those of the product's run."""
    found, connection = Floor(), await asyncpg.connect(url, server_settings={"timezone": "UTC"})
    try:
        told: str = await connection.fetchval("SELECT pg_get_viewdef('customer_score'::regclass)")
        live = "customer_score_a" if "customer_score_a" in told else "customer_score_b"
        await connection.execute(f"DROP TABLE IF EXISTS floor_score CASCADE; CREATE TABLE floor_score (LIKE {live})")
        await connection.execute("ALTER TABLE floor_score ADD PRIMARY KEY (customer_id)")
        await connection.execute("CREATE VIEW floor AS SELECT * FROM floor_score; CHECKPOINT")
        with tempfile.TemporaryFile() as rows:
            await connection.copy_from_query(f"SELECT * FROM {live} ORDER BY customer_id", output=rows, format="binary")
            rows.seek(0)
            await _the_least(connection, found, live, rows)
        await connection.execute("DROP TABLE floor_score CASCADE")
    finally:
        await connection.close()
    return found


async def _the_least(connection: asyncpg.Connection[asyncpg.Record], found: Floor, live: str, rows: BinaryIO) -> None:
    async def nowhere(data: bytes) -> None:
        """Nobody reads it."""

    with found.timed("summary"):
        await connection.copy_from_query(_SUMMARY, output=nowhere, format="binary")
    async with connection.transaction():
        with found.timed("copy"):
            await connection.copy_to_table("floor_score", source=rows, format="binary")
        with found.timed("indexes"):
            await connection.execute("SET LOCAL maintenance_work_mem = '128MB'")
            for (definition,) in await connection.fetch(_INDEXES, live):
                await connection.execute(definition.replace(live, "floor_score"))
            await connection.execute("ANALYZE floor_score")
        begun = time.perf_counter()
        await connection.execute("CREATE OR REPLACE VIEW floor AS SELECT * FROM floor_score")
    found.parts["switch"] = time.perf_counter() - begun
