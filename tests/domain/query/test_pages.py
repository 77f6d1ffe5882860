"""Pages: every order is total, walks forward and backward meet every row once, and cursors are bound to their list."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from domain.errors import QuestionRefused
from domain.folding import fold
from domain.vocabulary import CustomerSortField
from tests.domain.query.world import NOW, House, asked, at, public

_WALK = """query ($order: [CustomerSort!], $first: Int, $after: String, $last: Int, $before: String) {
  customers(orderBy: $order, first: $first, after: $after, last: $last, before: $before) {
    edges { cursor node { id } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}"""

# Ties, nulls, equal amounts of other scale, and a name that folds.
_VALUES: Sequence[Any] = (3, None, 1, 3, None, 2, 1)


async def _populate(house: House) -> None:
    for value in _VALUES:
        amount = None if value is None else Decimal(value)
        day = None if value is None else at("2026-01-01") + timedelta(days=value)
        whole = value or 0
        score = {"lifetime_value": amount, "average_order_value": amount, "revenue": whole, "profit": -whole}
        score |= {"cost_to_serve": whole, "order_count": whole, "churn_probability": value and value / 10}
        score |= {"first_order_at": day, "last_order_at": day, "next_order_expected_at": day}
        name = None if value is None else f"N{value}"
        created = at("2026-01-01") + timedelta(days=whole)
        await house.customer(name, score=score, last_touchpoint_at=day, created_at=created, updated_at=created)


async def _all(house: House, order: Sequence[dict[str, str]]) -> list[str]:
    told = await house.ask(_WALK, {"order": order, "first": 250})
    return [edge["node"]["id"] for edge in told["customers"]["edges"]]


async def _walk(house: House, order: Sequence[dict[str, str]], size: int, *, backward: bool) -> list[str]:
    how, bound, end, more = (
        ("last", "before", "startCursor", "hasPreviousPage")
        if backward
        else ("first", "after", "endCursor", "hasNextPage")
    )
    found: list[str] = []
    cursor = None
    for _ in range(20):
        told = (await house.ask(_WALK, {"order": order, how: size, bound: cursor}))["customers"]
        ids = [edge["node"]["id"] for edge in told["edges"]]
        assert told["edges"][0]["cursor"] == told["pageInfo"]["startCursor"]
        assert told["edges"][-1]["cursor"] == told["pageInfo"]["endCursor"]
        found = ids + found if backward else found + ids
        cursor = told["pageInfo"][end]
        if not told["pageInfo"][more]:
            return found
    raise AssertionError("the walk does not end")


@pytest.mark.parametrize("direction", ["ASC", "DESC"])
@pytest.mark.parametrize("field", list(CustomerSortField))
async def test_a_walk_meets_everybody_once_either_way(house: House, field: str, direction: str) -> None:
    await _populate(house)
    order = [{"field": field, "direction": direction}]
    everybody = await _all(house, order)
    assert sorted(everybody) == sorted(set(everybody))
    assert len(everybody) == len(_VALUES)
    for size in (1, 2, 3):
        assert await _walk(house, order, size, backward=False) == everybody
        assert await _walk(house, order, size, backward=True) == everybody


@pytest.mark.parametrize("direction", ["ASC", "DESC"])
async def test_values_are_ordered_ties_by_id_and_nulls_last(house: House, direction: str) -> None:
    await _populate(house)
    falls = direction == "DESC"
    there = sorted(((v, i) for i, v in enumerate(_VALUES, 1) if v is not None), reverse=falls)
    nulls = sorted((i for i, v in enumerate(_VALUES, 1) if v is None), reverse=falls)
    expected = [f"cus_{i:032x}" for i in [*(i for _, i in there), *nulls]]
    for field in ("LIFETIME_VALUE", "DISPLAY_NAME", "LAST_TOUCHPOINT_AT"):
        assert await _all(house, [{"field": field, "direction": direction}]) == expected


async def test_several_orders_are_walked_too(house: House) -> None:
    await _populate(house)
    for first in ("ASC", "DESC"):
        for second in ("ASC", "DESC"):
            order = [
                {"field": "LIFETIME_VALUE", "direction": first},
                {"field": "CHURN_PROBABILITY", "direction": second},
                {"field": "LIFETIME_VALUE", "direction": "ASC"},
            ]
            everybody = await _all(house, order)
            for size in (1, 3):
                assert await _walk(house, order, size, backward=False) == everybody
                assert await _walk(house, order, size, backward=True) == everybody


async def test_a_page_between_two_cursors(house: House) -> None:
    await _populate(house)
    for direction in ("ASC", "DESC"):
        order = [{"field": "LIFETIME_VALUE", "direction": direction}]
        edges = (await house.ask(_WALK, {"order": order, "first": 250}))["customers"]["edges"]
        bounds = {"after": edges[1]["cursor"], "before": edges[6]["cursor"]}
        between = await house.ask(_WALK, {"order": order, "first": 3, **bounds})
        assert between["customers"]["edges"] == edges[2:5]
        assert between["customers"]["pageInfo"]["hasNextPage"] is True
        last = await house.ask(_WALK, {"order": order, "last": 3, **bounds})
        assert last["customers"]["edges"] == edges[3:6]


async def test_a_page_of_nothing_has_no_ends_and_says_whether_there_is_more(house: House) -> None:
    await _populate(house)
    for how in ("first", "last"):
        told = (await house.ask(_WALK, {"order": [{"field": "REVENUE"}], how: 0}))["customers"]
        assert told["edges"] == []
        assert (told["pageInfo"]["startCursor"], told["pageInfo"]["endCursor"]) == (None, None)
        assert (told["pageInfo"]["hasNextPage"], told["pageInfo"]["hasPreviousPage"]) == (how == "first", how == "last")


async def test_nothing_is_between_a_place_without_a_value_and_an_earlier_one_with_one(house: House) -> None:
    await _populate(house)
    for direction in ("ASC", "DESC"):
        order = [{"field": "LIFETIME_VALUE", "direction": direction}]
        edges = (await house.ask(_WALK, {"order": order, "first": 250}))["customers"]["edges"]
        bounds = {"after": edges[-1]["cursor"], "before": edges[0]["cursor"]}
        for how in ("first", "last"):
            assert (await house.ask(_WALK, {"order": order, how: 3, **bounds}))["customers"]["edges"] == []


async def test_a_cursor_holds_the_longest_name_folded(house: House) -> None:
    """One letter may fold to eighteen."""
    for letter in ("ﷺ", "a"):
        await house.customer("x", display_name_fold=fold(letter * 255))
    order = [{"field": "DISPLAY_NAME", "direction": "DESC"}]
    everybody = await _all(house, order)
    assert await _walk(house, order, 1, backward=False) == everybody


async def test_a_cursor_keeps_now(house: House) -> None:
    """What is within an hour of now stays the same list while it is walked."""
    ada = await house.customer("Ada")
    for minute in range(5):
        await house.touchpoint(ada, f"2026-03-15T11:0{minute}")
    text = """query ($id: ID!, $after: String) { customer(id: $id) {
      touchpoints(first: 2, after: $after, where: {occurredAt: {within: "PT1H"}}) {
        totalCount nodes { occurredAt } pageInfo { endCursor hasNextPage } } } }"""
    told = (await house.ask(text, {"id": public(ada)}))["customer"]["touchpoints"]
    later = NOW + timedelta(hours=3)
    again = await house.ask(text, {"id": public(ada), "after": told["pageInfo"]["endCursor"]}, now=later)
    assert again["customer"]["touchpoints"]["totalCount"] == told["totalCount"] == 5
    assert again["customer"]["touchpoints"]["nodes"][0]["occurredAt"] == "2026-03-15T11:02:00+00:00"


async def test_a_cursor_is_good_for_its_own_list_only(house: House) -> None:
    await _populate(house)
    told = await house.ask(_WALK, {"order": [{"field": "REVENUE"}], "first": 1})
    cursor = told["customers"]["pageInfo"]["endCursor"]
    other = {"order": [{"field": "PROFIT"}], "first": 1, "after": cursor}
    tampered = {"order": [{"field": "REVENUE"}], "first": 1, "after": ("B" if cursor[0] == "A" else "A") + cursor[1:]}
    for variables in (other, tampered, {**tampered, "after": ""}, {**tampered, "after": "no cursor ☺"}):
        with pytest.raises(QuestionRefused, match="start again without a cursor") as refused:
            asked(_WALK, variables)
        assert refused.value.code == "BAD_CURSOR"


async def test_a_cursor_is_bound_to_the_filters_values(house: House) -> None:
    text = """query ($city: String!, $after: String) { customers(first: 1, after: $after, where: {city: {eq: $city}})
      { nodes { id } pageInfo { endCursor } } }"""
    for _ in range(3):
        await house.customer("Ada", city="Ulm")
    told = await house.ask(text, {"city": "Ulm"})
    cursor = told["customers"]["pageInfo"]["endCursor"]
    assert len((await house.ask(text, {"city": "Ulm", "after": cursor}))["customers"]["nodes"]) == 1
    with pytest.raises(QuestionRefused, match="of another list, order or filter"):
        asked(text, {"city": "Bonn", "after": cursor})


async def test_a_cursor_outlives_the_text_of_its_question(house: House) -> None:
    """The next page may be asked in other words: with literals for variables, under an alias, with other fields."""
    await _populate(house)
    told = await house.ask(_WALK, {"order": [{"field": "REVENUE", "direction": "ASC"}], "first": 2})
    cursor = told["customers"]["pageInfo"]["endCursor"]
    again = await house.ask(
        f'{{ viewer {{ name }} more: customers(after: "{cursor}", first: 2,'
        " orderBy: [{field: REVENUE, direction: ASC}]) { nodes { id } } }"
    )
    assert len(again["more"]["nodes"]) == 2
    assert told["customers"]["edges"][1]["node"] not in again["more"]["nodes"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("first: -1", "first must be from 0 to 250"),
        ("first: 251", "first must be from 0 to 250"),
        ("last: 1000", "last must be from 0 to 250"),
        ("first: 1, last: 1", "last and first stand together"),
    ],
)
def test_sizes_that_cannot_be_are_refused_by_name(arguments: str, message: str) -> None:
    with pytest.raises(QuestionRefused, match=message) as refused:
        asked(f"{{ customers({arguments}) {{ nodes {{ id }} }} }}")
    assert refused.value.code == "INVALID"


async def test_merged_and_erased_customers_are_in_no_list_but_ids_lead_to_the_survivor(house: House) -> None:
    ada = await house.customer("Ada")
    twin = await house.customer("Ada's twin", merged_into=ada)
    await house.customer(None, erased_at=NOW)
    await house.row("customer_alias", customer_id=twin, survivor_id=ada, merged_at=NOW)
    await house.order(ada)
    told = await house.ask(
        """query ($id: ID!) { customers { totalCount nodes { displayName } }
        customer(id: $id) { id orders { nodes { id } } } node(id: $id) { ... on Customer { displayName } }
        nodes(ids: [$id]) { id } }""",
        {"id": public(twin)},
    )
    assert told["customers"] == {"totalCount": 1, "nodes": [{"displayName": "Ada"}]}
    assert told["customer"]["id"] == public(ada)
    assert len(told["customer"]["orders"]["nodes"]) == 1
    assert told["node"] == {"displayName": "Ada"}
    assert told["nodes"] == [{"id": public(ada)}]
