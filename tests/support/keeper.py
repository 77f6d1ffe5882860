"""The keeper: one process a test run that holds the servers which all of the run's workers share.

It starts a server when it is asked for, hands out fresh databases over a Unix socket (one JSON line in,
one out), and ends with everything it started as soon as the process that started it has gone.
"""

import asyncio
import fcntl
import json
import os
import shutil
import signal
import socket
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import TypedDict

from api.up.child import Child, Command
from tests.support.servers import ROOT, PostgresForTests, ValkeyForTests, in_memory

ADDRESS = "RAPPORT_TEST_KEEPER"
_PREFIX = "rapport-tests-"


class Answer(TypedDict, total=False):
    url: str
    error: str


class Keeper:
    """Runs in the keeper's process."""

    def __init__(self, folder: Path) -> None:
        self.servers: dict[str, PostgresForTests | ValkeyForTests] = {
            "database": PostgresForTests(folder / "postgres"),
            "valkey": ValkeyForTests(folder / "valkey"),
        }
        self._starting = asyncio.Lock()

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            said: Answer
            try:
                said = {"url": await self._give(**json.loads(line))}
            except Exception as error:  # whatever it is, the test that asked shall say it
                said = {"error": f"{type(error).__name__}: {error}"}
            writer.write(json.dumps(said).encode() + b"\n")
        writer.close()

    async def started(self, want: str) -> PostgresForTests | ValkeyForTests:
        server = self.servers[want]
        async with self._starting:
            if server.child is None:
                await server.start()
        return server

    async def _give(self, want: str, back: str = "") -> str:
        server = await self.started(want)
        if back and isinstance(server, PostgresForTests):
            server.forget_database(back)
            return back
        return await server.fresh_database()

    async def stop(self) -> None:
        for server in self.servers.values():
            await server.stop()


async def keep(folder: Path, *, early: bool) -> None:
    """Serve until the one who started us closes the line to our standard input, by will or by dying."""
    keeper, over = Keeper(folder), asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_reader(sys.stdin.fileno(), lambda: None if os.read(sys.stdin.fileno(), 64) else over.set())
    loop.add_signal_handler(signal.SIGTERM, over.set)
    server = await asyncio.start_unix_server(keeper.answer, folder / "ask")
    first = asyncio.create_task(keeper.started("database")) if early else None
    await over.wait()
    if first is not None and not first.done():
        first.cancel()
    server.close()
    await keeper.stop()


def start(*, early: bool = False) -> tuple[Child, Path]:
    """Start a keeper; its address goes into the environment, which xdist's workers inherit.

    Early, its Postgres is migrated while tests are still collected, not when the first one asks for it.
    """
    _clear_left_behind()
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
    folder.chmod(0o711)  # root's Postgres runs as somebody else, who must get through; the folders within are 0700
    os.environ[ADDRESS] = str(folder / "ask")
    command = (sys.executable, "-m", "tests.support.keeper", str(folder), *(["early"] if early else []))
    environment = {"PYTHONPATH": str(ROOT)}
    return Child(Command("keeper", command, log=folder / "keeper.log", env=environment, gated=True)), folder


def stop(child: Child, folder: Path) -> None:
    os.environ.pop(ADDRESS, None)
    child.stop()
    _remove(folder)


def ask(want: str, back: str = "") -> str:
    """A fresh "database" or "valkey" (its URL), or give a database back."""
    with _line() as line:
        line.sendall(json.dumps({"want": want, "back": back}).encode() + b"\n")
        said: Answer = json.loads(line.makefile("rb").readline() or b'{"error": "the keeper died"}')
    if "error" in said:
        raise RuntimeError(f"the test servers: {said['error']}")
    return said["url"]


def _line() -> socket.socket:
    """A connection to the keeper, which may just be starting."""
    patience = time.monotonic() + 60
    while True:
        line = socket.socket(socket.AF_UNIX)
        line.settimeout(120)
        try:
            line.connect(os.environ[ADDRESS])
            return line
        except (FileNotFoundError, ConnectionRefusedError):
            line.close()
            if time.monotonic() > patience:
                raise
            time.sleep(0.02)


def _clear_left_behind() -> None:
    """Folders of test runs that were killed: nobody holds their lock any more."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with suppress(OSError), (folder / "lock").open("r+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _remove(folder)


def _remove(folder: Path) -> None:
    for part in (in_memory(folder), folder):
        shutil.rmtree(part, ignore_errors=True)


if __name__ == "__main__":
    mine = Path(sys.argv[1])
    with (mine / "lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        asyncio.run(keep(mine, early="early" in sys.argv[2:]))
