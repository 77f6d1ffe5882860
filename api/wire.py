"""HTTP on the wire: uvicorn's protocol, which cuts off whoever sends headers or a body too slowly or too much of them.

A client has ten seconds for the headers and ten for the body; the body of an import may take as long as it likes, if
only it does not pause for ten seconds. Headers that come in one piece, as nearly all do, cost nothing: the clock is
set only when a piece leaves a request unfinished. A server that leaves hears out who has just connected.
"""

import asyncio
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

WITHIN: Final = 10.0
SILENT: Final = 1.0
"""Seconds that a leaving server waits for the first request of who connected before it stopped listening."""
LARGEST_HEAD: Final = 64 * 1024
STREAMED: Final = b"/imports/"
"""Where bodies go whose length nobody bounds."""
_TIMEOUT: Final = b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
_TOO_LARGE: Final = b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


class State(ServerState):
    """What the connections of one server have together; while it is `leaving`, each has one more answer at most."""

    leaving = False


class Wire(HttpToolsProtocol):
    """One connection. `part` is what of a request is still to come: None between requests."""

    within, silent = WITHIN, SILENT
    server_state: State

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self.part: str | None = "head"
        self.begun, self.head_size = False, 0
        self.clock: asyncio.TimerHandle | None = None
        self.clocked: str | None = None
        self.streamed, self.heard = False, 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._set_clock()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_clock()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.part == "head":
            self.head_size += len(data)
        super().data_received(data)
        if self.part == "head" and self.head_size > LARGEST_HEAD:
            self._cut(_TOO_LARGE)
        elif self.part != self.clocked:
            self._set_clock()
        elif self.streamed:
            self.heard = self.loop.time()

    def on_message_begin(self) -> None:
        self.part, self.head_size, self.begun = "head", 0, True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self.part, self.streamed = "body", self.url.startswith(STREAMED)
        super().on_headers_complete()
        if self.server_state.leaving and self.cycle is not None:
            self.cycle.keep_alive = False

    def on_message_complete(self) -> None:
        self.part = None
        super().on_message_complete()

    def handle_websocket_upgrade(self) -> None:
        self.part = None
        self._stop_clock()
        super().handle_websocket_upgrade()

    def shutdown(self) -> None:
        """The server leaves: a request that is coming in is answered, and so is the first one of who just connected."""
        if not self.begun:
            self.loop.call_later(self.silent, self._end_if_silent)
        elif self.part != "head":
            super().shutdown()

    def _end_if_silent(self) -> None:
        if not self.begun:
            self.transport.close()

    def _set_clock(self) -> None:
        self._stop_clock()
        self.clocked = self.part
        if self.part is not None:
            self.heard = self.loop.time()
            self.clock = self.loop.call_later(self.within, self._over)

    def _over(self) -> None:
        """The time is over, unless the body is one that may take long: who waits for us is not slow."""
        if self.part == "body" and self.streamed:
            if self.flow.read_paused:
                self.heard = self.loop.time()
            if (left := self.heard + self.within - self.loop.time()) > 0:
                self.clock = self.loop.call_later(left, self._over)
                return
        self._cut(_TIMEOUT)

    def _stop_clock(self) -> None:
        if self.clock is not None:
            self.clock.cancel()
            self.clock = None

    def _cut(self, words: bytes) -> None:
        """A client that was answered already, or is being answered, gets no second answer."""
        if self.transport.is_closing():
            return
        cycle = self.cycle
        answered = cycle is not None and cycle.response_started
        if not answered or (cycle.response_complete and self.part == "head"):
            self.transport.write(words)
        self.transport.close()
