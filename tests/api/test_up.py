"""`rapport up` whole: starts, answers, says where it runs, survives the death of each part, leaves nothing behind."""

import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from api.up.binaries import reachable
from api.up.child import unprivileged
from tests.support.upstart import ROOT, Up, up
from tests.support.waiting import PATIENCE, soon

pytestmark = [
    pytest.mark.proof,
    pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children that their parent was killed"),
]
PARTS = ("api.up.gate", "jobs.worker", "jobs.loop", "valkey-server", "postgres")


@contextmanager
def open_folder() -> Iterator[Path]:
    """A folder that root's Postgres can walk into (pytest's own are closed), and that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="rup-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o711)
        yield Path(name)


@pytest.fixture
def folder() -> Iterator[Path]:
    with open_folder() as opened:
        yield opened / "data"


@pytest.fixture(scope="module")
def running() -> Iterator[Up]:
    with open_folder() as opened, up(opened / "data", "--no-demo") as started:
        assert started.runs()
        yield started


def test_it_is_alive_and_ready_and_answers_its_key(running: Up) -> None:
    assert running.status("/livez") == 200
    assert soon(lambda: running.status("/readyz") == 200)  # who asks in a moment without Postgres is told so
    assert running.ask("{ viewer { role } }") == {"viewer": {"role": "ADMIN"}}
    assert running.place.admin_key.read_text().startswith("rap_")
    assert running.place.admin_key.read_text().strip() in running.said()


def test_a_second_one_says_where_the_first_runs(running: Up) -> None:
    with up(running.place.folder, "--no-demo") as second:
        assert second.process.wait(PATIENCE) == 0
        assert f"http://127.0.0.1:{running.port}/graphql" in second.said()
    assert soon(lambda: running.status("/readyz") == 200)


def test_a_port_that_is_taken_is_told_with_a_remedy(running: Up, tmp_path: Path) -> None:
    with up(tmp_path / "other", "--no-demo", "--port", str(running.port)) as other:
        assert other.process.wait(PATIENCE) == 1
        assert f"port {running.port}" in other.said()
        assert "--port" in other.said()


@pytest.mark.parametrize("part", PARTS)
def test_each_part_killed_comes_back(running: Up, part: str) -> None:
    before = running.children()[part]
    os.kill(before, signal.SIGKILL)
    assert soon(lambda: running.children().get(part, before) != before), running.said()
    assert soon(lambda: running.status("/readyz") == 200, 2 * PATIENCE), running.said()
    assert soon(running.answers), running.said()


def test_ctrl_c_stops_cleanly_and_later_starts_are_quick(folder: Path) -> None:
    took = []
    with up(folder, "--no-demo") as first:
        assert first.runs()
        key = first.place.admin_key.read_text()
        assert first.stop() == 0, first.said()
        assert first.all_gone()
        assert first.place.running() is None
    for _ in range(3):
        with up(folder, "--no-demo") as again:
            assert again.runs()
            took.append(time.monotonic() - again.began)
            assert again.place.admin_key.read_text() == key
            assert again.stop() == 0, again.said()
    print(f"later starts took {', '.join(f'{seconds:.2f}' for seconds in took)} s")  # noqa: T201
    assert min(took) < 30, took  # quick is what `make up` tells; here it only must not wait for a time-out


def test_sigterm_stops_it_too(folder: Path) -> None:
    with up(folder, "--no-demo") as started:
        assert started.runs()
        assert started.stop(signal.SIGTERM) == 0
        assert started.all_gone()


def test_after_kill_9_nothing_is_left_and_the_next_start_works(folder: Path) -> None:
    with up(folder, "--no-demo") as started:
        assert started.runs()
        started.process.kill()
        started.process.wait()
        with up(folder, "--no-demo") as again:  # at once: it waits for the dying ones
            assert again.runs()
            assert again.ask("{ viewer { role } }") == {"viewer": {"role": "ADMIN"}}
            again.process.kill()
            again.process.wait()
        assert started.all_gone()


def test_kill_9_of_everything_at_once_is_survived(folder: Path) -> None:
    with up(folder, "--no-demo") as started:
        assert started.runs()
        for number in (started.process.pid, *started.children().values()):
            with suppress(ProcessLookupError):  # those whose parent is dead may be faster
                os.kill(number, signal.SIGKILL)
        assert started.all_gone()
        (started.place.folder / "postgres" / "postmaster.pid").write_text(f"{os.getpid()}\n{started.place.folder}\n")
        with up(folder, "--no-demo") as again:
            assert again.runs()
            assert again.stop() == 0


def test_it_runs_in_a_folder_that_is_closed_and_whose_name_is_long(tmp_path: Path) -> None:
    """Root's Postgres cannot get there and no socket's address is that long: both lie elsewhere."""
    with up(tmp_path / ("a-rather-deep-folder" * 5) / "data", "--no-demo") as started:
        assert started.runs()
        sockets = Path(started.place.running().sockets)  # type: ignore[union-attr]
        assert started.stop() == 0
        assert not sockets.exists()
        cluster = started.place.folder / "postgres"
        if cluster.is_symlink():
            shutil.rmtree(cluster.readlink().parent)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be two users")
def test_it_runs_as_an_ordinary_user_and_roots_postgres_runs_as_another(running: Up) -> None:
    account = unprivileged()
    assert account is not None
    assert Path(f"/proc/{running.children()['postgres']}").stat().st_uid == account.uid
    python = Path(sys.executable).resolve().parent
    if not all(reachable(folder, account) for folder in (ROOT, Path(sys.prefix), python)):
        pytest.skip(f"an ordinary user cannot run this checkout's Python: {ROOT}, {python}")
    with open_folder() as home:
        account.owns(home)
        with up(home / "data", "--no-demo", account=account) as started:
            assert started.runs()
            assert {Path(f"/proc/{number}").stat().st_uid for number in started.children().values()} == {account.uid}
            assert started.stop() == 0
