"""Segments as files: what is in them is what GraphQL tells of the members, whatever people are called."""

import csv
import io
from datetime import UTC, datetime
from typing import Any

import httpx
import orjson
import pytest

from api.app import App
from domain import access, files
from domain.vocabulary import JobKind, Role
from jobs import exporting
from tests.api.conftest import MakeKey, bearer
from tests.api.listing import ASK, AWKWARD, FIELDS, JOB, exported, listed, told
from tests.support.uploads import Hand, asked, number


async def test_ndjson_is_what_graphql_tells_of_the_members(client: httpx.AsyncClient, worker: Hand) -> None:
    segment, ids = await listed(client)
    job, answer = await exported(client, worker, segment, format="NDJSON", fields=FIELDS)
    lines = [orjson.loads(line) for line in answer.content.splitlines()]
    assert lines == await told(client, segment, FIELDS)
    assert all(list(line) == FIELDS for line in lines)
    assert {line["id"] for line in lines} == set(ids)
    assert job["result"]["members"] == job["files"][0]["rows"] == len(AWKWARD)
    assert (job["files"][0]["name"], answer.headers["content-type"]) == ("a-list.ndjson", "application/x-ndjson")


async def test_csv_is_the_same_with_no_formula_in_it(client: httpx.AsyncClient, worker: Hand) -> None:
    segment, _ = await listed(client)
    job, answer = await exported(client, worker, segment, fields=FIELDS)
    heading, *rows = csv.reader(io.StringIO(answer.content.decode(), newline=""))
    assert heading == FIELDS
    assert answer.content.endswith(b"\r\n")
    expected = await told(client, segment, FIELDS)
    assert rows == [[_cell(name, member[name]) for name in FIELDS] for member in expected]
    assert not any(row[0].startswith(("=", "+", "-", "@", "\t", "\r")) for row in rows)
    assert (job["files"][0]["name"], answer.headers["content-type"]) == ("a-list.csv", "text/csv; charset=utf-8")


def _cell(name: str, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return orjson.dumps(value).decode()
    return files.neutral(value) if isinstance(value, str) and name != "profitability.profit" else str(value)


async def test_a_loss_stays_a_number(client: httpx.AsyncClient, worker: Hand, app: App) -> None:
    segment, _ = await listed(client, AWKWARD[:1])
    async with app.house.db.connection() as tx:
        await tx.execute("UPDATE customer_month SET cost_to_serve = 5")
        await tx.execute(
            "INSERT INTO customer_month (customer_id, month, channel, category, cost_to_serve)"
            " SELECT customer_id, '2026-01-01', 'WEB', '', 5.5 FROM customer"
        )
    _, answer = await exported(client, worker, segment, fields=["profitability.profit"])
    assert answer.content == b"profitability.profit\r\n-5.50\r\n"


@pytest.mark.proof
async def test_batches_end_where_they_may(
    client: httpx.AsyncClient, worker: Hand, monkeypatch: pytest.MonkeyPatch
) -> None:
    segment, _ = await listed(client)
    _, whole = await exported(client, worker, segment, fields=FIELDS)
    for at_once in (1, 2, len(AWKWARD)):
        monkeypatch.setattr(exporting, "_AT_ONCE", at_once)
        _, again = await exported(client, worker, segment, fields=FIELDS)
        assert again.content == whole.content


@pytest.mark.proof
async def test_nobody_in_it_is_a_heading_alone(client: httpx.AsyncClient, worker: Hand) -> None:
    made = await asked(client, 'mutation { segmentCreate(input: {name: "None", kind: STATIC}) { segment { id } } }')
    segment = made["segmentCreate"]["segment"]["id"]
    job, answer = await exported(client, worker, segment, fields=["id"])
    assert (answer.content, job["result"]["members"]) == (b"id\r\n", 0)
    _, answer = await exported(client, worker, segment, format="NDJSON")
    assert answer.content == b""


async def test_who_may_ask_and_of_what(client: httpx.AsyncClient, make_key: MakeKey, worker: Hand, app: App) -> None:
    segment, _ = await listed(client, AWKWARD[:2])
    marketer = bearer(await _key(app, Role.MARKETER, reads=True))
    answer = await client.post("/graphql", json={"query": ASK, "variables": {"id": segment}}, headers=marketer)
    job = answer.json()["data"]["segmentExport"]["job"]["id"]
    await worker.carry_out(JobKind.EXPORT)
    [file] = (await asked(client, JOB, id=job))["job"]["files"]
    assert (await client.get(file["url"], headers=marketer)).status_code == 200
    assert (
        await client.get(file["url"], headers=bearer(await _key(app, Role.MARKETER, reads=True)))
    ).status_code == 403
    for role in (Role.ANALYST, Role.PARTNER):
        key = bearer(await make_key(role))
        answer = await client.post("/graphql", json={"query": ASK, "variables": {"id": segment}}, headers=key)
        assert answer.json()["errors"][0]["extensions"]["code"] == "NOT_ALLOWED"
    for role in (Role.MARKETER, Role.ADMIN):
        key = bearer(await _key(app, role, reads=False))
        asked_for = {"query": ASK, "variables": {"id": segment, "fields": ["id"]}}
        [error] = (await client.post("/graphql", json=asked_for, headers=key)).json()["data"]["segmentExport"]["errors"]
        assert error["code"] == "NOT_ALLOWED"
    assert await number(app.house.db, "SELECT count(*) FROM job") == 1


async def _key(app: App, role: Role, *, reads: bool) -> access.NewKey:
    request = access.KeyRequest("Test", role, reads_personal_data=reads)
    async with app.house.db.transaction() as tx:
        return await access.create_key(tx, request, now=datetime.now(UTC))


async def test_what_cannot_be_exported_is_refused(client: httpx.AsyncClient) -> None:
    segment, _ = await listed(client, AWKWARD[:1])

    async def refused(id_: str, **said: object) -> tuple[str, list[str]]:
        [error] = (await asked(client, ASK, id=id_, **said))["segmentExport"]["errors"]
        return error["code"], error["path"]

    assert await refused("seg_" + "0" * 32) == ("NOT_FOUND", ["id"])
    assert await refused("cus_" + "0" * 32) == ("INVALID", ["id"])
    assert await refused(segment, fields=["id", "identities"]) == ("INVALID", ["fields", "1"])
    text = 'mutation { segmentCreate(input: {name: "New", where: {}}) { segment { id } } }'
    unbuilt = (await asked(client, text))["segmentCreate"]["segment"]["id"]
    assert await refused(unbuilt) == ("IN_WRONG_STATE", ["id"])
    await asked(client, "mutation ($id: ID!) { segmentArchive(id: $id) { errors { code } } }", id=segment)
    assert await refused(segment) == ("IN_WRONG_STATE", ["id"])
