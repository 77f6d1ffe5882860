"""Who buys what, who does not and who of these resembles buyers, against plain Python."""

from collections.abc import Mapping
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from domain.database import Tx
from domain.errors import QuestionRefused
from domain.portfolio import queries_adoption
from domain.portfolio.dimensions import ProductDimension
from domain.portfolio.queries_adoption import LIFT, NEAREST
from tests.domain.portfolio.shop import CATALOGUE, PERIODS, Over, Person, Shop, period, within
from tests.domain.query.world import TILL, House

_WHAT = "group { key label where } product { sku } buyers nonBuyers adoption units revenue profit likelyBuyers"
_ASK = f"""query ($where: CustomerFilter, $over: Period, $by: ProductDimension!, $which: ProductFilter, $first: Int) {{
  portfolio(where: $where, over: $over) {{ productAdoption(by: $by, where: $which, first: $first) {{ {_WHAT} }} }} }}"""
_LIST = "query ($where: CustomerFilter) { customers(where: $where) { totalCount } }"


def thing_of(sku: str, by: str) -> str | None:
    return sku if by == "PRODUCT" else CATALOGUE[sku][0]


def things(person: Person, over: Over, by: str, among: set[str]) -> set[str]:
    skus = {line.sku for order in person.bought(over) for line in order.lines} & among
    return {thing for sku in skus if (thing := thing_of(sku, by)) is not None}


def resembles(shop: Shop, person: Person, over: Over, by: str, thing: str, among: set[str]) -> bool:
    """What the description says, customer by customer."""
    orders = person.bought(over)
    if person.refuses or not orders or thing in things(person, over, by, among):
        return False
    if by == "PRODUCT":
        lifts = {one: lift for (one, other), lift in shop.affinities.items() if other == thing and lift >= LIFT}
        nearest = sorted(lifts, key=lambda one: (-lifts[one], shop.products[one]))[:NEAREST]
        return not CATALOGUE[thing][2] and bool(things(person, over, by, set(CATALOGUE)) & set(nearest))
    sold = any(CATALOGUE[sku][0] == thing and not CATALOGUE[sku][2] for sku in among)
    last = [line.sku for order in orders if order.day == orders[-1].day for line in order.lines]
    led = (shop.transitions.get((CATALOGUE[sku][0] or "", thing), 0) for sku in last)
    return sold and any(lift >= LIFT for lift in led)


def reckoned(shop: Shop, people: list[Person], over: Over, by: str, among: set[str]) -> dict[str, Mapping[str, Any]]:
    told: dict[str, Mapping[str, Any]] = {}
    for thing in {one for sku in among if (one := thing_of(sku, by))}:
        of = {sku for sku in among if thing_of(sku, by) == thing}
        lines = [line for p in people for order in p.bought(over) for line in order.lines if line.sku in of]
        back = [r for p in people for r in p.returns if r.sku in of and r.counts and within(r.at, over)]
        buyers = sum(thing in things(p, over, by, among) for p in people)
        told[thing] = {
            "buyers": buyers,
            "nonBuyers": len(people) - buyers,
            "adoption": pytest.approx(buyers / len(people) if people else 0),
            "units": sum(line.quantity for line in lines),
            "revenue": sum((line.revenue for line in lines), Decimal(0)),
            "profit": sum((line.profit for line in lines), Decimal(0))
            - sum((r.refund - r.cost for r in back), Decimal(0)),
            "likelyBuyers": sum(resembles(shop, p, over, by, thing, among) for p in people),
        }
    return told


_WHICH: tuple[tuple[Mapping[str, Any] | None, set[str]], ...] = (
    (None, set(CATALOGUE)),
    ({"sku": {"in": ["pen", "ink", "dye", "box"]}}, {"pen", "ink", "dye", "box"}),
    ({"category": {"ne": "Paper"}, "discontinued": False}, {"ink", "box", "cup", "pan", "jar", "oak"}),
)


@pytest.mark.parametrize("by", ["PRODUCT", "CATEGORY"])
async def test_adoption_is_that_of_plain_python_and_its_groups_list_the_buyers(tx: Tx, by: str) -> None:
    rng = Random(2)
    shop = await Shop(tx, rng).open(20)
    likely = 0
    for over in PERIODS:
        for which, among in _WHICH:
            where = rng.choice([None, {"country": {"eq": "GB"}}])
            people = [person for person in shop.people if where is None or person.country == "GB"]
            given = {"where": where, "over": period(over), "by": by, "which": which, "first": 50}
            rows = (await shop.ask(_ASK, given))["portfolio"]["productAdoption"]
            expected = reckoned(shop, people, over, by, among)
            for row in rows:
                key, money = row["group"]["key"], {name: Decimal(row[name]) for name in ("revenue", "profit")}
                assert {name: (row | money)[name] for name in expected[key]} == expected[key]
                assert (row["product"] or {}).get("sku") == (key if by == "PRODUCT" else None)
                likely += row["likelyBuyers"]
            for row in rng.sample(rows, 2):
                listed = await shop.ask(_LIST, {"where": row["group"]["where"]})
                assert listed["customers"]["totalCount"] == row["buyers"], (given, row)
            assert [row["group"]["key"] for row in rows] == sorted(
                expected, key=lambda key: (-expected[key]["likelyBuyers"], -expected[key]["buyers"], key)
            )
    assert likely > 20


