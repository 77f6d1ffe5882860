"""One Postgres and one Valkey for tests, started with the product's own code, with fresh databases on demand."""

import asyncio
import os
import shutil
import signal
import sys
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg

from api.up.binaries import postgres_programs
from api.up.child import Child, ChildFailed, Command, run_to_end, unprivileged
from api.up.postgres import Postgres
from api.up.valkey import Valkey

ROOT = Path(__file__).parents[2]
TEMPLATE = "migrated"
SMALL = {"shared_buffers": "256MB", "max_connections": "200", "max_wal_size": "512MB", "maintenance_work_mem": "128MB"}
FAST_AND_FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
MEMORY_DISK = Path("/dev/shm")
_ROOM = 3 * 1024**3
VALKEY_DATABASES = 4096  # more than a run has tests: none is given twice, so no late writer is met


@dataclass(slots=True)
class PostgresForTests:
    """A cluster of its own in a folder; `durable` leaves fsync on, for figures that are about it."""

    folder: Path
    durable: bool = False
    spares: int = 2
    child: Child | None = None
    _admin: "asyncpg.Connection[asyncpg.Record] | None" = None
    _ready: list[str] = field(default_factory=list)
    _made: int = 0
    _place: Path | None = None
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    _later: set["asyncio.Task[None]"] = field(default_factory=set)

    @property
    def server(self) -> Postgres:
        settings = SMALL if self.durable else SMALL | FAST_AND_FORGETFUL
        account = unprivileged()
        place, programs, log = self._data, postgres_programs(account), self.folder / "postgres.log"
        return Postgres(place, self.folder / "run", programs, log, account=account, settings=settings)

    @property
    def _data(self) -> Path:
        """In memory where there is plenty of it: a fresh database is 400 files, half a second on a slow disk."""
        if self._place is None:
            quick = not self.durable and MEMORY_DISK.is_dir() and shutil.disk_usage(MEMORY_DISK).free > _ROOM
            self._place = (in_memory(self.folder.parent) if quick else self.folder) / f"{self.folder.name}-data"
        return self._place

    async def start(self) -> None:
        """Start, and migrate the template that every fresh database is a copy of."""
        self.folder.mkdir(mode=0o711, parents=True, exist_ok=True)
        server = self.server
        server.folder.parent.mkdir(mode=0o711, exist_ok=True)
        server.sockets.mkdir(exist_ok=True)
        server.sockets.chmod(0o700)
        server.prepare()
        # Nobody will want this data again: an orphan need not write a checkpoint before it goes.
        self.child = Child(replace(server.command(), orphan_signal=signal.SIGQUIT, stop_signal=signal.SIGQUIT))
        await server.ready(self.child)
        await server.make_database(TEMPLATE)
        if any((ROOT / "migrations" / "versions").glob("*.py")):
            migrate(server.url(TEMPLATE), self.folder / "migrate.log")
        self._admin = await asyncpg.connect(server.url("postgres"))
        await self._admin.execute(f"ALTER DATABASE {TEMPLATE} IS_TEMPLATE true ALLOW_CONNECTIONS false")
        self._afterwards(self._make_spares())

    async def fresh_database(self) -> str:
        """The URL of a copy of the template that nobody has used."""
        async with self._turn:
            name = self._ready.pop() if self._ready else await self._make()
        self._afterwards(self._make_spares())
        return self.server.url(name)

    def forget_database(self, url: str) -> None:
        self._afterwards(self._drop(urlsplit(url).path.lstrip("/")))

    async def stop(self) -> None:
        for task in self._later:
            task.cancel()
        if self._admin is not None:
            self._admin.terminate()
        if self.child is not None:
            self.child.stop()

    def _afterwards(self, work: Coroutine[None, None, None]) -> None:
        """While the test runs, the next one's database is made and the last one's is dropped."""
        task = asyncio.create_task(work)
        self._later.add(task)
        task.add_done_callback(self._later.discard)

    async def _make_spares(self) -> None:
        while len(self._ready) < self.spares:
            async with self._turn:
                self._ready.append(await self._make())

    async def _make(self) -> str:
        assert self._admin is not None
        self._made += 1
        name = f"test_{self._made}"
        await self._admin.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY FILE_COPY")
        return name

    async def _drop(self, name: str) -> None:
        assert self._admin is not None
        async with self._turn:
            with suppress(asyncpg.PostgresError):
                await self._admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@dataclass(slots=True)
class ValkeyForTests:
    """A server of its own in a folder, with many small databases to hand out."""

    folder: Path
    child: Child | None = None
    _given: int = 1  # the first is everybody's who names none

    @property
    def server(self) -> Valkey:
        settings = {"databases": str(VALKEY_DATABASES)}
        return Valkey(self.folder / "data", self.folder / "valkey.sock", self.folder / "valkey.log", settings)

    async def start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        self.server.prepare()
        self.child = Child(self.server.command())
        await self.server.ready(self.child)

    async def fresh_database(self) -> str:
        """The URL of an empty database."""
        number = self._given % VALKEY_DATABASES
        self._given += 1
        reader, writer = await asyncio.open_unix_connection(str(self.server.socket))
        writer.write(f"SELECT {number}\r\nFLUSHDB\r\n".encode())
        answers = [await reader.readline(), await reader.readline()]
        writer.close()
        if answers != [b"+OK\r\n"] * 2:
            raise ChildFailed(f"Valkey answered {answers!r}")
        return self.server.url(number)

    async def stop(self) -> None:
        if self.child is not None:
            self.child.stop()


def in_memory(folder: Path) -> Path:
    """The part of a run's folder that lies in memory."""
    return MEMORY_DISK / folder.name


def migrate(url: str, log: Path) -> None:
    """All migrations, as a deployment runs them."""
    argv = (sys.executable, "-m", "alembic", "-c", str(ROOT / "alembic.ini"), "upgrade", "head")
    environment = {"DATABASE_URL": url, "PYTHONPATH": f"{ROOT}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"}
    run_to_end(Command("alembic upgrade head", argv, log=log, env=environment))
