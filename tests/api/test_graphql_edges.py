"""The endpoint's own edges: methods, media types, sizes, origins, and that nothing leaks."""

import asyncio
import json
from collections.abc import AsyncIterator

import asyncpg
import httpx
import pytest

from api import logs
from api.app import App
from api.negotiation import Media
from api.requests import LARGEST_BODY, LARGEST_BULK
from domain.vocabulary import Role
from tests.api.conftest import MakeKey, bearer, lines_of

ASK = {"query": "{ __typename }"}
RESPONSE = {"accept": "application/graphql-response+json"}


def code(answer: httpx.Response) -> str:
    """The first error's code; every error tells the request's id, as the header does."""
    errors = answer.json()["errors"]
    assert {error["extensions"]["requestId"] for error in errors} == {answer.headers["x-request-id"]}
    return str(errors[0]["extensions"]["code"])


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "HEAD"])
async def test_other_methods_are_not_allowed(client: httpx.AsyncClient, method: str) -> None:
    answer = await client.request(method, "/graphql")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, POST")


async def test_what_can_be_told_in_no_accepted_type_is_not(client: httpx.AsyncClient) -> None:
    answer = await client.post("/graphql", json=ASK, headers={"accept": "text/html"})
    assert (answer.status_code, code(answer)) == (406, "NOT_ACCEPTABLE")


@pytest.mark.parametrize(
    "headers",
    [
        {"content-type": "text/plain"},
        {"content-type": "application/json; charset=latin-1"},
        {"content-encoding": "gzip"},
    ],
)
async def test_bodies_of_other_types_are_not_read(client: httpx.AsyncClient, headers: dict[str, str]) -> None:
    sent = {"content-type": "application/json"} | headers
    answer = await client.post("/graphql", content=json.dumps(ASK), headers=sent)
    assert (answer.status_code, code(answer)) == (415, "UNSUPPORTED_MEDIA_TYPE")


async def test_a_body_beyond_the_limit_is_refused_by_its_length(client: httpx.AsyncClient) -> None:
    answer = await client.post("/graphql", json={"query": "#" * LARGEST_BODY})
    assert (answer.status_code, code(answer)) == (413, "TOO_LARGE")
    assert str(LARGEST_BODY) in answer.text


