"""What sets members apart equals counting in Python."""

from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from math import asin, sqrt
from random import Random
from typing import Any
from uuid import UUID

import pytest

from domain.access.principal import OPERATOR
from domain.customers.attributes import Declaration
from domain.customers.declaring import declare
from domain.segments.traits import commands as commands_traits
from domain.vocabulary import AttributeType
from tests.domain.query.conftest import house
from tests.domain.query.world import MASKED, NOW, House, at
from tests.support.calling import OCCASION

__all__ = ["house"]

_TRAITS = "{ segment(key: %s) { traits(first: 250) { attribute value shareInSegment shareOverall effectSize } } }"
_TIERS = ("HIGH", "MEDIUM", "LOW", None)


async def segment(house: House, number: int, *, members: int = 0, personal: bool = False, **said: Any) -> UUID:
    id_ = UUID(int=10_000 + number)
    told: dict[str, object] = {"key": f"s{number}", "name": f"S{number}", "search_fold": f"s{number}", "kind": "RULE"}
    told |= {"number": number, "member_count": members, "created_at": NOW, "updated_at": NOW}
    await house.row("segment", segment_id=id_, **(told | said))
    await house.row("segment_version", number=number, segment_id=id_, personal=personal, made_at=NOW)
    return id_


async def member(house: House, customer: UUID, numbers: list[int]) -> None:
    since = [NOW] * len(numbers)
    await house.row(
        "customer_segment", customer_id=customer, segments=sorted(numbers), entered_at=since, causes=[1] * len(numbers),
        refreshed_at=NOW,
    )  # fmt: skip


async def _crowd(house: House, size: int, seed: int = 0) -> list[set[tuple[str, str]]]:
    """Customers, the first third of them members of 1; and what of each is expected to be counted."""
    rng, told = Random(seed), []
    for n in range(size):
        country, tier, orders = rng.choice(["GB", "DE", None]), rng.choice(_TIERS), rng.choice([0, 1, 3, 7, 12])
        born = rng.choice([None, "2004-03-16", "1991-03-15", "1950-01-01"])
        score: dict[str, object] = {
            "value_tier": tier,
            "order_count": orders,
            "as_of": NOW,
            "lifecycle_stage": "ACTIVE",
        }
        if orders:
            score |= {"category_count": 1, "average_order_value": Decimal(n % 10), "last_order_at": at("2026-03-01")}
        birth = at(born).date() if born else None
        customer = await house.customer(None, country=country, birth_date=birth, score=score)
        facts = {("kind", "PERSON"), ("lifecycleStage", "ACTIVE")}
        facts |= {(name, value) for name, value in (("country", country), ("valueTier", tier)) if value}
        band = {0: "0", 1: "1", 3: "2 to 4", 7: "5 to 9", 12: "10 and more"}[orders]
        facts |= {("orderCount", band)}
        if orders:
            facts |= {("categoryCount", "1 at most"), ("lastOrderAt", "within 30 days")}
        ages = {"2004-03-16": "below 25", "1991-03-15": "35 to 44", "1950-01-01": "65 and more"}
        facts |= {("age", ages[born])} if born else set()
        facts |= await _leanings(house, customer, rng)
        if n < size // 3:
            await member(house, customer, [1])
        told.append(facts)
    return told


async def _leanings(house: House, customer: UUID, rng: Random) -> set[tuple[str, str]]:
    """What is in rows of its own: categories, the channel used most, needs, attributes."""
    facts = set()
    for category in rng.sample(["Tea", "Pots", "Books"], rng.randint(0, 3)):
        for channel in ("WEB", "PHONE"):
            await house.row(
                "customer_month", customer_id=customer, month=NOW.date(), channel=channel, category=category,
                category_orders=1,
            )  # fmt: skip
        facts.add(("bought.category", category))
    uses = {channel: rng.randint(0, 3) for channel in ("EMAIL", "WEB")}
    for channel, touches in uses.items():
        await house.row(
            "customer_month", customer_id=customer, month=NOW.date(), channel=channel, category="",
            touches=touches + 2, contacts=2,
        )  # fmt: skip
    if any(uses.values()):
        facts.add(("touchpoints.channel", max(uses, key=lambda channel: uses[channel])))
    if rng.random() < 0.5:
        await house.row(
            "customer_need", customer_id=customer, need_id=house.id(), kind="BELIEF", name="organic", strength=1.0,
            recorded_at=NOW,
        )  # fmt: skip
        facts.add(("need.BELIEF", "organic"))
    plan, is_vip = rng.choice(["Gold", "Silver"]), rng.random() < 0.5
    for name, values in (("plan", {"text_value": plan}), ("vip", {"boolean_value": is_vip})):
        await house.row("customer_attribute", customer_id=customer, name=name, personal=False, **values)
    await house.row("customer_attribute", customer_id=customer, name="shoe", personal=True, text_value="38")
    return facts | {("attributes.plan", plan), ("attributes.vip", str(is_vip).lower())}


