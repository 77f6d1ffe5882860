"""Workers for tests: the product's processes with a registry of their own, whose one function plays what it is told.

`python -m tests.support.jobs loop` and `… worker` are the two siblings with that registry; `product-…` have ours, and
`nudged-worker` does not look by itself.
"""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from uuid import UUID

from api.up.child import Child, Command
from domain.access.principal import OPERATOR
from domain.database import Database, Tx
from domain.errors import Fault, Refused
from domain.ledger import JobView, show_job
from domain.ledger.commands import enqueue
from domain.ledger.rules import Entry
from domain.vocabulary import JobKind
from jobs import loop, process, worker
from jobs.process import run
from jobs.registry import Registry, Task, product
from jobs.rounds import Round
from jobs.work import Work

ROOT = Path(__file__).parents[2]
Played = dict[str, object]

EFFECT = (
    "CREATE TABLE effect (who TEXT NOT NULL, what TEXT NOT NULL, at timestamptz NOT NULL DEFAULT clock_timestamp())"
)


async def leave_a_trace(tx: Tx, who: object, what: object) -> None:
    await tx.execute("INSERT INTO effect (who, what) VALUES ($1, $2)", str(who), str(what))


async def slow(work: Work) -> Played:
    """Takes its time, tells how far it is, and then has one effect, which ends the job with it."""
    steps = int(str(work.arguments["steps"]))
    async with work.db.connection() as connection:
        await leave_a_trace(connection, "begun by", os.getpid())
    for step in range(steps):
        await work.progress(step / steps, f"step {step}")
        await asyncio.sleep(0.1)
    result: Played = {"attempt": work.attempt}
    async with work.transaction() as tx:
        await leave_a_trace(tx, work.job_id, "done")
        await work.finish(tx, result)
    return result


async def block(work: Work) -> Played:
    """Blocks its event loop, as nothing should."""
    async with work.db.connection() as connection:
        await leave_a_trace(connection, "begun by", os.getpid())
    time.sleep(float(str(work.arguments["seconds"])))  # noqa: ASYNC251 (that is the point)
    async with work.transaction() as tx:
        await leave_a_trace(tx, work.job_id, "done")
    return {"attempt": work.attempt}


async def stumble(work: Work) -> Played:
    """Fails as often as it is told."""
    if work.attempt <= int(str(work.arguments["times"])):
        raise ZeroDivisionError("jane@example.org")
    return {"attempt": work.attempt}


async def look_long(work: Work) -> Played:
    """Reads in one long snapshot, during which the lease is renewed, as the full scoring does."""
    async with work.transaction() as tx:
        await tx.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        count = await tx.fetchval("SELECT count(*) FROM effect")
        for share in (0.3, 0.6, 0.9):
            await asyncio.sleep(0.3)
            await work.progress(share, "looking")
        assert await tx.fetchval("SELECT count(*) FROM effect") == count
    return {"attempt": work.attempt}


async def refuse(work: Work) -> None:
    raise Refused(Fault.invalid("there is nothing to export"))


async def reckon(work: Work) -> Played:
    """Arithmetic in another process."""
    return {"sum": await work.compute(add_up, work.arguments["numbers"])}


async def reckon_for_ever(work: Work) -> None:
    await work.compute(never_end)


async def sleep_for_ever(work: Work) -> None:
    await asyncio.sleep(3600)


def add_up(numbers: list[int]) -> int:
    return sum(numbers)


def never_end() -> None:
    while True:
        time.sleep(0.1)


_SCENES: dict[str, Callable[[Work], Awaitable[Mapping[str, object] | None]]] = {
    scene.__name__: scene
    for scene in (slow, block, stumble, look_long, refuse, reckon, reckon_for_ever, sleep_for_ever)
}


async def play(work: Work) -> Mapping[str, object] | None:
    return await _SCENES[str(work.arguments["play"])](work)


async def score(round_: Round, tx: Tx, marked: Mapping[UUID, int]) -> None:
    """A round's function: leaves a trace for each customer, and stumbles over those that are poison."""
    poison = {row["who"] for row in await tx.fetch("SELECT who FROM effect WHERE what = 'poison'")}
    for customer, generation in marked.items():
        if str(customer) in poison:
            raise ZeroDivisionError
        await leave_a_trace(tx, customer, f"scored {generation}")


async def tick(tx: Tx, now: datetime) -> None:
    await leave_a_trace(tx, "tick", now)


