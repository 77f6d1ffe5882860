"""Nothing is lost and nothing is done twice: workers killed, stopped and blocked, Valkey killed and emptied."""

import asyncio
import os
import shutil
import signal
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import UUID

import pytest

from api.up.child import Child
from api.up.valkey import Valkey
from domain.vocabulary import JobStatus
from jobs import wake
from jobs.wake import Waker
from tests.support.jobs import House, house
from tests.support.servers import PostgresForTests

pytestmark = pytest.mark.proof


async def who_began(workers: House, count: int = 1) -> int:
    """The process that has just begun the job."""
    await workers.until(lambda: workers.effects_of("begun by"), count)
    async with workers.db.connection() as connection:
        return int(await connection.fetchval("SELECT what FROM effect WHERE who = 'begun by' ORDER BY at DESC LIMIT 1"))


async def second_attempt(workers: House, job_id: UUID) -> float:
    """Seconds until somebody took the job up again, less those in which the machine let us do nothing either."""
    since, stood_still = time.monotonic(), 0.0
    while (await workers.look(job_id)).attempts < 2:
        asleep = time.monotonic()
        await asyncio.sleep(0.05)
        stood_still += max(0.0, time.monotonic() - asleep - 0.1)
        assert asleep < since + 60, workers.said()
    return time.monotonic() - since - stood_still


@pytest.mark.parametrize("round_", range(3))
async def test_a_killed_workers_job_is_taken_up_within_ten_seconds_and_has_one_effect(
    workers: House, round_: int
) -> None:
    for part in ("worker", "loop"):
        workers.start(part)
    await workers.at_work(2)
    job_id = await workers.job("slow", steps=30)
    victim = await who_began(workers)
    await asyncio.sleep(0.4 + 0.9 * round_)  # at another point of the lease each time
    os.kill(victim, signal.SIGKILL)
    waited = await second_attempt(workers, job_id)
    view = await workers.ended(job_id)
    assert waited < 10
    assert (view.status, view.attempts, view.result) == (JobStatus.SUCCEEDED, 2, {"attempt": 2})
    assert await workers.effects(job_id) == 1
    print(f"taken up again after {waited:.2f} s")  # noqa: T201 (a figure that the proofs tell)


async def test_a_worker_that_wakes_from_the_dead_changes_nothing(workers: House) -> None:
    for part in ("worker", "loop"):
        workers.start(part)
    await workers.at_work(2)
    job_id = await workers.job("slow", steps=20)
    victim = await who_began(workers)
    os.kill(victim, signal.SIGSTOP)
    waited = await second_attempt(workers, job_id)
    os.kill(victim, signal.SIGCONT)
    view = await workers.ended(job_id)
    await asyncio.sleep(3)  # the first attempt would have come to its end by now
    assert waited < 10
    assert (view.status, view.attempts, view.result) == (JobStatus.SUCCEEDED, 2, {"attempt": 2})
    assert await workers.look(job_id) == view
    assert await workers.effects(job_id) == 1


async def test_fifteen_seconds_of_a_blocked_loop_cause_no_second_attempt(workers: House) -> None:
    for part in ("worker", "loop", "loop"):
        workers.start(part)
    await workers.at_work(3)
    job_id = await workers.job("block", seconds=15)
    view = await workers.ended(job_id)
    assert (view.status, view.attempts, view.result) == (JobStatus.SUCCEEDED, 1, {"attempt": 1})
    assert await workers.effects(job_id) == 1
    assert await workers.effects_of("begun by") == 1


class OwnValkey:
    """A server that a test may kill."""

    def __init__(self, folder: Path) -> None:
        self.server = Valkey(folder / "data", folder / "s", folder / "valkey.log")
        self.child: Child | None = None

    async def start(self) -> None:
        self.server.prepare()
        self.child = Child(self.server.command())
        await self.server.ready(self.child)

    def kill(self) -> None:
        assert self.child is not None
        self.child.kill()

    def forget_everything(self) -> None:
        shutil.rmtree(self.server.folder)


@pytest.fixture
def valkey() -> Iterator[OwnValkey]:
    folder = Path(tempfile.mkdtemp(prefix="rapport-valkey-"))
    own = OwnValkey(folder)
    yield own
    own.kill()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
