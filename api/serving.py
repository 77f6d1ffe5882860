"""One web process in the foreground: uvicorn with our limits, and how it leaves when it is told to."""

import asyncio
import gc
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Final

import uvicorn

from api import logs
from api.app import App, create_app
from api.requests import LARGEST_BODY
from api.wire import State, Wire
from domain.deployment import Deployment

_SOCKETS_WITHIN: Final = 10.0
_REQUESTS_WITHIN: Final = 14
"""Seconds for what is under way: together with what lies between them, a stop takes 25 at most."""
_MOST_CONNECTIONS: Final = 2000
_IDLE: Final = 65
"""Seconds: longer than the minute that proxies keep a connection, or they would use one that is just being closed."""


class Server(uvicorn.Server):
    """Told to stop, it says that it is not ready, lingers, stops listening, and lets what is under way end."""

    def __init__(self, app: App, *, host: str, port: int, linger: float) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                host=host,
                port=port,
                loop="uvloop",
                http=Wire,
                ws="websockets-sansio",
                ws_max_size=LARGEST_BODY,
                ws_per_message_deflate=False,
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                limit_concurrency=_MOST_CONNECTIONS,
                timeout_keep_alive=_IDLE,
                timeout_graceful_shutdown=_REQUESTS_WITHIN,
            )
        )
        self.app, self.linger = app, linger
        self.server_state = self.state = State()

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        async with self.app.opened():
            gc.collect()
            gc.freeze()  # what is there now stays: no collection need look at it again
            await super().serve(sockets)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        logs.event("listening", host=self.config.host, port=self.servers[0].sockets[0].getsockname()[1])
        logs.flush()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        house = self.app.house
        house.leaving.set()
        self.state.leaving = True
        logs.event("leaving", linger=self.linger)
        logs.flush()
        await self._until(lambda: False, self.linger)
        await self._stop_listening()
        await self._until(lambda: not house.sockets, _SOCKETS_WITHIN)
        await super().shutdown(sockets)
        self._captured_signals.clear()  # the signal was obeyed: it need not kill us as well

    async def _stop_listening(self) -> None:
        """Closing a port resets who waits in the kernel's queue, so these are taken first: a request each they get."""
        lines = [line.dup() for server in self.servers for line in server.sockets]
        for server in self.servers:
            server.close()  # the loop takes nobody any more; the port is open as long as our copies are
        taken = [waiting for line in lines for waiting in _take_all(line)]
        loop = asyncio.get_running_loop()
        for waiting in taken:
            await loop.connect_accepted_socket(self._connection, waiting)
        await asyncio.sleep(0)  # what came in by now is read, and so not cut off

    def _connection(self) -> Wire:
        return Wire(config=self.config, server_state=self.state, app_state=self.lifespan.state)

    async def _until(self, over: Callable[[], bool], seconds: float) -> None:
        """Waits that long at most; a second Ctrl-C ends all patience."""
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while not over() and not self.force_exit and loop.time() < end:  # noqa: ASYNC110 (nobody tells us)
            await asyncio.sleep(0.05)


def _take_all(line: socket.socket) -> list[socket.socket]:
    """Everybody in the queue; nothing comes between the last look into it and closing, so hardly anybody slips in."""
    taken: list[socket.socket] = []
    with line, suppress(OSError):  # nobody is left, or this process may open no more
        line.setblocking(False)
        for _ in range(_MOST_CONNECTIONS):
            with suppress(ConnectionAbortedError):
                taken.append(line.accept()[0])
    return taken


def serve(deployment: Deployment, *, host: str = "127.0.0.1", port: int = 8000, linger: float = 0.0) -> None:
    """Serves until SIGTERM or SIGINT. `linger`: seconds of being not ready while still listening, for balancers."""
    logs.take_over_logging()
    Server(create_app(deployment), host=host, port=port, linger=linger).run()
