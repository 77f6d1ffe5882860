"""graphql-transport-ws on a real port: the protocol's messages, its codes, and what ends a socket from our side."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from uuid import UUID

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, ConnectionClosedError, InvalidStatus
from websockets.typing import Origin, Subprotocol

from api import logs, socket
from api.auth import KeyRing
from domain import access, ledger
from domain.access import OPERATOR
from domain.ids import Prefix, to_public
from domain.vocabulary import JobKind, Role
from tests.api.conftest import Running, hasten, key_for, lines_of
from tests.support.waiting import PATIENCE, eventually

PROTOCOL = Subprotocol("graphql-transport-ws")
PROGRESS = "subscription Follow($id: ID!) { jobProgress(id: $id) { id status } }"


class Talk:
    """A client's side of a socket."""

    def __init__(self, wire: ClientConnection) -> None:
        self.wire = wire

    async def say(self, type_: str, **more: object) -> None:
        await self.wire.send(json.dumps({"type": type_, **more}))

    async def hear(self) -> dict[str, object]:
        async with asyncio.timeout(PATIENCE):
            heard: dict[str, object] = json.loads(await self.wire.recv())
        return heard

    async def closed(self) -> tuple[int, str]:
        """The code and reason with which the other side closes, whatever it says before."""
        async with asyncio.timeout(PATIENCE):
            with suppress(ConnectionClosedError):
                async for _ in self.wire:
                    pass
            await self.wire.wait_closed()
        assert self.wire.close_code is not None
        return self.wire.close_code, self.wire.close_reason or ""

    async def begin(self, token: str) -> None:
        await self.say("connection_init", payload={"Authorization": f"Bearer {token}"})
        assert await self.hear() == {"type": "connection_ack"}

    async def ask(self, id_: str, query: str, **variables: object) -> None:
        await self.say("subscribe", id=id_, payload={"query": query, "variables": variables})


@asynccontextmanager
async def talk(running: Running, *, key: str | None = None) -> AsyncIterator[Talk]:
    async with connect(running.socket_url, subprotocols=[PROTOCOL]) as wire:
        one = Talk(wire)
        if key is not None:
            await one.begin(key)
        yield one


@pytest.fixture
async def token(running: Running) -> str:
    return (await key_for(running)).token


async def start_job(running: Running) -> UUID:
    async with running.server.app.house.db.transaction() as tx:
        return await ledger.start_job(tx, JobKind.SCORE_CUSTOMERS, {}, principal=OPERATOR, now=datetime.now(UTC))


async def cancel_job(running: Running, job: UUID) -> None:
    async with running.server.app.house.db.transaction() as tx:
        await ledger.cancel_job(tx, job, principal=OPERATOR, now=datetime.now(UTC))


async def test_a_question_is_answered_and_complete(running: Running, token: str) -> None:
    async with talk(running, key=token) as one:
        await one.ask("1", "{ viewer { role } }")
        answer = await one.hear()
        assert (answer["id"], answer["type"]) == ("1", "next")
        assert answer["payload"]["data"] == {"viewer": {"role": "ADMIN"}}  # type: ignore[index]
        assert await one.hear() == {"id": "1", "type": "complete"}


async def test_a_job_is_followed_until_it_ends(running: Running, token: str) -> None:
    job = await start_job(running)
    async with talk(running, key=token) as one:
        await one.ask("job", PROGRESS, id=to_public(Prefix.JOB, job))
        states = [await one.hear()]
        await cancel_job(running, job)
        while states[-1]["type"] == "next":
            states.append(await one.hear())
    told = [state["payload"]["data"]["jobProgress"]["status"] for state in states[:-1]]  # type: ignore[index]
    assert told == ["QUEUED", "CANCELLED"]
    assert states[-1] == {"id": "job", "type": "complete"}


