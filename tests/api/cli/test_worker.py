"""`rapport worker`: two siblings that begin and end together, whatever ends their parent."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import psutil
import pytest

from tests.api.cli.terminal import SECRET
from tests.support.waiting import PATIENCE, gone, soon

pytestmark = pytest.mark.proof


@pytest.fixture
def worker(database_url: str, redis_url: str) -> Iterator[subprocess.Popen[bytes]]:
    environment = os.environ | {"DATABASE_URL": database_url, "REDIS_URL": redis_url, "RAPPORT_SECRET": SECRET}
    command = [str(Path(sys.executable).parent / "rapport"), "worker"]
    with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as process:
        yield process
        process.kill()


def siblings(worker: subprocess.Popen[bytes]) -> list[psutil.Process]:
    return psutil.Process(worker.pid).children()


async def at_work(database_url: str) -> int:
    """How many have given a sign of life: from then on a signal is heard."""
    connection = await asyncpg.connect(database_url)
    try:
        return int(await connection.fetchval("SELECT count(*) FROM worker_beat"))
    finally:
        await connection.close()


def test_asked_to_stop_both_go_and_the_command_says_that_all_is_well(
    worker: subprocess.Popen[bytes], database_url: str
) -> None:
    assert soon(lambda: asyncio.run(at_work(database_url)) == 2, within=3 * PATIENCE)
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(PATIENCE) == 0


def test_where_one_ends_the_other_does_too(worker: subprocess.Popen[bytes]) -> None:
    assert soon(lambda: len(siblings(worker)) == 2, within=3 * PATIENCE)
    first, second = siblings(worker)
    first.kill()
    assert worker.wait(PATIENCE) == 1
    assert gone(second.pid)


def test_a_killed_parent_leaves_no_orphan(worker: subprocess.Popen[bytes]) -> None:
    assert soon(lambda: len(siblings(worker)) == 2, within=3 * PATIENCE)
    both = siblings(worker)
    worker.kill()
    assert soon(lambda: all(gone(process.pid) for process in both))
