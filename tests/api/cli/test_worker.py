"""`rapport worker`: two siblings that begin and end together, whatever ends their parent."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.api.cli.terminal import SECRET
from tests.support.waiting import gone, soon

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


def test_asked_to_stop_both_go_and_the_command_says_that_all_is_well(worker: subprocess.Popen[bytes]) -> None:
    assert soon(lambda: len(siblings(worker)) == 2, within=30)
    time.sleep(3)
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(35) == 0


def test_where_one_ends_the_other_does_too(worker: subprocess.Popen[bytes]) -> None:
    assert soon(lambda: len(siblings(worker)) == 2, within=30)
    first, second = siblings(worker)
    first.kill()
    assert worker.wait(35) == 1
    assert gone(second.pid)


def test_a_killed_parent_leaves_no_orphan(worker: subprocess.Popen[bytes]) -> None:
    assert soon(lambda: len(siblings(worker)) == 2, within=30)
    both = siblings(worker)
    worker.kill()
    assert soon(lambda: all(gone(process.pid) for process in both), within=35)
