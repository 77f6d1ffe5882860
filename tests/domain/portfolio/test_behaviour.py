"""How customers buy together, against plain Python: who comes again, buys several things, and how often."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from random import Random
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from domain.clock import add_months
from domain.database import Tx
from tests.domain.portfolio.shop import CATALOGUE, PERIODS, ZONE, Over, Person, Shop, period
from tests.domain.query.world import NOW

_FIGURES = """customers buyers repeatRate repurchaseRate multiProductRate medianDaysBetweenOrders averageOrderValue
  ordersPerBuyer"""
_ASK = f"""query ($where: CustomerFilter, $over: Period) {{
  portfolio(where: $where, over: $over) {{ purchaseBehaviour {{ {_FIGURES} }} }} }}"""


def share(some: int, of: int) -> Any:
    return pytest.approx(some / of) if of else None


def before(over: Over) -> tuple[Over, Over]:
    """The period before and the period that it is held against, as the description says."""
    start, end = over[0], min(over[1] or NOW, NOW)
    local = end.astimezone(ZoneInfo(ZONE))
    if start is None:
        last = (add_months(local, -12).astimezone(UTC), add_months(local, -24).astimezone(UTC))
        return (last[1], last[0]), (last[0], end)
    begin = start.astimezone(ZoneInfo(ZONE))
    if all((one.day, one.hour, one.minute, one.second) == (1, 0, 0, 0) for one in (begin, local)):
        months = (local.year - begin.year) * 12 + local.month - begin.month
        return (add_months(begin, -months).astimezone(UTC), start), (start, end)
    return (start - (end - start), start), (start, end)


def reckoned(people: list[Person], over: Over) -> dict[str, Any]:
    bought = [orders for person in people if (orders := person.bought(over))]
    categories = [{CATALOGUE[line.sku][1] for one in orders for line in one.lines} - {None} for orders in bought]
    days = [sorted({one.day for one in orders}) for orders in bought]
    gaps = [(later - day).days for some in days for day, later in pairwise(some)]
    orders = [one for some in bought for one in some]
    earlier, later = before(over)
    came = [person for person in people if person.bought(earlier)]
    mean = sum((one.total for one in orders), Decimal(0)) / len(orders) if orders else None
    return {
        "customers": len(people),
        "buyers": len(bought),
        "repeatRate": share(sum(len(some) > 1 for some in bought), len(bought)),
        "repurchaseRate": share(sum(bool(person.bought(later)) for person in came), len(came)),
        "multiProductRate": share(sum(len(some) > 1 for some in categories), len(bought)),
        "medianDaysBetweenOrders": median(gaps) if gaps else None,
        "averageOrderValue": None if mean is None else round(mean, 6),
        "ordersPerBuyer": share(len(orders), len(bought)),
    }


# Long enough that a year lies before another.
_LONG: Over = (None, datetime(2027, 1, 1, tzinfo=UTC))
_OVERS = (*PERIODS, _LONG, (NOW - timedelta(days=30), NOW - timedelta(days=29)), (NOW - timedelta(days=3), None))


@pytest.mark.parametrize("seed", range(4))
async def test_purchases_are_those_of_plain_python(tx: Tx, seed: int) -> None:
    shop = await Shop(tx, Random(seed), reach=800 if seed == 3 else 150).open(20)
    for over in _OVERS:
        for where in (None, {"country": {"eq": "GB"}}, {"country": {"eq": "XX"}}):
            people = [p for p in shop.people if where is None or where == {"country": {"eq": p.country}}]
            told = await shop.ask(_ASK, {"where": where, "over": period(over)})
            row = told["portfolio"]["purchaseBehaviour"]
            mean = row["averageOrderValue"]
            assert row | {"averageOrderValue": mean and Decimal(mean)} == reckoned(people, over), (over, where)
            # Whatever else is not asked.
            given = {"where": where, "over": period(over)}
            alone = await shop.ask(_ASK.replace(_FIGURES, "multiProductRate"), given)
            assert alone["portfolio"]["purchaseBehaviour"] == {"multiProductRate": row["multiProductRate"]}


async def test_calendar_months_are_held_against_as_many_calendar_months(tx: Tx) -> None:
    """March has 31 days, February 28: who bought on the first of February bought in the month before March."""
    shop = Shop(tx, Random(1))
    for first, later in (("2025-02-01", "2025-03-31"), ("2025-01-31", "2025-03-05"), ("2025-02-20", "2025-04-01")):
        who = await shop.house.customer()
        for day in (first, later):
            await shop.house.order(who, f"{day}T10:00")
    march = {"from": "2025-03-01T00:00:00+01:00", "until": "2025-04-01T00:00:00+02:00"}
    told = await shop.ask(_ASK, {"over": march})
    assert told["portfolio"]["purchaseBehaviour"]["repurchaseRate"] == 0.5
