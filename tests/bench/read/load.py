"""A load generator: so many connections, each asking its next question as soon as the last is answered."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import cycle, islice

CLIENTS = 32


@dataclass(slots=True)
class Figures:
    """What one run gave. `spent` is the CPU time of this process: near the wall time it is the bottleneck."""

    answered: int = 0
    seconds: float = 0.0
    spent: float = 0.0
    octets: int = 0
    wrong: list[bytes] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        return self.answered / self.seconds


class _Client(asyncio.Protocol):
    """One kept-alive connection. Answers have a Content-Length: all three servers send one."""

    def __init__(self, requests: Sequence[bytes], first: int, figures: Figures, until: float) -> None:
        self._next = cycle([*requests[first:], *requests[:first]])
        self._figures, self._until = figures, until
        self._buffer, self._need = bytearray(), 0
        self._asked = 0.0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport
        self._ask()

    def _ask(self) -> None:
        self._asked = time.perf_counter()
        self._transport.write(next(self._next))

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._need:
            end = self._buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            head = bytes(self._buffer[:end]).lower()
            at = head.index(b"content-length:") + 15
            self._need = end + 4 + int(head[at:].split(b"\r\n", 1)[0])
        if len(self._buffer) >= self._need:
            self._answered()

    def _answered(self) -> None:
        now, figures = time.perf_counter(), self._figures
        if not self._buffer.startswith(b"HTTP/1.1 200") or self._buffer.find(b'"errors":') >= 0:
            figures.wrong.append(bytes(self._buffer[:600]))
        figures.answered += 1
        figures.octets += self._need
        figures.waits.append(now - self._asked)
        del self._buffer[: self._need]
        self._need = 0
        if now < self._until:
            self._ask()
        elif not self.done.done():
            self.done.set_result(None)
            self._transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(error or ConnectionError("the server closed the connection"))


def as_requests(bodies: Sequence[bytes], port: int, key: str | None) -> list[bytes]:
    """Whole HTTP requests, ready to be written."""
    credential = f"Authorization: Bearer {key}\r\n" if key else ""
    head = f"POST /graphql HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept: application/json\r\n{credential}"
    head += "Content-Type: application/json\r\nContent-Length: "
    return [f"{head}{len(body)}\r\n\r\n".encode() + body for body in bodies]


async def run(port: int, requests: Sequence[bytes], seconds: float, clients: int = CLIENTS) -> Figures:
    """Asks for that long; each client starts at a place of its own in the list."""
    figures, loop = Figures(), asyncio.get_running_loop()
    started, spent = time.perf_counter(), time.process_time()
    places = islice(range(0, clients * 7, 7), clients)
    made = [
        (
            await loop.create_connection(
                lambda place=place: _Client(requests, place % len(requests), figures, started + seconds),  # type: ignore[misc]
                "127.0.0.1",
                port,
            )
        )[1]
        for place in places
    ]
    await asyncio.gather(*(client.done for client in made))
    figures.seconds, figures.spent = time.perf_counter() - started, time.process_time() - spent
    return figures


async def once(port: int, request: bytes) -> bytes:
    """One question on a connection of its own, and the answer's body."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
    body = await reader.readexactly(length)
    writer.close()
    return body
