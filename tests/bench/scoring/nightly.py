"""The nightly run as it is: a job in the ledger, taken up by the product's worker; its seconds, phases and memory."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import psutil

from api.up.child import Child, Command
from domain.access.principal import OPERATOR
from domain.database import Database
from domain.ledger import show_job
from domain.ledger.commands import enqueue
from domain.vocabulary import JobKind, JobStatus
from tests.bench.read.servers import SECRET
from tests.support.servers import ROOT

_LOOK_EVERY = 0.05
_MIB = 1 << 20


@dataclass(slots=True)
class Peak:
    """Of memory that is resident, in MiB: of the worker, of its calculating processes, and of both at one moment."""

    worker: float = 0
    calculating: float = 0
    together: float = 0

    def look(self, worker: psutil.Process) -> None:
        try:
            own = worker.memory_info().rss / _MIB
            others = sum(child.memory_info().rss for child in worker.children(recursive=True)) / _MIB
        except psutil.Error:
            return
        self.worker, self.calculating = max(self.worker, own), max(self.calculating, others)
        self.together = max(self.together, own + others)


@dataclass(slots=True)
class Night:
    """`seconds` of the job from its beginning to its end; of its phases by what it said that it was doing."""

    seconds: float = 0
    phases: dict[str, float] = field(default_factory=dict)
    processor: dict[str, float] = field(default_factory=dict)


@asynccontextmanager
async def worker(database_url: str, redis_url: str, folder: Path) -> AsyncIterator[psutil.Process]:
    environment = {"DATABASE_URL": database_url, "REDIS_URL": redis_url, "RAPPORT_SECRET": SECRET}
    command = (sys.executable, "-m", "jobs.worker")
    log = folder / "worker.log"
    child = Child(Command("worker", command, log=log, env=environment | {"PYTHONPATH": str(ROOT)}, stop_within=30))
    try:
        yield psutil.Process(child.pid)
    finally:
        child.stop()


async def done(db: Database, kind: JobKind) -> None:
    """Start such a job, and wait until the worker has done it."""
    async with db.transaction() as tx:
        job = await enqueue(tx, kind, {}, principal=OPERATOR, now=datetime.now(UTC))
    while True:
        async with db.connection() as connection:
            view = await show_job(connection, job)
        assert view is not None
        if view.finished:
            assert view.status is JobStatus.SUCCEEDED, view
            return
        await asyncio.sleep(0.2)


async def night(db: Database, doer: psutil.Process, peak: Peak) -> Night:
    """Start SCORE_CUSTOMERS and look on until it has ended."""
    async with db.transaction() as tx:
        job_id = await enqueue(tx, JobKind.SCORE_CUSTOMERS, {}, principal=OPERATOR, now=datetime.now(UTC))
    found, doing, since = Night(), "", time.monotonic()
    before = _processor(doer)
    while True:
        async with db.connection() as connection:
            view = await show_job(connection, job_id)
        assert view is not None
        peak.look(doer)
        said = "" if view.started_at is None else (view.detail or "Beginning").split(":")[0]
        if said != doing or view.finished:
            if doing:
                found.phases[doing] = found.phases.get(doing, 0) + time.monotonic() - since
            doing, since = said, time.monotonic()
        if view.finished:
            break
        await asyncio.sleep(_LOOK_EVERY)
    assert view.status is JobStatus.SUCCEEDED, view
    assert view.started_at is not None
    assert view.finished_at is not None
    found.seconds = (view.finished_at - view.started_at).total_seconds()
    found.processor = {name: used - before[name] for name, used in _processor(doer).items()}
    return found


def _processor(doer: psutil.Process) -> dict[str, float]:
    """Seconds that it and its calculating processes have used."""
    own = doer.cpu_times()
    others = [child.cpu_times() for child in doer.children(recursive=True)]
    used = sum(each.user + each.system for each in others) + own.children_user + own.children_system
    return {"worker": own.user + own.system, "calculating": used}