async def test_what_the_client_completes_is_heard_of_no_more(running: Running, token: str) -> None:
    job = await start_job(running)
    async with talk(running, key=token) as one:
        await one.ask("a", PROGRESS, id=to_public(Prefix.JOB, job))
        await one.hear()
        await one.say("complete", id="a")
        await one.ask("b", "{ __typename }")
        assert [(await one.hear())["id"], (await one.hear())["id"]] == ["b", "b"]
        await cancel_job(running, job)
        await one.ask("a", "{ __typename }")
        assert [(await one.hear())["type"], (await one.hear())["type"]] == ["next", "complete"]


async def test_what_is_wrong_with_one_operation_is_told_to_it_alone(running: Running, token: str) -> None:
    async with talk(running, key=token) as one:
        for id_, query in (("parse", "{"), ("unknown", "{ nowhere }"), ("gone", PROGRESS)):
            await one.ask(id_, query, **({"id": "job_" + "0" * 32} if id_ == "gone" else {}))
            wrong = await one.hear()
            assert wrong["id"] == id_
            errors = wrong["payload"] if wrong["type"] == "error" else wrong["payload"]["errors"]  # type: ignore[index]
            assert errors[0]["extensions"]["requestId"]  # type: ignore[index]
            if wrong["type"] == "next":
                assert await one.hear() == {"id": id_, "type": "complete"}
        await one.ask("well", "{ __typename }")
        assert (await one.hear())["id"] == "well"


async def test_ping_is_answered_even_before_the_key(running: Running) -> None:
    async with talk(running) as one:
        await one.say("ping")
        assert await one.hear() == {"type": "pong"}
        await one.say("pong")
        await one.say("ping", payload={"any": 1})
        assert await one.hear() == {"type": "pong"}


async def test_another_protocol_is_not_spoken(running: Running) -> None:
    for offered in ([Subprotocol("graphql-ws")], None):
        async with connect(running.socket_url, subprotocols=offered) as wire:
            assert (await Talk(wire).closed())[0] == 4406


@pytest.mark.parametrize("payload", [None, {}, {"Authorization": "Bearer rap_" + "0" * 96}, {"authorization": 7}, []])
async def test_without_a_key_that_opens_it_is_forbidden(running: Running, payload: object) -> None:
    async with talk(running) as one:
        await one.say("connection_init", payload=payload)
        assert (await one.closed())[0] == 4403


async def test_to_ask_before_the_key_is_unauthorized(running: Running) -> None:
    async with talk(running) as one:
        await one.ask("1", "{ __typename }")
        assert await one.closed() == (4401, "Unauthorized")


async def test_a_second_key_is_too_many(running: Running, token: str) -> None:
    async with talk(running, key=token) as one:
        await one.say("connection_init")
        assert (await one.closed())[0] == 4429


async def test_an_id_that_is_in_use_is_refused(running: Running, token: str) -> None:
    job = await start_job(running)
    async with talk(running, key=token) as one:
        await one.ask("same", PROGRESS, id=to_public(Prefix.JOB, job))
        await one.ask("same", PROGRESS, id=to_public(Prefix.JOB, job))
        assert await one.closed() == (4409, "Subscriber for same already exists")


@pytest.mark.parametrize(
    "message",
    [
        "not JSON",
        "[]",
        '{"type": "unknown"}',
        '{"id": "1"}',
        '{"type": "subscribe", "id": 1, "payload": {"query": "{ __typename }"}}',
        '{"type": "subscribe", "id": "", "payload": {"query": "{ __typename }"}}',
        '{"type": "subscribe", "id": "1"}',
        '{"type": "subscribe", "id": "1", "payload": {"query": 7}}',
        '{"type": "ping", "type": "ping"}',
        b"\x00\x01",
    ],
)
async def test_what_is_no_message_closes_the_socket(running: Running, token: str, message: str | bytes) -> None:
    async with talk(running, key=token) as one:
        await one.wire.send(message)
        assert (await one.closed())[0] == 4400


