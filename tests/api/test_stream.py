"""Server-sent events: every answer a `next`, then `complete`; and what ends a stream from our side."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from datetime import UTC, datetime
from uuid import UUID

import httpx
import pytest

from api import stream
from domain import access, ledger
from domain.access import OPERATOR
from domain.ids import Prefix, to_public
from domain.vocabulary import JobKind
from tests.api.conftest import Running, bearer, hasten, key_for
from tests.support.waiting import PATIENCE

EVENTS = {"accept": "text/event-stream"}
PROGRESS = "subscription Follow($id: ID!) { jobProgress(id: $id) { id status arguments } }"


async def start_job(running: Running) -> UUID:
    async with running.server.app.house.db.transaction() as tx:
        return await ledger.start_job(tx, JobKind.SCORE_CUSTOMERS, {}, principal=OPERATOR, now=datetime.now(UTC))


async def events(answer: httpx.Response) -> AsyncGenerator[tuple[str, object], None]:
    """Events as a browser reads them: blocks of lines; a comment or a retry is told under its own name."""
    block: dict[str, str] = {}
    async for line in answer.aiter_lines():
        if not line:
            if block:
                data = block.get("data", "")
                name = block.get("event", next(iter(block)))
                yield name, json.loads(data) if data else None
            block = {}
        else:
            name, _, value = line.partition(":")
            block[name] = block.get(name, "") + value.removeprefix(" ")


@pytest.fixture
async def caller(running: Running) -> AsyncIterator[httpx.AsyncClient]:
    key = await key_for(running)
    async with httpx.AsyncClient(base_url=running.url, headers=bearer(key) | EVENTS, timeout=PATIENCE) as client:
        yield client


async def test_a_question_is_one_event(caller: httpx.AsyncClient) -> None:
    async with caller.stream("POST", "/graphql", json={"query": "{ viewer { role } }"}) as answer:
        assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert answer.headers["cache-control"] == "no-store"
        told = [event async for event in events(answer)]
    assert [name for name, _ in told] == ["next", "complete"]
    assert told[0][1]["data"] == {"viewer": {"role": "ADMIN"}}  # type: ignore[index]


@pytest.mark.parametrize("query", ["{", "{ nowhere }", "subscription { jobProgress { id } }"])
async def test_what_is_wrong_with_the_question_is_an_event_too(caller: httpx.AsyncClient, query: str) -> None:
    async with caller.stream("POST", "/graphql", json={"query": query}) as answer:
        assert answer.status_code == 200
        told = [event async for event in events(answer)]
    assert [name for name, _ in told] == ["next", "complete"]
    assert told[0][1]["errors"]  # type: ignore[index]


async def test_what_is_wrong_with_the_request_is_no_stream(caller: httpx.AsyncClient) -> None:
    assert (
        await caller.post("/graphql", content=b"{", headers={"content-type": "application/json"})
    ).status_code == 400
    assert (await caller.post("/graphql", json={}, headers={"authorization": ""})).status_code == 401


async def test_a_job_is_followed_until_it_ends(running: Running, caller: httpx.AsyncClient) -> None:
    job = await start_job(running)
    ask = {"query": PROGRESS, "variables": {"id": to_public(Prefix.JOB, job)}}
    told: list[tuple[str, object]] = []
    async with caller.stream("POST", "/graphql", json=ask) as answer, aclosing(events(answer)) as heard:
        async for event in heard:
            told.append(event)
            if len(told) == 1:
                async with running.server.app.house.db.transaction() as tx:
                    await ledger.cancel_job(tx, job, principal=OPERATOR, now=datetime.now(UTC))
    assert [name for name, _ in told] == ["next", "next", "complete"]
    states = [data["data"]["jobProgress"]["status"] for _, data in told[:2]]  # type: ignore[index]
    assert states == ["QUEUED", "CANCELLED"]


async def test_silence_is_broken_now_and_then(
    running: Running, caller: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "_HEARTBEAT", 0.05)
    ask = {"query": PROGRESS, "variables": {"id": to_public(Prefix.JOB, await start_job(running))}}
    async with caller.stream("POST", "/graphql", json=ask) as answer, aclosing(events(answer)) as heard:
        names = [(await anext(heard))[0]]
        while names.count("") < 2 or "next" not in names:  # which of them is first depends on the machine
            names.append((await anext(heard))[0])
    assert (set(names), names.count("next")) == ({"next", ""}, 1)


async def test_a_client_that_goes_leaves_nothing_running(running: Running, caller: httpx.AsyncClient) -> None:
    ask = {"query": PROGRESS, "variables": {"id": to_public(Prefix.JOB, await start_job(running))}}
    before = len(asyncio.all_tasks())
    async with caller.stream("POST", "/graphql", json=ask) as answer, aclosing(events(answer)) as heard:
        await anext(heard)
        assert len(asyncio.all_tasks()) > before
    async with asyncio.timeout(PATIENCE):
        while len(asyncio.all_tasks()) > before:  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def test_a_revoked_key_ends_its_stream_within_five_seconds(
    running: Running, caller: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = hasten(running, monkeypatch)
    ask = {"query": PROGRESS, "variables": {"id": to_public(Prefix.JOB, await start_job(running))}}
    async with caller.stream("POST", "/graphql", json=ask) as answer, aclosing(events(answer)) as heard:
        await anext(heard)
        async with running.server.app.house.db.transaction() as tx:
            [key] = await access.list_keys(tx)
            await access.revoke_key(tx, key.key_id, now=datetime.now(UTC))
        later()
        async with asyncio.timeout(PATIENCE):
            told = [event async for event in heard]
    assert [name for name, _ in told] == ["next", "complete"]
    assert told[0][1]["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"  # type: ignore[index]


async def test_a_process_that_leaves_says_when_to_come_again(running: Running, caller: httpx.AsyncClient) -> None:
    ask = {"query": PROGRESS, "variables": {"id": to_public(Prefix.JOB, await start_job(running))}}
    async with caller.stream("POST", "/graphql", json=ask) as answer, aclosing(events(answer)) as heard:
        await anext(heard)
        running.server.should_exit = True
        told = [event async for event in heard]
    assert told == [("retry", None)]
