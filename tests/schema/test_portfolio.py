"""Everything that a portfolio can be asked, at once: one statement, both ways alike, and groups that can be listed."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest
from asyncpg.prepared_stmt import PreparedStatement
from graphql import GraphQLEnumType, GraphQLObjectType, get_named_type, is_leaf_type, is_required_argument

from domain.access.principal import OPERATOR
from domain.database import Database, connect
from domain.ids import Prefix
from domain.portfolio import rebuild
from domain.settings import Settings
from schema.execution import Way
from schema.root import graphql_schema
from schema.selection import DEAREST
from tests.domain.customers.one_life import undone
from tests.domain.query.world import House
from tests.schema.arguments import NOW
from tests.schema.desk import Desk
from tests.schema.questions import Question
from tests.schema.world import CALLERS, STAFF, World, ask

_PARTLY = {"Product": "{ sku }"}
"""Types that lead on to everything else."""
_FIRST: dict[str, str] = {"ProfitabilityDimension": "COUNTRY", "ResultDimension": "CHANNEL"}
_COUNTED = ("customers", "buyers")
"""What says how many customers a group has, in the object that tells of it."""


def everything(type_: str = "Portfolio") -> str:
    """All fields of the type, down to the last leaf."""
    if type_ in _PARTLY:
        return _PARTLY[type_]
    declared = graphql_schema.type_map[type_]
    assert isinstance(declared, GraphQLObjectType)
    return "{ " + " ".join(_field(declared, name) for name in declared.fields) + " }"


def _field(owner: GraphQLObjectType, name: str, **given: str) -> str:
    field = owner.fields[name]
    below = get_named_type(field.type)
    said = dict(given)
    for argument, declared in field.args.items():
        if is_required_argument(declared) and argument not in said:
            values = get_named_type(declared.type)
            assert isinstance(values, GraphQLEnumType)
            said[argument] = _FIRST.get(values.name, next(iter(values.values)))
    arguments = f"({', '.join(f'{key}: {value}' for key, value in said.items())})" if said else ""
    return f"{name}{arguments}" + ("" if is_leaf_type(below) else f" {everything(below.name)}")


def _portfolio() -> GraphQLObjectType:
    declared = graphql_schema.type_map["Portfolio"]
    assert isinstance(declared, GraphQLObjectType)
    return declared


def by_every_dimension() -> Iterator[str]:
    """Each question that divides the customers by a dimension, by each of its dimensions, under a name of its own."""
    for name, field in _portfolio().fields.items():
        for argument, declared in field.args.items():
            values = get_named_type(declared.type)
            if isinstance(values, GraphQLEnumType) and argument in ("dimension", "by", "outcome"):
                for value in values.values:
                    given = {argument: value}
                    if value == "ATTRIBUTE":
                        given["attribute"] = '"vip"'
                    yield f"{name}_{value}: {_field(_portfolio(), name, **given)}"


_WHERE = '(where: {any: [{country: {in: ["GB", "DE"]}}, {orderCount: {gte: 2}}]}, over: {last: "P1Y"})'
_OVER = '(over: {from: "2025-02-03T10:00:00Z", until: "2026-04-05T00:00:00Z"})'


@pytest.mark.parametrize("given", ["", _WHERE, _OVER])
@pytest.mark.parametrize("way", ["auto", "standard"])
async def test_everything_at_once_is_one_statement(
    world: World, given: str, way: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    db, sent = Database(world.url, size=1), list[str]()
    fetchrow = PreparedStatement.fetchrow

    async def told(statement: PreparedStatement, *values: object) -> object:
        """Statements that are prepared by themselves are told to no logger."""
        sent.append(statement.get_query())
        return await fetchrow(statement, *values)

    monkeypatch.setattr(PreparedStatement, "fetchrow", told)
    # What the driver asks Postgres of types that it has not met is asked once a connection.
    assert (await ask(db, OPERATOR, "{ portfolio { history { asOf } } }")).code is None
    async with db.connection() as connection:
        connection.add_query_logger(lambda record: sent.append(record.query))
    sent.clear()
    answer = await ask(db, OPERATOR, f"{{ portfolio{given} {everything()} }}", way=way)
    await asyncio.sleep(0)
    assert answer.code is None, answer.body
    assert len(sent) == 1
    assert json.loads(answer.body)["data"]["portfolio"]["customers"] > 10
    await db.close()


@pytest.mark.parametrize("caller", [STAFF[0], STAFF[-1]], ids=lambda caller: caller.name)
def test_everything_is_told_alike_both_ways_to_whoever_may_ask(desk: Desk, caller: Any) -> None:
    segment = next(id_ for id_ in desk.pool.ids if id_.startswith(f"{Prefix.SEGMENT}_"))
    for text in (
        f"{{ portfolio{_WHERE} {everything()} }}",
        f'{{ segment(id: "{segment}") {{ portfolio {everything()} }} }}',
    ):
        answer = desk.alike(caller, Question(text, {}))
        assert answer.code is None, answer.body
        assert answer.straight


def test_everything_of_one_portfolio_may_be_asked_at_once_of_two_not(desk: Desk) -> None:
    one = desk.ask(CALLERS[0], Question(f"{{ portfolio {everything()} }}", {}), "auto")
    assert one.code is None
    assert one.cost is not None
    assert DEAREST / 2 < one.cost < DEAREST
    two = desk.ask(CALLERS[0], Question(f"{{ portfolio {everything()} other: portfolio {everything()} }}", {}), "auto")
    assert two.code == "TOO_COSTLY"


def groups(found: object, road: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], dict[str, Any], int | None]]:
    """Every group in an answer: where it stands, itself, and how many customers it is said to have."""
    if isinstance(found, list):
        for one in found:
            yield from groups(one, road)
    elif isinstance(found, dict):
        if isinstance(found.get("group"), dict):
            yield road, found["group"], next((found[name] for name in _COUNTED if name in found), None)
        for name, held in found.items():
            if name != "group":
                yield from groups(held, (*road, name))


_SETTLED = (
    "UPDATE customer_score_a s SET first_order_at = o.first, last_order_at = o.last, order_count = o.many FROM ("
    "SELECT customer_id, min(ordered_at) AS first, max(ordered_at) AS last, count(*) AS many FROM customer_order"
    " WHERE cancelled_at IS NULL GROUP BY customer_id) o WHERE o.customer_id = s.customer_id",
    "DELETE FROM customer_next_action n USING customer_consent k WHERE k.customer_id = n.customer_id AND k.holds"
    " AND k.purpose = 'PROFILING' AND k.status IN ('DENIED', 'WITHDRAWN')",
    "INSERT INTO attribute_declaration (name, type, personal, declared_at) VALUES ('vip', 'BOOLEAN', false, now())"
    " ON CONFLICT (name) DO UPDATE SET type = 'BOOLEAN'",
)
"""What filters look in, as the product would have worked it out of the world's facts, which were changed since."""
_LIST = "query ($where: CustomerFilter) { portfolio(where: $where) { customers } }"


@pytest.mark.parametrize("given", [pytest.param("", marks=pytest.mark.proof), '(where: {country: {in: ["GB", "DE"]}})'])
async def test_each_group_comes_with_the_filter_that_finds_its_customers(world: World, given: str) -> None:
    """Each is asked for again by its filter, as somebody would who goes on from the answer."""
    tx = await connect(world.url)
    counted, wrong = 0, []
    async with undone(tx):
        everybody = [row[0] for row in await tx.fetch("SELECT customer_id FROM customer")]
        await rebuild(tx, everybody, await Settings.load(tx))
        for text in _SETTLED:
            await tx.execute(text)
        house = House(tx)
        for part in (everything()[2:-2], *([] if given else by_every_dimension())):
            answer = await house.ask(f"{{ portfolio{given} {{ {part} }} }}", now=NOW)
            for road, group, customers in groups(answer["portfolio"]):
                found = (await house.ask(_LIST, {"where": group["where"]}, now=NOW))["portfolio"]["customers"]
                counted += customers is not None
                if customers not in (None, found):
                    wrong.append((road, group, customers, found))
    await tx.close()
    assert wrong == []
    assert counted > 20
