"""Groups that were found are segments: whom they hold, what stays when they are found again, what is refused."""

from datetime import timedelta

import numpy as np
import pytest

from domain.database import Tx
from domain.errors import Refused
from domain.identity.commands_merging import merge
from domain.identity.commands_unmerging import unmerge
from domain.ids import Prefix, to_public
from domain.privacy.commands_erasing import erase
from domain.segments import commands
from domain.segments.changes.queries import changes_since
from domain.segments.commands import Given
from domain.segments.discovery.commands_discovering import Wish
from domain.segments.explaining.queries import explain
from domain.segments.membership import commands_refreshing
from domain.segments.membership.causes import place
from domain.segments.rule import kept
from domain.vocabulary import SegmentChangeCause, SegmentKind
from tests.domain.query.world import NOW
from tests.domain.segments.discovery.finding import SIZE, day, find, kind_of, look, members_now, people, saved_now
from tests.domain.segments.discovery.test_behaviour import KINDS, crowd
from tests.support.calling import OCCASION


async def test_groups_become_segments_the_biggest_first(tx: Tx) -> None:
    await people(tx, np.concatenate([crowd(*KINDS[:3], size=SIZE), crowd(KINDS[1], size=10, seed=5)]))
    told = await find(tx, Wish("habit"), occasion=day(0))
    assert [one["customers"] for one in told["segments"]] == [50, 40, 40]
    assert (told["customers"], told["keyPrefix"]) == (130, "habit")
    assert [one["segments"] for one in told["tried"]] == list(range(2, 11))
    members = await members_now(tx)
    assert members == {
        "habit-1": kind_of(1) | set(range(121, 131)),
        "habit-2": kind_of(0),
        "habit-3": kind_of(2),
    } or members == {"habit-1": kind_of(1) | set(range(121, 131)), "habit-2": kind_of(2), "habit-3": kind_of(0)}
    for row in await tx.fetch("SELECT * FROM segment"):
        assert row["kind"] == SegmentKind.DISCOVERED
        assert f"{row['member_count']} of them" in row["description"]
        assert "(silhouette 0." in row["description"]
    news = await changes_since(tx, list((await saved_now(tx)).values()), NOW, 1_000)
    assert {(one.customer.int, one.entered) for one in news} == {(n, True) for n in range(1, 131)}
    causes = await tx.fetch("SELECT DISTINCT unnest(causes) FROM customer_segment")
    assert [row[0] for row in causes] == [place(SegmentChangeCause.LIST_CHANGED)]


async def test_found_again_the_same_customers_change_nothing(tx: Tx) -> None:
    await people(tx, crowd(*KINDS[:3], size=SIZE))
    first = await find(tx, Wish("habit"))
    before = await tx.fetch("SELECT * FROM customer_segment ORDER BY 1"), await saved_now(tx)
    assert await find(tx, Wish("habit"), occasion=OCCASION) == first
    assert (await tx.fetch("SELECT * FROM customer_segment ORDER BY 1"), await saved_now(tx)) == before
    assert await tx.fetchval("SELECT count(*) FROM segment_stay") == 0
    assert await tx.fetchval("SELECT count(*) FROM segment_version") == 3


async def test_found_again_a_group_that_holds_most_of_an_earlier_one_is_that_segment(tx: Tx) -> None:
    ids = await people(tx, crowd(*KINDS[:3], size=SIZE))
    await find(tx, Wish("habit"), occasion=day(0))
    before, was = await saved_now(tx), await members_now(tx)
    # Ten who bought often do as those with discounts do now, who are the most from now on; and there is a fourth kind.
    values = "profit = 15, average_order_value = 12, discount_share = 0.9, category_count = 4"
    text = f"UPDATE customer_score_a SET {values}, order_count = 6, repeat_purchases = 5, last_order_at = $2"
    await tx.execute(f"{text} WHERE customer_id = ANY ($1)", ids[:10], NOW - timedelta(days=60))
    await people(tx, crowd(KINDS[3], size=SIZE, seed=9), first=1_000)
    await find(tx, Wish("habit"), occasion=day(1))
    after, now = await saved_now(tx), await members_now(tx)
    assert {key: after[key] for key in before} == before
    names = {min(members): key for key, members in was.items()}
    often, discount = names[1], names[1 + 2 * SIZE]
    assert now[often] == was[often] - set(range(1, 11))
    assert now[discount] == was[discount] | set(range(1, 11))
    assert now["habit-4"] == set(range(1_000, 1_000 + SIZE))
    stays = await tx.fetch("SELECT * FROM segment_stay ORDER BY customer_id")
    assert {row["customer_id"].int for row in stays} == set(range(1, 11))
    assert {(row["segment_id"], row["left_cause"], row["left_at"]) for row in stays} == {
        (before[often], "LIST_CHANGED", NOW + timedelta(days=1))
    }


