"""A web process on its port: who is slow or sends too much is cut off, and how it starts and leaves."""

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime

import asyncpg
import httpx
import pytest

from api.app import create_app
from api.serving import Server
from api.wire import LARGEST_HEAD, Wire
from domain import access
from domain.database import Database
from domain.deployment import Deployment, Misconfigured, Secret
from domain.vocabulary import Role
from tests.api.conftest import SECRET, Running, bearer, key_for
from tests.support.waiting import PATIENCE, WAITING, eventually

SERVE = (
    "import os; from api.serving import serve; from domain.deployment import Deployment;"
    "serve(Deployment.from_environment(os.environ), port=0, linger=float(os.environ['LINGER']))"
)
LIVE = b"GET /livez HTTP/1.1\r\nhost: x\r\n\r\n"
ASK = {"query": "{ viewer { role } }"}


async def exchange(port: int, *parts: bytes, pause: float = 0.0) -> bytes:
    """Everything that comes back until the other side closes, which it may do while we still send."""
    loop = asyncio.get_running_loop()
    with socket.create_connection(("127.0.0.1", port)) as line:
        line.setblocking(False)
        with suppress(ConnectionError):
            for part in parts:
                await loop.sock_sendall(line, part)
                await asyncio.sleep(pause)
        told = b""
        with suppress(ConnectionError):
            async with asyncio.timeout(PATIENCE):
                while part := await loop.sock_recv(line, 65536):
                    told += part
    return told


async def test_slow_headers_are_cut(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Wire, "within", 0.2)
    assert (await exchange(running.port, b"GET /livez HTTP/1.1\r\nhost: x\r\n")).startswith(b"HTTP/1.1 408 ")
    assert (await exchange(running.port, b"")).startswith(b"HTTP/1.1 408 ")
    drops = [b"GET /livez HTTP/1.1\r\n", *(b"x-%d: 1\r\n" % number for number in range(5))]
    assert (await exchange(running.port, *drops, pause=0.1)).startswith(b"HTTP/1.1 408 ")


