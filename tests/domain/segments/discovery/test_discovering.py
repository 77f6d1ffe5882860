"""Groups that were found are segments: whom they hold, what stays when they are found again, what is refused."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import numpy as np
import pytest

from domain.analytics.compute import here
from domain.database import Tx
from domain.errors import Refused
from domain.identity.commands_merging import merge
from domain.identity.commands_unmerging import unmerge
from domain.ids import Prefix, to_public
from domain.privacy.commands_erasing import erase
from domain.query.asking import Occasion
from domain.segments import commands
from domain.segments.changes.queries import changes_since
from domain.segments.commands import Given
from domain.segments.discovery import commands_discovering, commands_grouping
from domain.segments.discovery.behaviour import BEHAVIOURS, Raw
from domain.segments.discovery.commands_discovering import Crowd, Wish
from domain.segments.membership import commands_refreshing
from domain.segments.membership.causes import place
from domain.segments.rule import kept
from domain.vocabulary import SegmentChangeCause, SegmentKind
from tests.domain.query.world import NOW
from tests.domain.segments.discovery.test_behaviour import KINDS, crowd
from tests.support.calling import OCCASION

_SIZE = 40
_CUSTOMER = "INSERT INTO customer (customer_id, country, created_at, updated_at) VALUES ($1, $2, $3, $3)"
_SCORE = """
INSERT INTO customer_score_a (customer_id, lifecycle_since, as_of, order_count, repeat_purchases, last_order_at,
  first_order_at, profit, average_order_value, category_count, discount_share, return_rate, revenue_trend)
