"""The application: which door a request goes to, and what is opened at the start and closed at the end."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Final

from starlette.applications import Starlette

from api import explorer, logs
from api.answers import GUARDS, Receive, Scope, Send
from api.auth import KeyRing
from api.graphql import GraphQL
from api.health import Health
from api.house import House
from api.socket import serve_socket
from api.transfer import Transfer
from domain import access
from domain.database import Database
from domain.deployment import Deployment
from jobs.wake import Waker

_KEEP_EVERY: Final = 5.0
_WRITE_EVERY: Final = 0.25
POOL: Final = 10


class App:
    """One web process: `/graphql` and the health are answered at once, everything else by Starlette's router."""

    def __init__(self, house: House, waker: Waker) -> None:
        self.house, self.waker = house, waker
        self.graphql, self.health, self.transfer = GraphQL(house), Health(house), Transfer(house)
        self.others = Starlette(routes=explorer.routes(), lifespan=lambda _: self.opened())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        kind, path = scope["type"], scope.get("path")
        if kind == "http" and path == "/graphql":
            await self.graphql(scope, receive, send)
        elif kind == "websocket":
            await self._socket(path, scope, receive, send)
        elif kind == "http" and path is not None and path.startswith(("/imports/", "/exports/")):
            await self.transfer(scope, receive, send)
        elif kind == "http" and path in ("/livez", "/readyz") and scope["method"] in ("GET", "HEAD"):
            await (self.health.live if path == "/livez" else self.health.ready)(send)
        else:
            await self.others(scope, receive, _guarded(send))

    async def _socket(self, path: str | None, scope: Scope, receive: Receive, send: Send) -> None:
        if path == "/graphql":
            await serve_socket(self.house, scope, receive, send)
        else:
            await receive()
            await send({"type": "websocket.close"})

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """The time in which the application serves. Raises Misconfigured where the secret is not the database's."""
        house = self.house
        async with house.db.transaction() as tx:
            await access.settle_secret(tx, house.deployment.secret, now=datetime.now(UTC))
        await house.read_settings()
        keeping = asyncio.create_task(_keep(house)), asyncio.create_task(_keep_writing())
        try:
            yield
        finally:
            for task in keeping:
                task.cancel()
            await asyncio.gather(*keeping, return_exceptions=True)
            with suppress(Exception):  # the database may be what made us stop
                await house.ring.note_use()
            await self.waker.close()
            await self.transfer.close()
            await house.db.close()
            logs.flush()


async def _keep(house: House) -> None:
    """What is done beside the requests: settings are read anew, and the use of keys is noted."""
    while True:
        await asyncio.sleep(_KEEP_EVERY)
        try:
            await house.read_settings()
            await house.ring.note_use()
        except Exception as error:
            logs.trouble("upkeep_failed", error)


async def _keep_writing() -> None:
    while True:
        await asyncio.sleep(_WRITE_EVERY)
        logs.flush()


def _guarded(send: Send) -> Send:
    """Adds the guarding headers that an answer does not set itself."""

    async def guarded(message: dict[str, object]) -> None:
        if message["type"] == "http.response.start":
            headers: list[tuple[bytes, bytes]] = list(message.get("headers", []))  # type: ignore[call-overload]
            said = {name.lower() for name, _ in headers}
            message = message | {"headers": headers + [one for one in GUARDS if one[0] not in said]}
        await send(message)

    return guarded  # type: ignore[return-value]


def create_app(deployment: Deployment, *, pool: int = POOL) -> App:
    """The ASGI application of a deployment; nothing is opened before its lifespan begins."""
    db = Database(deployment.database_url, size=pool)
    waker = Waker(deployment.redis_url)
    return App(House(deployment, db, KeyRing(db), waker.wake), waker)


def factory() -> App:
    """For `uvicorn --factory api.app:factory`: everything from the environment."""
    return create_app(Deployment.from_environment(os.environ))
