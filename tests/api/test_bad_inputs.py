"""Every bad input gets an error that names the field and the remedy; none is a 500, none leaves a trace."""

from typing import Any

import httpx
import pytest

from api.app import App
from domain.ids import Prefix, to_public
from domain.tables import metadata
from domain.vocabulary import Role
from tests.api.bad_deeds import BODIES, DEEDS
from tests.api.bad_rows import ALL, ORDER, PAYMENT, TOUCHPOINT, Bad, Row
from tests.api.conftest import MakeKey, bearer
from tests.support.uploads import Hand, lines

_UNCOUNTED = {"audit_entry", "audit_unsealed", "idempotency", "api_key"}
_FAULTS = "errors { code message path }"
VISIT = TOUCHPOINT | {"externalId": "V-1"}
_MANY = "mutation Do($rows: [%s!]!) { %s(input: $rows) { results { status id %s } created updated %s } }"
_ONE = "mutation Do($row: %s!) { %s(input: $row) { %s } }"


async def post(client: httpx.AsyncClient, text: str, **variables: Any) -> httpx.Response:
    headers = {"accept": "application/graphql-response+json"}
    return await client.post("/graphql", json={"query": text, "variables": variables}, headers=headers)


async def done(client: httpx.AsyncClient, text: str, **variables: Any) -> Any:
    answer = await post(client, text, **variables)
    assert "data" in answer.json(), (answer.text, variables)
    [told] = answer.json()["data"].values()
    return told


async def records(client: httpx.AsyncClient, mutation: str, type_: str, rows: list[Row]) -> Any:
    return await done(client, _MANY % (type_, mutation, _FAULTS, _FAULTS), rows=rows)


@pytest.fixture
async def house(client: httpx.AsyncClient) -> httpx.AsyncClient:
    """Two customers, two products, an order that is paid, a declared attribute."""
    stock = [{"sku": "TEA", "name": "Tea"}, {"sku": "POT", "name": "Pot"}]
    people: list[Row] = [{"identities": [{"kind": "EMAIL", "value": f"{name}@example.org"}]} for name in ("ada", "bob")]
    people = [one | {"displayName": "Somebody", "source": "shop"} for one in people]
    order = ORDER | {"externalId": "O-1", "payments": [PAYMENT | {"externalId": "P-1"}]}
    declare = (
        'mutation { attributeDeclare(input: {name: "size", type: NUMBER, personal: false}) { errors { message } } }'
    )
    assert await done(client, declare) == {"errors": []}
    for mutation, type_, rows in (
        ("productsUpsert", "ProductInput", stock),
        ("customersUpsert", "CustomerUpsertInput", people),
        ("ordersRecord", "OrderInput", [order]),
    ):
        told = await records(client, mutation, type_, rows)
        assert told["created"] == len(rows), told
    return client


async def traces(app: App) -> dict[str, Any]:
    """What every table holds, but for the log, the keys of requests, and when callers' keys were last seen."""
    told = {}
    async with app.house.db.connection() as connection:
        for table in metadata.tables:
            if table not in _UNCOUNTED:
                text = f"SELECT count(*), sum(hashtextextended(t::text, 0)) FROM {table} t"
                told[table] = tuple(await connection.fetchrow(text) or ())
    return told


def wrong_of_many(bad: Bad, told: Any) -> str | None:
    """What of the straight way's answer is not as it should be."""
    [result] = told["results"]
    if result["status"] != "REJECTED" or result["id"] is not None or told["created"] or told["updated"]:
        return f"{bad.name}: {told}"
    places = [(fault["code"], fault["path"], bool(fault["message"])) for fault in result["errors"]]
    if (bad.code, ["input", "0", *bad.path.split(".")], True) not in places:
        return (
            f"{bad.name}: {[(fault['code'], '.'.join(fault['path']), fault['message']) for fault in result['errors']]}"
        )
    return None


