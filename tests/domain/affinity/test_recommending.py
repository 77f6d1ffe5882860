"""What is recommended to whom, and what is not."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from domain.affinity.queries import recommended_to_many
from domain.errors import QuestionRefused
from tests.domain.affinity.plain import Bought, Line
from tests.domain.affinity.shop import furnish, relate
from tests.domain.query.world import NOW, TILL, House, public

TODAY = NOW.date()
_ASKED = "productRecommendations(first: %s) { product { sku } lift probability expectedProfit reason }"


def _line(product: str) -> Line:
    return Line(product, 2, Decimal(10), Decimal(4))


def _bought(customer: int, days_ago: int, *products: str) -> Bought:
    return Bought(customer, TODAY - timedelta(days=days_ago), tuple(map(_line, products)))


TEA_AND_POTS = [_bought(n, 40 + n, "A", "C") for n in range(8)]
CUPS = [_bought(20 + n, 30 + n, "F") for n in range(30)]
ONLY_TEA = _bought(90, 10, "A")


async def _told(house: House, of: UUID, first: int = 5, **how: Any) -> list[dict[str, Any]]:
    told = await house.ask(f'{{ customer(id: "{public(of)}") {{ {_ASKED % first} }} }}', **how)
    return list(told["customer"]["productRecommendations"])


def _skus(told: list[dict[str, Any]]) -> list[str]:
    return [one["product"]["sku"] for one in told]


async def test_what_buyers_of_the_same_bought_comes_with_its_reason(house: House) -> None:
    people, _ = await furnish(house, [*TEA_AND_POTS, *CUPS, ONLY_TEA])
    await relate(house)
    found = {one["product"]["sku"]: one for one in await _told(house, people[90])}
    assert set(found) == {"C", "F"}
    assert found["C"]["reason"] == "Bought by 89 % of those who bought A; by nobody else"
    assert found["F"]["reason"] == "Among the most popular: bought by 77 % of all"
    assert found["C"]["lift"] > 1
    assert found["F"]["lift"] == pytest.approx(1)
    for one in found.values():
        assert Decimal(one["expectedProfit"]) == pytest.approx(
            Decimal(one["probability"]) * 12, abs=Decimal("0.000001")
        )


async def test_the_best_expected_profit_comes_first_and_as_many_as_are_asked_for(house: House) -> None:
    people, _ = await furnish(house, [*TEA_AND_POTS, *CUPS, ONLY_TEA])
    await relate(house)
    whole = await _told(house, people[90])
    worth = [Decimal(one["expectedProfit"]) for one in whole]
    assert worth == sorted(worth, reverse=True)
    assert await _told(house, people[90], 1) == whole[:1]
    assert await _told(house, people[90], 0) == []


async def test_what_was_bought_is_not_offered_again_unless_many_come_back_for_it(house: House) -> None:
    again = [_bought(n, days, "B") for n in range(15) for days in (70, 40)]
    once = [_bought(40 + n, days, "A" if days == 70 else "F") for n in range(15) for days in (70, 40)]
    people, _ = await furnish(house, [*again, *once, _bought(90, 40, "A", "B"), _bought(91, 12, "A", "B")])
    await relate(house)
    long_ago = {one["product"]["sku"]: one["reason"] for one in await _told(house, people[90])}
    assert set(long_ago) == {"B", "F"}
    assert (
        long_ago["B"] == "Bought once already; 60 % of its buyers who came back bought it again, usually after 30 days"
    )
    # Thirty days have not passed yet.
    assert _skus(await _told(house, people[91])) == ["F"]


async def test_a_product_that_is_sold_no_longer_is_not_offered(house: House) -> None:
    people, skus = await furnish(house, [*TEA_AND_POTS, *CUPS, ONLY_TEA])
    await relate(house)
    ends = "UPDATE product SET discontinued_at = $2 WHERE product_id = $1"
    await house.tx.execute(ends, skus["C"], NOW)
    assert _skus(await _told(house, people[90])) == ["F"]
    await house.tx.execute(ends, skus["C"], NOW + timedelta(days=1))
    assert set(_skus(await _told(house, people[90]))) == {"C", "F"}


async def test_a_product_that_earns_nothing_is_not_offered(house: House) -> None:
    dear = Line("D", 1, Decimal(3), Decimal(9))
    sold = [Bought(n, TODAY, (dear,)) for n in range(20)]
    people, _ = await furnish(house, [*sold, *CUPS, ONLY_TEA])
    await relate(house)
    assert _skus(await _told(house, people[90])) == ["F"]


async def test_a_prospect_gets_the_most_popular(house: House) -> None:
    await furnish(house, [*TEA_AND_POTS, *CUPS, ONLY_TEA])
    prospect = await house.customer("Nobody yet")
    await relate(house)
    told = await _told(house, prospect)
    assert sorted(_skus(told)) == ["A", "C", "F"]
    assert all(one["lift"] == pytest.approx(1) and one["reason"].startswith("Among the most") for one in told)


@pytest.mark.parametrize(
    ("status", "holds", "offers"),
    [("DENIED", True, 0), ("WITHDRAWN", True, 0), ("DENIED", False, 2), ("GRANTED", True, 2)],
)
async def test_whoever_refuses_to_be_profiled_is_recommended_nothing(
    house: House, status: str, holds: bool, offers: int
) -> None:
    people, _ = await furnish(house, [*TEA_AND_POTS, *CUPS, ONLY_TEA])
    await house.row(
        "customer_consent", customer_id=people[90], consent_id=house.id(), channel="WEB", purpose="PROFILING",
        status=status, recorded_at=NOW, recorded_for=people[90], holds=holds,
    )  # fmt: skip
    await relate(house)
    assert len(await _told(house, people[90])) == offers
    asked = f'{{ customer(id: "{public(people[90])}") {{ valuedAttributes {{ value }} }} }}'
    assert bool((await house.ask(asked))["customer"]["valuedAttributes"]) == bool(offers)


async def test_an_order_that_was_called_off_or_is_dated_ahead_says_nothing(house: House) -> None:
    off = Bought(90, TODAY, (_line("A"),), is_cancelled=True)
    ahead = Bought(91, TODAY + timedelta(days=3), (_line("A"),))
    people, _ = await furnish(house, [*TEA_AND_POTS, *CUPS, off, ahead])
    await relate(house)
    for number in (90, 91):
        told = await _told(house, people[number])
        assert "A" in _skus(told)
        assert all(one["lift"] == pytest.approx(1) for one in told)


async def test_before_the_first_night_there_is_nothing_to_tell(house: House) -> None:
    people, _ = await furnish(house, [ONLY_TEA])
    assert await _told(house, people[90]) == []


async def test_many_are_told_what_each_alone_is_told(house: House) -> None:
    people, _ = await furnish(house, [*TEA_AND_POTS, *CUPS, ONLY_TEA, _bought(91, 3, "C"), _bought(92, 5, "F", "A")])
    prospect = await house.customer("Nobody yet")
    await relate(house)
    text = recommended_to_many(
        "SELECT customer_id FROM customer", now="$1::timestamptz", today="$2::date", zone="'UTC'", most=3
    )
    rows = await house.tx.fetch(f"{text} ORDER BY customer_id, place", NOW, TODAY)
    for customer in (*people.values(), prospect):
        alone = await _told(house, customer, 3)
        theirs = [(row["lift"], row["reason"]) for row in rows if row["customer_id"] == customer]
        assert theirs == [(pytest.approx(one["lift"]), one["reason"]) for one in alone]


async def test_too_many_are_refused_and_partners_see_none(house: House) -> None:
    people, _ = await furnish(house, [ONLY_TEA])
    for first in (-1, 251):
        with pytest.raises(QuestionRefused, match="first must be from 0 to 250"):
            await _told(house, people[90], first)
    with pytest.raises(QuestionRefused) as refused:
        await _told(house, people[90], caller=TILL)
    assert refused.value.code == "NOT_ALLOWED"
