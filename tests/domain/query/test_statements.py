"""One statement a question, kept and found again; what it costs; and what the answer's keys and values may be."""

import asyncio
from dataclasses import replace
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson
import pytest
from graphql import GraphQLResolveInfo, execute_sync

from domain.access.principal import OPERATOR
from domain.catalog import ENTITIES
from domain.deployment import claim_key
from domain.errors import QuestionRefused
from domain.ids import Prefix
from domain.query.asking import Occasion
from domain.query.compile import compile_statement
from domain.query.fetch import Fields, Leaf, Sight
from domain.query.plan import Statements
from domain.query.run import run
from domain.vocabulary import Role
from schema.root import graphql_schema
from schema.subjects import plan_below
from tests.domain.query.world import KEYS, MASKED, NOW, House, asked, at, public, question


async def test_a_question_is_one_statement_however_many_roots_it_has(house: House) -> None:
    ada = await house.customer("Ada")
    order = await house.order(ada)
    sent: list[str] = []
    house.tx.add_query_logger(lambda record: sent.append(record.query))
    text = """query ($ids: [ID!]!) { viewer { name role }
      a: customers { nodes { orders { nodes { customer { id } } } } }
      b: customers(orderBy: {field: PROFIT}) { totalCount edges { cursor } } nodes(ids: $ids) { id __typename } }"""
    told = await house.ask(text, {"ids": [public(order, Prefix.ORDER), public(ada), "seg_" + "0" * 32]})
    await asyncio.sleep(0)
    assert len(sent) == 1
    assert told["viewer"] == {"name": "operator", "role": "ADMIN"}
    assert [node and node["__typename"] for node in told["nodes"]] == ["Order", "Customer", None]


def test_the_same_question_with_other_values_is_the_same_plan() -> None:
    text = """query ($first: Int, $tier: [ValueTier!], $name: String!, $shown: Boolean!) {
      customers(first: $first, where: {valueTier: $tier, displayName: {contains: $name}}) {
        nodes { id email @include(if: $shown) } } }"""
    prepared = question(text)

    def plan(**variables: Any) -> Any:
        return asked(text, {"first": 5, "tier": ["HIGH"], "name": "a", "shown": True} | variables, prepared=prepared)

    first = plan()
    assert plan(tier=["LOW", "MEDIUM"], name="b").statement is first.statement
    assert plan(first=6).statement is not first.statement  # a page's size is planned for, and priced
    assert "email" not in plan(shown=False).statement.sql
    assert plan(tier=["LOW"], name="100%").values[:2] == (["LOW"], "%100\\%%") or "%100\\%%" in plan(name="100%").values
    assert plan().statement is first.statement


def test_statements_are_kept_within_their_bytes() -> None:
    kept = Statements(ENTITIES, most_bytes=20_000)
    fields: list[Fields] = [((f"k{at}", Leaf("nothing")),) for at in range(50)]
    for one in fields:
        kept.of(one, Sight(Role.ADMIN, True))
    assert kept.held <= 20_000
    assert len(kept._kept) < len(fields)
    last = kept.of(fields[-1], Sight(Role.ADMIN, True))
    assert kept.of(fields[-1], Sight(Role.ADMIN, True)) is last


def test_compiling_is_a_function_of_its_input() -> None:
    fields: Fields = (("a", Leaf("nothing")),)
    sight = Sight(Role.ADMIN, personal=True)
    assert compile_statement(ENTITIES, fields, sight) == compile_statement(ENTITIES, fields, sight)


@pytest.mark.parametrize(
    ("text", "cost"),
    [
        ("{ viewer { name } }", 1),
        ("{ customers(first: 50) { nodes { id } } }", 52),
        ("{ customers(first: 20) { nodes { touchpoints(first: 10) { nodes { id } } } } }", 243),
        ("{ customers(first: 1) { totalCount } }", 52),
    ],
)
def test_lists_multiply_what_a_question_costs(text: str, cost: int) -> None:
    assert asked(text).cost == cost


