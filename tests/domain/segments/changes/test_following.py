"""Whoever follows a segment hears of each who enters or leaves once, after its commit, whatever made it so."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import AbstractAsyncContextManager, aclosing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg
import pytest

from domain.customers.queries_everybody import ids_after
from domain.database import Database, Tx
from domain.errors import Refused
from domain.ids import Prefix, to_public
from domain.query.asking import Occasion
from domain.segments import commands
from domain.segments.changes.following import ChangeFeed, SegmentChanges
from domain.segments.commands import Given
from domain.segments.membership import commands_refreshing
from domain.segments.rule import kept
from domain.transfer import Kind
from domain.vocabulary import SegmentChangeCause, SegmentKind
from tests.support.calling import OCCASION, called
from tests.support.listening import Ear, looks
from tests.support.listening import listening as listening_to

Heard = tuple[UUID, bool, str]


def occasion(ago: float = 0) -> Occasion:
    return replace(OCCASION, now=datetime.now(UTC) - timedelta(seconds=ago))


async def people(db: Database, count: int = 4) -> list[UUID]:
    rows: list[dict[str, object]] = [
        {"identities": [{"kind": "EMAIL", "value": f"p{at}@example.org"}], "source": "s", "address": {"city": "Bath"}}
        for at in range(count)
    ]
    return [one.id for one in await called(db, Kind.CUSTOMERS, rows) if one.id]


async def made(db: Database, name: str, where: dict[str, object] | None = None) -> UUID:
    kind = SegmentKind.RULE if where is not None else SegmentKind.STATIC
    async with db.transaction() as tx:
        rule = kept(where) if where is not None else None
        saved = await commands.create(tx, Given(frozenset(), name=name, kind=kind, rule=rule), occasion=occasion())
    assert saved.did.key is not None
    return saved.did.key


async def put(tx: Tx, segment: UUID, whom: Sequence[UUID], *, on: bool = True, ago: float = 0) -> None:
    await commands.list_members(tx, segment, list(whom), on=on, occasion=occasion(ago))


async def build(db: Database, *, ago: float = 0) -> None:
    """As the job does, and so long ago: everybody is looked at by what is new; then that holds."""
    async with db.transaction() as tx:
        rules = await commands_refreshing.rules_at_work(tx)
        new = [rule.number for rule in rules if rule.building]
        whom = await ids_after(tx, UUID(int=0), 1_000)
        cause = SegmentChangeCause.RULE_CHANGED
        await commands_refreshing.refresh(tx, rules, whom, occasion=occasion(ago), cause=cause, wanted=new)
    async with db.transaction() as tx:
        building = [rule for rule in await commands_refreshing.rules_at_work(tx) if rule.building]
        await commands_refreshing.hold(tx, building, occasion=occasion(ago))


async def heard(feed: ChangeFeed, segment: UUID) -> AsyncGenerator[Heard, None]:
    async with aclosing(feed.follow(segment)) as told:
        async for change in told:
            assert change.segment == segment
            yield change.customer, change.entered, change.cause


def listening(feed: ChangeFeed, *segments: UUID) -> AbstractAsyncContextManager[list[Ear[Heard]]]:
    return listening_to(feed, *(heard(feed, segment) for segment in segments))


@pytest.fixture
def feed(db: Database) -> ChangeFeed:
    return ChangeFeed(db, SegmentChanges(), every=timedelta(seconds=0.05))


LIST = str(SegmentChangeCause.LIST_CHANGED)
RULE = str(SegmentChangeCause.RULE_CHANGED)


async def test_each_who_enters_or_leaves_is_told_once(db: Database, feed: ChangeFeed) -> None:
    ada, bob, cleo, _ = await people(db)
    first, other = await made(db, "First"), await made(db, "Other")
    async with db.transaction() as tx:
        await put(tx, first, [ada])
    async with listening(feed, first, first, other) as (one, same, of_other):
        async with db.transaction() as tx:
            await put(tx, first, [bob])
            await looks(feed)
            assert one.heard == []  # it is not kept yet
        assert await one.hears(1) == [(bob, True, LIST)]
        async with db.transaction() as tx:
            await put(tx, other, [bob, cleo])
        async with db.transaction() as tx:
            await put(tx, first, [ada], on=False)
        assert await one.hears(2) == [(bob, True, LIST), (ada, False, LIST)]
        # Entered and left between two looks, both are told.
        feed._every = 0.5
        await looks(feed, 1)
        async with db.transaction() as tx:
            await put(tx, first, [cleo])
        async with db.transaction() as tx:
            await put(tx, first, [cleo], on=False)
        assert (await one.hears(4))[2:] == [(cleo, True, LIST), (cleo, False, LIST)]
        feed._every = 0.05
        await looks(feed)
        assert one.heard == same.heard
        assert len(one.heard) == 4
        assert sorted(of_other.heard) == sorted([(bob, True, LIST), (cleo, True, LIST)])
    assert feed._looking is None


async def test_what_commits_late_is_told_after_what_was_begun_later(db: Database, feed: ChangeFeed) -> None:
    """Dated earlier, and committed later by another connection: nothing is passed over."""
    ada, bob, cleo, _ = await people(db)
    first, other = await made(db, "First"), await made(db, "Other")
    async with listening(feed, first, other) as (one, _), db.connection() as slow:
        late = slow.transaction()
        await late.start()
        await put(slow, other, [ada], ago=25)
        async with db.transaction() as tx:
            await put(tx, first, [bob])
        await one.hears(1)
        await looks(feed)
        await slow.execute("SELECT 1")
        async with db.transaction() as tx:
            await put(tx, first, [cleo], ago=20)
        assert [whom for whom, _, _ in await one.hears(2)] == [bob, cleo]
        await late.commit()
    async with listening(feed, other) as (again,):
        await looks(feed)
        assert again.heard == []


async def test_who_joins_hears_only_what_comes_after(db: Database, feed: ChangeFeed) -> None:
    ada, bob, cleo, _ = await people(db)
    segment = await made(db, "First", {"city": {"eq": "Bath"}})
    async with listening(feed, segment) as (early,):
        await build(db)
        assert {whom for whom, _, _ in await early.hears(4)} >= {ada, bob, cleo}
        async with listening(feed, segment) as (late,):
            await looks(feed)
            async with db.transaction() as tx:
                await tx.execute("UPDATE customer SET city = 'Wells' WHERE customer_id = $1", bob)
                rules = await commands_refreshing.rules_at_work(tx)
                cause = SegmentChangeCause.DATA_CHANGED
                await commands_refreshing.refresh(tx, rules, [ada, bob], occasion=occasion(), cause=cause)
            assert await late.hears(1) == [(bob, False, "DATA_CHANGED")]
            assert (await early.hears(5))[4:] == late.heard


async def test_a_new_rule_is_told_when_it_holds_however_long_that_took(db: Database, feed: ChangeFeed) -> None:
    ids = await people(db)
    segment = await made(db, "Bath", {"city": {"eq": "Bath"}})
    async with listening(feed, segment) as (one,):
        await build(db, ago=3600)
        assert sorted(await one.hears(4)) == sorted((whom, True, RULE) for whom in ids)
        async with db.transaction() as tx:
            where: dict[str, object] = {"id": {"in": [to_public(Prefix.CUSTOMER, one) for one in ids[:2]]}}
            await commands.update(tx, segment, Given(frozenset({"where"}), rule=kept(where)), occasion=occasion())
        await looks(feed)
        await build(db, ago=1800)
        await one.hears(6)
        async with db.transaction() as tx:  # and on to others, who were not in it a moment ago
            where = {"id": {"in": [to_public(Prefix.CUSTOMER, one) for one in (ids[1], ids[3])]}}
            await commands.update(tx, segment, Given(frozenset({"where"}), rule=kept(where)), occasion=occasion())
        await build(db, ago=900)
        await one.hears(8)
        await looks(feed)
        assert sorted(one.heard[4:6]) == sorted((whom, False, RULE) for whom in ids[2:])
        assert sorted(one.heard[6:]) == sorted([(ids[0], False, RULE), (ids[3], True, RULE)])
        # Who was told to have entered and not to have left is who is in it.
        inside: set[UUID] = set()
        for whom, entered, _ in one.heard:
            assert entered == (whom not in inside)
            (inside.add if entered else inside.discard)(whom)
        assert inside == {ids[1], ids[3]}


async def test_too_many_at_once_end_with_a_reason(db: Database) -> None:
    ids = await people(db, 8)
    feed = ChangeFeed(db, SegmentChanges(), every=timedelta(seconds=0.05), most=5)
    first, other = await made(db, "First"), await made(db, "Other")
    async with listening(feed, first, other) as (one, of_other):
        async with db.transaction() as tx:
            await put(tx, first, ids)
            await put(tx, other, ids[:2])
        with pytest.raises(Refused, match="ask for the segment's changes"):
            await asyncio.wait_for(asyncio.shield(one.task), 20)
        assert len(await of_other.hears(2)) == 2
    with pytest.raises(Refused, match="too many"):  # and who comes now is told as much
        await anext(feed.follow(first))


@pytest.mark.proof
async def test_writers_in_any_order_are_all_told(db: Database, feed: ChangeFeed) -> None:
    """Many at once, each dated as it likes within half a minute, committing when it likes."""
    db.size = 20  # before the first is taken: they wait for each other, not for a connection
    ids = await people(db, 16)
    segments = [await made(db, f"S{at}") for at in range(2)]

    async def write(at: int) -> None:
        for _ in range(5):
            try:
                async with db.transaction() as tx:
                    await put(tx, segments[at % 2], [ids[at]], ago=(at * 7) % 29)
                    await asyncio.sleep((at * 13 % 10) / 50)
                return
            except asyncpg.DeadlockDetectedError:
                continue

    async with listening(feed, *segments) as ears:
        await asyncio.gather(*(write(at) for at in range(16)))
        for at, ear in enumerate(ears):
            await ear.hears(8)
            await looks(feed)
            assert sorted(ear.heard) == sorted((ids[n], True, LIST) for n in range(at, 16, 2))
