"""Operations over a WebSocket: the graphql-transport-ws protocol and no other.

The key comes in `connection_init`, as the Authorization header would say it. Whatever a client does wrong closes the
socket with the protocol's own code; whatever is wrong with one operation is told to that operation alone.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Final

import orjson

from api import logs, requests, strict
from api.answers import Receive, Refusal, Scope, Send, unauthenticated
from api.asking import Asking
from api.auth import credential
from api.house import House, new_request_id, now_utc
from api.watch import Ending, first_to_end, until_ended
from domain.access import Presented, Principal
from domain.ids import Prefix, to_public
from schema.execution import Answer

PROTOCOL: Final = "graphql-transport-ws"
INIT_WITHIN: Final = 10.0
MOST_OPERATIONS: Final = 100
_FINISH_WITHIN: Final = 10.0
_RESTART: Final = 1012


class Over(Exception):
    """The socket is to be closed, with this code and reason."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason


_LATER: Final = Over(1013, "Try again later")


class Socket:
    """One connection and the operations that run on it."""

    def __init__(self, house: House, scope: Scope, receive: Receive, send: Send) -> None:
        self.house, self.scope, self._receive, self._send = house, scope, receive, send
        self.initialising = False
        self.principal: Principal | None = None
        self.presented: Presented | None = None
        self.running: dict[str, asyncio.Task[None]] = {}
        self.ending: set[asyncio.Task[None]] = set()
        self.client = f"socket {new_request_id()}"
        """Each socket is a program of its own."""
        self.single: set[str] = set()
        self.acknowledged = asyncio.Event()

    async def run(self) -> None:
        """From the handshake to the close."""
        await self._receive()
        headers: dict[bytes, bytes] = dict(self.scope["headers"])
        if not self.house.lets_in(headers.get(b"origin"), headers.get(b"host")):
            await self._send({"type": "websocket.close", "code": 4403})
            return
        offered = PROTOCOL in self.scope["subprotocols"]
        await self._send({"type": "websocket.accept", "subprotocol": PROTOCOL if offered else None})
        over = await self._talk() if offered else Over(4406, "Subprotocol not acceptable")
        self._log(over)
        if over is not None:
            await self._send({"type": "websocket.close", "code": over.code, "reason": over.reason[:120]})

    async def _talk(self) -> Over | None:
        """Listens until the socket is over; None where the client closed it."""
        listening = asyncio.create_task(self._listen())
        watching = asyncio.create_task(self._watch())
        try:
            await first_to_end(listening, watching)
            done = watching if listening.cancelled() else listening
            return done.result()
        except Over as over:
            return over
        except Exception as error:
            logs.trouble("unexpected", error, door="socket")
            return Over(4500, "Internal server error")
        finally:
            left = [*self.running.values(), *self.ending]
            for task in left:
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)

    async def _watch(self) -> Over:
        """Whatever ends the socket from our side."""
        try:
            async with asyncio.timeout(INIT_WITHIN):
                await self._acknowledged_or_leaving()
        except TimeoutError:
            return Over(4408, "Connection initialisation timeout")
        ending = await until_ended(self.house, self.presented) if self.presented else Ending.LEAVING
        if ending is Ending.LOCKED_OUT:
            return Over(4401, "Unauthorized: the key was revoked or expired")
        if ending is Ending.UNSURE:
            return _LATER
        single = [self.running[key] for key in self.single]
        if single:
            await asyncio.wait(single, timeout=_FINISH_WITHIN)
        return Over(_RESTART, "Service restart: connect again")

    async def _acknowledged_or_leaving(self) -> None:
        waiting = (self.acknowledged.wait(), self.house.leaving.wait())
        tasks = [asyncio.ensure_future(one) for one in waiting]
        await first_to_end(*tasks)

    async def _listen(self) -> None:
        while (event := await self._receive())["type"] == "websocket.receive":
            await self._hear(_message(event.get("text")))

    async def _hear(self, message: dict[str, object]) -> None:
        match message:
            case {"type": "connection_init"}:
                await self._initialise(message.get("payload"))
            case {"type": "ping"}:
                await self._say({"type": "pong"})
            case {"type": "pong"}:
                pass
            case {"type": "subscribe", "id": str(key), "payload": payload} if key:
                await self._subscribe(key, payload)
            case {"type": "complete", "id": str(key)}:
                self._complete(key)
            case _:
                raise Over(4400, "Invalid message received")

    async def _initialise(self, payload: object) -> None:
        if self.initialising:
            raise Over(4429, "Too many initialisation requests")
        self.initialising = True
        said = payload if isinstance(payload, dict) else {}
        shown = next((value for name, value in said.items() if name.lower() == "authorization"), None)
        presented = credential(shown.encode()) if isinstance(shown, str) else None
        try:
            principal = await self.house.ring.ask(presented, now_utc()) if presented else None
        except Exception:  # the database is away: whether the key opens cannot be found out
            raise _LATER from None
        if principal is None:
            raise Over(4403, "Forbidden: connection_init must bring a key as Authorization: Bearer rap_…")
        self.presented, self.principal = presented, principal
        self.acknowledged.set()
        await self._say({"type": "connection_ack"})

    async def _subscribe(self, key: str, payload: object) -> None:
        if not self.acknowledged.is_set():
            raise Over(4401, "Unauthorized")
        if key in self.running:
            raise Over(4409, f"Subscriber for {key} already exists")
        asking = Asking(self.house, "socket", client=self.client)
        if len(self.running) + len(self.ending) >= MOST_OPERATIONS:
            refused = Refusal(400, "LIMIT_EXCEEDED", f"No more than {MOST_OPERATIONS} operations run on one socket.")
            return await self._refuse(key, refused.body(asking.request_id))
        try:
            parameters = requests.from_message(payload)
        except Refusal as refusal:
            raise Over(4400, refusal.message) from None
        task = self.running[key] = asyncio.create_task(self._operate(key, asking, parameters))
        task.add_done_callback(lambda ended: self._end(key, ended))
        return None

    def _complete(self, key: str) -> None:
        """The client may use the id again at once, though what ran under it takes a moment to end."""
        if (task := self.running.pop(key, None)) is not None:
            self.single.discard(key)
            self.ending.add(task)
            task.cancel()

    def _end(self, key: str, task: asyncio.Task[None]) -> None:
        self.ending.discard(task)
        if self.running.get(key) is task:
            del self.running[key]
            self.single.discard(key)

    async def _operate(self, key: str, asking: Asking, parameters: requests.Parameters) -> None:
        """One operation, from its message to its end."""
        try:
            if await asking.let_in(self.presented):
                await self._answer(key, await self._open(key, asking, parameters))
            else:
                await self._refuse(key, unauthenticated(shown=True).body(asking.request_id))
        except Exception as error:
            asking.answer = asking.failed(error)
            with suppress(OSError):
                await self._refuse(key, asking.answer.body)
        finally:
            asking.log(200)

    async def _open(self, key: str, asking: Asking, parameters: requests.Parameters) -> Answer | AsyncIterator[Answer]:
        prepared = asking.prepare(parameters)
        if prepared is None:
            assert asking.answer is not None
            return asking.answer
        if prepared.goes_on:
            return await asking.subscribe(prepared, parameters.variables)
        self.single.add(key)
        return await asking.execute(prepared, parameters.variables)

    async def _answer(self, key: str, opened: Answer | AsyncIterator[Answer]) -> None:
        if isinstance(opened, Answer) and not opened.executed:
            return await self._refuse(key, opened.body)
        async for answer in _all(opened):
            await self._splice(key, answer.body)
        return await self._say({"id": key, "type": "complete"})

    async def _refuse(self, key: str, body: bytes) -> None:
        await self._say({"id": key, "type": "error", "payload": orjson.loads(body)["errors"]})

    async def _splice(self, key: str, body: bytes) -> None:
        text = b'{"id":%b,"type":"next","payload":%b}' % (orjson.dumps(key), body)
        await self._send({"type": "websocket.send", "text": text.decode()})

    async def _say(self, message: dict[str, object]) -> None:
        await self._send({"type": "websocket.send", "text": orjson.dumps(message).decode()})

    def _log(self, over: Over | None) -> None:
        principal = self.principal
        key = principal.key_id and to_public(Prefix.API_KEY, principal.key_id) if principal else None
        logs.event("socket_closed", role=principal and principal.role, key=key, code=over.code if over else 1000)


async def serve_socket(house: House, scope: Scope, receive: Receive, send: Send) -> None:
    one = Socket(house, scope, receive, send)
    house.sockets.add(one)
    try:
        await one.run()
    finally:
        house.sockets.discard(one)


async def _all(opened: Answer | AsyncIterator[Answer]) -> AsyncIterator[Answer]:
    if isinstance(opened, Answer):
        yield opened
    else:
        async for answer in opened:
            yield answer


def _message(text: str | None) -> dict[str, object]:
    try:
        message = strict.loads(text or "")
    except (strict.NotStrict, UnicodeEncodeError):
        raise Over(4400, "Invalid message received") from None
    if type(message) is not dict:
        raise Over(4400, "Invalid message received")
    return message
