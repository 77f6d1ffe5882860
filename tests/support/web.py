"""Web processes for tests, as `rapport serve` runs them, and a small client that keeps its connection."""

import asyncio
import socket
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from api.up.child import Child, ChildFailed, Command, log_tail
from tests.support.servers import ROOT

SECRET = "5e" * 32


@dataclass(slots=True)
class Web:
    """One web process on a port of its own; killed, it can be started again there."""

    database_url: str
    redis_url: str
    folder: Path
    name: str = "web"
    port: int = 0
    child: Child | None = None

    def start(self) -> None:
        self.port = self.port or _free_port()
        environment = {"DATABASE_URL": self.database_url, "REDIS_URL": self.redis_url, "RAPPORT_SECRET": SECRET}
        argv = (sys.executable, "-c", "from api.cli import main; main()", "serve", "--port", str(self.port))
        log = self.folder / f"{self.name}.log"
        self.child = Child(Command(self.name, argv, log=log, env=environment | {"PYTHONPATH": str(ROOT)}))

    async def ready(self, patience: float = 180.0) -> None:
        until = time.monotonic() + patience
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", self.port)
                writer.close()
                return
            except OSError as error:
                assert self.child is not None
                if self.child.ended() is not None or time.monotonic() > until:
                    raise ChildFailed(f"it does not listen:\n{log_tail(self.child.command.log)}") from error
                await asyncio.sleep(0.05)

    def kill(self) -> None:
        """With -9, as an accident would."""
        if self.child is not None:
            self.child.kill()
            self.child = None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass(frozen=True, slots=True)
class Told:
    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(slots=True)
class Client:
    """One connection to a web process; opened anew where it broke. Raises OSError or EOFError while nobody answers."""

    web: Web
    token: str
    _streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
    _head: bytes = field(init=False)

    def __post_init__(self) -> None:
        accept = "Accept: application/graphql-response+json\r\nContent-Type: application/json\r\n"
        self._head = f"POST /graphql HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {self.token}\r\n{accept}".encode()

    async def send(self, body: bytes, *, key: str | None = None) -> Told:
        named = f"Idempotency-Key: {key}\r\n".encode() if key else b""
        try:
            if self._streams is None:
                self._streams = await asyncio.open_connection("127.0.0.1", self.web.port)
            reader, writer = self._streams
            writer.write(b"%b%bContent-Length: %d\r\n\r\n%b" % (self._head, named, len(body), body))
            return await _read(reader)
        except (OSError, EOFError):
            self.close()
            raise

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None


async def _read(reader: asyncio.StreamReader) -> Told:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
    body = await reader.readexactly(int(headers["content-length"]))
    return Told(int(head[0].split()[1]), headers, body)
