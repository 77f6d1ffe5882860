"""Which values of products a customer prefers: by units that were kept, against everybody's; few units prove little."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from tests.domain.affinity.plain import Bought, CameBack, Line
from tests.domain.affinity.shop import furnish, relate
from tests.domain.query.world import NOW, House, public

TODAY = NOW.date()


def _bought(customer: int, product: str, units: int, **said: bool) -> Bought:
    return Bought(
        customer, TODAY - timedelta(days=customer % 50), (Line(product, units, Decimal(9), Decimal(4)),), **said
    )


OTHERS = [_bought(10 + n, "ACF"[n % 3], 4) for n in range(30)]


async def _told(house: House, of: UUID) -> dict[tuple[str, str], dict[str, Any]]:
    asked = f'{{ customer(id: "{public(of)}") {{ valuedAttributes(first: 99) {{ attribute value share lift }} }} }}'
    told = (await house.ask(asked))["customer"]["valuedAttributes"]
    return {(one["attribute"], one["value"]): one for one in told}


async def test_a_share_is_of_units_and_its_lift_against_everybodys(house: House) -> None:
    people, _ = await furnish(house, [*OTHERS, _bought(1, "A", 30), _bought(1, "C", 10)])
    await relate(house)
    told = await _told(house, people[1])
    assert list(told) == [("category", "Tea")]
    tea = told["category", "Tea"]
    of_all = (40 + 30) / (120 + 40)
    assert tea["share"] == 0.75
    assert tea["lift"] == pytest.approx((30 + 2) / (40 * of_all + 2))


async def test_what_came_back_or_was_called_off_does_not_count(house: House) -> None:
    orders = [
        *OTHERS,
        _bought(1, "A", 8),
        _bought(1, "C", 8),
        _bought(1, "F", 50, is_cancelled=True),
        _bought(1, "F", 3),
    ]
    place = len(OTHERS)
    back = [CameBack(1, place, "A", 6, Decimal(9), Decimal(4), TODAY)]
    back.append(CameBack(1, None, "F", 3, Decimal(9), Decimal(4), TODAY))
    people, _ = await furnish(house, orders, back)
    await relate(house)
    told = await _told(house, people[1])
    assert {value: one["share"] for (_, value), one in told.items()} == {"Pots": 0.8}


async def test_few_units_prove_little_and_many_the_more(house: House) -> None:
    people, _ = await furnish(house, [*OTHERS, _bought(1, "A", 1), _bought(2, "A", 60)])
    await relate(house)
    few, many = [(await _told(house, people[n]))["category", "Tea"] for n in (1, 2)]
    assert few["share"] == many["share"] == 1.0
    assert 1 < few["lift"] < many["lift"]


async def test_attributes_of_products_count_where_they_are_one_word(house: House) -> None:
    people, skus = await furnish(house, [*OTHERS, _bought(1, "A", 30)])
    said = {"colour": "green", "organic": True, "weight": 1.5, "tags": ["x"], "nested": {"a": 1}, "category": "no"}
    await house.tx.execute(
        "UPDATE product SET attributes = $2, supplier = 'Acme' WHERE product_id = $1", skus["A"], said
    )
    await relate(house)
    expected = {("category", "Tea"), ("colour", "green"), ("organic", "true"), ("supplier", "Acme"), ("weight", "1.5")}
    assert set(await _told(house, people[1])) == expected


async def test_values_that_few_bought_and_customers_of_no_units_say_nothing(house: House) -> None:
    people, _ = await furnish(house, [*OTHERS, *(_bought(n, "D", 9) for n in range(4)), _bought(5, "A", 2)], [
        CameBack(5, len(OTHERS) + 4, "A", 2, Decimal(9), Decimal(4), TODAY)])  # fmt: skip
    await house.tx.execute("UPDATE product SET category = 'Rare' WHERE sku = 'D'")
    await relate(house)
    assert await _told(house, people[1]) == {}
    assert await _told(house, people[5]) == {}
