"""A round over the customers whose facts changed: batches leased from the ledger, effect and `done` in one commit."""

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

import asyncpg

from domain.database import Database, Tx
from domain.deployment import Deployment
from domain.ledger import LeaseLost, marks
from jobs.cpu import Calculator, where
from jobs.keeper import DATABASE_TROUBLE, BatchHold, Keeper

T = TypeVar("T")
log = logging.getLogger("rapport.jobs")

BATCH = 2_000
LANES = 3
FEW = 50
"""So few are a batch by themselves: what a round does for a few only, it does for each bucket of them."""
_LONGEST_BATCH = 60.0
_POISON_PAUSE = timedelta(minutes=1)
_ENOUGH_POISON = 20
_TRIES = 3
_PAUSE = 0.2
_OF_OTHERS = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError, asyncpg.LockNotAvailableError)


class TooSlow(Exception):
    """A batch took longer than any should."""


@dataclass(frozen=True, slots=True)
class Round:
    """What the function of a round is given; `now` is the database's clock when the round began."""

    db: Database
    deployment: Deployment
    now: datetime
    calculator: Calculator
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def compute(self, function: Callable[..., T], *arguments: object) -> T:
        """Run a module-level function in another process; for everything that takes longer than 50 ms.

        One at a time: a second process would take longer to start than the first takes to come round.
        """
        async with self._turn:
            return await self.calculator.run(function, *arguments)


Changed = Callable[[Round, Tx, Mapping[UUID, int]], Awaitable[None]]
"""Brings these customers (each with the generation that is wanted) up to date in this transaction."""


class Rounds:
    """Carries a round out. A batch that fails is halved until the customer that spoils it stands alone, and waits."""

    def __init__(self, keeper: Keeper, changed: Changed) -> None:
        self._keeper, self._changed = keeper, changed
        self._poison = 0

    async def go(self, round_: Round, *, stopping: asyncio.Event | None = None) -> int:
        """Until nobody is behind; the number of customers that were brought up to date."""
        async with round_.db.connection() as connection:
            buckets = await marks.buckets_behind(connection)
        random.shuffle(buckets)  # several rounds at a time meet less often
        lanes = (self._lane(round_, buckets, stopping) for _ in range(LANES))
        ended = await asyncio.gather(*lanes, return_exceptions=True)
        for error in ended:
            if isinstance(error, BaseException):
                raise error  # once no lane is at work any more
        return sum(count for count in ended if isinstance(count, int))

    async def _lane(self, round_: Round, buckets: list[int], stopping: asyncio.Event | None) -> int:
        """Some buckets after the other; while one lane waits for the disk or for the arithmetic, the others go on."""
        caught_up, ours, batch = 0, list[int](), marks.Batch(())
        while batch := await self._lease(round_, ours, buckets, many=len(batch) > FEW):
            caught_up += await self._handle(round_, batch)
            if self._poison >= _ENOUGH_POISON or (stopping and stopping.is_set()):
                break
        return caught_up

    async def _lease(self, round_: Round, ours: list[int], buckets: list[int], *, many: bool) -> marks.Batch:
        """Of our buckets until they are empty, then of the next; of several at once where there are many in them.

        A dozen statements are planned and a commit is waited for once a batch, however many it holds.
        """
        found, leased = list[marks.Batch](), list[int]()
        async with round_.db.transaction() as tx:
            while (ours or buckets) and (count := sum(map(len, found))) < BATCH and (many or not 0 < count <= FEW):
                bucket = ours.pop() if ours else buckets.pop()
                if batch := await marks.lease_batch(tx, bucket, BATCH - count):
                    found.append(batch)
                    leased.append(bucket)
        ours += leased
        return marks.Batch(tuple(sorted(mark for batch in found for mark in batch.marks)))

    async def _handle(self, round_: Round, batch: marks.Batch) -> int:
        hold = BatchHold(batch, until=time.monotonic() + _LONGEST_BATCH)
        self._keeper.hold(hold)
        try:
            return await self._effect(round_, batch)
        except LeaseLost:
            log.info("a batch of changed customers was taken by somebody else")
        except _OF_OTHERS as error:
            log.warning("changed customers wait", extra={"reason": where(error), "count": len(batch)})
        except DATABASE_TROUBLE as error:
            if _is_away(error):
                raise
            return await self._halve(round_, batch, error)
        except Exception as error:
            return await self._halve(round_, batch, error)
        finally:
            self._keeper.let_go(hold)
        return 0

    async def _effect(self, round_: Round, batch: marks.Batch) -> int:
        """The batch and its marks in one commit; tried again where another transaction was in the way."""
        for tries_left in reversed(range(_TRIES)):
            try:
                await self._in_time(round_, batch)
                break
            except _OF_OTHERS:
                if not tries_left:
                    raise
                await asyncio.sleep(random.random() * _PAUSE)
        return len(batch)

    async def _in_time(self, round_: Round, batch: marks.Batch) -> None:
        limit = asyncio.timeout(_LONGEST_BATCH)
        try:
            async with limit, round_.db.transaction() as tx:
                await self._changed(round_, tx, batch.wanted)
                await marks.done(tx, batch)
        except TimeoutError as error:
            raise (TooSlow() if limit.expired() else error) from error

    async def _halve(self, round_: Round, batch: marks.Batch, error: Exception) -> int:
        if len(batch) > 1 and self._poison < _ENOUGH_POISON:
            return sum([await self._handle(round_, half) for half in batch.halves()])
        self._poison += 1
        log.error("changed customers could not be scored", extra={"reason": where(error), "count": len(batch)})
        async with round_.db.transaction() as tx:
            await marks.extend(tx, batch, _POISON_PAUSE)
        return 0


def _is_away(error: BaseException) -> bool:
    """The database itself, for everybody: the round ends, and comes again."""
    return not isinstance(error, asyncpg.PostgresError) or (error.sqlstate or "")[:2] in ("08", "53", "57")
