"""Merging over GraphQL: what is shown before, what is answered, that ids keep leading, and what is refused."""

from typing import Any

import orjson

from domain.access.principal import OPERATOR, Principal
from domain.database import Database
from domain.vocabulary import Role
from tests.schema.world import ask

_ERRORS = "errors { code path message subjects }"
UPSERT = f"mutation ($i: CustomerUpsertInput!) {{ done: customerUpsert(input: $i) {{ customer {{ id }} {_ERRORS} }} }}"
TOUCH = "mutation ($i: TouchpointInput!) { done: touchpointRecord(input: $i) { touchpoint { id } errors { message } } }"
_SEEN = "id displayName email mergedFrom identities { value } consents { channel status } touchpoints { totalCount }"
MERGE = (
    f"mutation ($a: ID!, $b: ID!) {{ done: customerMerge(into: $a, from: $b) {{ customer {{ {_SEEN} }} {_ERRORS} }} }}"
)
UNMERGE = (
    "mutation ($a: ID!, $b: ID!) { done: customerUnmerge(customer: $a, from: $b)"
    f" {{ customer {{ {_SEEN} }} {_ERRORS} }} }}"
)
CUSTOMER = f"query ($id: ID!) {{ done: customer(id: $id) {{ {_SEEN} }} }}"
PREVIEW = """query ($a: ID!, $b: ID!) { done: customerMergePreview(into: $a, from: $b) {
  possible reasons touchpoints orders fields { name: field value from }
  known: identities { kind what: value primary } consents { channel purpose status touchpoint { id } } } }"""
NOBODY = "cus_" + "0" * 32
MASKED = Principal("ops", Role.ADMIN)


async def do(db: Database, text: str, caller: Principal = OPERATOR, **variables: object) -> Any:
    answer = await ask(db, caller, text, variables)
    assert answer.code is None, answer.body
    return orjson.loads(answer.body)["data"]["done"]


async def pair(db: Database) -> tuple[str, str]:
    """Ada, who was named first and allowed e-mail later; and A. Lovelace, who forbade it and called once."""
    ada = {
        "identities": [{"kind": "EMAIL", "value": "ada@example.org"}, {"kind": "PHONE", "value": "+44 20 7946 0018"}],
        "displayName": "Ada",
        "recordedAt": "2025-01-01T00:00:00Z",
        "consents": [{"channel": "EMAIL", "status": "GRANTED", "recordedAt": "2025-06-01T00:00:00Z"}],
        "source": "shop",
    }
    lovelace = {
        "identities": [{"kind": "EXTERNAL_ID", "value": "7", "source": "till"}],
        "displayName": "A. Lovelace",
        "address": {"city": "London"},
        "recordedAt": "2025-02-01T00:00:00Z",
        "consents": [{"channel": "EMAIL", "status": "WITHDRAWN", "recordedAt": "2025-05-01T00:00:00Z"}],
        "source": "till",
    }
    ids = [(await do(db, UPSERT, i=one))["customer"]["id"] for one in (ada, lovelace)]
    await do(db, TOUCH, i=call(ids[1]))
    return ids[0], ids[1]


def call(whom: str, at: str = "2025-03-03T00:00:00Z") -> dict[str, object]:
    about = {"channel": "PHONE", "kind": "CALL", "occurredAt": at, "source": "till"}
    return {**about, "customer": {"id": whom}}


async def test_what_is_shown_before_is_what_there_is_then(db: Database) -> None:
    ada, lovelace = await pair(db)
    before = [await do(db, CUSTOMER, id=one) for one in (ada, lovelace)]
    shown = await do(db, PREVIEW, a=ada, b=lovelace)
    assert [await do(db, CUSTOMER, id=one) for one in (ada, lovelace)] == before
    assert (shown["possible"], shown["reasons"], shown["touchpoints"], shown["orders"]) == (True, [], 1, 0)
    assert {(one["name"], one["value"], one["from"]) for one in shown["fields"]} == {
        ("displayName", "A. Lovelace", "FROM"),
        ("address.city", "London", "FROM"),
    }
    assert [one["status"] for one in shown["consents"]] == ["WITHDRAWN"]
    told = await do(db, MERGE, a=ada, b=lovelace)
    customer = told["customer"]
    assert told["errors"] == []
    assert (customer["id"], customer["displayName"], customer["mergedFrom"]) == (ada, "A. Lovelace", [lovelace])
    assert [one["value"] for one in customer["identities"]] == [one["what"] for one in shown["known"]]
    assert customer["consents"] == [{"channel": "EMAIL", "status": "WITHDRAWN"}]
    assert customer["touchpoints"]["totalCount"] == 1


async def test_personal_values_are_left_out_for_those_who_may_not_read_them(db: Database) -> None:
    ada, lovelace = await pair(db)
    shown = await do(db, PREVIEW, MASKED, a=ada, b=lovelace)
    assert {one["name"]: one["value"] for one in shown["fields"]} == {"displayName": None, "address.city": "London"}
    assert "ada@example.org" not in str(shown)