def test_what_costs_too_much_is_refused_with_a_remedy() -> None:
    text = "{ customers(first: 250) { nodes { touchpoints(first: 250) { nodes { id } } } } }"
    with pytest.raises(QuestionRefused, match=r"costs \d+ units and may cost 10000: ask for shorter lists") as refused:
        asked(text)
    assert refused.value.code == "TOO_COSTLY"


async def test_names_longer_than_a_column_may_have_come_out_whole(house: House) -> None:
    await house.customer("Ada")
    long = "a" * 100
    told = await house.ask(f"{{ {long}: customers {{ {long}x: nodes {{ {long}: displayName {long}y: id }} }} }}")
    assert told[long][f"{long}x"][0][long] == "Ada"
    assert f"{long}y" in told[long][f"{long}x"][0]


async def test_no_stored_text_is_taken_for_a_mark_or_a_template(house: House) -> None:
    name = """~0~c0;5b5d;~ {a} {test} %s $1 ' " \\ \u2028 😀"""
    await house.customer(name)
    told = await house.ask("{ customers { edges { cursor node { displayName } } } }")
    assert told["customers"]["edges"][0]["node"]["displayName"] == name
    assert await house.names("{displayName: {eq: $name}}".replace("$name", orjson.dumps(name).decode())) == [name]


@pytest.mark.parametrize(
    ("amount", "told"),
    [
        ("0", "0.00"),
        ("19.9", "19.90"),
        ("19.1234", "19.1234"),
        ("-0.000001", "-0.000001"),
        ("1e13", "10000000000000.00"),
    ],
)
async def test_amounts_are_exact_without_trailing_zeros_beyond_two(house: House, amount: str, told: str) -> None:
    ada = await house.customer("Ada")
    await house.order(ada, total=amount)
    assert (await house.ask("{ orders { nodes { total } } }"))["orders"]["nodes"] == [{"total": told}]


async def test_all_fields_may_be_left_out(house: House) -> None:
    await house.customer("Ada")
    text = "query ($no: Boolean!) { customers { nodes { id @include(if: $no) } edges { cursor @skip(if: true) } } }"
    assert (await house.ask(text, {"no": False}))["customers"] == {"nodes": [{}], "edges": [{}]}


async def test_equal_keys_are_merged_and_fragments_fit_their_types(house: House) -> None:
    ada = await house.customer("Ada")
    text = """query ($id: ID!) { node(id: $id) { ...C ... on Order { total } ... on Node { __typename id } } }
      fragment C on Customer { demographics { gender } demographics { language } again: demographics { g: gender } }"""
    told = await house.ask(text, {"id": public(ada)})
    assert told["node"] == {
        "demographics": {"gender": None, "language": None},
        "again": {"g": None},
        "__typename": "Customer",
        "id": public(ada),
    }


@pytest.mark.parametrize("id_", ["", "x", "cus_zz", "cus_" + "0" * 31, "CUS_" + "0" * 32])
def test_what_is_no_id_is_refused_by_name(id_: str) -> None:
    for text in (
        "query ($id: ID!) { customer(id: $id) { id } }",
        "query ($id: ID!) { node(id: $id) { id } }",
        "query ($id: ID!) { customers(where: {id: {eq: $id}}) { nodes { id } } }",
    ):
        with pytest.raises(QuestionRefused, match=r"id\S* is no id") as refused:
            asked(text, {"id": id_})
        assert refused.value.code == "INVALID"


async def test_an_order_is_found_by_its_number_at_its_source(house: House) -> None:
    ada = await house.customer("Ada")
    order = await house.order(ada, external_id="O-1")
    claim = claim_key(KEYS.claims, "shop", "O-1")
    await house.row(
        "order_claim", claim_key=claim.hex(), customer_id=ada, order_id=order, ordered_at=at("2026-01-10")
    )  # fmt: skip
    text = 'query ($number: String!) { order(source: "shop", externalId: $number) { id } }'
    assert (await house.ask(text, {"number": "O-1"}))["order"] == {"id": public(order, Prefix.ORDER)}
    assert (await house.ask(text, {"number": "O-2"}))["order"] is None
    with pytest.raises(QuestionRefused, match="give one or the other"):
        asked('{ order(source: "shop") { id } }')


