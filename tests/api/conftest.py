"""A whole web process for tests: in this process behind httpx, or listening on a port of its own."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx
import pytest

from api import watch
from api.app import App, create_app
from api.auth import VALID
from api.serving import Server
from domain import access
from domain.deployment import Deployment, Secret
from domain.vocabulary import Role
from tests.support.uploads import Hand, hand

SECRET = Secret(b"the secret of tests, 32 bytes !!")


@pytest.fixture
def deployment(database_url: str, redis_url: str) -> Deployment:
    return Deployment(database_url, redis_url, SECRET, ("https://shop.example",))


@pytest.fixture
async def app(deployment: Deployment) -> AsyncIterator[App]:
    """The application, open: its database is migrated and empty."""
    app = create_app(deployment, pool=4)
    async with app.opened():
        yield app


MakeKey = Callable[..., Awaitable[access.NewKey]]


@pytest.fixture
def make_key(app: App) -> MakeKey:
    """Makes a key: `await make_key(Role.ANALYST)`."""

    async def make(role: Role = Role.ADMIN, *, name: str = "Test", source: str | None = None) -> access.NewKey:
        source = source or ("shop" if role is Role.PARTNER else None)
        async with app.house.db.transaction() as tx:
            return await access.create_key(tx, access.KeyRequest(name, role, source), now=datetime.now(UTC))

    return make


def bearer(key: access.NewKey) -> dict[str, str]:
    return {"authorization": f"Bearer {key.token}"}


@pytest.fixture
async def stranger(app: App) -> AsyncIterator[httpx.AsyncClient]:
    """A client without a key."""
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://rapport") as client:
        client.headers.pop("accept")
        yield client


@pytest.fixture
async def client(stranger: httpx.AsyncClient, make_key: MakeKey) -> httpx.AsyncClient:
    """A client with an admin's key."""
    stranger.headers.update(bearer(await make_key()))
    return stranger


@pytest.fixture
async def worker(app: App) -> AsyncIterator[Hand]:
    """Carries out imports when it is asked to."""
    async with hand(app.house.db, app.house.deployment) as one:
        yield one


@dataclass(frozen=True, slots=True)
class Running:
    """A web process that listens."""

    server: Server
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def socket_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/graphql"


@pytest.fixture
async def running(deployment: Deployment) -> AsyncIterator[Running]:
    """The same process behind a real port."""
    server = Server(create_app(deployment, pool=4), host="127.0.0.1", port=0, linger=0.0)
    for feed in (server.app.house.feed, server.app.house.changes):
        feed._every = 0.05  # nobody is asked for patience
    serving = asyncio.create_task(server.serve())
    while not server.started:
        if serving.done():
            serving.result()
        await asyncio.sleep(0.01)
    yield Running(server, server.servers[0].sockets[0].getsockname()[1])
    server.should_exit = True
    await serving


def hasten(running: Running, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Whoever is open is looked at all the time; what this gives makes it as late as VALID after every key was read.

    That is how long a key may be believed, and the look that finds it locked out comes within LOOKS_EVERY.
    """
    assert VALID + watch.LOOKS_EVERY <= 5
    monkeypatch.setattr(watch, "LOOKS_EVERY", 0.02)
    ring = running.server.app.house.ring
    return lambda: monkeypatch.setattr(ring, "_clock", lambda: time.monotonic() + VALID)


async def key_for(running: Running, role: Role = Role.ADMIN) -> access.NewKey:
    source = "shop" if role is Role.PARTNER else None
    async with running.server.app.house.db.transaction() as tx:
        return await access.create_key(tx, access.KeyRequest("Test", role, source), now=datetime.now(UTC))


def lines_of(captured: str, event: str) -> list[dict[str, object]]:
    """The log lines of one kind."""
    lines = [json.loads(line) for line in captured.splitlines() if line.startswith("{")]
    return [line for line in lines if line["event"] == event]