async def test_the_first_are_the_most_likely_and_no_customers_adopt_nothing(tx: Tx) -> None:
    shop = await Shop(tx, Random(9)).open()
    given = {"by": "CATEGORY", "first": 50}
    every = (await shop.ask(_ASK, given))["portfolio"]["productAdoption"]
    assert (await shop.ask(_ASK, given | {"first": 2}))["portfolio"]["productAdoption"] == every[:2]
    nobody = {"country": {"eq": "XX"}}
    for row in (await shop.ask(_ASK, given | {"where": nobody}))["portfolio"]["productAdoption"]:
        assert (row["buyers"], row["nonBuyers"], row["adoption"], row["likelyBuyers"]) == (0, 0, 0, 0)


async def test_more_units_than_an_int_holds_are_told_as_the_largest(tx: Tx) -> None:
    shop = await Shop(tx, Random(9)).open()
    who, ink = await shop.house.customer(None), next(id_ for sku, id_ in shop.products.items() if sku == "ink")
    order = await shop.house.order(who)
    for _ in range(2):
        await shop.house.line(who, order, ink, 2**31 - 1, "0.01")
    rows = (await shop.ask(_ASK, {"by": "PRODUCT", "first": 50}))["portfolio"]["productAdoption"]
    assert next(row["units"] for row in rows if row["group"]["key"] == "ink") == 2**31 - 1


async def test_a_product_tells_its_adoption_by_everybody(tx: Tx) -> None:
    shop = await Shop(tx, Random(5)).open()
    for over in PERIODS:
        given = {"by": "PRODUCT", "first": 50, "over": period(over)}
        rows = (await shop.ask(_ASK, given))["portfolio"]["productAdoption"]
        text = f"query ($sku: String, $over: Period) {{ product(sku: $sku) {{ adoption(over: $over) {{ {_WHAT} }} }} }}"
        for row in rows[::3]:
            told = await shop.ask(text, {"sku": row["product"]["sku"], "over": period(over)})
            assert told["product"]["adoption"] == row
    with pytest.raises(QuestionRefused, match="adoption may not be read by a PARTNER"):
        await shop.ask("{ products { nodes { adoption { buyers } } } }", caller=TILL)
    with pytest.raises(QuestionRefused, match="costs"):
        await shop.ask("{ products(first: 5) { nodes { adoption { buyers } } } }")


@pytest.mark.parametrize(("by", "key"), [("PRODUCT", "ink"), ("CATEGORY", "Colour")])
@pytest.mark.proof
async def test_of_very_many_customers_some_tell_how_many_are_likely(
    tx: Tx, monkeypatch: pytest.MonkeyPatch, by: str, key: str
) -> None:
    """Of 300 customers about 60 are looked at; a third bought what leads on to it, the others something else."""
    dimension, house = ProductDimension(by), House(tx)
    some = queries_adoption._source(dimension, "'{{}}'::jsonb", most=60)
    monkeypatch.setitem(queries_adoption._SOURCES, (dimension, False), some)
    categories = {"pen": "Paper", "ink": "Colour", "cup": "Kitchen"}
    ids = {sku: await house.product(sku, category=category) for sku, category in categories.items()}
    told = {"buyers": 9, "share": 0.1, "weight": 0.1, "lift": 3.0}
    pair = {"product_id": ids["pen"], "offered_id": ids["ink"], "share_of_others": 0.1}
    await house.row("product_affinity", **pair, **told)
    told["customers"] = told.pop("buyers")
    await house.row("category_transition", category="Paper", next_category="Colour", **told)
    for number in range(300):
        who = await house.customer()
        await house.line(who, await house.order(who), ids["cup" if number % 3 else "pen"])
    text = f"{{ portfolio {{ productAdoption(by: {by}) {{ group {{ key }} buyers nonBuyers likelyBuyers }} }} }}"
    rows = {row["group"]["key"]: row for row in (await house.ask(text))["portfolio"]["productAdoption"]}
    assert (rows[key]["buyers"], rows[key]["nonBuyers"]) == (0, 300)
    assert rows[key]["likelyBuyers"] == pytest.approx(100, abs=40)
    assert [row["likelyBuyers"] for name, row in rows.items() if name != key] == [0, 0]