VALUES ($1, $2, $2, $3, $3 - 1, $4, $5, $6::float8::numeric, $7::float8::numeric, $8, $9, $10, $11)
"""
_MONTH = """
INSERT INTO customer_month (customer_id, month, channel, category, orders, touches)
VALUES ($1, $2, $3, '', $4, $5)
"""
_AT = {one.name: at for at, one in enumerate(BEHAVIOURS)}


async def people(tx: Tx, raw: Raw, first: int = 1) -> list[UUID]:
    """Customers who do these things, one a row."""
    ids = [UUID(int=first + n) for n in range(len(raw))]
    for id_, row in zip(ids, raw.tolist(), strict=True):
        does = {name: row[at] for name, at in _AT.items()}
        await tx.execute(_CUSTOMER, id_, "GB" if id_.int % 2 else "DE", NOW - timedelta(days=900))
        orders = max(round(does["frequency"]), 1)
        last, first_at = (NOW - timedelta(days=does[name]) for name in ("recency", "tenure"))
        money = does["profit"], does["order_value"], max(round(does["categories"]), 1)
        await tx.execute(
            _SCORE, id_, NOW, orders, last, first_at, *money, does["discounts"], does["returns"], does["trend"]
        )
        online = round(10 * does["online"])
        for channel, count in (("WEB", online), ("IN_PERSON", 10 - online)):
            await tx.execute(_MONTH, id_, NOW.date(), channel, count, round(does["touches"] / 2))
    return ids


async def _crowd(tx: Tx, occasion: Occasion, wish: Wish | None = None) -> Crowd:
    whom = await commands_refreshing.customers_after(tx, UUID(int=0), 10_000)
    if wish is not None and wish.where is not None:
        whom = await commands_discovering.meant(tx, wish.where, whom, occasion=occasion)
    people = Crowd()
    await people.read(tx, whom, occasion=occasion)
    people.close()
    return people


async def _find(tx: Tx, wish: Wish, *, occasion: Occasion = OCCASION, parts: int | None = None) -> dict[str, Any]:
    """As the job does, cut off after so many parts."""
    people = await _crowd(tx, occasion, wish)
    found = await commands_discovering.find(people, wish, here)

    async def progress(share: float, detail: str) -> None:
        assert 0 <= share <= 1

    labels = await commands_discovering.place(people, found, here, progress)
    plan = await commands_grouping.begin(tx, people, labels, found, wish, occasion=occasion)
    for part in list(commands_grouping.parts(people, 17))[:parts]:
        await commands_grouping.write(tx, plan, people, part, occasion=occasion)
    if parts is not None:
        return {}
    await commands_grouping.finish(tx, plan, occasion=occasion)
    return commands_grouping.told(wish, people, found, plan)


async def _members(tx: Tx) -> dict[str, set[int]]:
    """Who is in what by its packed number, as segments are read."""
    rows = await tx.fetch(
        "SELECT s.key, m.customer_id FROM segment s JOIN customer_segment m ON s.number = ANY (m.segments)"
        " WHERE s.archived_at IS NULL"
    )
    found: dict[str, set[int]] = {}
    for row in rows:
        found.setdefault(row["key"], set()).add(row["customer_id"].int)
    for row in await tx.fetch("SELECT key, member_count FROM segment"):
        assert row["member_count"] == len(found.get(row["key"], ())), row
    return found


def _kind(n: int) -> set[int]:
    return set(range(1 + n * _SIZE, 1 + (n + 1) * _SIZE))


def _at(days: int) -> Occasion:
    return replace(OCCASION, now=NOW + timedelta(days=days))


def _of(tx_rows: list[Any]) -> dict[str, UUID]:
    return {row["key"]: row["segment_id"] for row in tx_rows}


async def _saved(tx: Tx) -> dict[str, UUID]:
    return _of(await tx.fetch("SELECT key, segment_id FROM segment WHERE archived_at IS NULL"))


async def test_groups_become_segments_the_biggest_first(tx: Tx) -> None:
    await people(tx, np.concatenate([crowd(*KINDS[:3], size=_SIZE), crowd(KINDS[1], size=10, seed=5)]))
    told = await _find(tx, Wish("habit"), occasion=_at(0))
    assert [one["customers"] for one in told["segments"]] == [50, 40, 40]
    assert (told["customers"], told["keyPrefix"]) == (130, "habit")
    assert [one["segments"] for one in told["tried"]] == list(range(2, 11))
    members = await _members(tx)
    assert members == {
        "habit-1": _kind(1) | set(range(121, 131)),
        "habit-2": _kind(0),
        "habit-3": _kind(2),
    } or members == {"habit-1": _kind(1) | set(range(121, 131)), "habit-2": _kind(2), "habit-3": _kind(0)}
    for row in await tx.fetch("SELECT * FROM segment"):
        assert row["kind"] == SegmentKind.DISCOVERED
        assert f"{row['member_count']} of them" in row["description"]
        assert "(silhouette 0." in row["description"]
    news = await changes_since(tx, list((await _saved(tx)).values()), NOW, 1_000)
    assert {(one.customer.int, one.entered) for one in news} == {(n, True) for n in range(1, 131)}
    causes = await tx.fetch("SELECT DISTINCT unnest(causes) FROM customer_segment")
    assert [row[0] for row in causes] == [place(SegmentChangeCause.LIST_CHANGED)]


async def test_found_again_the_same_customers_change_nothing(tx: Tx) -> None:
    await people(tx, crowd(*KINDS[:3], size=_SIZE))
    first = await _find(tx, Wish("habit"))
    before = await tx.fetch("SELECT * FROM customer_segment ORDER BY 1"), await _saved(tx)
    assert await _find(tx, Wish("habit"), occasion=OCCASION) == first
    assert (await tx.fetch("SELECT * FROM customer_segment ORDER BY 1"), await _saved(tx)) == before
    assert await tx.fetchval("SELECT count(*) FROM segment_stay") == 0
    assert await tx.fetchval("SELECT count(*) FROM segment_version") == 3


async def test_found_again_a_group_that_holds_most_of_an_earlier_one_is_that_segment(tx: Tx) -> None:
    ids = await people(tx, crowd(*KINDS[:3], size=_SIZE))
    await _find(tx, Wish("habit"), occasion=_at(0))
    before, was = await _saved(tx), await _members(tx)
    # Ten who bought often do as those with discounts do now, who are the most from now on; and there is a fourth kind.
    values = "profit = 15, average_order_value = 12, discount_share = 0.9, category_count = 4"
    text = f"UPDATE customer_score_a SET {values}, order_count = 6, repeat_purchases = 5, last_order_at = $2"
    await tx.execute(f"{text} WHERE customer_id = ANY ($1)", ids[:10], NOW - timedelta(days=60))
    await people(tx, crowd(KINDS[3], size=_SIZE, seed=9), first=1_000)
    await _find(tx, Wish("habit"), occasion=_at(1))
    after, now = await _saved(tx), await _members(tx)
    assert {key: after[key] for key in before} == before
    names = {min(members): key for key, members in was.items()}
    often, discount = names[1], names[1 + 2 * _SIZE]
    assert now[often] == was[often] - set(range(1, 11))
    assert now[discount] == was[discount] | set(range(1, 11))
    assert now["habit-4"] == set(range(1_000, 1_000 + _SIZE))
    stays = await tx.fetch("SELECT * FROM segment_stay ORDER BY customer_id")
    assert {row["customer_id"].int for row in stays} == set(range(1, 11))
    assert {(row["segment_id"], row["left_cause"], row["left_at"]) for row in stays} == {
        (before[often], "LIST_CHANGED", NOW + timedelta(days=1))
    }


async def test_what_no_group_corresponds_to_is_emptied_and_put_away_and_taken_again(tx: Tx) -> None:
    await people(tx, crowd(*KINDS, size=_SIZE))
    await _find(tx, Wish("habit", 4), occasion=_at(0))
    before = await _saved(tx)
    await _find(tx, Wish("habit", 2), occasion=_at(1))
    assert len(await _members(tx)) == 2
    assert len(await _saved(tx)) == 2
    assert await tx.fetchval("SELECT count(*) FROM segment_listed") == 4 * _SIZE
    await _find(tx, Wish("habit", 4), occasion=_at(2))
    assert await _saved(tx) == before
    assert sorted(map(len, (await _members(tx)).values())) == [_SIZE] * 4


async def test_cut_off_everybody_is_where_they_were_or_are_to_be_and_the_next_time_all_are(tx: Tx) -> None:
    ids = await people(tx, crowd(*KINDS[:3], size=_SIZE))
    await _find(tx, Wish("habit"), occasion=_at(0))
    was, saved = await _members(tx), await _saved(tx)
    # Whoever is of the first kind does as the second does now, and the other way round: half of them are written.
    await tx.execute("UPDATE customer_score_a SET customer_id = overlay(customer_id::text placing 'f' from 1)::uuid")
    await tx.execute("UPDATE customer_month SET customer_id = overlay(customer_id::text placing 'f' from 1)::uuid")
    for table in ("customer_score_a", "customer_month"):
        text = (
            f"UPDATE {table} SET customer_id = $2 WHERE customer_id = overlay($1::uuid::text placing 'f' from 1)::uuid"
        )
        for one, other in zip(ids, [*ids[20:40], *ids[40:60], *ids[:20], *ids[60:]], strict=True):
            await tx.execute(text, one, other)
    cut = [part.until for part in commands_grouping.parts(await _crowd(tx, OCCASION), 17)][2]
    assert await _find(tx, Wish("habit"), occasion=_at(1), parts=3) == {}
    halfway, stays = await _members(tx), "SELECT count(*) FROM segment_stay"
    moved = await tx.fetchval(stays)
    assert 0 < moved < 40
    assert set().union(*halfway.values()) == {id_.int for id_ in ids}
    assert sum(map(len, halfway.values())) == len(ids)
    assert {key: {n for n in some if n > cut.int} for key, some in halfway.items()} == {
        key: {n for n in some if n > cut.int} for key, some in was.items()
    }
    await _look(tx, ids)
    assert await _members(tx) == halfway
    await _find(tx, Wish("habit"), occasion=_at(2))
    now = await _members(tx)
    assert await _saved(tx) == saved
    assert sorted(map(len, now.values())) == [_SIZE] * 3
    assert now != halfway
    assert await tx.fetchval(stays) == sum(len(was[key] - now[key]) for key in was)


async def test_a_group_that_a_rule_names_stays_and_those_rules_are_looked_at_again(tx: Tx) -> None:
    await people(tx, crowd(*KINDS, size=_SIZE))
    await _find(tx, Wish("habit", 4), occasion=_at(0))
    saved = await _saved(tx)
    for key, id_ in saved.items():
        rule = kept({"inSegment": [to_public(Prefix.SEGMENT, id_)]})
        await commands.create(tx, Given(frozenset(), name=f"In {key}", rule=rule), occasion=OCCASION)
    jobs = "SELECT count(*) FROM job WHERE kind = 'REFRESH_SEGMENTS'"
    before = await tx.fetchval(jobs)
    await _find(tx, Wish("habit", 2), occasion=_at(1))
    assert await tx.fetchval(jobs) == before + 1
    assert (await _saved(tx)).items() >= saved.items()
    empty = "SELECT count(*) FROM segment WHERE kind = 'DISCOVERED' AND member_count = 0 AND archived_at IS NULL"
    assert await tx.fetchval(empty) == 2


async def test_a_look_at_everybody_changes_nothing(tx: Tx) -> None:
    ids = await people(tx, crowd(*KINDS[:2], size=_SIZE))
    await _find(tx, Wish("habit"))
    before = await tx.fetch("SELECT customer_id, segments, entered_at, causes FROM customer_segment ORDER BY 1")
    rules = await commands_refreshing.rules_at_work(tx)
    cause = SegmentChangeCause.DATA_CHANGED
    await commands_refreshing.refresh(tx, rules, ids, occasion=_at(1), cause=cause)
    again = "SELECT customer_id, segments, entered_at, causes FROM customer_segment ORDER BY 1"
    assert await tx.fetch(again) == before


async def test_whoever_is_merged_or_erased_takes_the_list_along_or_leaves_it(tx: Tx) -> None:
    ids = await people(tx, crowd(*KINDS[:2], size=_SIZE))
    await _find(tx, Wish("habit"))
    before = await _members(tx)
    [first] = [key for key, members in before.items() if ids[0].int in members]
    [second] = before.keys() - {first}
    await merge(tx, ids[0], ids[-1], occasion=OCCASION)
    await _look(tx, [ids[0]])
    merged = await _members(tx)
    assert merged == {first: before[first], second: before[second] - {ids[-1].int} | {ids[0].int}}
    await unmerge(tx, ids[0], ids[-1], occasion=OCCASION)
    await _look(tx, [ids[0], ids[-1]])
    assert await _members(tx) == before
    await merge(tx, ids[0], ids[-1], occasion=OCCASION)
    await _look(tx, [ids[0]])
    await tx.execute(
        "UPDATE customer_score_a SET order_count = 40, last_order_at = $2, first_order_at = $2,"
        " profit = 3000, repeat_purchases = 39, category_count = 12 WHERE customer_id = $1",
        ids[0],
        NOW,
    )
    await _find(tx, Wish("habit", 2), occasion=_at(1))
    assert sum(ids[0].int in members for members in (await _members(tx)).values()) == 1
    await erase(tx, ids[5], key=bytes(32), now=NOW)
    assert await tx.fetchval("SELECT count(*) FROM segment_listed WHERE customer_id = $1", ids[5]) == 0
    assert not any(ids[5].int in members for members in (await _members(tx)).values())


async def _look(tx: Tx, whom: list[UUID]) -> None:
    rules = await commands_refreshing.rules_at_work(tx)
    await commands_refreshing.refresh(tx, rules, whom, occasion=OCCASION, cause=SegmentChangeCause.DATA_CHANGED)


async def test_only_those_are_parted_whom_the_filter_means_who_bought_and_who_may_be_profiled(tx: Tx) -> None:
    ids = await people(tx, crowd(*KINDS[:3], size=_SIZE))
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
        told = await _find(tx, wish)
        assert told["customers"] == 3 * _SIZE // 2 - 2
        members = await _members(tx)
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
        await _find(tx, Wish("habit"))
    await tx.execute("DELETE FROM customer_score_a")
    await people(tx, crowd({}, size=200), first=10_000)
    with pytest.raises(Refused, match=r"nothing tells these customers apart: .* 2: 0\.\d\d, 3: 0"):
        await _find(tx, Wish("habit"))
    assert await tx.fetchval("SELECT count(*) FROM segment") == 0
