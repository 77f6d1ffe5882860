"""The tree: who dies is started again, first at once and then ever later; the last rank is stopped first."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from api.up.child import ChildFailed, Command
from api.up.tree import Tree
from tests.support.waiting import eventually


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


async def test_who_cannot_live_is_tried_ever_more_rarely() -> None:
    told: list[str] = []
    tree = Tree(tell=told.append)
    tree.grow(Command("mayfly", (sys.executable, "-c", ""), None), 0)
    watching = asyncio.create_task(tree.watch())
    await asyncio.sleep(3)
    watching.cancel()
    tree.stop()
    assert 2 <= len(told) <= 4, "at once, after 1 s, after 2 s"


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
        await tree.until_ready(child, never, within=5)
