"""The tree: who dies is started again, first at once and then ever later; the last rank is stopped first."""

import asyncio
import os
import signal
import sys
import time
from pathlib import Path

import pytest

from api.up.child import Child, ChildFailed, Command
from api.up.tree import Branch, Tree
from tests.support.waiting import PATIENCE, eventually, soon


def sleeper(name: str, log: Path | None = None) -> Command:
    code = (
        "import signal, sys, time\n"
        "def end(*_): print(sys.argv[1], flush=True); time.sleep(0.05); sys.exit()\n"
        "signal.signal(15, end); print('up', flush=True)\ntime.sleep(60)"
    )
    return Command(name, (sys.executable, "-c", code, name), log)


async def test_who_is_killed_comes_back_at_once(tmp_path: Path) -> None:
    told: list[str] = []
    tree = Tree(tell=told.append)
    first = tree.grow(sleeper("a", tmp_path / "log"), 0)
    watching = asyncio.create_task(tree.watch())
    os.kill(first.pid, signal.SIGKILL)
    try:
        assert await eventually(lambda: "up" in (tmp_path / "log").read_text() and bool(told))
        assert told == [f"a ended with code -9: it is started again (see {tmp_path / 'log'})"]
    finally:
        watching.cancel()
        tree.stop()


def test_who_cannot_live_is_tried_ever_more_rarely() -> None:
    """By a clock that goes on as we look: the first death comes after it was steady."""
    branch = Branch(mayfly := Command("mayfly", (sys.executable, "-c", ""), None), 0, Child(mayfly))
    now, pauses = time.monotonic() + 1000, []
    for _ in range(6):
        assert soon(lambda: branch.child.ended() is not None)
        told, dead = branch.look(now), branch.child
        assert told is not None
        assert "ended with code 0: it is started again" in told
        assert branch.again_at is not None
        pauses.append(round(branch.again_at - now, 2))
        if pauses[-1]:
            assert branch.look(branch.again_at - 0.01) is None
            assert branch.child is dead
        assert branch.look(branch.again_at) is None
        assert branch.child is not dead
        now = branch.child.started
    branch.child.kill()
    assert pauses == [0, 1, 2, 4, 5, 5]


async def test_ranks_stop_one_after_the_other(tmp_path: Path) -> None:
    tree, log = Tree(), tmp_path / "log"
    for name, rank in (("postgres", 0), ("valkey", 1), ("worker", 2), ("web", 3)):
        tree.grow(sleeper(name, log), rank)
    assert await eventually(lambda: log.read_text().count("up") == 4)
    tree.stop()
    assert log.read_text().split()[4:] == ["web", "worker", "valkey", "postgres"]


async def test_one_that_dies_while_starting_is_the_starts_failure(tmp_path: Path) -> None:
    async def never() -> bool:
        return False

    tree = Tree()
    child = tree.grow(Command("web", (sys.executable, "-c", "raise SystemExit('port taken')"), tmp_path / "log"), 0)
    with pytest.raises(ChildFailed, match="port taken"):
        await tree.until_ready(child, never, within=PATIENCE)