async def test_a_body_that_says_no_length_is_refused_when_it_gets_too_large(client: httpx.AsyncClient) -> None:
    async def parts() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b" " * (LARGEST_BODY // 10)

    answer = await client.post("/graphql", content=parts(), headers={"content-type": "application/json"})
    assert (answer.status_code, code(answer)) == (413, "TOO_LARGE")


RECORD = "mutation R($input: [ProductInput!]!) { productsUpsert(input: $input) { created rejected } }"


def products(bytes_each: int) -> list[dict[str, object]]:
    return [{"sku": f"S-{number}", "name": "x", "attributes": {"text": "x" * bytes_each}} for number in range(900)]


async def test_a_bulk_mutation_may_be_larger_than_other_requests(client: httpx.AsyncClient) -> None:
    rows = {"variables": {"input": products(5_000)}}
    answer = await client.post("/graphql", json={"query": RECORD, **rows})
    assert answer.json() == {"data": {"productsUpsert": {"created": 900, "rejected": 0}}}
    alike = {"query": "query touchpointsRecord { __typename }", **rows}
    refused = await client.post("/graphql", json=alike)
    assert (refused.status_code, code(refused)) == (413, "TOO_LARGE")
    beyond = await client.post("/graphql", json={"query": RECORD, "variables": {"input": products(10_000)}})
    assert (beyond.status_code, code(beyond)) == (413, "TOO_LARGE")
    assert str(LARGEST_BULK) in beyond.text


@pytest.mark.parametrize(
    "body",
    [
        '[{"query": "{ __typename }"}]',
        '{"query": "{ __typename }", "query": "{ viewer { name } }"}',
        '{"query": "{ __typename }", "variables": {"a": {"b": NaN}}}',
        '{"query": "{ __typename }", "variables": {"a": 123456789012345678901234567890}}',
        '{"query": "{ __typename }", "variables": ' + '{"a": ' * 70 + "1" + "}" * 71,
        '"{ __typename }"',
        "null",
    ],
)
async def test_json_that_is_not_strict_is_a_bad_request(client: httpx.AsyncClient, body: str) -> None:
    answer = await client.post("/graphql", content=body, headers={"content-type": "application/json"})
    assert (answer.status_code, code(answer)) == (400, "BAD_REQUEST")


@pytest.mark.parametrize("query", ["query=a&query=b", "variables=%7B&query=a", "query=%FF", "operationName=a"])
async def test_a_url_that_cannot_be_read_is_a_bad_request(client: httpx.AsyncClient, query: str) -> None:
    answer = await client.get(f"/graphql?{query}")
    assert (answer.status_code, code(answer)) == (400, "BAD_REQUEST")


async def test_mutations_never_come_by_get(client: httpx.AsyncClient) -> None:
    text = 'mutation { jobCancel(id: "x") { errors { code } } }'
    answer = await client.get("/graphql", params={"query": text})
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


async def test_subscriptions_need_an_answer_that_goes_on(client: httpx.AsyncClient) -> None:
    text = 'subscription { jobProgress(id: "x") { id } }'
    assert (await client.post("/graphql", json={"query": text})).status_code == 406
    answer = await client.get("/graphql", params={"query": text}, headers={"accept": "text/event-stream"})
    assert answer.status_code == 405


@pytest.mark.parametrize(
    ("query", "name", "expected"),
    [
        ("{", None, "PARSE_FAILED"),
        ("{ nowhere }", None, "VALIDATION_FAILED"),
        ("query A { __typename } query B { __typename }", None, "OPERATION_UNKNOWN"),
        ("query A { __typename }", "B", "OPERATION_UNKNOWN"),
        ("{ " + "__typename " * 21 + "}", None, "LIMIT_EXCEEDED"),
        ("{ " + "a " * 5000 + "}", None, "PARSE_FAILED"),
        ("#" * 100_001 + "{ __typename }", None, "LIMIT_EXCEEDED"),
        ("{ a(x: " + "[" * 1900, None, "PARSE_FAILED"),
    ],
)
async def test_why_a_document_is_not_executed_has_a_code(
    client: httpx.AsyncClient, query: str, name: str | None, expected: str
) -> None:
    answer = await client.post("/graphql", json={"query": query, "operationName": name}, headers=RESPONSE)
    assert (answer.status_code, code(answer)) == (400, expected)
    assert "data" not in answer.json()


async def test_no_more_errors_are_told_than_anybody_reads(client: httpx.AsyncClient) -> None:
    query = "{ " + " ".join(f"nowhere{number}" for number in range(500)) + " }"
    answer = await client.post("/graphql", json={"query": query}, headers=RESPONSE)
    assert 1 < len(answer.json()["errors"]) <= 20
    long = await client.post("/graphql", json={"query": "{ " + "n" * 90_000 + " }"}, headers=RESPONSE)
    assert len(long.content) < 2000


async def test_a_browser_that_opens_the_address_is_sent_to_the_page(stranger: httpx.AsyncClient) -> None:
    answer = await stranger.get("/graphql", headers={"accept": "text/html,*/*;q=0.8"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/explorer")
    assert (await stranger.get("/explorer")).status_code == 200


async def test_pages_of_other_origins_are_let_in_by_the_list_alone(client: httpx.AsyncClient) -> None:
    async def allowed(origin: str) -> str | None:
        before = await client.options("/graphql", headers={"origin": origin, "access-control-request-method": "POST"})
        answer = await client.post("/graphql", json=ASK, headers={"origin": origin})
        assert before.status_code == 204
        assert before.headers.get("access-control-allow-origin") == answer.headers.get("access-control-allow-origin")
        assert ("access-control-allow-headers" in before.headers) == ("access-control-allow-origin" in before.headers)
        assert "access-control-allow-credentials" not in answer.headers
        allowed: str | None = answer.headers.get("access-control-allow-origin")
        return allowed

    assert await allowed("https://shop.example") == "https://shop.example"
    assert await allowed("https://evil.example") is None
    assert await allowed("https://shop.example.evil.example") is None
    assert await allowed("null") is None


@pytest.mark.parametrize("path", ["/graphql", "/livez", "/explorer", "/nowhere"])
async def test_every_answer_is_guarded(stranger: httpx.AsyncClient, path: str) -> None:
    answer = await stranger.get(path)
    assert answer.headers["x-content-type-options"] == "nosniff"
    if path == "/graphql":
        assert answer.headers["cache-control"] == "no-store"
    else:
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert "cookie" not in " ".join(answer.headers).lower()
    assert "server" not in answer.headers


async def test_what_nobody_expected_is_masked_and_logged_once(
    app: App, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    async def fail(*_: object) -> None:
        raise RuntimeError("secret: SELECT anna@example.org FROM /etc/passwd")

    monkeypatch.setattr("api.asking.execute", fail)
    answer = await client.post("/graphql", json=ASK)
    assert (answer.status_code, code(answer)) == (500, "INTERNAL")
    logs.flush()
    written = capfd.readouterr().err
    assert "anna" not in written + answer.text
    assert "SELECT" not in written + answer.text
    [line] = lines_of(written, "unexpected")
    assert line["request"] == answer.headers["x-request-id"]
    assert line["error"] == "RuntimeError"
    assert "fail" in str(line["at_code"])


async def test_the_log_tells_who_and_what_kind_but_nothing_that_was_said(
    client: httpx.AsyncClient, capfd: pytest.CaptureFixture[str]
) -> None:
    query = 'query Find($name: String!) { __type(name: $name) { name } other: __type(name: "Berta") { name } }'
    await client.post("/graphql", json={"query": query, "variables": {"name": "Anna"}})
    await client.post("/graphql", json={"query": "query Call4915112345678 { __typename }"})
    logs.flush()
    written = capfd.readouterr().err
    first, second = lines_of(written, "request")
    assert (first["role"], first["kind"], first["operation"], first["status"]) == ("ADMIN", "query", "Find", 200)
    assert str(first["key"]).startswith("key_")
    assert second["operation"] is None
    for said in ("Anna", "Berta", "__type", "rap_", "4915112345", "Bearer"):
        assert said not in written


async def test_a_database_without_a_free_connection_is_told_to_come_again(
    app: App, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (await client.post("/graphql", json=ASK)).status_code == 200
    monkeypatch.setattr(app.house.db, "size", 0)
    monkeypatch.setattr(app.house.db, "_slots", asyncio.Semaphore(0))
    monkeypatch.setattr(app.house.db, "wait", app.house.db.wait / 100)
    query = '{ customer(id: "cus_00000000000000000000000000000000") { id } }'
    answer = await client.post("/graphql", json={"query": query}, headers=RESPONSE)
    assert (answer.status_code, code(answer)) == (503, "UNAVAILABLE")
    assert answer.headers["retry-after"] == "1"


async def test_documents_are_kept_by_text_and_operation_and_within_bytes(app: App, make_key: MakeKey) -> None:
    documents = app.house.documents
    both = "query A { __typename } query B { viewer { name } }"
    first = documents.prepare(both, "A")
    assert documents.prepare(both, "A") is first
    assert documents.prepare(both, "B") is not first
    documents._room = 200_000
    for number in range(100):
        documents.prepare(f"query Q{number} {{ __typename }}", None)
    assert documents.weight <= 200_000
    assert documents.weight == sum(weight for _, weight in documents._kept.values())
    assert documents.prepare(both, "A") is not first


@pytest.mark.parametrize("role", list(Role))
async def test_every_role_may_ask_who_it_is(stranger: httpx.AsyncClient, make_key: MakeKey, role: Role) -> None:
    key = await make_key(role)
    answer = await stranger.post("/graphql", json={"query": "{ viewer { role source } }"}, headers=bearer(key))
    source = "shop" if role is Role.PARTNER else None
    assert answer.json()["data"] == {"viewer": {"role": role, "source": source}}


@pytest.mark.parametrize("accept", [media.value for media in (Media.RESPONSE, Media.JSON)])
@pytest.mark.parametrize(
    ("error", "status", "told"),
    [(asyncpg.QueryCanceledError("slow"), 503, "TIMEOUT"), (RuntimeError("odd"), 500, "INTERNAL")],
)
async def test_a_mutation_of_which_nothing_is_kept_is_no_success(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, accept: str, error: Exception, status: int, told: str
) -> None:
    """Who only looks at the status must not take it for done; a question keeps what it could answer."""

    async def broken(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("domain.ledger.start_job", broken)
    text = "mutation { jobStart(kind: SCORE_CUSTOMERS) { errors { code } } }"
    answer = await client.post("/graphql", json={"query": text}, headers={"accept": accept})
    assert (answer.status_code, code(answer), answer.json()["data"]) == (status, told, None)
    assert answer.headers.get("retry-after") == ("1" if status == 503 else None)
