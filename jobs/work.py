"""What a job's function holds in its hands: its arguments, its database, its progress, and the fence."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from domain.database import Database, Tx
from domain.deployment import Deployment
from domain.ids import JobId
from domain.ledger import JobCancelled, LeaseLost, leases
from jobs.cpu import Calculator
from jobs.keeper import JobHold

T = TypeVar("T")

_TELL_EVERY = 0.25


@dataclass(slots=True)
class Work:
    """One attempt at a job."""

    db: Database
    deployment: Deployment
    hold: JobHold
    calculator: Calculator
    finished: bool = False
    _finishing: bool = False
    _told_at: float = 0.0
    _calculations: set[asyncio.Future[Any]] = field(default_factory=set)

    @property
    def job_id(self) -> JobId:
        return self.hold.leased.job_id

    @property
    def arguments(self) -> Mapping[str, object]:
        return self.hold.leased.arguments

    @property
    def attempt(self) -> int:
        """From 1; the fence."""
        return self.hold.leased.attempt

    @property
    def now(self) -> datetime:
        """The database's clock when this attempt began."""
        return self.hold.leased.now

    def check_cancelled(self) -> None:
        """Between batches: raises JobCancelled where somebody asked for it, LeaseLost where the job is not ours."""
        if self.hold.lost:
            raise LeaseLost
        if self.hold.cancelled:
            raise JobCancelled

    async def progress(self, share: float, detail: str | None = None) -> None:
        """How far it is, from 0 to 1. Cheap to call: four times a second at most it is really told."""
        self.check_cancelled()
        now = time.monotonic()
        if now - self._told_at < _TELL_EVERY:
            return
        self._told_at = now
        async with self.db.connection() as connection:
            cancel = await leases.tell_progress(connection, self.job_id, self.attempt, share, detail)
        if cancel:
            raise JobCancelled

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Tx]:
        """Commits only if the attempt is still ours; raises LeaseLost, and nothing has happened, if it is not.

        One that only reads commits in any case, under REPEATABLE READ too; one that writes must be READ COMMITTED.
        """
        self.check_cancelled()
        self._finishing = False
        async with self.db.transaction() as tx:
            await leases.let_it_think(tx)
            yield tx
            if not self._finishing and await leases.has_written(tx):
                await leases.confirm(tx, self.job_id, self.attempt)
        self.finished = self._finishing

    async def note(self, tx: Tx, state: Mapping[str, object]) -> None:
        """What came of it so far, committed with it: told as the job's result until there is one."""
        await leases.note(tx, self.job_id, self.attempt, state)

    async def noted(self) -> Mapping[str, object]:
        """What an attempt before this one has noted."""
        async with self.db.connection() as connection:
            return await leases.noted(connection, self.job_id)

    async def finish(self, tx: Tx, result: Mapping[str, object] | None = None) -> None:
        """The end of the job, committed with its last effect: called last in a `transaction` of this work."""
        await leases.finish(tx, self.job_id, self.attempt, result)
        self._finishing = True

    async def compute(self, function: Callable[..., T], *arguments: object) -> T:
        """Run a module-level function in another process; for everything that takes longer than 50 ms."""
        self.check_cancelled()
        calculation = asyncio.ensure_future(self.calculator.run(function, *arguments))
        self._calculations.add(calculation)
        try:
            return await calculation
        except asyncio.CancelledError:
            self.check_cancelled()
            raise
        finally:
            self._calculations.discard(calculation)

    def interrupt(self) -> None:
        """There is news of the hold: what is being computed is wanted no more."""
        for calculation in self._calculations:
            calculation.cancel()
