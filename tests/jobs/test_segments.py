"""Segments at work, by the very job and errand of the product: what is asked over GraphQL has its members when the job
has been, whatever is edited, cancelled or cut off meanwhile.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from domain.access.principal import OPERATOR
from domain.database import Database
from domain.deployment import Deployment, Secret
from domain.ids import JobId, Prefix, parse_id, to_public
from domain.ledger import cancel_job
from domain.segments.membership import commands_refreshing, commands_sweeping
from domain.segments.membership.wanted import ADVICE, SCORES
from domain.transfer import Kind
from domain.vocabulary import JobStatus
from jobs import segments
from jobs.work import Work
from tests.domain.analytics.facts import customer, order
from tests.jobs.desk import MEMBERS, PEOPLE, Desk, bought
from tests.schema.arguments import NOW
from tests.support.calling import called
from tests.support.uploads import hand


@pytest.fixture
async def desk(database_url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    db = Database(database_url)
    people = []
    async with db.transaction() as tx:
        for at in range(PEOPLE):
            who = await customer(tx, created_at=NOW - timedelta(days=200))
            people.append(who)
            for number in range(at % 4):
                await order(tx, who, NOW - timedelta(days=100 + number))
    monkeypatch.setattr(segments, "_AT_ONCE", 3)
    async with hand(db, Deployment(database_url, redis_url, Secret(b"x" * 32))) as worker:
        made = Desk(db, worker, [to_public(Prefix.CUSTOMER, who) for who in sorted(people)])
        made.people = [to_public(Prefix.CUSTOMER, who) for who in people]
        refresh = commands_refreshing.refresh

        async def looking(tx: Any, rules: Any, whom: Any, **more: Any) -> None:
            numbers = more.get("wanted") or [rule.number for rule in rules]
            made.looked.append((tuple(numbers), list(whom)))
            await refresh(tx, rules, whom, **more)

        monkeypatch.setattr(commands_refreshing, "refresh", looking)
        yield made
    await db.close()


def meanwhile(monkeypatch: pytest.MonkeyPatch, call: int, do: Callable[[Work], Awaitable[None]]) -> None:
    """Something that happens when the job tells of its progress for the `call`th time."""
    progress, told = Work.progress, 0

    async def tell(self: Work, share: float, detail: str | None = None) -> None:
        nonlocal told
        told += 1
        if told == call:
            await do(self)
        await progress(self, share, detail)

    monkeypatch.setattr(Work, "progress", tell)


async def test_what_is_asked_has_its_members_and_is_edited_at_once(desk: Desk) -> None:
    id_ = await desk.create("Buyers", bought(2))
    assert (await desk.ask(MEMBERS, id=id_))["refreshedAt"] is None
    done = await desk.work()
    assert (done.status, done.result) == (JobStatus.SUCCEEDED, {"built": 1})
    assert await desk.members(id_) == desk.buyers(2)

    await desk.edit(id_, bought(1))
    assert await desk.members(id_) == desk.buyers(2), "the one before holds until the new one is built"
    await desk.all_work()
    assert await desk.members(id_) == desk.buyers(1)
    await desk.edit(id_, bought(3))
    await desk.all_work()
    assert await desk.members(id_) == desk.buyers(3)
    told = (await desk.ask(MEMBERS, id=id_))["changes"]["nodes"]
    assert {change["cause"] for change in told} == {"RULE_CHANGED"}
    assert sum(change["entered"] for change in told) == len(desk.buyers(1))
    left = [change["customer"]["id"] for change in told if not change["entered"]]
    assert sorted(left) == sorted(desk.buyers(1) - desk.buyers(3)), "told once each"


async def test_put_away_and_back_and_looked_at_anew(desk: Desk) -> None:
    named = await desk.create("Buyers", bought(2))
    naming = await desk.create("Others", {"notInSegment": [named]})
    await desk.all_work()
    everybody = set(desk.people)
    assert await desk.members(naming) == everybody - desk.buyers(2)
    [fault] = (await desk.put("Archive", named))["errors"]
    assert (fault["code"], fault["subjects"]) == ("IN_USE", [naming])

    await desk.edit(naming, bought(1))
    [fault] = (await desk.put("Archive", named))["errors"]
    assert fault["subjects"] == [naming], "until the new rule is built, the old one names it"
    await desk.all_work()
    assert (await desk.put("Archive", named))["errors"] == []
    async with desk.db.transaction() as tx:
        await order(tx, parse_id(Prefix.CUSTOMER, desk.people[1]), NOW - timedelta(days=1))
    assert (await desk.put("Restore", named))["errors"] == []
    await desk.all_work()
    assert await desk.members(named) == desk.buyers(2) | {desk.people[1]}

    desk.looked.clear()
    text = "mutation ($id: ID!) { segmentRefresh(id: $id) { job { id } errors { code } } }"
    assert (await desk.ask(text, id=named))["errors"] == []
    await desk.all_work()
    assert {len(numbers) for numbers, _ in desk.looked} == {1}, "by this one alone"


async def test_whoever_names_an_edited_one_follows(desk: Desk) -> None:
    first = await desk.create("First", bought(1))
    second = await desk.create("Second", {"notInSegment": [first]})
    third = await desk.create("Third", {"inSegment": [second]})
    other = await desk.create("Other", bought(2))
    await desk.all_work()
    assert await desk.members(third) == set(desk.people) - desk.buyers(1)
    desk.looked.clear()
    await desk.edit(first, bought(3))
    await desk.all_work()
    assert await desk.members(second) == await desk.members(third) == set(desk.people) - desk.buyers(3)
    assert await desk.members(other) == desk.buyers(2)
    assert {numbers for numbers, _ in desk.looked} == {(5,), (2, 3)}, "the edited one, and then those that name it"


async def test_an_edit_begins_nobody_anew_but_its_own(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = await desk.create("One", bought(1)), await desk.create("Other", bought(2))

    async def edit(_: Work) -> None:
        await desk.edit(other, bought(3))

    meanwhile(monkeypatch, 3, edit)
    assert (await desk.work()).result == {"built": 2}
    assert await desk.members(one) == desk.buyers(1)
    assert await desk.members(other) == desk.buyers(3)
    everybody = sorted(parse_id(Prefix.CUSTOMER, who) for who in desk.people)
    assert desk.times_looked(1) == everybody, "once each"
    assert len(desk.times_looked(2)) == 9, "three batches, until it was edited"
    assert set(desk.times_looked(3)) == set(everybody)


async def test_cut_off_it_goes_on_and_cancelled_it_ends_between_two_batches(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    id_ = await desk.create("Buyers", bought(1))

    async def fail(_: Work) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        meanwhile(patch, 3, fail)
        assert (await desk.work()).status is JobStatus.QUEUED
    assert len(desk.times_looked(1)) == 9
    await desk.all_work()
    assert len(desk.times_looked(1)) == PEOPLE, "nobody twice"
    assert await desk.members(id_) == desk.buyers(1)

    await desk.edit(id_, bought(3))

    async def cancel(work: Work) -> None:
        async with desk.db.transaction() as tx:
            await cancel_job(tx, JobId(work.job_id), principal=OPERATOR, now=NOW)
        work._told_at = 0.0  # so that it asks at once, and not a quarter of a second later

    with monkeypatch.context() as patch:
        meanwhile(patch, 3, cancel)
        assert (await desk.work()).status is JobStatus.CANCELLED
    assert await desk.members(id_) == desk.buyers(1), "the last that was whole"
    await desk.put("Archive", id_)
    await desk.put("Restore", id_)
    await desk.all_work()
    assert await desk.members(id_) == desk.buyers(3)


async def test_after_a_scoring_those_look_anew_that_read_scores(desk: Desk) -> None:
    async with desk.db.transaction() as tx:
        await segments.follow_segments(tx, NOW, SCORES)
    await desk.create("Buyers", bought(1))
    await desk.all_work()
    async with desk.db.transaction() as tx:
        await segments.follow_segments(tx, NOW, SCORES)
    assert await desk.waiting() == [], "nobody reads them"
    scored = await desk.create("Scored", {"any": [{"orderCount": {"gte": 2}}, {"not": {"valueTier": ["HIGH"]}}]})
    naming = await desk.create("Naming", {"inSegment": [scored]})
    await desk.all_work()
    desk.looked.clear()
    async with desk.db.transaction() as tx:
        await tx.execute("UPDATE customer_score SET value_tier = 'HIGH'")
        await segments.follow_segments(tx, NOW, SCORES)
    assert await desk.waiting() == [{"reading": "scores"}]
    await desk.all_work()
    assert {numbers for numbers, _ in desk.looked} == {(2, 3)}
    assert await desk.members(scored) == await desk.members(naming) == set()


async def test_after_advice_those_look_anew_that_read_what_is_advised_or_which_channel_is_preferred(desk: Desk) -> None:
    channel = await desk.create("On paper", {"preferredChannel": ["DIRECT_MAIL"]})
    action = await desk.create("To be won back", {"not": {"nextAction": ["NURTURE", "CROSS_SELL"]}})
    await desk.create("Buyers", bought(1))
    await desk.all_work()
    desk.looked.clear()
    async with desk.db.transaction() as tx:
        who = parse_id(Prefix.CUSTOMER, desk.people[0])
        await tx.execute(
            "INSERT INTO customer_summary (customer_id, preferred_channel, as_of) VALUES ($1, 'DIRECT_MAIL', $2)"
            " ON CONFLICT (customer_id) DO UPDATE SET preferred_channel = excluded.preferred_channel",
            *(who, NOW),
        )
        await segments.follow_segments(tx, NOW, ADVICE)
    assert await desk.waiting() == [{"reading": "advice"}]
    await desk.all_work()
    assert {numbers for numbers, _ in desk.looked} == {(1, 2)}
    assert await desk.members(channel) == {desk.people[0]}
    assert await desk.members(action) == set(desk.people)


async def test_a_product_that_changes_moves_its_buyers(desk: Desk) -> None:
    pen: dict[str, object] = {"sku": "pen", "name": "Pen", "category": "Paper"}
    await called(desk.db, Kind.PRODUCTS, [pen])
    about: dict[str, object] = {"customer": {"id": desk.people[0]}, "source": "s", "channel": "WEB", "currency": "USD"}
    about |= {"externalId": "o1", "orderedAt": "2025-05-05T12:00:00Z"}
    [told] = await called(desk.db, Kind.ORDERS, [about | {"lines": [{"sku": "pen", "quantity": 1, "unitPrice": "2"}]}])
    assert told.id
    id_ = await desk.create("Ink", {"bought": {"product": {"category": {"eq": "Ink"}}}})
    await desk.create("Buyers", bought(1))
    await desk.all_work()
    assert await desk.members(id_) == set()
    desk.looked.clear()
    await called(desk.db, Kind.PRODUCTS, [pen | {"category": "Ink"}])
    assert await desk.waiting() == [{"reading": "products"}]
    await desk.all_work()
    assert await desk.members(id_) == {desk.people[0]}
    assert {numbers for numbers, _ in desk.looked} == {(1,)}


async def test_whom_the_clock_turns_is_looked_at_a_few_at_once_and_many_by_the_job(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands_sweeping, "AT_ONCE", 4)
    monkeypatch.setattr(commands_sweeping.follow, "__kwdefaults__", {"as_it_is": False, "most": 4})
    id_ = await desk.create("Old", {"createdAt": {"olderThan": "P200D"}})
    async with desk.db.transaction() as tx:
        now = await tx.fetchval("SELECT clock_timestamp()")
        await tx.execute("UPDATE customer SET created_at = $1::timestamptz - interval '200 days'", now)
        await tx.execute("UPDATE segment SET created_at = $1", now - timedelta(minutes=5))
        await tx.execute("UPDATE customer SET created_at = created_at + interval '1 hour'")
    await desk.all_work()
    assert await desk.members(id_) == set()
    async with desk.db.transaction() as tx:
        await segments.sweep(tx, now)
        await tx.execute("UPDATE customer SET created_at = $1::timestamptz - interval '200 days'", now)
    async with desk.db.transaction() as tx:
        await segments.sweep(tx, now + timedelta(seconds=10))
    assert len(await desk.members(id_)) == 4
    assert await desk.waiting() == [{"turned": True}]
    await desk.all_work()
    assert await desk.members(id_) == set(desk.people)
    told = (await desk.ask(MEMBERS, id=id_))["changes"]["nodes"]
    assert [change["cause"] for change in told] == ["TIME_PASSED"] * PEOPLE
