"""Each sibling alone carries jobs out; they end, fail, are tried again, are cancelled, and drain as they should."""

import asyncio
import os
import signal
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from domain.access.principal import OPERATOR
from domain.database import Database
from domain.deployment import Deployment
from domain.ledger import cancel_job, leases, workers_seen
from domain.ledger.rules import FIRST_PAUSE
from domain.vocabulary import JobKind, JobStatus
from jobs import wake
from jobs.cpu import Calculator
from jobs.crew import Crew
from jobs.keeper import Keeper
from jobs.wake import Waker
from jobs.worker import LOOK_EVERY
from tests.support.jobs import REGISTRY, House
from tests.support.waiting import eventually, gone


async def cancel(db: Database, job_id: UUID) -> None:
    async with db.transaction() as tx:
        await cancel_job(tx, job_id, principal=OPERATOR, now=datetime.now(UTC))


# What becomes of jobs as it happens: whoever looks now and then may miss some of it.
NOTES = """
CREATE TABLE noted (number integer GENERATED ALWAYS AS IDENTITY, status text, attempts integer, error text,
  pause interval);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  INSERT INTO noted (status, attempts, error, pause)
  VALUES (NEW.status, NEW.attempts, NEW.error, NEW.run_after - clock_timestamp());
  RETURN NULL;
END $$;
CREATE TRIGGER note AFTER UPDATE OF status ON job FOR EACH ROW EXECUTE FUNCTION note();
"""


@pytest.mark.parametrize("part", ["loop", "worker"])
async def test_either_alone_carries_a_job_out(workers: House, part: str) -> None:
    job_id = await workers.job("slow", steps=3)
    workers.start(part)
    view = await workers.ended(job_id)
    assert (view.status, view.attempts, view.result) == (JobStatus.SUCCEEDED, 1, {"attempt": 1})
    assert await workers.effects(job_id) == 1
    await workers.at_work()
    async with workers.db.connection() as connection:
        assert [(beat.part, beat.alive) for beat in await workers_seen(connection)] == [(part, True)]


