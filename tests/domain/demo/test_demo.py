"""The demo: its dates, its assumptions, and that all of it is loaded."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from domain.campaigns.entities.contact import CONTACTS
from domain.database import Database
from domain.demo import DemoProgress, is_empty, load
from domain.demo.assumptions import assumptions
from domain.demo.journey import Journey, rows
from domain.demo.loading import LAST_DAY, weeks_to_move
from domain.vocabulary import Channel, TouchpointKind
from tests.support.importing import CLAIMS


def test_dates_move_to_the_latest_same_weekday_before_today() -> None:
    for days in range(1, 20):
        now = datetime(2026, 11, days, 18, tzinfo=UTC)
        ends = LAST_DAY + timedelta(weeks=weeks_to_move(now, assumptions()))
        assert ends.weekday() == LAST_DAY.weekday()
        assert 1 <= (now.date() - ends).days <= 7


def test_every_assumption_is_of_something_that_the_data_has() -> None:
    assumed = assumptions()
    assert {row["campaign_type"] for row in rows("campaigns")} == set(assumed.campaign_channel)
    names = {row[column] for row in rows("products") for column in ("department", "product_type")}
    assert set(assumed.shares) - {"default"} <= names
    assert {rate["channel"] for rate in assumed.rates} <= set(Channel)
    assert {rate["kind"] for rate in assumed.rates} <= set(TouchpointKind)


@pytest.mark.proof
def test_what_the_data_cannot_say_is_left_out_and_counted() -> None:
    journey = Journey(assumptions(), timedelta())
    journey.read()
    orders = list(journey.orders())
    assert journey.left.of_no_quantity == 416
    assert journey.left.as_one_unit == 1_269
    lines = [line for order in orders for line in order["lines"]]  # type: ignore[attr-defined]
    amounts = sum((Decimal(line["unitPrice"]) * line["quantity"] for line in lines), Decimal(0))
    assert len(lines) == 75_000 - 416
    assert amounts == sum(Decimal(row["sales_value"]) for row in rows("transactions") if row["quantity"] != "0")


@pytest.mark.proof
def test_every_department_earns_what_the_assumptions_say() -> None:
    """Gasoline too, of which a line has thousands: per thousandth of a gallon, its cost would round to nothing."""
    journey = Journey(assumptions(), timedelta())
    journey.read()
    costs = {each["sku"]: Decimal(str(each["unitCost"])) for each in journey.products()}
    usual, cost = defaultdict[str, Decimal](Decimal), defaultdict[str, Decimal](Decimal)

    def where(sku: str) -> str:
        row = journey.known.get(sku, {})
        return "FUEL" if row.get("product_type") == "GASOLINE-REG UNLEADED" else row.get("department", "")

    for row in rows("transactions"):
        if row["quantity"] != "0":
            usual[where(row["product_id"])] += Decimal(row["sales_value"]) + Decimal(row["retail_disc"])
    for order in journey.orders():
        for line in order["lines"]:  # type: ignore[attr-defined]
            cost[where(line["sku"])] += Decimal(line.get("unitCost", costs[line["sku"]])) * line["quantity"]
    large = {name: cost[name] / amount for name, amount in usual.items() if amount > 1_000}
    assert {"FUEL", "GROCERY", "MEAT"} <= set(large)
    assert large == pytest.approx({name: assumptions().cost_share(name) for name in large}, rel=Decimal("0.2"))


@pytest.mark.proof
async def test_all_of_it_is_loaded_and_moved(db: Database) -> None:
    now = datetime(2026, 11, 22, 12, tzinfo=UTC)
    async with db.connection() as tx:
        assert await is_empty(tx)
    seen: list[DemoProgress] = []
    loaded = await load(db, claims=CLAIMS, now=now, progress=seen.append)
    assert loaded.customers == 2_379
    assert loaded.touchpoints == 6_589 + 2_102
    assert seen[-1].done == seen[-1].of == loaded.orders
    assert "463 whole weeks" in loaded.told[0]
    async with db.connection() as tx:
        assert not await is_empty(tx)
        row = await tx.fetchrow(
            "SELECT max(ordered_at AT TIME ZONE 'America/New_York')::date::text, sum(total) = (SELECT sum(revenue)"
            " FROM customer_month), count(DISTINCT customer_id) FROM customer_order"
        )
        campaigns = await tx.fetchrow(
            "SELECT count(*), min(extract(day FROM ends_at - starts_at)), count(*) FILTER (WHERE goal = 'CROSS_SELL'"
            " AND status = 'COMPLETED' AND steps -> 0 ->> 'unitCost' = '0.45' AND NOT randomised) FROM campaign"
        )
        contacts = await tx.fetchrow(
            f"SELECT count(*), count(DISTINCT c.customer_id), count(*) FILTER (WHERE c.sent_at <> k.starts_at)"
            f" FROM {CONTACTS} c JOIN campaign k USING (campaign_id)"
        )
    assert campaigns is not None
    assert tuple(campaigns) == (27, 33, 27)
    assert contacts is not None
    assert tuple(contacts) == (6_589, 1_559, 0)
    assert row is not None
    assert tuple(row) == ("2026-11-15", True, 2_373)
