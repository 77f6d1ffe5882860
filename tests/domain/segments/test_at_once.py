"""Members are counted right, whoever looks, holds, counts and leaves at the same time."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from uuid import UUID

import pytest

from domain.customers.queries_everybody import ids_after
from domain.database import Database, Tx
from domain.deployment import Deployment, Secret
from domain.segments import commands
from domain.segments.commands import Given
from domain.segments.membership import commands_refreshing, commands_sweeping
from domain.segments.rule import kept
from domain.vocabulary import SegmentChangeCause
from jobs import segments
from tests.domain.segments.changes.test_following import build, made, occasion, people, put
from tests.domain.segments.crowd import Crowd, check_counts
from tests.support.uploads import hand

CAUSE = SegmentChangeCause.DATA_CHANGED


@asynccontextmanager
async def begun(db: Database) -> AsyncIterator[Tx]:
    """A transaction of somebody who takes their time; `COMMIT` is said by the test."""
    async with db.connection() as tx:
        await tx.execute("BEGIN")
        yield tx


async def waits_or_ends(db: Database, tx: Tx, deed: Awaitable[object]) -> "asyncio.Future[object]":
    """Begun, and as far as it comes."""
    process, task = tx.get_server_pid(), asyncio.ensure_future(deed)
    waits = "SELECT cardinality(pg_blocking_pids($1)) > 0 FROM pg_sleep(0.01)"
    async with db.connection() as watcher, asyncio.timeout(20):
        while not task.done() and not await watcher.fetchval(waits, process):
            pass
    return task


async def edited(db: Database, segment: UUID, city: str) -> None:
    async with db.transaction() as tx:
        given = Given(frozenset({"where"}), rule=kept({"city": {"eq": city}}))
        await commands.update(tx, segment, given, occasion=occasion())


async def move(tx: Tx, who: UUID, city: str) -> None:
    await tx.execute("UPDATE customer SET city = $2 WHERE customer_id = $1", who, city)


async def test_who_has_counted_and_not_committed_is_counted_by_whoever_counts_all(db: Database) -> None:
    ada, *_ = await people(db)
    segment = await made(db, "First")
    async with begun(db) as slow, begun(db) as other:
        await put(slow, segment, [ada])
        task = await waits_or_ends(db, other, commands_refreshing.looked(other, occasion(), [segment]))
        await slow.execute("COMMIT")
        await task
        await other.execute("COMMIT")
    assert await check_counts(db) == [1]


@pytest.mark.parametrize("city", ["Wells", "Bath"])
@pytest.mark.parametrize("round_first", [True, False])
async def test_who_enters_while_a_version_takes_its_place_is_counted_once(
    db: Database, city: str, *, round_first: bool
) -> None:
    """By the new rule alone, or by the old one alone: nobody who holds it has ever seen them in either."""
    ada, bob, *_ = await people(db)
    async with db.transaction() as tx:
        await tx.execute("UPDATE customer SET city = 'York'")
    segment = await made(db, "Place", {"city": {"eq": "Bath"}})
    await build(db)
    await edited(db, segment, "Wells")
    async with db.transaction() as tx:
        whom = await ids_after(tx, UUID(int=0), 1_000)
        rules = await commands_refreshing.rules_at_work(tx)
        await commands_refreshing.refresh(tx, rules, whom, occasion=occasion(), cause=CAUSE, as_it_is=True)
    async with begun(db) as slow, begun(db) as holder:
        await move(slow, ada, city)
        await commands_refreshing.take(slow, [ada])
        rules = await commands_refreshing.rules_at_work(slow)
        looks = commands_refreshing.refresh(slow, rules, [ada], occasion=occasion(), cause=CAUSE, as_it_is=True)
        holds = commands_refreshing.hold(
            holder, [rule for rule in rules if rule.building], occasion=occasion(), as_it_is=True
        )
        if round_first:
            await looks
            task = await waits_or_ends(db, holder, holds)
            await slow.execute("COMMIT")
            await task
            await holder.execute("COMMIT")
        else:
            await holds
            task = await waits_or_ends(db, slow, looks)
            await holder.execute("COMMIT")
            await task
            await slow.execute("COMMIT")
    assert await check_counts(db) == [int(city == "Wells")]
    async with db.transaction() as tx:
        await move(tx, bob, "Wells")
        rules = await commands_refreshing.rules_at_work(tx)
        await commands_refreshing.refresh(tx, rules, [ada, bob], occasion=occasion(), cause=CAUSE, as_it_is=True)
    assert await check_counts(db) == [1 + int(city == "Wells")]


@pytest.mark.parametrize("build_first", [True, False])
async def test_nobody_is_looked_at_beside_a_first_build_whether_they_have_a_row_or_not(
    db: Database, *, build_first: bool
) -> None:
    ada, *_ = await people(db)
    async with db.transaction() as tx:
        await tx.execute("UPDATE customer SET city = 'York'")
    await made(db, "Place", {"city": {"eq": "Bath"}})
    async with begun(db) as slow, begun(db) as builder:
        everybody = await ids_after(builder, UUID(int=0), 1_000)
        rules = await commands_refreshing.rules_at_work(builder)
        given = {"occasion": occasion(), "cause": CAUSE, "as_it_is": True}
        builds = commands_refreshing.refresh(builder, rules, everybody, in_a_row=True, **given)  # type: ignore[arg-type]
        looks = commands_refreshing.refresh(slow, rules, [ada], **given)  # type: ignore[arg-type]
        await move(slow, ada, "Bath")
        first, then = (builds, looks) if build_first else (looks, builds)
        one, other = (builder, slow) if build_first else (slow, builder)
        await first
        task = await waits_or_ends(db, other, then)
        assert not task.done()
        await one.execute("COMMIT")
        await task
        await other.execute("COMMIT")
    await build(db)
    assert await check_counts(db) == [1]


async def test_who_was_never_looked_at_is_taken_by_one_after_the_other(db: Database) -> None:
    ada, bob, *_ = await people(db)
    async with db.transaction() as tx:
        assert await commands_refreshing.take(tx, [bob]) == [bob]
    async with begun(db) as slow, begun(db) as other:
        assert await commands_refreshing.take(slow, [bob, ada]) == sorted([ada, bob])
        task = await waits_or_ends(db, other, commands_refreshing.take(other, [ada]))
        assert not task.done(), "ada's row is not there yet, and whoever makes it is waited for"
        await slow.execute("COMMIT")
        assert await task == [ada]
        await other.execute("COMMIT")


async def test_whoever_is_no_more_is_not_taken(db: Database) -> None:
    ada, bob, *_ = await people(db)
    async with db.transaction() as tx:
        await tx.execute("UPDATE customer SET merged_into = $2 WHERE customer_id = $1", ada, bob)
        assert await commands_refreshing.take(tx, [ada, bob]) == [bob]


async def test_a_version_that_holds_already_takes_no_place_again(db: Database) -> None:
    ids = await people(db)
    await made(db, "Bath", {"city": {"eq": "Bath"}})
    async with db.transaction() as tx:
        building = await commands_refreshing.rules_at_work(tx)
    await build(db)
    async with db.transaction() as tx:
        assert await commands_refreshing.hold(tx, building, occasion=occasion(), as_it_is=True) == []
    assert await check_counts(db) == [len(ids)]


@pytest.mark.proof
@pytest.mark.parametrize("seed", [1, 2])
async def test_whatever_happens_at_once_members_are_right_and_counted(
    db: Database, redis_url: str, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setattr(segments, "_AT_ONCE", 7)
    monkeypatch.setattr(commands_sweeping, "AT_ONCE", 4)
    monkeypatch.setattr(commands_sweeping.follow, "__kwdefaults__", {"as_it_is": False, "most": 4})
    db.size = 16
    async with hand(db, Deployment(db.url, redis_url, Secret(b"x" * 32))) as worker:
        crowd = Crowd(db, worker, seed)
        await crowd.begin()
        await crowd.live()
        await crowd.check()
