"""Recording's bench compares like with like; its figures are made by `make bench`."""

from collections.abc import AsyncIterator

import orjson
import pytest

from domain.database import Database, Tx
from tests.bench.record import calls, floor
from tests.domain.touchpoints.world import call
from tests.support import keeper

_SAME = {
    "facts": "SELECT i.value, t.occurred_at, t.channel, t.kind, t.function, t.direction, t.source, t.external_id,"
    " t.subject, t.cost, t.properties FROM touchpoint t JOIN identity_claim i USING (customer_id)",
    "months": "SELECT i.value, m.month, m.channel, m.touches FROM customer_month m"
    " JOIN identity_claim i USING (customer_id)",
    "seen": "SELECT i.value, i.first_seen_at, i.last_seen_at FROM customer_identity i",
    "touched": "SELECT i.value, c.acquisition_at, c.last_touchpoint_at FROM customer c"
    " JOIN identity_claim i USING (customer_id)",
    "marks": "SELECT i.value, m.wanted FROM customer_mark m JOIN identity_claim i USING (customer_id)",
    "claims": "SELECT count(*) FROM touchpoint_claim",
}


@pytest.fixture
async def other() -> AsyncIterator[Database]:
    url = keeper.ask("database")
    database = Database(url)
    yield database
    await database.close()
    keeper.ask("database", back=url)


async def test_the_floor_writes_what_a_call_does(db: Database, other: Database) -> None:
    known = calls.everybody()[:40]
    rows = [row | {"customer": known[at % 40]["customer"]} for at, row in enumerate(calls.Rows.fresh().some(120))]
    for one in (db, other):
        await call(one, *known)
    await call(db, *rows)
    async with other.connection() as tx:
        await floor.record(tx, orjson.dumps(rows), key="once")
        assert await _counts(tx) == (1, 1, 1)
    async with db.connection() as ours, other.connection() as bare:
        for name, query in _SAME.items():
            assert await _told(bare, query) == await _told(ours, query), name


async def _told(tx: Tx, query: str) -> list[str]:
    return sorted(str(tuple(row)) for row in await tx.fetch(query))


async def _counts(tx: Tx) -> tuple[int, ...]:
    """Keys, entries, and entries that wait for the chain."""
    tables = ("idempotency_key", "audit_entry", "audit_unsealed")
    return tuple([await tx.fetchval(f"SELECT count(*) FROM {table}") for table in tables])
