"""What goes with an outcome is what scipy makes of the same customers, one by one, in plain Python."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from math import asin, sqrt
from random import Random
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from scipy import stats

from domain.access.principal import OPERATOR, Principal
from domain.portfolio import queries_associations
from domain.portfolio.dimensions import Outcome
from tests.domain.query.conftest import house
from tests.domain.query.world import MASKED, NOW, House

__all__ = ["house"]

_TOLD = "attribute value customers effect pValue adjustedPValue"
_ASK = f"{{ portfolio%s {{ associations(outcome: %s, first: %d) {{ {_TOLD} }} }} }}"
_AMOUNTS = (Outcome.PROFIT, Outcome.LIFETIME_VALUE)
_MADE_OF_IT = {
    Outcome.PROFIT: {"profitability.profit", "valueTier"},
    Outcome.LIFETIME_VALUE: {"profitability.profit", "valueTier"},
    Outcome.CHURN: {"lifecycleStage", "valueTier"},
    Outcome.REPEAT_PURCHASE: {"orderCount", "lifecycleStage"},
    Outcome.RESPONSE: set[str](),
}
Told = dict[tuple[str, str | None], tuple[Any, ...]]
DAY = timedelta(days=1)
SPAN = (NOW - 60 * DAY, NOW - 10 * DAY)
OVER = f'(over: {{from: "{SPAN[0].isoformat()}", until: "{SPAN[1].isoformat()}"}})'


@dataclass
class Somebody:
    """One customer, as the reference sees it."""

    id: UUID
    words: set[tuple[str, str]] = field(default_factory=set)
    numbers: dict[str, float] = field(default_factory=dict)
    profit: float = 0.0
    value: float | None = None
    orders: int = 0
    purchases: int = 0
    lapsed: bool = False
    refuses: bool = False
    # In days before now: what was bought (each for 7), sent, answered.
    bought: list[int] = field(default_factory=list)
    sent: list[int] = field(default_factory=list)
    answered: list[int] = field(default_factory=list)


async def crowd(house: House, size: int, seed: int) -> list[Somebody]:
    rng = Random(seed)
    return [await _somebody(house, rng) for _ in range(size)]


async def _somebody(house: House, rng: Random) -> Somebody:
    country, tier = rng.choice(["GB", "DE", "DE", None]), rng.choice(["HIGH", "LOW", None])
    born = rng.choice([None, "2004-03-16", "1950-01-01"])
    orders = rng.choice([0, 1, 1, 2, 6])
    one = Somebody(UUID(int=0), orders=orders, purchases=min(orders, rng.choice([1, 2])), lapsed=rng.random() < 0.3)
    one.profit = round(rng.gauss(20 if country == "GB" else 5, 10), 2) if orders else 0.0
    one.value = round(one.profit + 30 * rng.random(), 2) if orders and rng.random() < 0.9 else None
    one.bought = sorted(rng.sample(range(1, 200), orders), reverse=True)
    stage = "LAPSED" if one.lapsed else "ACTIVE"
    score = {
        "as_of": NOW, "lifecycle_stage": stage, "value_tier": tier, "profit": Decimal(str(one.profit)),
        "lifetime_value": None if one.value is None else Decimal(str(one.value)), "order_count": orders,
        "repeat_purchases": max(one.purchases - 1, 0), "category_count": 1,
        "first_order_at": NOW - one.bought[0] * DAY if orders else None,
    }  # fmt: skip
    birth = None if born is None else NOW.fromisoformat(born).date()
    one.id = await house.customer(None, country=country, birth_date=birth, score=score)
    band = {0: "0", 1: "1", 2: "2 to 4", 6: "5 to 9"}[orders]
    one.words |= {("kind", "PERSON"), ("lifecycleStage", stage), ("orderCount", band)}
    one.words |= {(name, value) for name, value in (("country", country), ("valueTier", tier)) if value}
    if born:
        one.words.add(("age", "below 25" if born == "2004-03-16" else "65 and more"))
    if orders:
        one.words |= {("categoryCount", "1 at most"), ("firstOrderAt", _ago(one.bought[0]))}
        one.numbers |= {"profitability.profit": one.profit, "profitability.costToServe": 0.0}
    await _more(house, rng, one)
    return one


def _ago(days: int) -> str:
    bands = ((30, "within 30 days"), (90, "31 to 90 days ago"), (180, "91 to 180 days ago"))
    return next((told for most, told in bands if days <= most), "181 to 365 days ago")


async def _more(house: House, rng: Random, one: Somebody) -> None:
    """Attributes, orders, campaigns, and who refuses to be profiled."""
    plan, size = rng.choice(["Gold", "Silver"]), one.profit / 3 + rng.gauss(0, 5)
    one.words.add(("attributes.plan", plan))
    await house.row("customer_attribute", customer_id=one.id, name="plan", personal=False, text_value=plan)
    await house.row("customer_attribute", customer_id=one.id, name="shoe", personal=True, text_value="38")
    if rng.random() < 0.8:
        one.numbers["attributes.size"] = size
        await house.row("customer_attribute", customer_id=one.id, name="size", personal=False, number_value=size)
    for days in one.bought:
        await house.order(one.id, (NOW - days * DAY).replace(tzinfo=None).isoformat(), "7")
    for month, count in Counter((NOW - days * DAY).date().replace(day=1) for days in one.bought).items():
        await house.row(
            "customer_month", customer_id=one.id, month=month, channel="WEB", category="", orders=count,
            revenue=Decimal(7 * count),
        )  # fmt: skip
    for kind, told_on in (("CAMPAIGN_SENT", one.sent), ("CAMPAIGN_RESPONSE", one.answered)):
        for _ in range(rng.choice([0, 1, 1, 2])):
            told_on.append(rng.randrange(1, 100))
            await house.touchpoint(one.id, (NOW - told_on[-1] * DAY).replace(tzinfo=None).isoformat(), kind=kind)
    if rng.random() < 0.1:
        one.refuses = True
        await house.row(
            "customer_consent", customer_id=one.id, consent_id=house.id(), channel="EMAIL", purpose="PROFILING",
            status="DENIED", recorded_at=NOW, holds=True, recorded_for=one.id,
        )  # fmt: skip


def _within(days: list[int], over: bool) -> list[int]:
    return [one for one in days if not over or SPAN[0] <= NOW - one * DAY < SPAN[1]]


def _earned(one: Somebody) -> float:
    return 7.0 * len(_within(one.bought, True))


def outcome_of(one: Somebody, outcome: Outcome, over: bool) -> float | None:
    """None: it cannot be told of this one."""
    bought, sent, answered = (_within(days, over) for days in (one.bought, one.sent, one.answered))
    if outcome is Outcome.PROFIT:
        return _earned(one) if over else one.profit
    if outcome is Outcome.LIFETIME_VALUE:
        return one.value
    if outcome is Outcome.RESPONSE:
        return float(any(day <= max(sent) for day in answered)) if sent else None
    if outcome is Outcome.REPEAT_PURCHASE:
        if over:
            return float(len(set(bought)) > 1) if bought else None
        return float(one.purchases > 1) if one.orders else None
    if not over:
        return float(one.lapsed) if one.orders else None
    before = [day for day in one.bought if NOW - day * DAY < SPAN[0]]
    return float(not bought) if before else None


def _of_word(has: list[float], lacks: list[float], outcome: Outcome) -> tuple[float, float] | None:
    if outcome in _AMOUNTS:
        spread = sqrt((np.var(has) * len(has) + np.var(lacks) * len(lacks)) / (len(has) + len(lacks) - 2))
        effect = (np.mean(has) - np.mean(lacks)) / spread
        return float(effect), float(stats.ttest_ind(has, lacks, equal_var=False).pvalue)
    own, other, share = np.mean(has), np.mean(lacks), np.mean(has + lacks)
    if min(len(has), len(lacks)) * min(share, 1 - share) < 1:
        return None
    table = [[sum(some), len(some) - sum(some)] for some in (has, lacks)]
    pearson = stats.chi2_contingency(table, correction=False).statistic
    total = len(has) + len(lacks)
    return 2 * asin(sqrt(own)) - 2 * asin(sqrt(other)), float(stats.chi2.sf(pearson * (total - 1) / total, 1))


def expected(people: list[Somebody], outcome: Outcome, *, over: bool, ages: bool = True) -> Told:
    seen = {one.id: outcome_of(one, outcome, over) for one in people if not one.refuses}
    asked = [(one, y) for one in people if (y := seen.get(one.id)) is not None]
    hidden = _MADE_OF_IT[outcome] | (set() if ages else {"age"})
    found: Told = {}
    for name, value in {word for one, _ in asked for word in one.words if word[0] not in hidden}:
        has = [y for one, y in asked if (name, value) in one.words]
        lacks = [y for one, y in asked if (name, value) not in one.words]
        if min(len(has), len(lacks)) >= 5 and (told := _of_word(has, lacks, outcome)):
            found[name, value] = (len(has), *told)
    for name in {name for one, _ in asked for name in one.numbers} - hidden:
        known = [(one.numbers[name], y) for one, y in asked if name in one.numbers]
        numbers, ys = (list(some) for some in zip(*known, strict=True))
        if len(known) >= 5 and len(set(numbers)) > 1 and len(set(ys)) > 1:
            r, p = stats.pearsonr(numbers, ys)
            found[name, None] = (len(known), 2 * r / sqrt(1 - r * r), p)
    adjusted: Any = stats.false_discovery_control([told[2] for told in found.values()]) if found else []
    return {key: (*told, float(p)) for (key, told), p in zip(found.items(), adjusted, strict=True)}


async def told(house: House, outcome: Outcome, over: str = "", first: int = 250, caller: Principal = OPERATOR) -> Any:
    return (await house.ask(_ASK % (over, outcome, first), caller=caller))["portfolio"]["associations"]


def _by_word(rows: list[Mapping[str, Any]]) -> Told:
    figures = ("customers", "effect", "pValue", "adjustedPValue")
    return {
        (one["attribute"], one["value"]): tuple(pytest.approx(one[name], rel=2e-3, abs=1e-8) for name in figures)
        for one in rows
    }


@pytest.mark.parametrize(("many", "seed"), [(70, 1), pytest.param(120, 2, marks=pytest.mark.proof)])
async def test_effects_and_chances_are_those_of_scipy(house: House, many: int, seed: int) -> None:
    people = await crowd(house, many, seed)
    for outcome in Outcome:
        for over in (False, True):
            rows = await told(house, outcome, OVER if over else "")
            assert _by_word(rows) == expected(people, outcome, over=over), (outcome, over)
            assert len(rows) > 3, outcome
            sizes = [abs(one["effect"]) for one in rows]
            assert sizes == sorted(sizes, reverse=True)


async def test_the_first_are_corrected_for_all_that_were_tried(house: House) -> None:
    await crowd(house, 30, 3)
    rows = await told(house, Outcome.PROFIT)
    assert await told(house, Outcome.PROFIT, first=2) == rows[:2]


@pytest.mark.proof
async def test_ages_are_tried_for_those_only_who_may_read_personal_data(
    house: House,
) -> None:
    people = await crowd(house, 50, 4)
    everything, masked = [await told(house, Outcome.PROFIT, caller=caller) for caller in (OPERATOR, MASKED)]
    assert _by_word(everything) == expected(people, Outcome.PROFIT, over=False)
    assert _by_word(masked) == expected(people, Outcome.PROFIT, over=False, ages=False)
    assert {one["attribute"] for one in everything} - {one["attribute"] for one in masked} == {"age"}


async def test_what_was_declared_personal_since_is_not_told(house: House) -> None:
    await crowd(house, 20, 5)
    await house.tx.execute("INSERT INTO attribute_declaration VALUES ('plan', 'STRING', true, NULL, $1)", NOW)
    assert "attributes.plan" not in {one["attribute"] for one in await told(house, Outcome.PROFIT)}


async def test_of_very_many_customers_some_are_looked_at(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half of them: those whose ids end below the middle."""
    monkeypatch.setattr(queries_associations, "MOST_CUSTOMERS", 60)
    people = []
    for n in range(120):
        one = Somebody(UUID(bytes=bytes(14) + bytes([n, 2 * n])), profit=float(n * 37 % 11))
        one.words.add(("country", "GB" if n % 3 else "DE"))
        [(_, country)] = one.words
        await house.row("customer", customer_id=one.id, country=country, created_at=NOW, updated_at=NOW)
        profit = Decimal(str(one.profit))
        await house.row("customer_score_a", customer_id=one.id, lifecycle_since=NOW, profit=profit)
        people.append(one)
    looked_at = [one for one in people if one.id.bytes[15] < 128]
    assert len(looked_at) == 64
    assert _by_word(await told(house, Outcome.PROFIT)) == expected(looked_at, Outcome.PROFIT, over=False)


async def test_who_are_asked_for_are_held_against_each_other_alone(house: House) -> None:
    people = await crowd(house, 60, 6)
    rows = await told(house, Outcome.PROFIT, '(where: {country: {eq: "DE"}})')
    of_them = [one for one in people if ("country", "DE") in one.words]
    assert _by_word(rows) == expected(of_them, Outcome.PROFIT, over=False)
    assert await told(house, Outcome.PROFIT, '(where: {country: {eq: "FR"}})') == []


async def test_numbers_beyond_reckoning_are_left_out(house: House) -> None:
    for one in await crowd(house, 20, 7):
        for name, number in (("huge", 1e200), ("tiny", 1e-200 * one.orders), ("same", 3.0)):
            await house.row("customer_attribute", customer_id=one.id, name=name, personal=False, number_value=number)
    for outcome in (Outcome.PROFIT, Outcome.REPEAT_PURCHASE):
        names = {one["attribute"] for one in await told(house, outcome)}
        assert names
        assert not names & {"attributes.huge", "attributes.same"}
