"""The nightly tables are what plain counting finds, whatever was bought, cancelled and returned."""

from datetime import timedelta
from decimal import Decimal
from math import log
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.domain.affinity.plain import Bought, CameBack, Counted, Line, logit
from tests.domain.affinity.shop import PRODUCTS, drawn, furnish, relate
from tests.domain.query.world import NOW, House

TODAY = NOW.date()


class RolledBack(Exception):
    """An example leaves nothing."""


async def _compare(house: House, orders: list[Bought], returns: list[CameBack]) -> int:
    people, skus = await furnish(house, orders, returns)
    told = await relate(house)
    names = {id_: sku for sku, id_ in skus.items()}
    counted = Counted(orders, returns, dict(PRODUCTS), TODAY + timedelta(days=1))
    assert told["customers"] == len(people)
    await _offers_agree(house, names, counted)
    rows = await house.tx.fetch("SELECT * FROM product_affinity")
    found = {(names[r["product_id"]], names[r["offered_id"]]): (r["buyers"], r["share"], r["lift"]) for r in rows}
    assert found == {pair: pytest.approx(expected) for pair, expected in counted.lifts().items()}
    assert all(row["weight"] == pytest.approx(0.5 * log(row["lift"])) for row in rows)
    moves = await house.tx.fetch("SELECT * FROM category_transition")
    onward = {(r["category"], r["next_category"]): (r["customers"], r["share"], r["lift"]) for r in moves}
    assert onward == {pair: pytest.approx(expected) for pair, expected in counted.transitions().items()}
    return len(rows)


async def _offers_agree(house: House, names: dict[UUID, str], counted: Counted) -> None:
    rows = {names[row["product_id"]]: row for row in await house.tx.fetch("SELECT * FROM product_offer")}
    money, places, chances, usual = counted.money(), counted.places(), counted.chances(), counted.usual_units()
    sold = counted.sold()
    assert set(rows) == set(chances)
    for product, row in rows.items():
        theirs = [of[product] for of in places.values() if product in of]
        units, profit = money[product]
        assert (row["buyers"], row["purchases"]) == (len(theirs), sum(map(len, theirs)))
        assert row["units"] == units
        assert row["profit_per_unit"] == pytest.approx(profit / sold[product], abs=Decimal("0.000001"))
        assert float(row["profit_per_purchase"]) == pytest.approx(
            float(profit / sold[product]) * usual[product], abs=2e-6
        )
        assert row["base"] == pytest.approx(logit(min(chances[product], 0.99)))
        assert (row["place"] is None) == (len(theirs) < 5)


async def test_the_tables_are_what_plain_counting_finds(house: House) -> None:
    pairs = await _compare(house, *drawn(7, customers=24))
    assert pairs > 5


@pytest.mark.proof
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32), customers=st.integers(1, 30))
async def test_whatever_was_bought_the_tables_are_what_plain_counting_finds(
    house: House, seed: int, customers: int
) -> None:
    try:
        async with house.tx.transaction():
            await _compare(house, *drawn(seed, customers=customers))
            raise RolledBack
    except RolledBack:
        pass


def _both(customer: int, days_ago: int = 5, **said: bool) -> Bought:
    lines = (Line("A", 1, Decimal(5), Decimal(2)), Line("C", 1, Decimal(9), Decimal(4)))
    return Bought(customer, TODAY - timedelta(days=days_ago), lines, **said)


def _others(count: int = 40) -> list[Bought]:
    return [Bought(100 + n, TODAY - timedelta(days=200), (Line("F", 1, Decimal(1)),)) for n in range(count)]


async def _pairs(house: House) -> int:
    return int(await house.tx.fetchval("SELECT count(*) FROM product_affinity"))


async def test_few_who_bought_both_are_no_rule(house: House) -> None:
    await furnish(house, [_both(n) for n in range(4)] + _others())
    await relate(house)
    assert await _pairs(house) == 0


async def test_erased_and_merged_customers_do_not_count(house: House) -> None:
    people, _ = await furnish(house, [_both(n) for n in range(6)] + _others())
    await relate(house)
    assert await _pairs(house) == 2
    await house.tx.execute("DROP TABLE " + ", ".join(sorted(TEMPORARY)))
    await house.tx.execute("UPDATE customer SET erased_at = $2 WHERE customer_id = $1", people[0], NOW)
    await house.tx.execute("UPDATE customer SET merged_into = $2 WHERE customer_id = $1", people[1], people[2])
    await relate(house)
    assert await _pairs(house) == 0


TEMPORARY = ["t_customer", "t_product", "t_bought", "t_returned", "t_tested", "t_day", "t_owned", "t_offer", "t_pair"]
TEMPORARY += ["t_affinity", "t_transition"]


async def test_orders_of_two_years_before_the_instant_count(house: House) -> None:
    await furnish(house, [_both(n, days_ago=731 if n < 3 else 700) for n in range(7)] + _others())
    await relate(house)
    assert await _pairs(house) == 0
    await house.tx.execute("DROP TABLE " + ", ".join(sorted(TEMPORARY)))
    await relate(house, NOW - timedelta(days=30))
    assert await _pairs(house) == 2


async def test_whoever_bought_thousands_counts_with_what_was_bought_last(house: House) -> None:
    many = {f"S{n:03}": None for n in range(60)}
    lines = [
        tuple(Line(sku, 1, Decimal(5), Decimal(2)) for sku in list(many)[half * 30 : half * 30 + 30]) for half in (0, 1)
    ]
    orders = [Bought(n, TODAY - timedelta(days=9 - half), lines[half]) for n in range(6) for half in (0, 1)]
    bystanders = [Bought(50 + n, TODAY, (Line("F", 1, Decimal(1)),)) for n in range(30)]
    _, skus = await furnish(house, orders + bystanders, products={**many, "F": None})
    await relate(house)
    told = await house.tx.fetch("SELECT DISTINCT product_id FROM product_affinity")
    assert {row[0] for row in told} == {skus[sku] for sku in list(many)[30:]}
