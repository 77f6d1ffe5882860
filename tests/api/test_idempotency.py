"""A mutation with an Idempotency-Key is carried out once: replayed, refused under another body, waited for."""

import asyncio
from collections.abc import Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from api.app import App
from domain.idempotency import commands, rules
from domain.vocabulary import Role
from tests.api.conftest import MakeKey, bearer
from tests.support.waiting import PATIENCE, WAITING

START = """mutation Start($kind: JobKind!, $arguments: JSON) {
  jobStart(kind: $kind, arguments: $arguments) { job { id arguments } errors { code path } }
}"""
FIT: dict[str, Any] = {"kind": "FIT_VALUE_MODEL", "arguments": {"calibratedUntil": "1997-09-30"}}
ACCEPT = {"accept": "application/graphql-response+json"}


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is told to come again because the machine is slow."""
    monkeypatch.setattr(commands, "WAIT", PATIENCE)


async def send(
    client: httpx.AsyncClient,
    key: str | None = "k-1",
    text: str = START,
    variables: Mapping[str, Any] | None = FIT,
    headers: Mapping[str, str] = ACCEPT,
) -> httpx.Response:
    named = {"idempotency-key": key} if key is not None else {}
    return await client.post("/graphql", json={"query": text, "variables": variables}, headers={**headers, **named})


async def number(app: App, question: str) -> int:
    async with app.house.db.connection() as connection:
        return int(await connection.fetchval(question))


async def jobs(app: App) -> int:
    return await number(app, "SELECT count(*) FROM job")


async def kept(app: App) -> int:
    return await number(app, "SELECT count(*) FROM idempotency_key")


def code(answer: httpx.Response) -> str:
    [error] = answer.json()["errors"]
    assert "data" not in answer.json()
    return str(error["extensions"]["code"])


async def test_sent_again_it_is_answered_the_same_and_done_once(app: App, client: httpx.AsyncClient) -> None:
    first, second = await send(client), await send(client)
    assert first.status_code == second.status_code == 200
    assert first.json()["data"]["jobStart"]["job"]["id"].startswith("job_")
    assert second.content == first.content
    assert "idempotent-replayed" not in first.headers
    assert second.headers["idempotent-replayed"] == "true"
    assert await jobs(app) == await kept(app) == await number(app, "SELECT count(*) FROM audit_entry") == 1


async def test_without_a_key_or_with_another_it_is_done_again(app: App, client: httpx.AsyncClient) -> None:
    answers = [await send(client, key) for key in ("k-1", "k-2", None, None)]
    assert len({answer.content for answer in answers}) == 4
    assert await jobs(app) == 4
    assert await kept(app) == 2


async def test_how_the_request_is_laid_out_does_not_matter(app: App, client: httpx.AsyncClient) -> None:
    first = await send(client)
    text = "# again\n" + " ".join(START.split()).replace("job {", "job\n{")
    second = await send(client, text=text, variables=dict(reversed(FIT.items())), headers={"accept": "*/*"})
    assert second.content == first.content
    assert await jobs(app) == 1


OTHERS: dict[str, tuple[str, Mapping[str, Any]]] = {
    "a variable": (START, {"kind": "FIT_VALUE_MODEL", "arguments": {"calibratedUntil": "1997-09-29"}}),
    "one less": (START, {"kind": "FIT_VALUE_MODEL"}),
    "the selection": (START.replace("job { id arguments }", "job { id }"), FIT),
    "an alias": (START.replace("jobStart(", "again: jobStart("), FIT),
    "the operation's name": (START.replace("mutation Start", "mutation Begin"), FIT),
}


@pytest.mark.parametrize("what", OTHERS)
async def test_another_request_under_the_same_key_is_refused(app: App, client: httpx.AsyncClient, what: str) -> None:
    first = await send(client)
    text, variables = OTHERS[what]
    for headers in (ACCEPT, {"accept": "application/json"}):
        other = await send(client, text=text, variables=variables, headers=headers)
        assert (other.status_code, code(other)) == (422, "IDEMPOTENCY_MISMATCH")
    assert await jobs(app) == 1
    assert (await send(client)).content == first.content


async def test_keys_are_each_callers_own(app: App, client: httpx.AsyncClient, make_key: MakeKey) -> None:
    first = await send(client)
    client.headers.update(bearer(await make_key(name="Another")))
    second = await send(client)
    assert "idempotent-replayed" not in second.headers
    assert second.content != first.content
    assert await jobs(app) == 2


MALFORMED = ["", "x" * 256, "two words", "tab\tbed", "naïve", "\x7f"]


@pytest.mark.parametrize("key", MALFORMED)
async def test_what_is_no_key_is_refused_and_names_the_header(app: App, client: httpx.AsyncClient, key: str) -> None:
    body = {"query": START, "variables": FIT}
    headers = [(b"idempotency-key", key.encode("latin-1")), (b"accept", b"application/json")]
    answer = await client.post("/graphql", json=body, headers=headers)
    assert (answer.status_code, code(answer)) == (400, "BAD_REQUEST")
    assert "Idempotency-Key" in answer.json()["errors"][0]["message"]
    assert await jobs(app) == 0


async def test_two_keys_are_none(app: App, client: httpx.AsyncClient) -> None:
    body = {"query": START, "variables": FIT}
    headers = [(b"idempotency-key", b"a"), (b"idempotency-key", b"b")]
    assert (await client.post("/graphql", json=body, headers=headers)).status_code == 400
    assert await jobs(app) == 0


@pytest.mark.parametrize("key", ["!", "~" * 255, '"8e03978e-40d5-43e8-bc93-6894a57f9324"', "a:b/c?d=e"])
async def test_any_visible_text_is_a_key(app: App, client: httpx.AsyncClient, key: str) -> None:
    first, second = await send(client, key), await send(client, key)
    assert first.status_code == 200
    assert first.content == second.content
    assert await jobs(app) == 1


@pytest.mark.parametrize("key", ["k-1", "two words"])
async def test_with_a_question_the_header_means_nothing(app: App, client: httpx.AsyncClient, key: str) -> None:
    for _ in range(2):
        answer = await send(client, key, text="{ viewer { name } }", variables=None)
        assert answer.status_code == 200
        assert "idempotent-replayed" not in answer.headers
    assert await kept(app) == 0


REFUSED = {
    "a variable of the wrong type": (START, {"kind": "NONE_SUCH"}, 400),
    "a document that is not valid": (START.replace("errors", "mistakes"), FIT, 400),
    "a document that cannot be read": ("mutation {", None, 400),
}


@pytest.mark.parametrize("what", REFUSED)
async def test_what_was_refused_is_not_kept(app: App, client: httpx.AsyncClient, what: str) -> None:
    text, variables, status = REFUSED[what]
    assert (await send(client, text=text, variables=variables)).status_code == status
    assert await kept(app) == 0
    again = await send(client)  # the key is still to be had
    assert again.status_code == 200
    assert "idempotent-replayed" not in again.headers


async def test_who_may_not_is_refused_and_nothing_kept(app: App, client: httpx.AsyncClient, make_key: MakeKey) -> None:
    client.headers.update(bearer(await make_key(Role.ANALYST)))
    assert (await send(client)).status_code == 403
    assert await kept(app) == 0


async def test_errors_that_are_data_are_an_answer_like_any_other(app: App, client: httpx.AsyncClient) -> None:
    wrong = {"kind": "FIT_VALUE_MODEL", "arguments": {"calibratedUntil": "soon"}}
    first, second = await send(client, variables=wrong), await send(client, variables=wrong)
    assert first.json()["data"]["jobStart"]["errors"][0]["code"] == "INVALID"
    assert second.content == first.content
    assert await jobs(app) == 0
    assert await kept(app) == 1
    assert await number(app, "SELECT count(*) FROM audit_entry") == 0


@asynccontextmanager
async def at_work(app: App, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Holds what starts jobs until the block says to go on; yields when the first request is in the middle of it."""
    from domain import ledger

    reached, go = asyncio.Event(), asyncio.Event()
    start = ledger.start_job

    async def slow(*given: Any, **named: Any) -> Any:
        reached.set()
        await go.wait()
        return await start(*given, **named)

    monkeypatch.setattr(ledger, "start_job", slow)
    try:
        yield reached, go
    finally:
        go.set()