async def test_a_nudge_is_heard_at_once(workers: House, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """By a worker that does not look by itself."""
    monkeypatch.setattr(wake, "BUDGET", 60.0)  # a busy machine takes longer, and then a nudge is rightly given up
    workers.start("nudged-worker")
    await workers.at_work()
    waker = Waker(redis_url)
    waits = []
    for _ in range(6):
        job_id = await workers.job("slow", steps=0)
        began = time.monotonic()
        await waker.wake(job_id)
        await workers.ended(job_id)
        waits.append(time.monotonic() - began)
    await waker.close()
    assert (waker.sent, waker.failed) == (6, 0)
    assert min(waits) < LOOK_EVERY, "sooner than it would have looked by itself"


async def test_how_jobs_end(workers: House) -> None:
    """One worker, one job for each way to end."""
    jobs = {
        "refused": await workers.job("refuse"),
        "too slow": await workers.job("sleep_for_ever", JobKind.IMPORT),
        "reckoned": await workers.job("reckon", numbers=[1, 2, 3]),
        "looked long": await workers.job("look_long"),
        "failed": await workers.job("stumble", JobKind.SNAPSHOT_METRICS, times=9),
        "deadly": await workers.job("slow", JobKind.SNAPSHOT_METRICS, steps=1),
    }
    async with workers.db.connection() as connection:
        await connection.execute("UPDATE job SET attempts = 1 WHERE job_id = $1", jobs["failed"])
        fell_silent = "attempts = 2, status = 'RUNNING', lease_until = clock_timestamp()"
        await connection.execute(f"UPDATE job SET {fell_silent} WHERE job_id = $1", jobs["deadly"])
    workers.start("worker")
    ends = {name: await workers.ended(job_id) for name, job_id in jobs.items()}
    failed, succeeded = JobStatus.FAILED, JobStatus.SUCCEEDED
    assert {name: (view.status, view.attempts, view.error) for name, view in ends.items()} == {
        "refused": (failed, 1, "there is nothing to export"),
        "too slow": (failed, 1, "took longer than 1 seconds and was ended"),
        "reckoned": (succeeded, 1, None),
        # Its snapshot is older than the renewals of its lease: that must not be taken for a stale attempt.
        "looked long": (succeeded, 1, None),
        "failed": (failed, 2, ends["failed"].error),
        "deadly": (failed, 3, "given up: none of 2 attempts came to an end, the last worker fell silent"),
    }
    assert (ends["failed"].error or "").startswith("ZeroDivisionError in stumble")
    assert ends["reckoned"].result == {"sum": 6}
    assert {(view.progress, view.detail) for view in ends.values() if view.status is succeeded} == {(1.0, None)}
    assert await workers.effects(jobs["deadly"]) == 0
    assert "jane" not in workers.said()


async def test_failures_are_tried_again_and_their_words_hold_no_data(workers: House) -> None:
    async with workers.db.connection() as connection:
        await connection.execute(NOTES)
    workers.start("worker")
    job_id = await workers.job("stumble", times=1)
    await workers.until(lambda: workers.number("SELECT count(*) FROM noted WHERE status = 'QUEUED'"), 1)
    async with workers.db.connection() as connection:
        await connection.execute("UPDATE job SET run_after = clock_timestamp() WHERE job_id = $1", job_id)
    view = await workers.ended(job_id)
    assert (view.status, view.attempts, view.result) == (JobStatus.SUCCEEDED, 2, {"attempt": 2})
    async with workers.db.connection() as connection:
        began, failed, *_ = rows = await connection.fetch("SELECT * FROM noted ORDER BY number")
    assert [(row["status"], row["attempts"]) for row in rows] == [
        ("RUNNING", 1), ("QUEUED", 1), ("RUNNING", 2), ("SUCCEEDED", 2),
    ]  # fmt: skip
    assert began["error"] is None
    assert failed["error"].startswith("ZeroDivisionError in stumble")
    assert timedelta(seconds=1) < failed["pause"] <= FIRST_PAUSE
    assert "jane" not in workers.said()


@pytest.mark.parametrize("scene", ["slow", "reckon_for_ever"])
async def test_a_running_job_is_cancelled(workers: House, scene: str) -> None:
    workers.start("worker")
    job_id = await workers.job(scene, steps=600)
    await workers.begun(job_id)
    await cancel(workers.db, job_id)
    began = time.monotonic()
    view = await workers.ended(job_id)
    assert view.status is JobStatus.CANCELLED
    assert time.monotonic() - began < 20  # its 600 steps would take far longer
    assert await workers.effects(job_id) == 0


async def test_told_to_stop_it_ends_what_it_has_begun_and_takes_nothing_new(workers: House) -> None:
    child = workers.start("worker")
    begun = await workers.job("slow", steps=15)
    await workers.begun(begun)
    child.ask_to_stop()
    assert await eventually(lambda: not pending(child.pid, signal.SIGTERM), within=60)
    await asyncio.sleep(0.3)
    late = await workers.job("slow", steps=1)
    assert await asyncio.to_thread(child.stop) == 0, workers.said()
    view = await workers.look(begun)
    assert (view.status, view.attempts) == (JobStatus.SUCCEEDED, 1)
    assert (await workers.look(late)).status is JobStatus.QUEUED
    assert await workers.number("SELECT count(*) FROM worker_beat") == 0


async def test_what_does_not_end_in_time_goes_back_into_the_queue(workers: House) -> None:
    keeper, stopping = Keeper(workers.db.url), asyncio.Event()
    deployment = Deployment.from_environment(workers.environment)
    crew = Crew(workers.db, deployment, REGISTRY, keeper, Calculator(), lanes=1, look_every=0.05, drain_within=0.2)
    working = asyncio.create_task(crew.work(stopping))
    job_id = await workers.job("sleep_for_ever")
    await workers.begun(job_id)
    stopping.set()
    await working
    view = await workers.look(job_id)
    assert (view.status, view.attempts, view.error) == (JobStatus.QUEUED, 1, None)
    async with workers.db.transaction() as tx:
        assert await leases.lease_next(tx, [JobKind.EXPORT]) is not None


async def test_two_loops_and_a_worker_fire_once_and_run_once(workers: House) -> None:
    jobs = [await workers.job("slow", steps=2) for _ in range(12)]
    for part in ("loop", "loop", "worker"):
        workers.start(part)
    views = [await workers.ended(job_id) for job_id in jobs]
    assert {(view.status, view.attempts) for view in views} == {(JobStatus.SUCCEEDED, 1)}
    await workers.at_work(3)
    await workers.until(lambda: workers.effects_of("tick"), 1)
    assert await workers.number("SELECT count(*) FROM effect WHERE what = 'done'") == 12
    assert await workers.number("SELECT count(*) FROM effect WHERE who = 'tick'") == 1


async def test_the_end_of_the_parent_is_the_end_of_its_arithmetic(workers: House) -> None:
    child = workers.start("worker")
    await workers.begun(await workers.job("reckon_for_ever"))
    assert await eventually(lambda: bool(children_of(child.pid)))
    reckoners = children_of(child.pid)
    os.kill(child.pid, signal.SIGKILL)
    assert await eventually(lambda: all(gone(pid) for pid in reckoners), within=30)


def pending(pid: int, number: signal.Signals) -> bool:
    """Whether the process has yet to be told of the signal."""
    told = dict(line.split(":\t", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return bool((int(told["SigPnd"], 16) | int(told["ShdPnd"], 16)) >> (number - 1) & 1)


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