async def test_returns_of_an_order_are_what_came_back_out_of_it(house: House) -> None:
    ada, tea = await house.customer("Ada"), await house.product("TEA")
    one, two = await house.order(ada, "2026-01-01"), await house.order(ada, "2026-01-02")
    back = house.id()
    await house.row(
        "order_return", customer_id=ada, return_id=back, recorded_for=ada, source="shop", external_id="R-1",
        returned_at=NOW, recorded_at=NOW, refund=15,
    )  # fmt: skip
    for place, (order, refund) in enumerate(((one, 5), (two, 10))):
        await house.row(
            "return_line", customer_id=ada, return_id=back, position=place, recorded_for=ada, product_id=tea,
            order_id=order, quantity=place + 1, refund=refund,
        )  # fmt: skip
    told = await house.ask("{ orders { nodes { returns { externalId refund lines { quantity product { sku } } } } } }")
    assert told["orders"]["nodes"] == [
        {"returns": [{"externalId": "R-1", "refund": "10.00", "lines": [{"quantity": 2, "product": {"sku": "TEA"}}]}]},
        {"returns": [{"externalId": "R-1", "refund": "5.00", "lines": [{"quantity": 1, "product": {"sku": "TEA"}}]}]},
    ]


async def test_search_finds_parts_of_names_whatever_their_case(house: House) -> None:
    await house.customer("Ada Lovelace")
    await house.customer("100%_Sure")
    for search, name in (("LOVE", "Ada Lovelace"), ("  ada   love ", "Ada Lovelace"), ("%_s", "100%_Sure")):
        told = await house.ask("query ($s: String) { customers(search: $s) { nodes { displayName } } }", {"s": search})
        assert told["customers"]["nodes"] == [{"displayName": name}]
    assert len((await house.ask("{ customers(search: null) { nodes { id } } }"))["customers"]["nodes"]) == 2


async def test_a_plan_below_a_payload_tells_its_row_or_null(house: House) -> None:
    job = house.id()
    await house.row("job", job_id=job, kind="IMPORT", source="till", queued_at=NOW, run_after=NOW)
    seen: list[GraphQLResolveInfo[Any]] = []
    prepared = question('{ job(id: "job_%s") { id k: kind ...F } } fragment F on Job { status }' % ("0" * 32))
    root = graphql_schema.query_type
    assert root is not None
    field = root.fields["job"]
    kept = field.resolve
    field.resolve = lambda _source, info, **_: seen.append(info)
    try:
        execute_sync(graphql_schema, prepared.document, {})
    finally:
        field.resolve = kept
    occasion = Occasion(OPERATOR, NOW, ZoneInfo("UTC"), KEYS)
    told = orjson.loads(await run(house.tx, plan_below(seen[0], "Job", job, occasion=occasion)))
    assert told == {"id": public(job, Prefix.JOB), "k": "IMPORT", "status": "QUEUED"}
    nothing = plan_below(seen[0], "Job", UUID(int=0), occasion=replace(occasion, principal=MASKED))
    assert await run(house.tx, nothing) == b"null"


def test_what_is_compiled_and_kept_stays_bounded() -> None:
    text = "query ($where: CustomerFilter) { customers(where: $where) { nodes { id } } }"
    prepared = question(text)
    for size in range(0, 200, 4):
        asked(text, {"where": {"any": [{"city": {"eq": "Ulm"}}] * size}}, prepared=prepared)
    assert len(prepared.plans) <= 32
    with pytest.raises(QuestionRefused, match="more than 1000 filters"):
        asked(text, {"where": {"any": [{}] * 1_001}})
    city = {"eq": "a", "ne": "b", "contains": "c", "startsWith": "d"}
    with pytest.raises(QuestionRefused, match="more than 2000 values") as refused:
        asked(text, {"where": {"any": [{"city": city}] * 600}})
    assert refused.value.code == "TOO_COSTLY"
