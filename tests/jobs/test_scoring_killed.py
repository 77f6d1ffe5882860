"""SCORE_CUSTOMERS killed with -9 wherever it is: it goes on, readers see whole runs only, and the end is the same."""

import asyncio
import random
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from uuid import UUID

import numpy as np
import pytest

from api.up.child import Child, Command
from domain.access.principal import OPERATOR
from domain.analytics.commands_fitting import fit_value_model
from domain.analytics.compute import here
from domain.database import Database
from domain.ledger.commands import enqueue
from domain.vocabulary import JobKind, JobStatus
from tests.domain.analytics.facts import NOW, changed_pass, full_run, order, scores, town
from tests.support.jobs import ROOT, House
from tests.support.mortal import SWITCHED

pytestmark = pytest.mark.proof

PEOPLE = 1_000
BEFORE = ("Reading", "Foreseeing", "Writing", "Keeping what was read")
LATER = ("0.1", "Making indexes", SWITCHED, "Keeping history")
"""Where it is killed: as it tells, or so many seconds after it has begun to tell."""


class Life:
    """What goes on meanwhile: some customers buy all the time, and somebody looks at everybody's scores."""

    def __init__(self, db: Database, people: list[UUID], seed: int) -> None:
        self.db, self.chance = db, random.Random(seed)
        self.busy = set(self.chance.sample(people, len(people) // 20))
        self.orders, self.looks, self.runs = 0, 0, set[object]()

    async def buy(self) -> None:
        while True:
            async with self.db.transaction() as tx:
                when = NOW - timedelta(days=self.chance.uniform(0, 30))
                await order(tx, self.chance.choice(sorted(self.busy)), when, self.chance.uniform(1, 90))
            self.orders += 1
            await asyncio.sleep(0.02)

    async def look(self) -> None:
        """One statement sees one run: everybody but those who buy has the same as-of."""
        while True:
            async with self.db.connection() as connection:
                rows = await connection.fetch("SELECT customer_id, as_of, ranked_of FROM customer_score")
            assert len(rows) == PEOPLE
            runs = {(row["as_of"], row["ranked_of"]) for row in rows if row["customer_id"] not in self.busy}
            assert len(runs) == 1, "half of a run was seen"
            self.runs |= runs
            self.looks += 1
            await asyncio.sleep(0.005)


@asynccontextmanager
async def going_on(life: Life) -> AsyncIterator[None]:
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(deed()) for deed in (life.buy, life.look)]
        yield
        for task in tasks:
            task.cancel()


async def killed(house: House, job: UUID, point: str) -> None:
    """A worker that dies there; whoever comes next need not wait until the lease is over."""
    environment, log = house.environment | {"PYTHONPATH": str(ROOT)}, house.folder / f"mortal{len(house.workers)}.log"
    argv = (sys.executable, "-m", "tests.support.mortal", point)
    child = Child(Command("mortal", argv, log=log, env=environment, stop_within=30))
    house.workers.append(child)
    async with asyncio.timeout(180):
        while child.ended() is None:
            assert not (await house.look(job)).finished, f"never came to {point}\n{house.said()}"
            await asyncio.sleep(0.01)
    assert child.ended() == -signal.SIGKILL, house.said()
    async with house.db.connection() as connection:
        await connection.execute("UPDATE job SET lease_until = clock_timestamp() WHERE job_id = $1", job)


async def run_killed(house: House, points: tuple[str, ...]) -> datetime:
    """The job, killed at each of the points, one attempt after the other; as of when it has scored in the end."""
    async with house.db.transaction() as tx:
        job = await enqueue(tx, JobKind.SCORE_CUSTOMERS, {}, principal=OPERATOR, now=datetime.now(UTC))
    for point in points:
        await killed(house, job, point)
    last = house.start("product-worker")
    view = await house.ended(job, within=180)
    last.stop()
    assert (view.status, view.attempts) == (JobStatus.SUCCEEDED, len(points) + 1), house.said()
    assert view.result is not None
    return datetime.fromisoformat(str(view.result["asOf"]))


async def test_killed_anywhere_it_ends_as_if_nothing_had_been_and_nobody_saw_half_of_it(workers: House) -> None:
    people = await town(workers.db, np.random.default_rng(6), PEOPLE)
    async with workers.db.transaction() as tx:
        await fit_value_model(tx, here, until=None, now=NOW)
    life = Life(workers.db, people, seed=4)
    for points in (BEFORE, LATER):
        async with going_on(life):
            as_of = await run_killed(workers, points)
        while await changed_pass(workers.db, as_of):
            pass
    assert life.orders > 50
    assert life.looks > 50
    assert len(life.runs) >= 3, "what was there before, and each of the runs"

    settled = await scores(workers.db)
    assert set(settled) == set(people)
    await full_run(workers.db, as_of)
    fresh = await scores(workers.db)
    quiet = [one for one in people if one not in life.busy]
    facts = (
        "order_count",
        "revenue",
        "profit",
        "repeat_purchases",
        "lifecycle_stage",
        "median_gap_days",
        "last_order_at",
    )
    for one in people:
        assert {name: fresh[one][name] for name in facts} == {name: settled[one][name] for name in facts}
    assert {fresh[one]["as_of"] for one in quiet} == {as_of}


async def test_killed_where_nobody_else_is_it_ends_in_the_very_scores_of_an_undisturbed_run(workers: House) -> None:
    chance = random.Random(7)
    await town(workers.db, np.random.default_rng(8), PEOPLE)
    async with workers.db.transaction() as tx:
        await fit_value_model(tx, here, until=None, now=NOW)
    as_of = await run_killed(workers, ("Writing", f"{chance.uniform(0, 0.6):.2f}", SWITCHED))
    interrupted = await scores(workers.db)
    await full_run(workers.db, as_of)
    assert await scores(workers.db) == interrupted
