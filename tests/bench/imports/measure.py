"""One comparison: the import, and asyncpg's binary COPY of the very rows it made into the same tables.

Interleaved, after a CHECKPOINT each, fsync on; only the ratio of the medians is told, for machines differ.
"""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from statistics import median

import asyncpg

from domain.database import Database, connect
from domain.transfer import Kind, import_records

NOW = datetime(2026, 3, 1, tzinfo=UTC)
CLAIMS = b"k" * 32
# Facts, claims and ledger marks; score rows are left out of the floor, which makes it no slower.
TABLES = (
    *("customer", "customer_identity", "identity_claim", "customer_order", "order_line", "order_claim"),
    *("touchpoint", "touchpoint_claim", "customer_month", "customer_mark"),
)
_EMPTIED = (*TABLES, "customer_score_a", "customer_score_b", "order_payment")
Rows = dict[str, list[tuple[object, ...]]]


@dataclass(slots=True)
class Comparison:
    """Seconds of each round."""

    ours: list[float] = field(default_factory=list)
    floor: list[float] = field(default_factory=list)
    rows: int = 0

    @property
    def ratio(self) -> float:
        return median(self.floor) / median(self.ours)


async def compare(ours: str, floor: str, products: bytes, orders: bytes, *, rounds: int = 5) -> Comparison:
    """Both databases are migrated and may be emptied."""
    found = Comparison()
    db, bare = Database(ours), await connect(floor)
    try:
        await _bring(db, Kind.PRODUCTS, products)
        async with db.connection() as tx:
            await _copy(bare, {"product": await _all(tx, "product")})
        for _ in range(rounds):
            await _ours(db, orders, found)
            async with db.connection() as tx:
                finished = {table: await _all(tx, table) for table in TABLES}
            await _floor(bare, finished, found)
            found.rows = sum(map(len, finished.values()))
    finally:
        await bare.close()
        await db.close()
    return found


async def _ours(db: Database, orders: bytes, found: Comparison) -> None:
    async with db.connection() as tx:
        await _empty(tx)
    with _timed(found.ours):
        await _bring(db, Kind.ORDERS, orders)


async def _floor(bare: asyncpg.Connection[asyncpg.Record], finished: Rows, found: Comparison) -> None:
    await _empty(bare)
    with _timed(found.floor):
        async with bare.transaction():
            await _copy(bare, finished)


async def _bring(db: Database, kind: Kind, data: bytes) -> None:
    summary = await import_records(db, kind, io.BytesIO(data), claims=CLAIMS, now=NOW)
    assert summary.created, summary
    assert not summary.rejected, summary


async def _all(tx: asyncpg.Connection[asyncpg.Record], table: str) -> list[tuple[object, ...]]:
    return [tuple(row) for row in await tx.fetch(f"SELECT * FROM {table}")]


async def _copy(tx: asyncpg.Connection[asyncpg.Record], finished: Rows) -> None:
    for table, rows in finished.items():
        await tx.copy_records_to_table(table, records=rows)


async def _empty(tx: asyncpg.Connection[asyncpg.Record]) -> None:
    await tx.execute(f"TRUNCATE {', '.join(_EMPTIED)}")
    await tx.execute("CHECKPOINT")


@contextmanager
def _timed(into: list[float]) -> Iterator[None]:
    begun = time.perf_counter()
    yield
    into.append(time.perf_counter() - begun)