REGISTRY = Registry(
    tasks={
        JobKind.EXPORT: Task(play, alone=False),
        JobKind.IMPORT: Task(play, alone=False, timeout=timedelta(seconds=1)),
        JobKind.SNAPSHOT_METRICS: Task(play, alone=False, max_attempts=2),
    },
    rounds={"round": score},
    errands={"tick": tick},
    timetable=(Entry("round", every=timedelta(seconds=1)), Entry("tick", every=timedelta(hours=1))),
)


def by_day() -> Registry:
    """The product's, without the jobs of the night: no test shall depend on the hour at which it is run."""
    ours = product()
    return replace(ours, timetable=tuple(entry for entry in ours.timetable if entry.kind is None))


@dataclass(slots=True)
class House:
    """A database with a table for effects, and the workers of a test."""

    db: Database
    environment: dict[str, str]
    folder: Path
    workers: list[Child] = field(default_factory=list)

    def start(self, part: str) -> Child:
        argv = (sys.executable, "-m", "tests.support.jobs", part)
        log = self.folder / f"{part}{len(self.workers)}.log"
        child = Child(Command(part, argv, log=log, env=self.environment | {"PYTHONPATH": str(ROOT)}, stop_within=30))
        self.workers.append(child)
        return child

    async def at_work(self, count: int = 1) -> None:
        """Until so many have given a sign of life."""
        await self.until(lambda: self.number("SELECT count(*) FROM worker_beat"), count)

    async def job(self, scene: str, kind: JobKind = JobKind.EXPORT, **arguments: object) -> UUID:
        async with self.db.transaction() as tx:
            said = {"play": scene, **arguments}
            return await enqueue(tx, kind, said, principal=OPERATOR, now=datetime.now(UTC))

    async def look(self, job_id: UUID) -> JobView:
        async with self.db.connection() as connection:
            view = await show_job(connection, job_id)
        assert view is not None
        return view

    async def ended(self, job_id: UUID, within: float = 60) -> JobView:
        end = time.monotonic() + within
        while not (view := await self.look(job_id)).finished:
            assert time.monotonic() < end, f"{view}\n{self.said()}"
            await asyncio.sleep(0.02)
        return view

    async def begun(self, job_id: UUID, attempts: int = 1, within: float = 60) -> JobView:
        end = time.monotonic() + within
        while (view := await self.look(job_id)).attempts < attempts:
            assert time.monotonic() < end, f"{view}\n{self.said()}"
            await asyncio.sleep(0.02)
        return view

    async def number(self, question: str, *arguments: object) -> int:
        async with self.db.connection() as connection:
            return int(await connection.fetchval(question, *arguments))

    async def effects(self, who: object, what: str = "done") -> int:
        return await self.number("SELECT count(*) FROM effect WHERE who = $1 AND what = $2", str(who), what)

    async def effects_of(self, who: str) -> int:
        return await self.number("SELECT count(*) FROM effect WHERE who = $1", who)

    async def until(self, ask: Callable[[], Awaitable[int]], count: int, within: float = 60) -> None:
        end = time.monotonic() + within
        while (answer := await ask()) < count:
            assert time.monotonic() < end, f"{answer} of {count}\n{self.said()}"
            await asyncio.sleep(0.02)

    def said(self) -> str:
        """What the workers logged, for a failure."""
        return "\n".join(log.read_text() for log in sorted(self.folder.glob("*.log")))


@asynccontextmanager
async def house(database_url: str, redis_url: str, folder: Path) -> AsyncIterator[House]:
    environment = {"DATABASE_URL": database_url, "REDIS_URL": redis_url, "RAPPORT_SECRET": "5e" * 32}
    async with AsyncExitStack() as stack:
        db = Database(database_url, wait=timedelta(minutes=1))
        stack.push_async_callback(db.close)
        async with db.connection() as connection:
            await connection.execute(EFFECT)
        made = House(db, environment, folder)
        stack.callback(lambda: [child.kill() for child in made.workers])
        yield made


if __name__ == "__main__":
    # Not as __main__: another process must find the functions by their name.
    from tests.support import jobs as named  # noqa: PLW0406

    part = sys.argv[1]
    if part.startswith("nudged"):
        worker.LOOK_EVERY = 3_600.0
    process.GOODBYE_WITHIN = 30.0
    main = worker.main if part.endswith("worker") else loop.main
    run(partial(main, registry=by_day() if part.startswith("product") else named.REGISTRY))