def _h(one: float, other: float) -> float:
    return 2 * asin(sqrt(one)) - 2 * asin(sqrt(other))


def _counted(members: list[set[tuple[str, str]]], everybody: list[set[tuple[str, str]]]) -> dict[tuple[str, str], Any]:
    inside, overall = (Counter(fact for facts in crowd for fact in facts) for crowd in (members, everybody))
    shares = {
        fact: (inside[fact] / len(members), count / len(everybody)) for fact, count in overall.items() if count >= 5
    }
    return {fact: (*both, _h(*both)) for fact, both in shares.items() if both[0] != both[1]}


async def _told(house: House, key: str = "s1", **how: Any) -> list[Mapping[str, Any]]:
    segment = (await house.ask(_TRAITS % f'"{key}"', **how))["segment"]
    traits: list[Mapping[str, Any]] = segment["traits"]
    return traits


def _words(traits: list[Mapping[str, Any]]) -> dict[tuple[str, str], Any]:
    return {
        (one["attribute"], one["value"]): tuple(
            pytest.approx(one[name]) for name in ("shareInSegment", "shareOverall", "effectSize")
        )
        for one in traits
        if one["attribute"] not in ("averageOrderValue", "profitability.profit", "profitability.costToServe")
    }


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_traits_equal_counting_in_python_the_largest_difference_first(house: House, seed: int) -> None:
    await segment(house, 1, members=20)
    told = await _crowd(house, 60, seed)
    await commands_traits.count(house.tx, now=NOW)
    traits = await _told(house)
    assert _words(traits) == _counted(told[:20], told)
    sizes = [abs(one["effectSize"]) for one in traits]
    assert sizes == sorted(sizes, reverse=True)
    first = await house.ask('{ segment(key: "s1") { traits(first: 3) { value } } }')
    assert [one["value"] for one in first["segment"]["traits"]] == [one["value"] for one in traits[:3]]


async def test_the_effect_is_cohens_h(house: House) -> None:
    """φ of .25 is 1.047 and of .50 is 1.571 (Cohen 1988, table 6.2.2): h = .524."""
    await segment(house, 1, members=10)
    for n in range(40):
        customer = await house.customer(None, country="GB" if n % 4 == 0 else "DE")
        if (n % 4 == 0 and n < 20) or n in (1, 2, 3, 5, 6):
            await member(house, customer, [1])
    await commands_traits.count(house.tx, now=NOW)
    [germany, britain] = [one for one in await _told(house) if one["attribute"] == "country"]
    assert (germany["value"], germany["shareInSegment"], germany["shareOverall"]) == ("DE", 0.5, 0.75)
    assert (britain["effectSize"], germany["effectSize"]) == (
        pytest.approx(0.524, abs=5e-4),
        pytest.approx(-0.524, abs=5e-4),
    )


async def test_numbers_are_told_in_fifths_of_everybody(house: House) -> None:
    await segment(house, 1, members=20)
    for n in range(100):
        score = {"order_count": 1, "as_of": NOW, "average_order_value": Decimal(n)}
        customer = await house.customer(None, score=score)
        if n >= 80:
            await member(house, customer, [1])
    await commands_traits.count(house.tx, now=NOW)
    bands = [one for one in await _told(house) if one["attribute"] == "averageOrderValue"]
    assert (bands[0]["value"], bands[0]["shareInSegment"], bands[0]["shareOverall"]) == ("79 and more", 1.0, 0.21)
    assert {one["value"] for one in bands[1:]} == {"below 19", "19 to below 39", "39 to below 59", "59 to below 79"}
    assert {one["shareInSegment"] for one in bands[1:]} == {0.0}