async def test_what_no_group_corresponds_to_is_emptied_and_put_away_and_taken_again(tx: Tx) -> None:
    await people(tx, crowd(*KINDS, size=SIZE))
    await find(tx, Wish("habit", 4), occasion=day(0))
    before = await saved_now(tx)
    await find(tx, Wish("habit", 2), occasion=day(1))
    assert len(await members_now(tx)) == 2
    assert len(await saved_now(tx)) == 2
    assert await tx.fetchval("SELECT count(*) FROM segment_listed") == 4 * SIZE
    await find(tx, Wish("habit", 4), occasion=day(2))
    assert await saved_now(tx) == before
    assert sorted(map(len, (await members_now(tx)).values())) == [SIZE] * 4


async def test_a_group_that_a_rule_names_stays_and_those_rules_are_looked_at_again(tx: Tx) -> None:
    await people(tx, crowd(*KINDS, size=SIZE))
    await find(tx, Wish("habit", 4), occasion=day(0))
    saved = await saved_now(tx)
    for key, id_ in saved.items():
        rule = kept({"inSegment": [to_public(Prefix.SEGMENT, id_)]})
        await commands.create(tx, Given(frozenset(), name=f"In {key}", rule=rule), occasion=OCCASION)
    jobs = "SELECT count(*) FROM job WHERE kind = 'REFRESH_SEGMENTS'"
    before = await tx.fetchval(jobs)
    await find(tx, Wish("habit", 2), occasion=day(1))
    assert await tx.fetchval(jobs) == before + 1
    assert (await saved_now(tx)).items() >= saved.items()
    empty = "SELECT count(*) FROM segment WHERE kind = 'DISCOVERED' AND member_count = 0 AND archived_at IS NULL"
    assert await tx.fetchval(empty) == 2
    told = await tx.fetch(
        "SELECT v.definition, n.name FROM segment_version v JOIN segment_use u USING (segment_id)"
        " JOIN segment n ON n.segment_id = u.named_id"
    )
    assert len(told) == 4
    assert {row["definition"] for row in told} == {f"is in the segment “{row['name']}”" for row in told}


async def test_a_group_that_a_campaign_uses_stays_until_that_is_over(tx: Tx) -> None:
    await people(tx, crowd(*KINDS, size=SIZE))
    await find(tx, Wish("habit", 4), occasion=day(0))
    saved = await saved_now(tx)
    campaign = await tx.fetchval(
        "INSERT INTO campaign (campaign_id, key, name, search_fold, status, randomised, goal, created_at, updated_at)"
        " VALUES (gen_random_uuid(), 'spring', 'Spring', 'spring', 'DRAFT', true, 'RETAIN', $1, $1)"
        " RETURNING campaign_id",
        OCCASION.now,
    )
    use = "INSERT INTO campaign_segment (campaign_id, segment_id, excluded) SELECT $1, unnest($2::uuid[]), false"
    await tx.execute(use, campaign, list(saved.values()))
    await find(tx, Wish("habit", 2), occasion=day(1))
    assert await saved_now(tx) == saved
    await tx.execute("UPDATE campaign SET status = 'CANCELLED'")
    await find(tx, Wish("habit", 2), occasion=day(2))
    assert len(await saved_now(tx)) == 2


async def test_a_look_at_everybody_changes_nothing(tx: Tx) -> None:
    ids = await people(tx, crowd(*KINDS[:2], size=SIZE))
    await find(tx, Wish("habit"))
    before = await tx.fetch("SELECT customer_id, segments, entered_at, causes FROM customer_segment ORDER BY 1")
    rules = await commands_refreshing.rules_at_work(tx)
    cause = SegmentChangeCause.DATA_CHANGED
    await commands_refreshing.refresh(tx, rules, ids, occasion=day(1), cause=cause)
    again = "SELECT customer_id, segments, entered_at, causes FROM customer_segment ORDER BY 1"
    assert await tx.fetch(again) == before


async def test_whoever_is_merged_or_erased_takes_the_list_along_or_leaves_it(tx: Tx) -> None:
    ids = await people(tx, crowd(*KINDS[:2], size=SIZE))
    await find(tx, Wish("habit"))
    before = await members_now(tx)
    [first] = [key for key, members in before.items() if ids[0].int in members]
    [second] = before.keys() - {first}
    await merge(tx, ids[0], ids[-1], occasion=OCCASION)
    await look(tx, [ids[0]])
    merged = await members_now(tx)
    assert merged == {first: before[first], second: before[second] - {ids[-1].int}}
    causes = await tx.fetch("SELECT left_cause FROM segment_stay WHERE customer_id = $1", ids[-1])
    assert [row[0] for row in causes] == [SegmentChangeCause.MERGED]
    one = await explain(tx, (await saved_now(tx))[second], to_public(Prefix.CUSTOMER, ids[0]), occasion=OCCASION)
    assert (one.member, one.holds, one.clauses[0].holds) == (False, False, False)
    await unmerge(tx, ids[0], ids[-1], occasion=OCCASION)
    await look(tx, [ids[0], ids[-1]])
    assert await members_now(tx) == before
    await merge(tx, ids[0], ids[-1], occasion=OCCASION)
    await look(tx, [ids[0]])
    await tx.execute(
        "UPDATE customer_score_a SET order_count = 40, last_order_at = $2, first_order_at = $2,"
        " profit = 3000, repeat_purchases = 39, category_count = 12 WHERE customer_id = $1",
        ids[0],
        NOW,
    )
    await find(tx, Wish("habit", 2), occasion=day(1))
    assert sum(ids[0].int in members for members in (await members_now(tx)).values()) == 1
    await erase(tx, ids[5], key=bytes(32), now=NOW)
    assert await tx.fetchval("SELECT count(*) FROM segment_listed WHERE customer_id = $1", ids[5]) == 0
    assert not any(ids[5].int in members for members in (await members_now(tx)).values())


