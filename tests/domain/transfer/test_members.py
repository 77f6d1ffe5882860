"""Members of lists by import: who is put on a list and who is taken off it, once, whatever else the file says."""

from datetime import timedelta
from uuid import UUID

import pytest

from domain.database import Database
from domain.identity.commands_merging import merge
from domain.ids import Prefix, to_public
from domain.privacy.commands_erasing import erase
from domain.segments import commands, commands_importing
from domain.segments.changes.following import ChangeFeed, SegmentChanges
from domain.transfer import Kind
from domain.vocabulary import SegmentChangeCause
from tests.domain.segments.changes.test_following import build, listening, made, occasion, people
from tests.domain.segments.crowd import check_counts
from tests.support.importing import NOW, Given, bring, fingerprint

LIST = SegmentChangeCause.LIST_CHANGED
TOMBSTONES = b"t" * 32
_LISTED = "SELECT DISTINCT customer_id FROM segment_listed WHERE segment_id = $1 ORDER BY 1"
_IN = """
SELECT k.customer_id FROM customer_segment k JOIN segment s ON s.number = ANY (k.segments)
WHERE s.segment_id = $1 ORDER BY 1
"""


def on(who: int | UUID, segment: object = "list", **more: object) -> Given:
    """By the address that everybody of `people` has, or by id."""
    ref: Given = {"identity": {"kind": "EMAIL", "value": f"P{who}@example.org"}}
    if isinstance(who, UUID):
        ref = {"id": to_public(Prefix.CUSTOMER, who)}
    return {"segment": segment, "customer": ref} | more


def off(who: int | UUID, segment: object = "list") -> Given:
    return on(who, segment, remove=True)


async def of(db: Database, segment: UUID) -> list[UUID]:
    """Who is in it, counted right."""
    await check_counts(db)
    async with db.connection() as tx:
        return [row[0] for row in await tx.fetch(_IN, segment)]


async def members(db: Database, segment: UUID) -> list[UUID]:
    """Who is in it, which is who is on the list."""
    found = await of(db, segment)
    async with db.connection() as tx:
        assert [row[0] for row in await tx.fetch(_LISTED, segment)] == found
    return found


async def test_who_is_named_is_put_on_the_list_and_taken_off_it(db: Database) -> None:
    ada, bob, cyd, dan = await people(db)
    segment, other = await made(db, "List"), await made(db, "Other")
    id_ = to_public(Prefix.SEGMENT, segment)
    brought = await bring(db, Kind.MEMBERS, [on(0), on(bob, id_), on(cyd), on(dan, "other", remove=False)])
    assert (brought.statuses, brought.rejects) == ((4, 0, 0, 0), [])
    assert await members(db, segment) == sorted([ada, bob, cyd])
    assert await members(db, other) == [dan]
    brought = await bring(db, Kind.MEMBERS, [off(ada), on(1), off(dan), off(3, "other"), on(dan)])
    assert (brought.statuses, brought.rejects) == ((1, 2, 2, 0), [])
    assert await members(db, segment) == sorted([bob, cyd, dan])
    assert await members(db, other) == []
    async with db.connection() as tx:
        stays = await tx.fetch("SELECT customer_id, segment_id, entered_cause, left_cause FROM segment_stay")
    assert sorted(map(tuple, stays)) == sorted([(ada, segment, LIST, LIST), (dan, other, LIST, LIST)])


async def test_a_file_sent_again_changes_nothing(db: Database) -> None:
    await people(db)
    segment = await made(db, "List")
    rows = [on(0), on(1), off(1), off(2), on(3), on(3)]
    assert (await bring(db, Kind.MEMBERS, rows)).statuses == (2, 0, 4, 0)
    before = await fingerprint(db)
    assert (await bring(db, Kind.MEMBERS, rows)).statuses == (0, 0, 6, 0)
    assert await fingerprint(db) == before
    assert len(await members(db, segment)) == 2


