"""A child dies with its parent, stops when asked, is killed when deaf, and runs as somebody harmless."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from api.up.child import Child, ChildFailed, Command, run_to_end, unprivileged
from tests.support.waiting import gone, soon

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent died")
ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can start something as somebody else")


def python(code: str, log: Path | None = None, **more: object) -> Command:
    return Command("a child", (sys.executable, "-c", code), log=log, **more)  # type: ignore[arg-type]


def test_it_stops_when_asked(tmp_path: Path) -> None:
    child = Child(python("import time; print('up', flush=True); time.sleep(60)", tmp_path / "log"))
    assert soon(lambda: "up" in (tmp_path / "log").read_text())
    assert child.stop() == -signal.SIGTERM


def test_it_is_killed_where_it_does_not_listen(tmp_path: Path) -> None:
    deaf = "import signal, time; signal.signal(15, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
    child = Child(python(deaf, tmp_path / "log", stop_within=0.2))
    assert soon(lambda: "deaf" in (tmp_path / "log").read_text())
    assert child.stop() == -signal.SIGKILL


def test_a_gated_one_waits_for_its_word(tmp_path: Path) -> None:
    child = Child(
        python("import sys; print('here', flush=True); print(sys.stdin.readline())", tmp_path / "log", gated=True)
    )
    assert soon(lambda: "here" in (tmp_path / "log").read_text())
    assert child.ended() is None
    child.open_gate()
    assert soon(lambda: child.ended() == 0)
    assert "go" in (tmp_path / "log").read_text()


def test_a_failure_is_told_with_its_last_words(tmp_path: Path) -> None:
    with pytest.raises(ChildFailed, match=r"code 3(.|\n)*no such luck"):
        run_to_end(python("import sys; print('no such luck'); sys.exit(3)", tmp_path / "log"))


@LINUX
def test_it_dies_with_a_parent_that_was_killed() -> None:
    parent = (
        "from api.up.child import Child, Command; import sys, time;"
        "print(Child(Command('c', (sys.executable, '-c', 'import time; time.sleep(60)'), None)).pid, flush=True);"
        "time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", parent], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        pid = int(process.stdout.readline())
        assert not gone(pid)
        process.kill()
    assert soon(lambda: gone(pid))


@ROOT
@LINUX
def test_roots_child_runs_as_somebody_else_and_still_dies_with_its_parent() -> None:
    account = unprivileged()
    assert account is not None
    parent = (
        "from api.up.child import Child, Command, unprivileged; import time;"
        "print(Child(Command('c', ('/bin/sleep', '60'), None, account=unprivileged())).pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", parent], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        pid = int(process.stdout.readline())
        status = Path(f"/proc/{pid}/status").read_text()
        assert f"Uid:\t{account.uid}\t{account.uid}\t{account.uid}\t{account.uid}" in status
        assert "\nGroups:\t \n" in status
        process.kill()
    assert soon(lambda: gone(pid))
