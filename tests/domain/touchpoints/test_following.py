"""Whoever follows what is recorded hears of each touchpoint once, after its commit, however late that is."""

import asyncio
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from domain.database import Database, Tx
from domain.errors import Refused
from domain.following.queries import seen_until
from domain.touchpoints.following import RecordedFeed, RecordedTouchpoints
from domain.transfer import Kind
from tests.support.importing import bring, order, person, with_products
from tests.support.listening import Ear, looks
from tests.support.listening import listening as listening_to

_ROW = """
INSERT INTO touchpoint (customer_id, occurred_at, touchpoint_id, recorded_for, channel, kind, function, direction,
  recorded_at, source) VALUES ($1, '2025-05-05Z', $2, $1, 'WEB', 'VISIT', 'MARKETING', 'INBOUND', $3, 'shop')
"""


async def row(tx: Tx, customer: UUID, *, ago: float = 0) -> UUID:
    id_ = uuid4()
    await tx.execute(_ROW, customer, id_, datetime.now(UTC) - timedelta(seconds=ago))
    return id_


def listening(feed: RecordedFeed, *customers: UUID | None) -> AbstractAsyncContextManager[list[Ear[UUID]]]:
    return listening_to(feed, *map(feed.follow, customers))


@pytest.fixture
def feed(db: Database) -> RecordedFeed:
    return RecordedFeed(db, RecordedTouchpoints(), every=timedelta(seconds=0.05))


async def test_each_is_told_once_to_whom_it_concerns(db: Database, feed: RecordedFeed) -> None:
    ada, bob = uuid4(), uuid4()
    async with db.connection() as tx:
        await row(tx, ada)
    async with listening(feed, None, ada, bob, ada) as (everybody, of_ada, of_bob, of_ada_too):
        async with db.transaction() as tx:
            first, second = await row(tx, ada), await row(tx, bob)
            await looks(feed)
            assert everybody.heard == []
        await everybody.hears(2)
        async with db.connection() as tx:
            third = await row(tx, ada)
        await everybody.hears(3)
        await of_ada_too.hears(2)
        await looks(feed)
        assert sorted(everybody.heard[:2]) == sorted([first, second])
        assert everybody.heard[2:] == [third]
        assert of_ada.heard == of_ada_too.heard == [first, third]
        assert of_bob.heard == [second]
    assert feed._looking is None


async def test_what_commits_late_is_told_after_what_was_begun_later(db: Database, feed: RecordedFeed) -> None:
    ada = uuid4()
    async with listening(feed, None, ada) as (everybody, of_ada), db.connection() as slow:
        late = slow.transaction()
        await late.start()
        first = await row(slow, ada, ago=25)
        async with db.connection() as tx:
            second = await row(tx, ada)
        await everybody.hears(1)
        await looks(feed)
        await late.commit()
        assert await everybody.hears(2) == [second, first]
        assert await of_ada.hears(2) == [second, first]


async def test_a_writer_that_takes_minutes_is_waited_for(db: Database, feed: RecordedFeed) -> None:
    """As long as it goes on, and has written, everything since it began is looked at again."""
    async with db.connection() as tx, db.connection() as slow:
        late = slow.transaction()
        await late.start()
        await slow.execute("CREATE TEMP TABLE written (n integer) ON COMMIT DROP")
        began = await slow.fetchval("SELECT xact_start FROM pg_stat_activity WHERE pid = pg_backend_pid()")
        await asyncio.sleep(0.2)
        since = await seen_until(tx)
        assert since <= began - timedelta(seconds=30)
        await late.rollback()
        assert await seen_until(tx) > since


async def test_who_joins_hears_only_what_comes_after(db: Database, feed: RecordedFeed) -> None:
    ada = uuid4()
    async with db.connection() as tx:
        for _ in range(3):
            await row(tx, ada)
        async with listening(feed, None) as (first,):
            fourth = await row(tx, ada)
            await first.hears(1)
            joined = Ear(feed.follow(ada))
            while len(feed._listeners) < 2:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            fifth = await row(tx, ada)
            assert await joined.hears(1) == [fifth]
            assert await first.hears(2) == [fourth, fifth]
            joined.task.cancel()


async def test_what_imports_record_is_told_whichever_kind_they_are(db: Database, feed: RecordedFeed) -> None:
    await with_products(db)
    about = {"channel": "WEB", "kind": "VISIT", "occurredAt": "2025-05-05T12:00:00Z", "source": "shop"}
    async with listening(feed, None) as (everybody,):
        await bring(
            db, Kind.TOUCHPOINTS, [about | {"customer": person(str(n)), "externalId": f"t{n}"} for n in range(5)]
        )
        await bring(db, Kind.ORDERS, [order()])
        heard = await everybody.hears(6)
        async with db.connection() as tx:
            stored = await tx.fetch("SELECT touchpoint_id FROM touchpoint")
        assert sorted(heard) == sorted(row[0] for row in stored)
        await bring(db, Kind.TOUCHPOINTS, [about | {"customer": person("1"), "externalId": "t1"}])
        await looks(feed)
        assert len(everybody.heard) == 6


async def test_facts_that_move_to_a_survivor_are_not_told_again(db: Database, feed: RecordedFeed) -> None:
    ada, bob = uuid4(), uuid4()
    async with listening(feed, None, ada) as (everybody, of_ada), db.connection() as tx:
        first = await row(tx, ada)
        await of_ada.hears(1)
        await tx.execute("UPDATE touchpoint SET customer_id = $2 WHERE customer_id = $1", ada, bob)
        await tx.execute("INSERT INTO customer_alias VALUES ($1, $2, now())", ada, bob)
        second = await row(tx, bob)
        assert await of_ada.hears(2) == [first, second]
        assert await everybody.hears(2) == [first, second]


async def test_what_is_too_much_to_be_told_ends_with_a_reason(db: Database) -> None:
    feed = RecordedFeed(db, RecordedTouchpoints(), every=timedelta(seconds=0.05), most=5)
    ada = uuid4()
    async with listening(feed, None, uuid4()) as (everybody, somebody):
        async with db.transaction() as tx:
            for _ in range(6):
                await row(tx, ada)
        with pytest.raises(Refused, match="too much is recorded at once"):
            await asyncio.wait_for(asyncio.shield(everybody.task), 20)
        assert everybody.heard == []
        await looks(feed)
        assert not somebody.task.done()


async def test_nothing_is_lost_while_the_database_is_away(db: Database, feed: RecordedFeed) -> None:
    ada = uuid4()
    async with listening(feed, None) as (everybody,), db.connection() as tx:
        await tx.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        first = await row(tx, ada)
        assert await everybody.hears(1) == [first]