@pytest.mark.parametrize("size", [1, 2, 50_000])
async def test_of_lines_about_one_customer_and_list_the_last_holds(
    db: Database, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    """By whatever the customer is named, and in whatever batches they come."""
    monkeypatch.setattr("domain.transfer.stage.BATCH_ROWS", size)
    ada, bob, cyd, _ = await people(db)
    segment, other = await made(db, "List"), await made(db, "Other")
    rows = [on(0), off(1), on(2), off(ada), on(bob), on(0, "other"), off(cyd), on(2)]
    brought = await bring(db, Kind.MEMBERS, rows)
    assert brought.rejects == []
    assert await members(db, segment) == sorted([bob, cyd])
    assert await members(db, other) == [ada]


async def test_a_csv_says_the_same(db: Database) -> None:
    ada, bob, cyd, dan = await people(db)
    async with db.transaction() as tx:
        await commands.list_members(tx, await made(db, "List"), [dan], on=True, occasion=occasion())
    assert (await bring(db, Kind.CUSTOMERS, [known("7", "shop"), known("7", "till")])).statuses == (2, 0, 0, 0)
    id_ = to_public(Prefix.CUSTOMER, bob)
    head = "customer,identityKind,identitySource,source,segment,remove,customerId\n"
    rows = f"p0@example.org,EMAIL,,,list,,\n,,,,list,false,{id_}\n7,,,shop,list,,\n7,,till,shop,list,,\n"
    bad = "7,,,,list,,\np2@example.org,EMAIL,,,list,yes,\n,,,,list,,\np2@example.org,EMAIL,,,,,\n"
    brought = await bring(db, Kind.MEMBERS, (head + rows + "P3@example.org,EMAIL,,,list,true,\n" + bad).encode())
    assert brought.statuses == (4, 1, 0, 4)
    assert brought.faults == [
        (7, "customer", "INVALID"),
        (8, "remove", "INVALID"),
        (9, "customer", "REQUIRED"),
        (10, "segment", "REQUIRED"),
    ]
    async with db.connection() as tx:
        listed = {row[0] for row in await tx.fetch("SELECT customer_id FROM segment_listed")}
    assert listed >= {ada, bob}
    assert not listed & {cyd, dan}
    assert len(listed) == 4


def known(value: str, source: str) -> Given:
    return {"identities": [{"kind": "EXTERNAL_ID", "value": value, "source": source}], "source": source}


async def test_bad_rows_are_refused_with_the_remedy_and_good_ones_recorded(db: Database) -> None:
    ada, *_ = await people(db)
    segment, put_away = await made(db, "List"), await made(db, "Put away")
    rule = await made(db, "Rule", {"city": {"eq": "Bath"}})
    await build(db)
    await made(db, "Habit")
    async with db.transaction() as tx:
        await commands.archive(tx, put_away, occasion=occasion())
        await tx.execute("UPDATE segment SET kind = 'DISCOVERED' WHERE key = 'habit'")
    nobody = UUID(int=5)
    rows: list[Given] = [
        on(0),
        on(1, "rule"),
        off(1, to_public(Prefix.SEGMENT, rule)),
        on(1, "put-away"),
        on(1, "nothing"),
        on(1, to_public(Prefix.SEGMENT, nobody)),
        on(1, "No Key!"),
        on(99),
        off(nobody),
        on(1, "list", customer={"id": "cus_1"}),
        on(1, colour="red"),
        on(1, remove="perhaps"),
        {"segment": "list"},
        on(1, "habit"),
    ]
    before = (await of(db, rule), await counted(db))
    brought = await bring(db, Kind.MEMBERS, rows)
    assert brought.statuses == (1, 0, 0, len(rows) - 1)
    assert sorted(brought.faults, key=lambda fault: int(str(fault[0]))) == [
        (2, "segment", "INVALID"),
        (3, "segment", "INVALID"),
        (4, "segment", "IN_WRONG_STATE"),
        (5, "segment", "NOT_FOUND"),
        (6, "segment", "NOT_FOUND"),
        (7, "segment", "INVALID"),
        (8, "customer.identity", "NOT_FOUND"),
        (9, "customer.id", "NOT_FOUND"),
        (10, "customer.id", "INVALID"),
        (11, "colour", "INVALID"),
        (12, "remove", "INVALID"),
        (13, "customer", "REQUIRED"),
        (14, "segment", "INVALID"),
    ]
    told = {str(one["reason"]) for one in brought.rejects if one["line"] in (2, 3, 14)}
    assert len(told) == 2
    assert all("make a STATIC segment" in reason for reason in told)
    assert await members(db, segment) == [ada]
    assert (await of(db, rule), await counted(db)) == before


async def counted(db: Database) -> int:
    """Nobody is made a customer of."""
    async with db.connection() as tx:
        return int(await tx.fetchval("SELECT count(*) FROM customer"))


async def test_who_was_merged_is_the_survivor_and_who_was_erased_is_refused(db: Database) -> None:
    ada, bob, cyd, dan = await people(db)
    segment = await made(db, "List")
    async with db.transaction() as tx:
        await merge(tx, bob, ada, occasion=occasion())
        await erase(tx, cyd, key=TOMBSTONES, now=NOW)
    rows = [on(0), on(ada), on(bob), on(cyd), on(2), on(dan)]
    brought = await bring(db, Kind.MEMBERS, rows, tombstones=TOMBSTONES)
    assert brought.statuses == (2, 0, 2, 2)
    assert brought.faults == [(4, "customer", "ERASED"), (5, "customer.identity", "ERASED")]
    assert await members(db, segment) == sorted([bob, dan])


async def test_what_came_along_with_a_merge_goes_with_the_survivor(db: Database) -> None:
    ada, bob, *_ = await people(db)
    segment = await made(db, "List")
    assert (await bring(db, Kind.MEMBERS, [on(0), on(1)])).statuses == (2, 0, 0, 0)
    async with db.transaction() as tx:
        await merge(tx, bob, ada, occasion=occasion())
    assert (await bring(db, Kind.MEMBERS, [off(ada)])).statuses == (0, 1, 0, 0)
    async with db.connection() as tx:
        assert await tx.fetchval("SELECT count(*) FROM segment_listed") == 0
    assert await members(db, segment) == []


async def test_whoever_follows_a_list_is_told_and_rules_that_name_it_follow(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many looks it takes."""
    monkeypatch.setattr(commands_importing, "_AT_ONCE", 2)
    whom = await people(db, 5)
    segment = await made(db, "List")
    naming = await made(db, "Naming", {"inSegment": [to_public(Prefix.SEGMENT, segment)]})
    without = await made(db, "Without", {"not": {"inSegment": [to_public(Prefix.SEGMENT, segment)]}})
    await build(db)
    assert await of(db, without) == sorted(whom)
    feed = ChangeFeed(db, SegmentChanges(), every=timedelta(seconds=0.05))
    async with listening(feed, segment) as (ear,):
        assert (await bring(db, Kind.MEMBERS, [on(at) for at in range(5)])).statuses == (5, 0, 0, 0)
        assert sorted(await ear.hears(5)) == sorted((who, True, LIST) for who in whom)
        assert (await of(db, naming), await of(db, without)) == (sorted(whom), [])
        assert (await bring(db, Kind.MEMBERS, [off(0), on(1)])).statuses == (0, 1, 1, 0)
        assert (await ear.hears(6))[5:] == [(whom[0], False, LIST)]
    assert (await of(db, naming), await of(db, without)) == (sorted(whom[1:]), whom[:1])
    assert await members(db, segment) == sorted(whom[1:])
