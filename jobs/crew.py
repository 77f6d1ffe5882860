"""The crew of a process: takes jobs from the ledger, a few at a time, and carries each of them out under its lease."""

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta

from domain.database import Database
from domain.deployment import Deployment
from domain.ledger import leases
from domain.ledger.leases import Leased
from jobs.attempt import attempt, settle
from jobs.cpu import Calculator
from jobs.keeper import DATABASE_TROUBLE, JobHold, Keeper
from jobs.registry import Registry
from jobs.work import Work

log = logging.getLogger("rapport.jobs")

_GRACE = 10.0


@dataclass(slots=True)
class Crew:
    """`lanes` jobs at a time; looks by itself every `look_every` seconds, and at once when it is told to.

    `patience` lets others go first: only what has waited that long is taken.
    """

    db: Database
    deployment: Deployment
    registry: Registry
    keeper: Keeper
    calculator: Calculator
    lanes: int
    look_every: float
    patience: timedelta = timedelta()
    drain_within: float = 18.0
    _at_work: set["asyncio.Task[None]"] = field(default_factory=set)
    _look: asyncio.Event = field(default_factory=asyncio.Event)

    def look_now(self) -> None:
        """There may be something to do."""
        self._look.set()

    async def work(self, stopping: asyncio.Event) -> None:
        """Until `stopping`; then what is at hand may end, and what does not in time goes back into the queue."""
        while not stopping.is_set():
            self._look.clear()
            if len(self._at_work) < self.lanes and (leased := await self._lease()):
                self._begin(leased)
            else:
                await wait_for_any(self._look, stopping, seconds=self.look_every)
        if self._at_work:
            await asyncio.wait(self._at_work, timeout=self.drain_within)
        await self.hand_back()

    async def hand_back(self) -> None:
        """What is at hand goes back into the queue at once."""
        for task in self._at_work:
            task.cancel("shutdown")
        await asyncio.gather(*self._at_work, return_exceptions=True)

    async def _lease(self) -> Leased | None:
        tasks = self.registry.tasks
        alone = [kind for kind, task in tasks.items() if task.alone]
        try:
            async with self.db.connection() as connection:
                if not await leases.anything_ready(connection, list(tasks), patience=self.patience):
                    return None
            async with self.db.transaction() as tx:
                return await leases.lease_next(tx, list(tasks), alone=alone, patience=self.patience)
        except DATABASE_TROUBLE as error:
            log.warning("the ledger cannot be asked", extra={"reason": type(error).__name__})
            return None

    def _begin(self, leased: Leased) -> None:
        carried = asyncio.create_task(self._carry_out(leased), name=f"job {leased.job_id}")
        self._at_work.add(carried)
        carried.add_done_callback(self._at_work.discard)
        carried.add_done_callback(lambda _: self.look_now())

    async def _carry_out(self, leased: Leased) -> None:
        task, began = self.registry.tasks[leased.kind], time.monotonic()
        hold = JobHold(leased, began + task.timeout.total_seconds() + _GRACE)
        work = Work(self.db, self.deployment, hold, self.calculator)
        hold.on_news = _hearing(work)
        self.keeper.hold(hold)
        try:
            outcome = await attempt(task, work)
            await settle(self.db, leased, outcome)
        except DATABASE_TROUBLE as error:
            log.warning("the end of a job could not be written", extra={"reason": type(error).__name__})
            return
        finally:
            self.keeper.let_go(hold)
        told = {"job": str(leased.job_id), "kind": leased.kind, "attempt": leased.attempt, "reason": outcome.error}
        log.info("job %s", outcome.verdict, extra=told | {"seconds": round(time.monotonic() - began, 3)})


def _hearing(work: Work) -> Callable[[], object]:
    """What the keeper's thread calls: the loop then ends what nobody wants any more."""
    loop, carried = asyncio.get_running_loop(), asyncio.current_task()

    def hear() -> None:
        work.interrupt()
        if work.hold.lost and carried is not None:
            carried.cancel("lost")

    def call() -> None:
        with suppress(RuntimeError):  # the loop has closed meanwhile
            loop.call_soon_threadsafe(hear)

    return call


async def wait_for_any(*events: asyncio.Event, seconds: float) -> None:
    """Until one of them is set or the time is over."""
    waiting = [asyncio.create_task(event.wait()) for event in events]
    try:
        await asyncio.wait(waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in waiting:
            task.cancel()