async def test_a_slow_body_is_cut(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    key = await key_for(running)
    monkeypatch.setattr(Wire, "within", 0.2)
    head = b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n"
    head += b"authorization: Bearer %b\r\n\r\n" % key.token.encode()
    assert (await exchange(running.port, head, b'{"query')).startswith(b"HTTP/1.1 408 ")


async def test_who_is_slow_on_a_connection_in_use_is_cut_too(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Wire, "within", 0.2)
    told = await exchange(running.port, b"GET /livez HTTP/1.1\r\nhost: x\r\n\r\n", b"GET /livez HT", pause=0.05)
    assert told.startswith(b"HTTP/1.1 200 ")
    assert b"HTTP/1.1 408 " in told


async def test_a_quiet_connection_is_kept(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Wire, "within", 0.1)
    with connected(running.port, LIVE) as line:
        await stays_after(running, 1)
        line.send(LIVE)
        await stays_after(running, 2)
        told = line.recv(65536)
    assert (told.count(b"HTTP/1.1 200"), told.count(b"HTTP/1.1")) == (2, 2)


async def stays_after(running: Running, requests: int) -> None:
    assert await eventually(lambda: running.server.server_state.total_requests == requests)
    await asyncio.sleep(0.3)
    assert len(running.server.server_state.connections) == 1


async def test_headers_beyond_the_limit_are_cut(running: Running) -> None:
    parts = [b"GET /livez HTTP/1.1\r\n", *(b"x: " + b"a" * 8000 + b"\r\n" for _ in range(LARGEST_HEAD // 8000 + 2))]
    assert (await exchange(running.port, *parts, pause=0.01)).startswith(b"HTTP/1.1 431 ")


async def test_a_start_with_another_secret_is_refused(deployment: Deployment) -> None:
    async with create_app(deployment).opened():
        pass
    other = create_app(replace(deployment, secret=Secret(b"another secret of just 32 bytes!")))
    with pytest.raises(Misconfigured, match="RAPPORT_SECRET"):
        await Server(other, host="127.0.0.1", port=0, linger=0).serve()


@asynccontextmanager
async def process(
    deployment: Deployment, *, linger: float = 0.0
) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """A real process that serves, and its address."""
    environment = os.environ | {"LINGER": str(linger), "RAPPORT_SECRET": SECRET.value.hex()}
    environment |= {"DATABASE_URL": deployment.database_url, "REDIS_URL": deployment.redis_url}
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", SERVE, env=environment, stderr=asyncio.subprocess.PIPE
    )
    try:
        async with asyncio.timeout(60):
            port = await _port(child)
        yield child, f"http://127.0.0.1:{port}"
    finally:
        if child.returncode is None:
            child.kill()
        await child.communicate()


async def _port(child: asyncio.subprocess.Process) -> int:
    """By its own word: a port that is looked for beforehand may be somebody else's when it begins."""
    said = b""
    assert child.stderr is not None
    async for line in child.stderr:
        said += line
        if b'"event":"listening"' in line:
            return int(json.loads(line)["port"])
    raise AssertionError(f"it ended before it listened:\n{said.decode()}")


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.proof
async def test_told_to_stop_it_ends_what_is_under_way_and_goes(deployment: Deployment, sign: signal.Signals) -> None:
    db = Database(deployment.database_url)
    async with db.transaction() as tx:
        key = await access.create_key(tx, access.KeyRequest("Test", Role.ADMIN), now=datetime.now(UTC))
    holder = await asyncpg.connect(deployment.database_url)
    async with process(deployment) as (child, url), httpx.AsyncClient(timeout=PATIENCE) as client:
        await holder.execute("BEGIN; LOCK TABLE api_key IN ACCESS EXCLUSIVE MODE")
        asked = asyncio.create_task(client.post(f"{url}/graphql", json=ASK, headers=bearer(key)))
        async with asyncio.timeout(PATIENCE), db.connection() as looking:
            while not await looking.fetchval(WAITING):  # noqa: ASYNC110 (what is waited for sets no event)
                await asyncio.sleep(0.02)
            child.send_signal(sign)
            while await _listens(url):  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        assert not asked.done()
        await holder.execute("COMMIT")
        answer = await asked
        async with asyncio.timeout(PATIENCE):
            assert await child.wait() == 0
    assert answer.json()["data"] == {"viewer": {"role": "ADMIN"}}
    await holder.close()
    await db.close()


async def _listens(url: str) -> bool:
    """Asks nothing: who connects in the moment of closing may be turned away, and that is no answer to us."""
    at = httpx.URL(url)
    try:
        _, line = await asyncio.open_connection(at.host, at.port)
    except ConnectionError:
        return False
    line.close()
    return True


@pytest.mark.proof
async def test_while_it_lingers_it_answers_but_is_not_ready(deployment: Deployment) -> None:
    async with process(deployment, linger=600.0) as (child, url), httpx.AsyncClient(timeout=PATIENCE) as client:
        async with asyncio.timeout(PATIENCE):
            while (await client.get(f"{url}/readyz")).status_code != 200:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        child.send_signal(signal.SIGTERM)
        async with asyncio.timeout(PATIENCE):
            while not (ready := await client.get(f"{url}/readyz")).json()["leaving"]:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        assert (ready.status_code, ready.headers["connection"]) == (503, "close")
        refused = await client.post(f"{url}/graphql", json=ASK)
        assert (refused.status_code, refused.headers["connection"]) == (401, "close")
        child.send_signal(signal.SIGINT)  # a second sign ends its patience
        async with asyncio.timeout(PATIENCE):
            assert await child.wait() == 0


def connected(port: int, words: bytes = b"") -> socket.socket:
    """A connection that the kernel made: the server, on this very loop, has not heard of it."""
    line = socket.create_connection(("127.0.0.1", port))
    line.sendall(words)
    line.setblocking(False)
    return line


async def answer_on(line: socket.socket) -> bytes:
    """Everything until the other side closes."""
    told = b""
    with line:
        async with asyncio.timeout(PATIENCE):
            while part := await asyncio.get_running_loop().sock_recv(line, 65536):
                told += part
    return told


async def test_who_waits_at_the_door_when_it_closes_is_answered(running: Running) -> None:
    lines = [connected(running.port, LIVE) for _ in range(20)]
    await running.server.shutdown()  # it comes as far as closing before the loop could look who waits
    answers = [await answer_on(line) for line in lines]
    assert [(answer[:12], b"connection: close" in answer) for answer in answers] == [(b"HTTP/1.1 200", True)] * 20
    with pytest.raises(ConnectionRefusedError):
        connected(running.port)


async def test_who_just_connected_has_a_moment_for_a_request(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """The moment of one of them is short: when it is over the server has long been leaving."""
    monkeypatch.setattr(Wire, "silent", 600.0)
    slow, late, silent = connected(running.port, LIVE[:9]), connected(running.port), connected(running.port)
    assert await eventually(lambda: len(running.server.server_state.connections) == 3)
    [wire] = [one for one in running.server.server_state.connections if _is_of(one, silent)]
    wire.silent = 0.1  # type: ignore[union-attr]
    going = asyncio.create_task(running.server.shutdown())
    assert await answer_on(silent) == b""
    late.send(LIVE)
    assert b"connection: close" in await answer_on(late)
    slow.send(LIVE[9:])
    assert (await answer_on(slow)).startswith(b"HTTP/1.1 200 ")
    await going


def _is_of(connection: object, line: socket.socket) -> bool:
    return isinstance(connection, Wire) and connection.client == line.getsockname()


async def test_a_connection_between_requests_is_closed_at_once(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Wire, "silent", 60.0)
    line = connected(running.port, LIVE)
    assert await eventually(lambda: running.server.server_state.total_requests == 1)
    going = asyncio.create_task(running.server.shutdown())
    assert b"connection: close" not in await answer_on(line)
    async with asyncio.timeout(PATIENCE):
        await going
