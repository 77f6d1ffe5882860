"""How processes work is what plain Python makes of touchpoints and orders, of all and by who had to do with them."""

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

import pytest

from domain.errors import QuestionRefused
from domain.portfolio.dimensions import ProcessDimension as D
from tests.domain.portfolio.processes import DAY, Plain, Shop, Touched, of_order, of_touch
from tests.domain.query.conftest import house
from tests.domain.query.world import NOW, House, asked

__all__ = ["house"]

_FIGURES = (
    *("casesOpened", "casesResolved", "medianHoursToResolve", "ordersOnTime"),
    *("complaintsPerThousandOrders", "averageSatisfaction", "recommendScore"),
)
_QUALITY = f"{{ {' '.join(_FIGURES)} }}"
_ASK = """query ($over: Period, $where: CustomerFilter) {{ portfolio(over: $over, where: $where) {{ {} }} }}"""
_BY = f"processQualityBy(dimension: %s, first: 250) {{ group {{ key label where }} quality {_QUALITY} }}"
_WHOM = "query ($where: CustomerFilter) { customers(where: $where, first: 250) { nodes { id } } }"
_SOME = ("ordersOnTime", "averageSatisfaction", "casesOpened")

_SPANS: dict[str, tuple[dict[str, str] | None, Callable[[datetime], bool], datetime]] = {
    "ever": (None, lambda at: True, NOW),
    "span": (
        {"from": (NOW - 90 * DAY).isoformat(), "until": (NOW - 9 * DAY).isoformat()},
        lambda at: NOW - 90 * DAY <= at < NOW - 9 * DAY,
        NOW - 9 * DAY,
    ),
    "until": ({"until": (NOW - 50 * DAY).isoformat()}, lambda at: at < NOW - 50 * DAY, NOW - 50 * DAY),
}


@pytest.mark.parametrize(
    "seed", [1, pytest.param(2, marks=pytest.mark.proof), pytest.param(3, marks=pytest.mark.proof)]
)
async def test_figures_are_those_of_plain_python(house: House, seed: int) -> None:
    shop = await Shop.of(house, seed)
    told: dict[str, int] = defaultdict(int)
    for over, within, until in _SPANS.values():
        plain = Plain(shop, within, until, shop.people)
        asked = " ".join(f"{by.lower()}: {_BY % by}" for by in D)
        answer = (await house.ask(_ASK.format(f"processQuality {_QUALITY} {asked}"), {"over": over}))["portfolio"]
        assert answer["processQuality"] == pytest.approx(plain.quality(None, None))
        for by in D:
            groups = answer[by.lower()]
            assert {one["group"]["key"] for one in groups} == plain.keys(by)
            for one in groups:
                assert one["quality"] == pytest.approx(plain.quality(one["group"]["key"], by)), (by, one["group"])
            told[by] += len(groups)
            _most_discontent_first([one["quality"]["averageSatisfaction"] for one in groups])
    assert min(told.values()) >= 4


def _most_discontent_first(means: list[float | None]) -> None:
    known = [mean for mean in means if mean is not None]
    assert means == sorted(known) + [None] * (len(means) - len(known))


@pytest.mark.parametrize("over", ["ever", "span"])
async def test_a_group_leads_to_who_had_a_touchpoint_or_an_order_of_it(house: House, over: str) -> None:
    shop = await Shop.of(house, 4)
    period, within, _ = _SPANS[over]
    asked = " ".join(f"{by.lower()}: {_BY % by}" for by in D)
    variables = {"over": period, "where": {"country": {"eq": "GB"}}}
    answer = (await house.ask(_ASK.format(asked), variables))["portfolio"]
    for by in D:
        for one in answer[by.lower()]:
            group = one["group"]
            nodes = (await house.ask(_WHOM, {"where": group["where"]}))["customers"]["nodes"]
            expected = {
                row.customer for row in shop.touches
                if within(row.at) and group["key"] in _named(row, by) and row.customer in shop.people[::2]
            } | {
                row.customer for row in shop.orders
                if within(row.at) and not row.cancelled and group["key"] in of_order(row, by)
                and row.customer in shop.people[::2]
            }  # fmt: skip
            assert {UUID(node["id"][4:]) for node in nodes} == expected, (by, group)


def _named(one: Touched, by: D) -> set[str | None]:
    """What of a touchpoint a filter can name: what it is about by an order is in the orders."""
    if by is D.PRODUCT_CATEGORY:
        return set(one.product)
    return set() if by is D.TRADING_FORM else of_touch(one, by)


async def test_labels_are_what_people_say(house: House) -> None:
    await Shop.of(house, 5)
    answer = await house.ask(_ASK.format(f"a: {_BY % D.FUNCTION} b: {_BY % D.HANDLED_BY} c: {_BY % D.TRADING_FORM}"))
    labels = [{one["group"]["label"] for one in answer["portfolio"][name]} for name in "abc"]
    assert labels == [{"Service", "Billing"}, {"Ann", "Bob", "Cy"}, {"Retail", "E commerce"}]


async def test_what_is_not_asked_for_is_not_read(house: House) -> None:
    async def plan(fields: str) -> str:
        question = asked(f"{{ portfolio {{ processQuality {{ {fields} }} }} }}")
        rows = await house.tx.fetch("EXPLAIN " + question.statement.sql, *question.values)
        return "\n".join(row[0] for row in rows)

    on_time, satisfaction, opened = [
        await plan(name) for name in ("ordersOnTime", "averageSatisfaction", "casesOpened")
    ]
    assert "on customer_order" in on_time
    assert "on customer_order" not in satisfaction + opened
    # Cases stand in each plan, for two figures are made of them; they are made where one is asked for.
    assert "CTE Scan on turn" in opened
    assert "CTE Scan on turn" not in on_time + satisfaction


async def test_too_many_groups_are_refused(house: House) -> None:
    with pytest.raises(QuestionRefused, match="first"):
        await house.ask(_ASK.format("processQualityBy(dimension: CHANNEL, first: 251) { group { key } }"))