async def on_own_valkey(valkey: OwnValkey, database_url: str, tmp_path: Path) -> AsyncIterator[House]:
    await valkey.start()
    async with house(database_url, valkey.server.url(), tmp_path) as made:
        yield made


async def start_and_wake(workers: House, waker: Waker) -> UUID:
    """As a mutation does it: the row is committed, then the workers are woken, and that takes no time."""
    job_id = await workers.job("slow", steps=2)
    began = time.monotonic()
    await waker.wake(job_id)
    assert time.monotonic() - began < 5
    return job_id


async def test_valkey_killed_emptied_and_back(
    valkey: OwnValkey, on_own_valkey: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    workers = on_own_valkey
    waker = Waker(valkey.server.url())
    looking = [workers.start(part) for part in ("worker", "loop")]
    workers.start("nudged-worker")
    await workers.at_work(3)

    going = await workers.job("slow", steps=20)
    await workers.begun(going)
    valkey.kill()
    without = [await start_and_wake(workers, waker) for _ in range(10)]
    assert (waker.sent, waker.failed) == (0, 10)
    for job_id in [going, *without]:
        view = await workers.ended(job_id)
        assert (view.status, view.attempts) == (JobStatus.SUCCEEDED, 1)

    valkey.forget_everything()
    await valkey.start()
    for child in looking:
        child.stop()
    monkeypatch.setattr(wake, "BUDGET", 60.0)  # a busy machine takes longer, and then a nudge is rightly given up
    for _ in range(6):  # heard by one that comes back by itself, and does not look by itself
        job_id = await workers.job("slow", steps=0)
        await waker.wake(job_id)
        await workers.ended(job_id)
    assert waker.failed == 10
    assert await workers.number("SELECT count(*) FROM effect WHERE what = 'done'") == 17
    await waker.close()


async def test_valkey_emptied_under_the_worker(valkey: OwnValkey, on_own_valkey: House) -> None:
    workers = on_own_valkey
    waker = Waker(valkey.server.url())
    jobs = [await start_and_wake(workers, waker) for _ in range(10)]  # nudges nobody has heard yet
    await flush(valkey)
    for part in ("worker", "loop"):
        workers.start(part)
    jobs += [await start_and_wake(workers, waker) for _ in range(10)]
    await flush(valkey)
    for job_id in jobs:
        assert (await workers.ended(job_id)).attempts == 1
        assert await workers.effects(job_id) == 1
    await waker.close()


async def flush(valkey: OwnValkey) -> None:
    reader, writer = await asyncio.open_unix_connection(str(valkey.server.socket))
    writer.write(b"FLUSHALL\r\n")
    assert await reader.readline() == b"+OK\r\n"
    writer.close()


@pytest.fixture
async def own_postgres() -> AsyncIterator[PostgresForTests]:
    folder = Path(tempfile.mkdtemp(prefix="rapport-postgres-"))
    os.chmod(folder, 0o711)  # Postgres may run as somebody else
    own = PostgresForTests(folder / "postgres", durable=True, spares=0)
    await own.start()
    yield own
    await own.stop()
    shutil.rmtree(folder, ignore_errors=True)


async def test_postgres_killed_and_back(own_postgres: PostgresForTests, redis_url: str, tmp_path: Path) -> None:
    url = await own_postgres.fresh_database()
    async with house(url, redis_url, tmp_path) as workers:
        children = [workers.start(part) for part in ("worker", "loop")]
        await workers.at_work(2)
        going = await workers.job("slow", steps=40)
        waiting = [await workers.job("slow", steps=10) for _ in range(8)]
        await workers.begun(going)
        assert own_postgres.child is not None
        own_postgres.child.kill()
        await asyncio.sleep(2)
        own_postgres.child = Child(own_postgres.server.command())
        await own_postgres.server.ready(own_postgres.child)
        for job_id in [going, *waiting]:
            view = await workers.ended(job_id, within=60)
            assert view.status is JobStatus.SUCCEEDED
            assert await workers.effects(job_id) == 1
        assert [child.ended() for child in children] == [None, None], workers.said()
