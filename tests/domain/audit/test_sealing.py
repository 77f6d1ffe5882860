"""Sealing: every entry gets one place, however many seal at once and whatever order transactions end in."""

import asyncio
from collections.abc import Sequence

from domain.audit import seal
from domain.database import Database, Tx
from tests.domain.audit.log import NOW, do, judge


async def enter_some(db: Database, count: int, since: float = 0) -> None:
    async with db.transaction() as tx:
        for at in range(count):
            await do(tx, (since + at) / 1e6)


async def seal_all(db: Database, rounds: int, most: int = 50) -> int:
    count = 0
    for _ in range(rounds):
        async with db.transaction() as tx:
            count += await seal(tx, now=NOW, most=most)
    return count


async def whole(db: Database, sealed: int, waiting: int = 0) -> None:
    async with db.connection() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        verdict = await judge(connection)
    assert (verdict.broken, verdict.sealed, verdict.waiting) == ([], sealed, waiting)


async def test_several_that_seal_at_once_seal_each_entry_once(db: Database) -> None:
    await enter_some(db, 400)
    writing = [enter_some(db, 100, 1000 * at) for at in range(1, 4)]
    counts: Sequence[int | None] = await asyncio.gather(*(seal_all(db, 6) for _ in range(5)), *writing)
    left = await seal_all(db, 10, most=1000)
    assert sum(count or 0 for count in counts) + left == 700
    await whole(db, 700)


async def test_what_commits_late_is_sealed_late(db: Database) -> None:
    """An entry that is older than those that were sealed before it is not passed over."""
    async with db.transaction() as slow:
        await do(slow, 0)
        await enter_some(db, 30, since=1e6)
        assert await seal_all(db, 1) == 30
        await whole(db, 30)
    assert await seal_all(db, 1) == 1
    await whole(db, 31)


async def test_what_was_rolled_back_leaves_nothing(db: Database) -> None:
    async with db.connection() as connection:
        transaction = connection.transaction()
        await transaction.start()
        await do(connection, 0)
        await transaction.rollback()
    assert await seal_all(db, 1) == 0
    await whole(db, 0)


async def test_who_puts_a_sealed_entry_back_into_the_queue_stops_nothing(tx: Tx) -> None:
    await do(tx, 0)
    await seal(tx, now=NOW)
    await tx.execute("INSERT INTO audit_unsealed SELECT entry_id, bucket FROM audit_entry")
    await do(tx, 0.1)
    assert await seal(tx, now=NOW) == 1
    assert (await judge(tx)).whole
    assert await tx.fetchval("SELECT count(*) FROM audit_unsealed") == 0
