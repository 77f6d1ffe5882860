"""The embedded Postgres: closed to the network and to others, made whole or not at all, back after kill -9."""

import os
import shutil
import signal
import stat
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import asyncpg
import pytest

from api.up.binaries import postgres_programs
from api.up.child import Child, ChildFailed, unprivileged
from api.up.postgres import Postgres
from tests.support.servers import FAST_AND_FORGETFUL


@pytest.fixture(scope="module")
def made() -> Iterator[Postgres]:
    """A cluster that was just made. In a short folder that another account can walk into."""
    with tempfile.TemporaryDirectory(prefix="rpg-") as name:
        folder, account = Path(name), unprivileged()
        folder.chmod(0o711)
        (folder / "run").mkdir(mode=0o700)
        (folder / "data.half" / "base").mkdir(parents=True)  # as a killed start leaves it
        settings = FAST_AND_FORGETFUL | {"shared_buffers": "16MB"}
        server = Postgres(
            folder / "data",
            folder / "run",
            postgres_programs(account),
            folder / "log",
            account=account,
            settings=settings,
        )
        server.prepare()
        yield server


@pytest.fixture
async def running(made: Postgres) -> AsyncIterator[tuple[Postgres, Child]]:
    child = Child(made.command())
    await made.ready(child)
    yield made, child
    child.stop()


def test_a_half_made_cluster_is_thrown_away(made: Postgres) -> None:
    assert (made.folder / "PG_VERSION").exists()
    assert not made.folder.with_name("data.half").exists()


async def test_only_its_socket_listens_and_only_its_owner_reaches_it(running: tuple[Postgres, Child]) -> None:
    server, _ = running
    session = await asyncpg.connect(server.url("postgres"))
    assert await session.fetchval("SHOW listen_addresses") == ""
    assert await session.fetchval("SHOW data_checksums") in ("on", "off")
    assert await session.fetchval("SHOW server_encoding") == "UTF8"
    await session.close()
    assert stat.S_IMODE(server.sockets.stat().st_mode) == 0o700
    assert stat.S_IMODE((server.sockets / ".s.PGSQL.5432").stat().st_mode) == 0o700


async def test_a_database_is_made_once(running: tuple[Postgres, Child]) -> None:
    server, _ = running
    await server.make_database()
    session = await asyncpg.connect(server.url())
    await session.execute("CREATE TABLE kept (x int)")
    await session.close()
    await server.make_database()
    session = await asyncpg.connect(server.url())
    assert await session.fetchval("SELECT count(*) FROM kept") == 0
    await session.close()


async def test_it_is_back_after_kill_9_with_a_strangers_number_in_its_pid_file(made: Postgres) -> None:
    orphans, ours = os.pipe()
    child = Child(replace(made, keep_open=(ours,)).command())
    os.close(ours)
    await made.ready(child)
    os.kill(child.pid, signal.SIGKILL)
    child.stop()
    with open(orphans, "rb") as line:  # noqa: ASYNC230 (there is nothing else to do)
        assert line.read() == b""  # those it left have gone as well: none starts on data that they still hold
    pid_file = made.folder / "postmaster.pid"
    pid_file.write_text(pid_file.read_text().replace(str(child.pid), str(os.getpid()), 1))
    made.prepare()
    again = Child(made.command())
    await made.ready(again)
    assert again.stop() == 0


async def test_an_early_death_is_told_with_what_it_logged(made: Postgres) -> None:
    broken = replace(made, settings={"shared_buffers": "nonsense"})
    with pytest.raises(ChildFailed, match="shared_buffers"):
        await broken.ready(Child(broken.command()))


def test_data_of_another_major_version_is_refused_with_the_way_out(made: Postgres, tmp_path: Path) -> None:
    shutil.copy(made.folder / "PG_VERSION", tmp_path / "before")
    try:
        (made.folder / "PG_VERSION").write_text("9\n")
        with pytest.raises(ChildFailed, match="rapport backup"):
            made.prepare()
    finally:
        (made.folder / "PG_VERSION").write_text((tmp_path / "before").read_text())