async def test_who_was_in_no_group_takes_that_of_whoever_came_first_and_never_two(tx: Tx) -> None:
    ids = await people(tx, crowd(*KINDS[:2], size=SIZE))
    await find(tx, Wish("habit"))
    before = await members_now(tx)
    [newcomer] = await people(tx, crowd(KINDS[0], size=1), first=1_000)
    for gone in (ids[-1], ids[0]):
        await merge(tx, newcomer, gone, occasion=OCCASION)
        await look(tx, [newcomer])
    [first] = [key for key, members in before.items() if ids[0].int in members]
    [second] = before.keys() - {first}
    assert await members_now(tx) == {
        first: before[first] - {ids[0].int} | {newcomer.int},
        second: before[second] - {ids[-1].int},
    }
    other = await find(tx, Wish("other"))
    assert len(other["segments"]) == 2
    static = await commands.create(tx, Given(frozenset(), name="List", kind=SegmentKind.STATIC), occasion=OCCASION)
    assert static.did.key
    await commands.list_members(tx, static.did.key, [newcomer], on=True, occasion=OCCASION)
    await look(tx, [newcomer])
    members = await members_now(tx)
    assert sum(newcomer.int in some for some in members.values()) == 3
    await unmerge(tx, newcomer, ids[0], occasion=OCCASION)
    await look(tx, [newcomer, ids[0]])
    members = await members_now(tx)
    assert (ids[0].int in members[first], newcomer.int in members[first]) == (True, False)
    assert newcomer.int in members[second]


async def test_only_those_are_parted_whom_the_filter_means_who_bought_and_who_may_be_profiled(tx: Tx) -> None:
    ids = await people(tx, crowd(*KINDS[:3], size=SIZE))
    await tx.execute("UPDATE customer_score_a SET order_count = 0 WHERE customer_id = $1", ids[0])
    await tx.execute(
        "INSERT INTO customer_consent (customer_id, consent_id, channel, purpose, status, recorded_at, recorded_for,"
        " holds) VALUES ($1, $1, 'EMAIL', 'PROFILING', 'DENIED', $2, $1, true)", ids[2], NOW,
    )  # fmt: skip
    british = await commands.create(
        tx, Given(frozenset(), name="British", rule=kept({"country": {"eq": "GB"}})), occasion=OCCASION
    )
    assert british.did.key
    nested = kept({"inSegment": [to_public(Prefix.SEGMENT, british.did.key)], "orderCount": {"gte": 0}})
    for wish in (Wish("habit", 3, kept({"country": {"eq": "GB"}})), Wish("habit", 3, nested)):
        await commands_grouping_of(tx)
        told = await find(tx, wish)
        assert told["customers"] == 3 * SIZE // 2 - 2
        members = await members_now(tx)
        inside = set().union(*(group for key, group in members.items() if key.startswith("habit")))
        assert inside == {id_.int for id_ in ids if id_.int % 2} - {1, 3}


async def commands_grouping_of(tx: Tx) -> None:
    """Rules that were being built hold."""
    for rule in await commands_refreshing.rules_at_work(tx):
        if rule.building:
            await tx.execute("UPDATE segment SET number = $2 WHERE segment_id = $1", rule.segment_id, rule.number)
    await tx.execute("UPDATE segment SET member_count = 0")


async def test_too_few_or_too_much_alike_they_stay_as_they_are(tx: Tx) -> None:
    await people(tx, crowd(*KINDS[:2], size=20))
    with pytest.raises(Refused, match="there are 40 customers who have bought and may be profiled; groups need 50"):
        await find(tx, Wish("habit"))
    await tx.execute("DELETE FROM customer_score_a")
    await people(tx, crowd({}, size=200), first=10_000)
    with pytest.raises(Refused, match=r"nothing tells these customers apart: .* 2: 0\.\d\d, 3: 0"):
        await find(tx, Wish("habit"))
    assert await tx.fetchval("SELECT count(*) FROM segment") == 0
