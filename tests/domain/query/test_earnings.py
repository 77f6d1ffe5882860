"""Profit over any period is the sum of the facts in it, and purchasing is what the orders say."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from domain.clock import told
from domain.errors import QuestionRefused
from domain.query.periods import span_of
from tests.domain.query.world import NOW, House, asked, at, public

_OVER = """query ($id: ID!, $from: DateTime, $until: DateTime) { customer(id: $id) {
  profitability(over: {from: $from, until: $until}) {
    revenue returns costOfGoods costToServe marketingCost profit margin costCoverage } } }"""

ZONE = "America/New_York"


async def _facts(house: House, rng: Random) -> tuple[UUID, list[tuple[datetime, dict[str, Decimal]]]]:
    """A customer of 18 months with orders, returns and touchpoints, and customer_month as it is kept."""
    ada = await house.customer("Ada")
    campaign = house.id()
    facts: list[tuple[datetime, dict[str, Decimal]]] = []
    for _ in range(60):
        moment = at("2024-09-01") + timedelta(hours=rng.randrange(540 * 24))
        amount = Decimal(rng.randrange(1, 99999)) / 1000
        kind = rng.choice(["order", "return", "touch", "contact"])
        if kind == "order":
            day = moment.replace(tzinfo=None).isoformat()
            await house.order(ada, day, str(amount), known_revenue=amount / 2, cost_of_goods=amount / 4)
            facts.append((moment, {"revenue": amount, "known_revenue": amount / 2, "cost_of_goods": amount / 4}))
        elif kind == "return":
            id_ = house.id()
            told_ = {"customer_id": ada, "return_id": id_, "recorded_for": ada, "refund": amount}
            await house.row(
                "order_return", **told_, source="s", external_id="r", returned_at=moment, recorded_at=moment
            )
            await house.row(
                "return_line", **told_, position=1, product_id=id_, quantity=1, returned_cost=amount / 8
            )  # fmt: skip
            facts.append((moment, {"returns": amount, "cost_of_goods": -amount / 8}))
        else:
            of = campaign if kind == "contact" else None
            await house.touchpoint(ada, moment.replace(tzinfo=None).isoformat(), cost=amount, campaign_id=of)
            facts.append((moment, {"marketing_cost" if of else "cost_to_serve": amount}))
    months: dict[object, dict[str, Decimal]] = {}
    for moment, sums in facts:
        kept = months.setdefault(moment.astimezone(ZoneInfo(ZONE)).date().replace(day=1), {})
        for name, amount in sums.items():
            kept[name] = kept.get(name, Decimal()) + amount
    for month, sums in months.items():
        await house.row("customer_month", customer_id=ada, month=month, channel="WEB", category="", **sums)
    return ada, facts


def _sum(facts: list[tuple[datetime, dict[str, Decimal]]], start: datetime | None, end: datetime | None) -> Any:
    def of(name: str) -> Decimal:
        inside = (s for at_, s in facts if (not start or at_ >= start) and (not end or at_ < end))
        return sum((sums.get(name, Decimal()) for sums in inside), Decimal())

    revenue, known, returns = of("revenue"), of("known_revenue"), of("returns")
    goods, serve, marketing = of("cost_of_goods"), of("cost_to_serve"), of("marketing_cost")
    profit = revenue - returns - goods - serve - marketing
    sums = {"revenue": revenue, "returns": returns, "costOfGoods": goods, "costToServe": serve}
    sums |= {"marketingCost": marketing, "profit": profit}
    margin = float(profit / (revenue - returns)) if revenue > 0 and revenue != returns else None
    coverage = float(known / revenue) if revenue > 0 else None
    return sums, margin, coverage


def _periods(rng: Random) -> Iterator[tuple[datetime | None, datetime | None]]:
    yield None, None
    zone = ZoneInfo(ZONE)
    for _ in range(25):
        first = at("2024-08-01") + timedelta(minutes=rng.randrange(600 * 24 * 60))
        span = timedelta(minutes=rng.choice([5, 700, 44_640, 131_487, 500_000]))
        ends: list[datetime | None] = [first, first + span]
        aligned = [moment and moment.astimezone(zone).replace(day=1, hour=0, minute=0) for moment in ends]
        start, end = (rng.choice([moment, month, None]) for moment, month in zip(ends, aligned, strict=True))
        if not (start and end and start >= end):
            yield start, end


async def test_a_period_is_the_sum_of_its_facts_wherever_it_begins_and_ends(house: House) -> None:
    rng = Random(7)
    ada, facts = await _facts(house, rng)
    for start, end in _periods(rng):
        variables = {"id": public(ada), "from": start and told(start), "until": end and told(end)}
        found = (await house.ask(_OVER, variables, zone=ZONE))["customer"]["profitability"]
        sums, margin, coverage = _sum(facts, start, end)
        assert {name: Decimal(found[name]) for name in sums} == sums, (start, end)
        assert found["margin"] == pytest.approx(margin)
        assert found["costCoverage"] == pytest.approx(coverage)


def test_whole_months_need_no_facts() -> None:
    aligned = {"id": "cus_" + "0" * 32, "from": "2025-01-01T05:00:00Z", "until": "2025-07-01T04:00:00Z"}
    assert "touchpoint" not in asked(_OVER, aligned, zone=ZONE).statement.sql
    assert "touchpoint" in asked(_OVER, aligned | {"until": "2025-07-01T00:00:00Z"}, zone=ZONE).statement.sql


def test_without_a_whole_month_all_is_one_edge() -> None:
    zone = ZoneInfo("UTC")
    span = span_of(at("2026-01-05"), at("2026-02-20"), zone)
    assert span.months is None
    assert span.edges == ((at("2026-01-05"), at("2026-02-20")),)
    assert span_of(at("2026-01-01"), at("2026-02-20"), zone).edges == ((at("2026-02-01"), at("2026-02-20")),)
    assert span_of(at("2026-01-01"), at("2026-01-20"), zone).months is None


@pytest.mark.parametrize(
    ("over", "message"),
    [
        ('{last: "P1M", until: "2026-01-01T00:00:00Z"}', "last stands alone"),
        ('{from: "2026-01-01T00:00:00Z", until: "2026-01-01T00:00:00Z"}', "until must be later than from"),
    ],
)
def test_periods_that_cannot_be_are_refused(over: str, message: str) -> None:
    with pytest.raises(QuestionRefused, match=message):
        asked(f'{{ customer(id: "cus_{"0" * 32}") {{ profitability(over: {over}) {{ revenue }} }} }}')


async def test_no_revenue_no_margin(house: House) -> None:
    ada = await house.customer("Ada")
    found = (await house.ask(_OVER, {"id": public(ada)}))["customer"]["profitability"]
    assert found["revenue"] == "0.00"
    assert found["margin"] is None
    assert found["costCoverage"] is None


async def test_profit_over_a_period_filters_customers(house: House) -> None:
    for name, month in (("Ada", "2026-01-01"), ("Bob", "2025-01-01")):
        id_ = await house.customer(name, score={"revenue": 50, "profit": 20})
        await house.row(
            "customer_month", customer_id=id_, month=at(month).date(), channel="WEB", category="", revenue=50,
            cost_of_goods=30,
        )  # fmt: skip
    year = 'over: {from: "2026-01-01T00:00:00Z", until: "2027-01-01T00:00:00Z"}'
    assert await house.names(f'{{profitability: {{{year}, profit: {{gte: "20"}}}}}}') == ["Ada"]
    assert await house.names(f"{{profitability: {{{year}, margin: {{gt: 0.39, lt: 0.41}}}}}}") == ["Ada"]
    assert await house.names('{profitability: {profit: {gte: "20"}}}') == ["Ada", "Bob"]


async def test_what_was_bought_stays_of_the_category_of_its_day(house: House) -> None:
    ada = await house.customer("Ada")
    order = await house.order(ada, "2026-01-01", "30")
    for sku, category in (("TEA", "Food"), ("HAT", "")):
        product = await house.product(sku)
        await house.line(ada, order, product, 1)
        await house.tx.execute("UPDATE order_line SET category = $1 WHERE product_id = $2", category, product)
    await house.tx.execute("UPDATE product SET category = sku")
    found = await house.ask(
        f'{{ customer(id: "{public(ada)}") {{ purchasing {{ categoryCount categories {{ category }} }} }} }}'
    )
    assert found["customer"]["purchasing"] == {"categoryCount": 1, "categories": [{"category": "Food"}]}


async def test_purchasing_is_what_the_orders_say(house: House) -> None:
    ada = await house.customer("Ada")
    tea, mug = await house.product("TEA", category="Food"), await house.product("MUG")
    first = await house.order(ada, "2026-01-01", "30", discount=1, trading_form="RETAIL", paid=30, paid_at=NOW)
    second = await house.order(ada, "2026-01-11", "10.5", trading_form="RETAIL", due_at=at("2026-02-01"), paid=4)
    third = await house.order(ada, "2026-03-02", "20")
    await house.order(ada, "2026-03-03", "999", cancelled_at=NOW, trading_form="WHOLESALE")
    # Overpaid once what came back is taken off: that owes nothing, and takes nothing from what others owe.
    await house.order(ada, "2026-03-04", "7", returned=3, paid=5, due_at=at("2026-03-05"), trading_form="RETAIL")
    ahead = await house.order(ada, "2026-03-16", "500", due_at=at("2026-03-01"), discount=1)
    await house.line(ada, ahead, await house.product("HAT", category="Wear"), 9)
    await house.line(ada, first, tea, 6)
    await house.line(ada, second, tea, 1, "10.5")
    await house.line(ada, third, mug, 4)
    for order, method in ((first, "CASH"), (second, "CARD"), (third, "CASH")):
        await house.row(
            "order_payment", customer_id=ada, order_id=order, external_id="P", recorded_for=ada, method=method,
            amount=1, paid_at=NOW,
        )  # fmt: skip
    found = await house.ask(
        f"""{{ customer(id: "{public(ada)}") {{ purchasing {{
        orderCount firstOrderAt lastOrderAt averageOrderValue medianDaysBetweenOrders discountShare outstanding overdue
        productCount categoryCount preferredTradingForm preferredPaymentMethod returnRate revenueTrend
        categories {{ category orders units revenue lastOrderAt }}
        products(first: 1) {{ product {{ sku }} orders units revenue }} }} }} }}"""
    )
    assert found["customer"]["purchasing"] == {
        "orderCount": 4,
        "firstOrderAt": "2026-01-01T00:00:00+00:00",
        "lastOrderAt": "2026-03-04T00:00:00+00:00",
        "averageOrderValue": "16.875",
        "medianDaysBetweenOrders": 10,
        "discountShare": pytest.approx(1 / 4),
        "outstanding": "26.50",
        "overdue": "6.50",
        "productCount": 2,
        "categoryCount": 1,
        "preferredTradingForm": "RETAIL",
        "preferredPaymentMethod": "CASH",
        "returnRate": None,
        "revenueTrend": None,
        "categories": [
            {
                "category": "Food",
                "orders": 2,
                "units": 7,
                "revenue": "40.50",
                "lastOrderAt": "2026-01-11T00:00:00+00:00",
            }
        ],
        "products": [{"product": {"sku": "TEA"}, "orders": 2, "units": 7, "revenue": "40.50"}],
    }


async def test_who_bought_nothing_has_nothing_to_tell(house: House) -> None:
    ada = await house.customer("Ada")
    text = """query ($id: ID!) { customer(id: $id) { purchasing {
      orderCount averageOrderValue discountShare revenueTrend outstanding
      medianDaysBetweenOrders categories { category } } rfm { label } churnRisk { band } lifetimeValue { total }
      ranks { of } scoreAbsences { score reason } } }"""
    assert (await house.ask(text, {"id": public(ada)}))["customer"] == {
        "purchasing": {
            "orderCount": 0,
            "averageOrderValue": None,
            "discountShare": None,
            "revenueTrend": None,
            "outstanding": "0.00",
            "medianDaysBetweenOrders": None,
            "categories": [],
        },
        "rfm": None,
        "churnRisk": None,
        "lifetimeValue": None,
        "ranks": None,
        "scoreAbsences": [
            {"score": score, "reason": "NOT_YET_SCORED"} for score in ("RFM", "CHURN_RISK", "LIFETIME_VALUE")
        ],
    }
