"""The embedded Valkey: an append-only file, a Unix socket that only its owner reaches, PING until it answers."""

import asyncio
import signal
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from api.up.binaries import valkey_server
from api.up.child import Child, ChildFailed, Command, log_tail


@dataclass(frozen=True, slots=True)
class Valkey:
    """One server: its folder and its socket. It takes no lock itself: whoever starts it holds one."""

    folder: Path
    socket: Path
    log: Path | None
    settings: Mapping[str, str] = field(default_factory=dict)
    keep_open: tuple[int, ...] = ()

    def url(self, database: int = 0) -> str:
        return f"unix://{self.socket}?db={database}"

    def prepare(self) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def command(self) -> Command:
        settings = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self.folder),
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": "",
            "daemonize": "no",
            "databases": "16",
            "maxmemory-policy": "noeviction",
            **self.settings,
        }
        options = [part for name, value in settings.items() for part in (f"--{name}", value)]
        return Command(
            name="Valkey",
            argv=(str(valkey_server()), *options),
            log=self.log,
            stop_signal=signal.SIGTERM,
            orphan_signal=signal.SIGTERM,
            keep_open=self.keep_open,
        )

    async def ready(self, child: Child, within: float = 60.0) -> None:
        """Return once it answers PING; while it loads its file it says LOADING."""
        patience = time.monotonic() + within
        while not self._answers():
            if child.ended() is not None:
                raise ChildFailed(child.why())
            if time.monotonic() > patience:
                raise ChildFailed(f"Valkey does not answer:\n{log_tail(self.log)}")
            await asyncio.sleep(0.01)

    def _answers(self) -> bool:
        try:
            with socket.socket(socket.AF_UNIX) as line:
                line.settimeout(1)
                line.connect(str(self.socket))
                line.sendall(b"PING\r\n")
                return line.recv(16).startswith(b"+PONG")
        except OSError:
            return False
