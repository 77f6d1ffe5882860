"""The three servers, one process each, on one Postgres: ours as `rapport serve` runs it, the floor, PostGraphile."""

from __future__ import annotations

import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import asyncpg

from api.up.child import Child, ChildFailed, Command, log_tail
from domain import access
from domain.database import connect
from domain.vocabulary import Role
from tests.support.servers import ROOT

_HERE = Path(__file__).parent
_NODE = _HERE.parent / "peers" / "node_modules" / "node" / "bin" / "node"
SECRET = "52" * 32


@dataclass(frozen=True, slots=True)
class Server:
    name: str
    port: int
    child: Child


def peer_is_here() -> bool:
    return _NODE.exists()


async def prepare_peer(url: str) -> None:
    """The views that PostGraphile serves."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute((_HERE / "peer" / "views.sql").read_text())
    finally:
        await connection.close()


async def make_key(url: str, role: Role = Role.ANALYST) -> str:
    """A caller without personal data: roles, masking and limits all have their work."""
    connection = await connect(url)
    try:
        async with connection.transaction():
            request = access.KeyRequest(name="bench", role=role)
            return (await access.create_key(connection, request, now=datetime.now(UTC))).token
    finally:
        await connection.close()


@contextmanager
def servers(database_url: str, redis_url: str, logs: Path, *, peer: bool) -> Iterator[dict[str, Server]]:
    """All of them, listening; gone afterwards."""
    environment = {"DATABASE_URL": database_url, "REDIS_URL": redis_url, "RAPPORT_SECRET": SECRET}
    environment |= {"PYTHONPATH": str(ROOT), "NODE_ENV": "production", "GRAPHILE_ENV": "production"}
    python = sys.executable
    quiet = ("--no-access-log", "--log-level", "warning", "--lifespan", "off")
    commands: dict[str, tuple[str, ...]] = {
        "ours": (python, "-c", "from api.cli import main; main()", "serve", "--port"),
        "floor": (python, "-m", "uvicorn", "tests.bench.read.floor:app", *quiet, "--port"),
    }
    if peer:
        commands["peer"] = (str(_NODE), str(_HERE / "peer" / "serve.mjs"))
    with ExitStack() as stack:
        running = {}
        for name, command in commands.items():
            port = _free_port()
            log = logs / f"{name}.log"
            child = Child(Command(name, (*command, str(port)), log=log, env=environment))
            stack.callback(child.stop)
            running[name] = Server(name, port, child)
        for server in running.values():
            _wait_for(server)
        yield running


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_for(server: Server, patience: float = 60.0) -> None:
    until = time.monotonic() + patience
    while True:
        try:
            socket.create_connection(("127.0.0.1", server.port), timeout=1).close()
            return
        except OSError as error:
            if server.child.ended() is not None or time.monotonic() > until:
                raise ChildFailed(f"{server.name} does not listen:\n{log_tail(server.child.command.log)}") from error
            time.sleep(0.1)


def processor_seconds(pids: list[int]) -> float:
    """CPU time that those processes have used; 0 where the system does not tell."""
    ticks = 0
    for pid in pids:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


async def backends(url: str) -> list[int]:
    """The Postgres processes that serve anybody."""
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch(
            "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )
        return [row["pid"] for row in rows]
    finally:
        await connection.close()