def wrong_of_one(bad: Bad, answer: httpx.Response) -> str | None:
    """Of the standard way's: what no type takes is refused with the request, and names the field in words."""
    name = bad.path.split(".")[0]
    if answer.status_code == 400:
        [first, *_] = answer.json()["errors"]
        return None if name in first["message"] else f"{bad.name}: {first}"
    if answer.status_code != 200:
        return f"{bad.name}: {answer.status_code} {answer.text}"
    [told] = answer.json()["data"].values()
    places = [(fault["code"], fault["path"]) for fault in told["errors"]]
    return None if (bad.code, ["input", *bad.path.split(".")]) in places else f"{bad.name}: {told}"


async def test_every_bad_row_is_refused_at_its_field_and_leaves_no_trace(
    house: httpx.AsyncClient, app: App, make_key: MakeKey
) -> None:
    till = bearer(await make_key(Role.PARTNER, source="shop"))
    head = {"authorization": house.headers["authorization"]}
    before = await traces(app)
    wrong, tried = [], 0
    for mutation, (type_, single, rows) in ALL.items():
        for bad in rows:
            house.headers.update(till if bad.partner else head)
            told = await records(house, mutation, type_, [bad.sent])
            wrong.append(wrong_of_many(bad, told))
            if single:
                answer = await post(house, _ONE % (type_, single, _FAULTS), row=bad.sent)
                wrong.append(wrong_of_one(bad, answer))
            tried += 1
    assert not any(wrong), "\n".join(filter(None, wrong))
    assert tried >= 80
    assert await traces(app) == before


@pytest.mark.parametrize("row", [None, "a row", 5, True, [], [VISIT], {}], ids=repr)
async def test_what_is_no_row_is_refused_as_one(house: httpx.AsyncClient, row: Any) -> None:
    told = await records(house, "touchpointsRecord", "TouchpointInput", [VISIT, row])
    assert [one["status"] for one in told["results"]] == ["CREATED", "REJECTED"]
    assert all(fault["path"][:2] == ["input", "1"] for fault in told["results"][1]["errors"])


async def test_a_call_has_at_most_a_thousand_rows(house: httpx.AsyncClient, app: App) -> None:
    before = await traces(app)
    for mutation, (type_, _, rows) in ALL.items():
        told = await records(house, mutation, type_, [rows[0].row] * 1_001)
        assert told["results"] == []
        [fault] = told["errors"]
        assert (fault["code"], fault["path"]) == ("LIMIT_EXCEEDED", ["input"])
        assert "1,000" in fault["message"]
    assert await traces(app) == before


async def test_every_bad_deed_is_refused_at_its_field_and_leaves_no_trace(house: httpx.AsyncClient, app: App) -> None:
    before = await traces(app)
    wrong = []
    for text, code, path in DEEDS:
        answer = await post(house, f"mutation {{ {text} {{ {_FAULTS} }} }}")
        data = answer.json().get("data")
        told = [(one["code"], ".".join(one["path"])) for one in next(iter(data.values()))["errors"]] if data else []
        if (code, path) not in told:
            wrong.append(f"{text}: {told or answer.text}")
    assert wrong == [], "\n".join(wrong)
    assert await traces(app) == before


@pytest.mark.parametrize("body", BODIES)
async def test_what_is_no_strict_json_is_refused_with_the_body(house: httpx.AsyncClient, body: bytes) -> None:
    answer = await house.post("/graphql", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["message"]


async def test_a_bad_row_of_a_file_is_a_reject_that_names_its_field(
    house: httpx.AsyncClient, app: App, worker: Hand
) -> None:
    """The rest of the file is recorded; what is refused is told by line, without what stood in it."""
    long = {"identities": [{"kind": "EMAIL", "value": "eve@example.org"}], "displayName": "n" * 2_000_000}
    view = await worker.import_(house, "customers", lines([long, {"identities": [], "source": "shop"}]))
    assert view.result is not None
    assert (view.result["created"], view.result["rejected"]) == (0, 2)
    job = to_public(Prefix.JOB, view.job_id)
    told = await done(
        house, "query ($id: ID!) { job(id: $id) { rejects(first: 9) { nodes { line field code } } } }", id=job
    )
    assert told["rejects"]["nodes"] == [
        {"line": 1, "field": "displayName", "code": "OUT_OF_RANGE"},
        {"line": 2, "field": "identities", "code": "REQUIRED"},
    ]
    async with app.house.db.connection() as connection:
        assert await connection.fetchval("SELECT count(*) FROM customer") == 2
