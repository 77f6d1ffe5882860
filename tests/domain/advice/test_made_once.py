"""What is recommended is worked out once of each customer, and what to do next reads the same."""

from typing import Any
from uuid import UUID

import pytest

from tests.domain.advice.people import WHAT, offer, somebody
from tests.domain.advice.test_channels import refuse_profiling
from tests.domain.query.test_allowance import one
from tests.domain.query.world import NOW, House, asked, at, public

_OFFERS = "productRecommendations(first: 9) { product { sku } lift probability expectedProfit reason }"
_BOTH = f"{_OFFERS} {WHAT}"
_SKUS = ("A", "B", "C", "D")


async def _three(house: House, **said: Any) -> list[UUID]:
    """Four products of kinds of their own, and three customers who have bought one of them each."""
    products = [await offer(house, sku, f"Kind {sku}", profit=str(9 - n)) for n, sku in enumerate(_SKUS)]
    people = []
    for name, product in zip(("Ada", "Bob", "Cyd"), products, strict=False):
        people.append(person := await somebody(house, name=name))
        await house.line(person, await house.order(person), product)
    for of, offered in ((products[0], products[3]), (products[1], products[2])):
        await house.row(
            "product_affinity", product_id=of, offered_id=offered, buyers=9, share=0.5, share_of_others=0.1, lift=4.0,
            weight=2.0,
        )  # fmt: skip
    return people


async def _apart(house: House, person: UUID) -> dict[str, Any]:
    """The same of one customer, in two questions."""
    return {**await one(house, person, _OFFERS), **await one(house, person, WHAT)}


def _sold(told: dict[str, Any]) -> list[str]:
    return [row["product"]["sku"] for row in told["productRecommendations"]]


def _crossed(told: dict[str, Any]) -> list[str]:
    return [row["product"]["sku"] for row in told["nextActions"] if row["strategy"] == "CROSS_SELL"]


@pytest.mark.parametrize("cold", ["force_custom_plan", "force_generic_plan"])
async def test_asked_together_both_say_what_each_says_alone(house: House, cold: str) -> None:
    people = await _three(house)
    await house.tx.execute(f"SET LOCAL plan_cache_mode = {cold}")
    for person in people:
        assert await one(house, person, _BOTH) == await _apart(house, person)
    assert [_sold(await _apart(house, person)) for person in people] == [list("DBC"), list("CAD"), list("ABD")]
    assert [_crossed(await _apart(house, person)) for person in people] == [["D"], ["C"], ["A"]]


async def test_of_many_customers_each_is_told_what_it_is_told_alone(house: House) -> None:
    people = await _three(house)
    ask = f"{{ customers {{ nodes {{ id {_BOTH} }} edges {{ node {{ id {_BOTH} }} }} pageInfo {{ hasNextPage }} }} }}"
    told = (await house.ask(ask))["customers"]
    alone = {public(person): await _apart(house, person) for person in people}
    assert {node.pop("id"): node for node in told["nodes"]} == alone
    assert {edge["node"].pop("id"): edge["node"] for edge in told["edges"]} == alone
    ids = [public(person) for person in reversed(people)]
    nodes = await house.ask(
        f"query ($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on Customer {{ {_BOTH} }} }} }}", {"ids": ids}
    )
    assert nodes["nodes"] == [alone[id_] for id_ in ids]


async def test_whoever_stands_below_another_is_told_its_own(house: House) -> None:
    ada, bob, _ = await _three(house)
    await house.tx.execute(
        "UPDATE customer SET household_key = $1 WHERE customer_id = ANY ($2)", house.id(), [ada, bob]
    )
    told = await one(house, ada, f"{_BOTH} household {{ {_BOTH} household {{ {_BOTH} }} }}")
    (below,) = told.pop("household")
    (again,) = below.pop("household")
    assert told == again == await _apart(house, ada)
    assert below == await _apart(house, bob)
    assert _sold(told) != _sold(below)


async def test_refusing_to_be_profiled_is_heeded_where_both_are_asked_of_several(house: House) -> None:
    ada, bob, _ = await _three(house)
    await refuse_profiling(house, ada)
    told = (await house.ask(f"{{ customers {{ nodes {{ id {_BOTH} }} }} }}"))["customers"]["nodes"]
    found = {node["id"]: (_sold(node), _crossed(node)) for node in told}
    assert found[public(ada)] == ([], [])
    assert found[public(bob)] == (list("CAD"), ["C"])


async def test_an_id_that_was_merged_away_gets_both_of_the_survivor(house: House) -> None:
    ada, bob, _ = await _three(house)
    await house.row("customer_alias", customer_id=bob, survivor_id=ada, merged_at=NOW)
    await house.tx.execute("UPDATE customer SET merged_into = $1 WHERE customer_id = $2", ada, bob)
    assert await one(house, bob, _BOTH) == await _apart(house, ada)


@pytest.mark.parametrize(
    ("what", "times"),
    [
        (_OFFERS, 1),
        (WHAT, 1),
        (_BOTH, 1),
        (f"{_BOTH} more: {_OFFERS} less: productRecommendations(first: 1) {{ reason }}", 1),
        ("offerAffinities { offer } valuedAttributes { value }", 0),
        (f"{_BOTH} household {{ {_BOTH} }}", 2),
    ],
)
def test_a_statement_works_it_out_once_a_customer_and_only_where_it_is_asked_for(what: str, times: int) -> None:
    id_ = public(UUID(int=1))
    sql = asked(f'{{ customer(id: "{id_}") {{ {what} }} }}', now=at("2026-03-15")).statement.sql
    assert sql.count("product_affinity") == times