async def test_sent_while_it_is_carried_out_it_waits_for_the_answer(
    app: App, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with at_work(app, monkeypatch) as (reached, go):
        first = asyncio.create_task(send(client))
        await reached.wait()
        second = asyncio.create_task(send(client))
        await until_somebody_waits(app)
        go.set()
        assert (await first).content == (await second).content
    assert (await second).headers["idempotent-replayed"] == "true"
    assert await jobs(app) == 1


async def test_it_waits_two_seconds_and_is_told_to_come_again(
    app: App, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert rules.WAIT == 2
    monkeypatch.setattr(commands, "WAIT", 0.1)
    async with at_work(app, monkeypatch) as (reached, go):
        first = asyncio.create_task(send(client))
        await reached.wait()
        busy = [await send(client, headers={"accept": accept}) for accept in (*ACCEPT.values(), "application/json")]
        assert [(answer.status_code, code(answer)) for answer in busy] == [(409, "IDEMPOTENCY_BUSY")] * 2
        assert {answer.headers["retry-after"] for answer in busy} == {"1"}
        go.set()
        assert (await first).status_code == 200
    monkeypatch.setattr(commands, "WAIT", PATIENCE)
    assert (await send(client)).content == first.result().content
    assert await jobs(app) == 1


async def test_where_the_first_breaks_off_the_second_does_it(
    app: App, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with at_work(app, monkeypatch) as (reached, go):
        first = asyncio.create_task(send(client))
        await reached.wait()
        second = asyncio.create_task(send(client))
        await until_somebody_waits(app)
        first.cancel()
        go.set()
        answer = await second
    assert answer.status_code == 200
    assert "idempotent-replayed" not in answer.headers
    assert await jobs(app) == 1


async def until_somebody_waits(app: App) -> None:
    async with asyncio.timeout(PATIENCE):
        while not await number(app, WAITING):  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def test_what_is_kept_can_be_read_only_with_the_callers_secret(app: App, client: httpx.AsyncClient) -> None:
    answer = await send(client, "very-telling-key")
    async with app.house.db.connection() as connection:
        row = await connection.fetchrow("SELECT * FROM idempotency_key")
        hashes = await connection.fetchval("SELECT secret_hash FROM api_key")
    assert row is not None
    stored = b"".join(value if isinstance(value, bytes) else str(value).encode() for value in row.values())
    assert b"very-telling-key" not in stored
    assert b"job_" not in stored
    assert answer.content[20:60] not in stored
    assert hashes not in stored


async def test_over_server_sent_events_it_is_the_same(app: App, client: httpx.AsyncClient) -> None:
    events = {"accept": "text/event-stream"}
    first, second = await send(client, headers=events), await send(client, headers=events)
    plain = await send(client)
    assert first.content == second.content == b"event: next\ndata: %b\n\nevent: complete\ndata:\n\n" % plain.content
    assert second.headers["idempotent-replayed"] == plain.headers["idempotent-replayed"] == "true"
    assert "idempotent-replayed" not in first.headers
    assert await jobs(app) == 1


async def test_several_mutations_of_one_request_are_one(app: App, client: httpx.AsyncClient) -> None:
    text = "mutation { a: jobStart(kind: %s) { job { id } } b: jobStart(kind: %s) { job { id } } }"
    text %= ("SCORE_CUSTOMERS", "FIT_VALUE_MODEL")
    first, second = await send(client, text=text, variables=None), await send(client, text=text, variables=None)
    assert first.content == second.content
    assert await jobs(app) == 2
    assert await number(app, "SELECT count(*) FROM audit_entry") == 2