async def test_ages_are_told_to_those_only_who_may_read_personal_data(house: House) -> None:
    await segment(house, 1, members=10)
    await _crowd(house, 30)
    await commands_traits.count(house.tx, now=NOW)
    everything, masked = await _told(house), await _told(house, caller=MASKED)
    assert [one for one in everything if one["attribute"] != "age"] == masked
    assert any(one["attribute"] == "age" for one in everything)
    assert not any(one["attribute"] == "attributes.shoe" for one in everything)


async def test_what_is_declared_personal_is_not_told_any_more(house: House) -> None:
    """Not even where somebody counted before it was, and writes afterwards."""
    await segment(house, 1, members=10)
    await house.tx.execute("INSERT INTO attribute_declaration VALUES ('plan', 'STRING', false, NULL, $1)", NOW)
    await _crowd(house, 30)
    await commands_traits.count(house.tx, now=NOW)
    before = await _told(house, caller=MASKED)
    counted = await house.tx.fetch("SELECT * FROM trait_share WHERE attribute = 'attributes.plan'")
    assert {one["attribute"] for one in before} >= {"attributes.plan", "attributes.vip"}
    await declare(house.tx, Declaration("plan", AttributeType.STRING, personal=True), occasion=OCCASION)
    assert not await house.tx.fetchval("SELECT count(*) FROM trait_share WHERE attribute = 'attributes.plan'")
    for row in counted:
        await house.row("trait_share", **row)
    for caller in (MASKED, OPERATOR):
        told = {one["attribute"] for one in await _told(house, caller=caller)}
        assert "attributes.plan" not in told
        assert "country" in told


async def test_of_very_many_members_some_are_looked_at_always_the_same(house: House) -> None:
    """Half of ten thousand: those whose ids end below the middle."""
    await segment(house, 1, members=10_000)
    rng, inside = Random(4), []
    for n in range(60):
        country = "GB" if n % 3 else "DE"
        id_ = UUID(int=rng.getrandbits(128))
        await house.row("customer", customer_id=id_, country=country, created_at=NOW, updated_at=NOW)
        await house.row("customer_score_a", customer_id=id_, lifecycle_since=NOW)
        await member(house, id_, [1])
        inside += [country] if id_.bytes[15] < 128 else []
    await commands_traits.count(house.tx, now=NOW)
    [one] = [one for one in await _told(house) if one["value"] == "DE"]
    assert 15 < len(inside) < 45
    assert one["shareInSegment"] == pytest.approx(inside.count("DE") / len(inside))


async def test_nobody_or_nothing_counted_yet_has_no_traits(house: House) -> None:
    await segment(house, 1, members=10)
    await segment(house, 2)
    await segment(house, 3)
    await house.tx.execute("UPDATE segment SET number = NULL WHERE key = 's3'")
    await _crowd(house, 30)
    assert await _told(house) == []
    await commands_traits.count(house.tx, now=NOW)
    assert await _told(house, "s2") == []
    assert await _told(house, "s3") == []


async def test_of_what_asks_for_personal_data_few_are_withheld_from_who_may_not_read_it(house: House) -> None:
    await segment(house, 1, members=10, personal=True)
    for n in range(30):
        customer = await house.customer(None, country="GB" if n < 14 else "DE", city="Ulm" if n > 6 else "York")
        if n < 10:
            await member(house, customer, [1])
    await commands_traits.count(house.tx, now=NOW)
    everything, masked = await _told(house), await _told(house, caller=MASKED)
    inside = {(one["value"], round(10 * one["shareInSegment"])) for one in everything}
    assert inside == {("GB", 10), ("DE", 0), ("York", 7), ("Ulm", 3)}
    assert {one["value"] for one in masked} == {"GB", "York"}
    await house.tx.execute("UPDATE segment_version SET personal = false")
    assert await _told(house, caller=MASKED) == everything