async def test_ids_keep_leading_whatever_is_merged_and_undone(db: Database) -> None:
    ada, lovelace = await pair(db)
    before = [await do(db, CUSTOMER, id=one) for one in (ada, lovelace)]
    await do(db, MERGE, a=ada, b=lovelace)
    assert (await do(db, CUSTOMER, id=lovelace))["id"] == ada
    listed = "query ($ids: [ID!]) { done: customers(where: {id: {in: $ids}}) { nodes { id } totalCount } }"
    assert await do(db, listed, ids=[lovelace]) == {"nodes": [{"id": ada}], "totalCount": 1}
    assert await do(db, listed, ids=[lovelace, ada, NOBODY]) == {"nodes": [{"id": ada}], "totalCount": 1}
    others = "query ($id: ID!) { done: customers(where: {id: {OPERATOR: $id}}) { nodes { id } } }"
    assert await do(db, others.replace("OPERATOR", "eq"), id=lovelace) == {"nodes": [{"id": ada}]}
    assert await do(db, others.replace("OPERATOR", "ne"), id=lovelace) == {"nodes": []}
    others = "query ($ids: [ID!]) { done: customers(where: {id: {notIn: $ids}}) { nodes { id } } }"
    assert await do(db, others, ids=[lovelace]) == {"nodes": []}
    nodes = "query ($ids: [ID!]!) { done: nodes(ids: $ids) { id } }"
    assert await do(db, nodes, ids=[lovelace, ada]) == [{"id": ada}, {"id": ada}]
    known = 'query { done: customerByIdentity(kind: EXTERNAL_ID, value: "7", source: "till") { id } }'
    assert await do(db, known) == {"id": ada}
    await do(db, TOUCH, i=call(lovelace, "2025-04-04T00:00:00Z"))
    assert (await do(db, CUSTOMER, id=ada))["touchpoints"]["totalCount"] == 2
    told = await do(db, UNMERGE, a=lovelace, b=lovelace)
    assert told["errors"] == []
    assert told["customer"] == before[0]
    assert await do(db, CUSTOMER, id=lovelace) == before[1] | {"touchpoints": {"totalCount": 2}}
    assert await do(db, known) == {"id": lovelace}


async def test_what_cannot_be_merged_or_undone_says_why(db: Database) -> None:
    ada, lovelace = await pair(db)

    async def refused(text: str, into: str, gone: str) -> tuple[str, list[str]]:
        told = await do(db, text, a=into, b=gone)
        assert told["customer"] is None
        [error] = told["errors"]
        return error["code"], error["path"]

    assert await refused(MERGE, ada, ada) == ("INVALID", ["from"])
    assert await refused(MERGE, ada, NOBODY) == ("NOT_FOUND", ["from"])
    assert await refused(MERGE, NOBODY, ada) == ("NOT_FOUND", ["into"])
    assert await refused(MERGE, ada, "tp_" + "0" * 32) == ("INVALID", ["from"])
    assert await refused(UNMERGE, ada, lovelace) == ("IN_WRONG_STATE", ["from"])
    assert await refused(UNMERGE, ada, NOBODY) == ("NOT_FOUND", ["from"])
    await do(db, MERGE, a=ada, b=lovelace)
    assert await refused(MERGE, lovelace, ada) == ("INVALID", ["from"])
    assert await refused(MERGE, ada, lovelace) == ("IN_WRONG_STATE", ["from"])
    assert await refused(UNMERGE, lovelace, ada) == ("IN_WRONG_STATE", ["from"])
    shown = await do(db, PREVIEW, a=ada, b=lovelace)
    assert (shown["possible"], shown["known"], shown["fields"]) == (False, [], [])
    assert shown["reasons"] == ["from is merged into another customer already: name that one"]


async def test_two_whose_sums_would_outgrow_their_columns_are_not_merged(db: Database) -> None:
    first, second = await pair(db)
    for whom in (first, second):
        huge = call(whom) | {
            "cost": "99999999999999",
            "externalId": f"huge-{whom}",
            "occurredAt": "2025-04-04T00:00:00Z",
        }
        assert (await do(db, TOUCH, i=huge))["errors"] == []
    more = call(first, "2025-04-05T00:00:00Z") | {"cost": "1", "externalId": "more"}
    refused = await do(db, TOUCH.replace("{ message }", "{ code path }"), i=more)
    assert refused["errors"] == [{"code": "OUT_OF_RANGE", "path": ["input", "cost"]}]
    told = await do(db, MERGE, a=first, b=second)
    assert told["customer"] is None
    assert [error["code"] for error in told["errors"]] == ["OUT_OF_RANGE"]
    assert (await do(db, CUSTOMER, id=second))["id"] == second
