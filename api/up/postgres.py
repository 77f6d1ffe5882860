"""The embedded Postgres: makes its folder, starts it on a Unix socket that only its owner reaches, waits for it."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from api.up.child import Account, Child, ChildFailed, Command, log_tail, run_to_end
from api.up.machine import memory_bytes, small_shared_memory

ROLE = "rapport"
_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Postgres:
    """One cluster: its folder, its socket folder, its programs."""

    folder: Path
    sockets: Path
    programs: Path
    log: Path | None
    account: Account | None = None
    settings: Mapping[str, str] = field(default_factory=dict)
    keep_open: tuple[int, ...] = ()

    def url(self, database: str = ROLE) -> str:
        return f"postgresql://{ROLE}@/{database}?host={quote(str(self.sockets), safe='/')}"

    def prepare(self) -> None:
        """Make the cluster if there is none; clear what a killed one left."""
        if self.account is not None:
            self.account.owns(self.sockets)
        if not (self.folder / "PG_VERSION").exists():
            self._initialise()
        self._same_major_version()
        self._clear_what_was_killed()

    def command(self) -> Command:
        settings = {**_for_this_machine(), **self.settings}
        settings |= {"listen_addresses": "", "unix_socket_directories": str(self.sockets)}
        settings |= {"unix_socket_permissions": "0700", "logging_collector": "off"}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return Command(
            name="Postgres",
            argv=(str(self.programs / "postgres"), "-D", str(self.folder), *options),
            log=self.log,
            account=self.account,
            stop_signal=signal.SIGINT,  # "fast": open sessions are ended, a checkpoint is written
            orphan_signal=signal.SIGINT,
            stop_within=30,
            keep_open=self.keep_open,
        )

    async def ready(self, child: Child, within: float = 60.0) -> None:
        """Return once it answers a real session; recovery after a crash may take its time."""
        import asyncpg  # a quarter of a second that a mere import of this module should not cost

        patience = time.monotonic() + within
        while True:
            try:
                session = await asyncpg.connect(self.url("postgres"), timeout=5)
            except (OSError, TimeoutError, asyncpg.PostgresError) as error:
                if child.ended() is not None:
                    raise ChildFailed(child.why()) from error
                if time.monotonic() > patience:
                    raise ChildFailed(f"Postgres does not answer:\n{log_tail(self.log)}") from error
                await asyncio.sleep(0.02)
            else:
                await session.close()
                return

    async def make_database(self, name: str = ROLE) -> None:
        """Create the database where it is not there yet; everything in it is the migrations' work."""
        import asyncpg

        try:
            session = await asyncpg.connect(self.url(name))
        except asyncpg.InvalidCatalogNameError:
            argv = (str(self.programs / "createdb"), "-h", str(self.sockets), "-U", ROLE, name)
            run_to_end(self._tool("createdb", argv, self.log))
        else:
            await session.close()

    def _initialise(self) -> None:
        """Into a neighbouring folder that is renamed when it is whole: a killed start leaves no half cluster."""
        half = self.folder.with_name(self.folder.name + ".half")
        shutil.rmtree(half, ignore_errors=True)
        half.mkdir(mode=0o700, parents=True)
        if self.account is not None:
            self.account.owns(half)
        said = self.log or half.with_name("initdb.log")
        argv = [str(self.programs / "initdb"), "-D", str(half), "-U", ROLE, "--encoding=UTF8", "--no-instructions"]
        argv += ["--auth-local=trust", "--auth-host=reject", *self._locale()]
        if self.settings.get("fsync") == "off":
            argv.append("--no-sync")
        run_to_end(self._tool("initdb", tuple(argv), said))
        half.rename(self.folder)

    def _tool(self, name: str, argv: tuple[str, ...], log: Path | None) -> Command:
        return Command(name, argv, log, account=self.account, keep_open=self.keep_open)

    def _locale(self) -> list[str]:
        """The same order and the same letters on every machine: Postgres' own C.UTF-8 where it has one (17 on)."""
        if self._major() >= 17:
            return ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        letters = "C.UTF-8" if sys.platform == "linux" else "en_US.UTF-8"
        return ["--locale=C", f"--lc-ctype={letters}"]

    def _major(self) -> int:
        said = subprocess.run([self.programs / "postgres", "--version"], capture_output=True, text=True, check=True)
        return int(said.stdout.split()[2].split(".")[0].removesuffix("beta").removesuffix("devel"))

    def _same_major_version(self) -> None:
        made_by = int((self.folder / "PG_VERSION").read_text())
        if made_by != (ours := self._major()):
            raise ChildFailed(
                f"{self.folder} was made by Postgres {made_by}, and this one is {ours}: go back to the release that "
                "made it, `rapport backup FILE` there, and `rapport restore FILE` here into an empty data folder"
            )

    def _clear_what_was_killed(self) -> None:
        """The number in a lock file may by now be anybody's, or of a dead one that nobody waited for: Postgres refuses.

        Our own lock says that no server of ours is left, and the sockets' folder is nobody else's; a Postgres that
        somebody else started on the data keeps its file.
        """
        for left in self.sockets.glob(".s.PGSQL.*"):
            left.unlink()
        file = self.folder / "postmaster.pid"
        if not file.exists() or not (lines := file.read_text().splitlines()):
            return
        process = Path("/proc") / lines[0]
        if Path("/proc/self").exists() and process.exists() and b"postgres" not in (process / "cmdline").read_bytes():
            file.unlink()


def _for_this_machine() -> dict[str, str]:
    memory = memory_bytes()
    settings = {
        # "A reasonable starting value for shared_buffers is 25% of the memory" (PostgreSQL's manual, 19.4).
        "shared_buffers": f"{min(max(memory // 4, 64 * _MIB), 8192 * _MIB) // _MIB}MB",
        "effective_cache_size": f"{max(memory // 2, 128 * _MIB) // _MIB}MB",
        "maintenance_work_mem": f"{min(max(memory // 32, 64 * _MIB), 512 * _MIB) // _MIB}MB",
        "work_mem": f"{min(max(memory // 512, 4 * _MIB), 32 * _MIB) // _MIB}MB",
        "max_wal_size": "4GB",
        "random_page_cost": "1.1",
        "jit": "off",
        "max_connections": "100",
        "huge_pages": "off",
        "log_checkpoints": "off",
        "log_timezone": "UTC",
        "timezone": "UTC",
    }
    if small_shared_memory():
        settings["dynamic_shared_memory_type"] = "sysv"
    if (os.cpu_count() or 1) <= 2:
        settings["max_parallel_workers_per_gather"] = "1"
    return settings