async def test_a_message_beyond_the_limit_closes_the_socket(running: Running, token: str) -> None:
    async with talk(running, key=token) as one:
        await one.ask("1", "#" * (1 << 20))
        assert (await one.closed())[0] == 1009


async def test_who_says_nothing_is_not_waited_for(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "INIT_WITHIN", 0.2)
    async with talk(running) as one:
        with suppress(ConnectionClosed):  # on a slow machine the time is over before
            await one.say("ping")
        assert await one.closed() == (4408, "Connection initialisation timeout")


async def test_no_more_operations_run_at_once_than_may(
    running: Running, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "MOST_OPERATIONS", 2)
    job = to_public(Prefix.JOB, await start_job(running))
    async with talk(running, key=token) as one:
        for id_ in ("a", "b", "c"):
            await one.ask(id_, PROGRESS, id=job)
        heard = {(message["id"], message["type"]) for message in [await one.hear() for _ in range(3)]}
        assert heard == {("a", "next"), ("b", "next"), ("c", "error")}


async def test_a_revoked_key_closes_its_socket_within_five_seconds(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = hasten(running, monkeypatch)
    key = await key_for(running, Role.ANALYST)
    job = await start_job(running)
    async with talk(running, key=key.token) as one:
        await one.ask("a", PROGRESS, id=to_public(Prefix.JOB, job))
        await one.hear()
        async with running.server.app.house.db.transaction() as tx:
            await access.revoke_key(tx, key.key.key_id, now=datetime.now(UTC))
        later()
        assert (await one.closed())[0] == 4401


async def test_pages_of_other_origins_get_no_socket(running: Running, token: str) -> None:
    own = f"http://127.0.0.1:{running.port}"
    for origin in (own, "https://shop.example"):
        async with connect(running.socket_url, subprotocols=[PROTOCOL], origin=Origin(origin)) as wire:
            await Talk(wire).begin(token)
    with pytest.raises(InvalidStatus) as refused:
        async with connect(running.socket_url, subprotocols=[PROTOCOL], origin=Origin("https://evil.example")):
            pass
    assert refused.value.response.status_code == 403


async def test_no_other_path_has_a_socket(running: Running) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with connect(running.socket_url + "/other", subprotocols=[PROTOCOL]):
            pass
    assert refused.value.response.status_code == 403


async def test_a_process_that_leaves_closes_its_sockets_with_a_hint(running: Running, token: str) -> None:
    job = await start_job(running)
    async with talk(running, key=token) as one, talk(running) as silent:
        await one.ask("a", PROGRESS, id=to_public(Prefix.JOB, job))
        await one.hear()
        running.server.should_exit = True
        assert await one.closed() == (1012, "Service restart: connect again")
        assert (await silent.closed())[0] == 1012


async def test_where_nobody_can_say_whether_the_key_opens_the_socket_ends_for_now(
    running: Running, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> None:
        raise ConnectionRefusedError

    hasten(running, monkeypatch)
    async with talk(running, key=token) as one, talk(running) as other:
        monkeypatch.setattr(KeyRing, "ask", away)
        await other.say("connection_init", payload={"Authorization": f"Bearer {token}"})
        assert await other.closed() == (1013, "Try again later")
        assert await one.closed() == (1013, "Try again later")


async def test_the_log_tells_of_sockets_without_what_was_said(
    running: Running, token: str, capfd: pytest.CaptureFixture[str]
) -> None:
    async with talk(running, key=token) as one:
        await one.ask("anna", 'query Who { __type(name: "Berta") { name } }')
        await one.hear()
        await one.hear()
    assert await eventually(lambda: not running.server.app.house.sockets)  # it logs last of all
    logs.flush()
    written = capfd.readouterr().err
    [request] = [line for line in lines_of(written, "request") if line["door"] == "socket"]
    assert (request["operation"], request["role"]) == ("Who", "ADMIN")
    assert lines_of(written, "socket_closed")
    for said in ("anna", "Berta", token, "Bearer"):
        assert said not in written
