"""Merges at once: with each other, and with what is recorded for those who are merged."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from uuid import UUID

import asyncpg
import pytest

from domain.database import Database, Tx
from domain.errors import Refused
from domain.identity.commands_merging import merge
from domain.identity.commands_unmerging import unmerge
from domain.settings import Settings
from domain.staged import Moved
from domain.transfer import Kind
from domain.transfer.calls import record
from domain.vocabulary import RecordErrorPolicy, RecordStatus
from tests.support.importing import Given
from tests.support.occasions import occasion

_TRIES = 20
WHO = ("a", "b", "c")


async def again(db: Database, deed: Callable[[Tx], Awaitable[object]]) -> bool:
    """A request's transaction, done again where another was in the way; whether it was not refused."""
    for _ in range(_TRIES):
        try:
            async with db.transaction() as tx:
                await deed(tx)
            return True
        except (Moved, asyncpg.DeadlockDetectedError):
            continue
        except Refused:
            return False
    raise AssertionError("somebody was always in the way")


def identity(who: str) -> Given:
    return {"kind": "EMAIL", "value": f"{who}@example.org"}


async def recorded(kind: Kind, rows: list[Given], tx: Tx) -> None:
    policy = RecordErrorPolicy.RECORD_GOOD_ROWS
    told = await record(tx, kind, rows, occasion=occasion(), settings=await Settings.load(tx), policy=policy)
    assert all(one.status is not RecordStatus.REJECTED for one in told)


async def people(db: Database) -> dict[str, UUID]:
    rows: list[Given] = [{"identities": [identity(who)], "displayName": who, "source": "shop"} for who in WHO]
    async with db.transaction() as tx:
        await recorded(Kind.CUSTOMERS, rows, tx)
        found = await tx.fetch("SELECT value, customer_id FROM customer_identity")
    return {row["value"][0]: row["customer_id"] for row in found}


@pytest.mark.parametrize("_", range(5))
async def test_of_two_merges_that_cross_one_is_done(db: Database, _: int) -> None:
    ids = await people(db)
    one, other = ids["a"], ids["b"]
    done = await asyncio.gather(
        again(db, lambda tx: merge(tx, one, other, occasion=occasion())),
        again(db, lambda tx: merge(tx, other, one, occasion=occasion())),
    )
    assert sorted(done) == [False, True]
    async with db.connection() as tx:
        assert await tx.fetchval("SELECT count(*) FROM customer WHERE merged_into IS NULL") == 2
        assert await tx.fetchval("SELECT count(*) FROM customer_alias") == 1


async def test_a_ring_of_merges_ends_in_one(db: Database) -> None:
    ids = await people(db)

    def merged(pair: str) -> Callable[[Tx], Awaitable[object]]:
        return lambda tx: merge(tx, ids[pair[0]], ids[pair[1]], occasion=occasion())

    await asyncio.gather(*(again(db, merged(pair)) for pair in ("ab", "bc", "ca")))
    async with db.connection() as tx:
        standing = await tx.fetch("SELECT customer_id FROM customer WHERE merged_into IS NULL")
        aliases = await tx.fetch("SELECT survivor_id FROM customer_alias")
    assert {row[0] for row in aliases} <= {row[0] for row in standing}
    assert len(standing) + len(aliases) == len(WHO)


@pytest.mark.proof
async def test_what_is_recorded_while_they_are_merged_and_undone_is_with_whom_it_was_recorded_for(db: Database) -> None:
    ids = await people(db)
    over = asyncio.Event()

    async def write(who: str, writer: int) -> int:
        for number in range(12):
            row: Given = {
                "channel": "WEB",
                "kind": "VISIT",
                "occurredAt": f"2025-05-{1 + number:02}T00:00:00Z",
                "source": "site",
                "externalId": f"{who} {writer} {number}",
                "customer": {"identity": identity(who)},
            }
            assert await again(db, partial(recorded, Kind.TOUCHPOINTS, [row]))
        return 12

    async def turn() -> int:
        turns = 0
        while not over.is_set() or turns < 5:
            turns += await again(db, lambda tx: merge(tx, ids["a"], ids["b"], occasion=occasion()))
            turns += await again(db, lambda tx: merge(tx, ids["c"], ids["a"], occasion=occasion()))
            turns += await again(db, lambda tx: unmerge(tx, ids["c"], ids["b"], occasion=occasion()))
            turns += await again(db, lambda tx: unmerge(tx, ids["c"], ids["a"], occasion=occasion()))
        return turns

    turning = asyncio.create_task(turn())
    written = await asyncio.gather(*(write(who, writer) for who in WHO for writer in range(2)))
    over.set()
    assert await turning > 4
    async with db.connection() as tx:
        assert not await tx.fetchval("SELECT count(*) FROM customer_alias")
        rows = await tx.fetch("SELECT customer_id, recorded_for, external_id FROM touchpoint")
        months = await tx.fetch("SELECT customer_id, sum(touches) AS touches FROM customer_month GROUP BY 1")
        claims = await tx.fetchval(
            "SELECT count(*) FROM touchpoint_claim k JOIN touchpoint t USING (touchpoint_id)"
            " WHERE k.customer_id = t.customer_id"
        )
    assert len(rows) == sum(written) == claims
    assert all(row["customer_id"] == row["recorded_for"] == ids[row["external_id"][0]] for row in rows)
    assert {row["customer_id"]: row["touches"] for row in months} == dict.fromkeys(ids.values(), 24)
