"""A round over the customers whose facts changed: batches leased from the ledger, effect and `done` in one commit."""

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
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

BATCH = 500
_LONGEST_BATCH = 60.0
_POISON_PAUSE = timedelta(minutes=1)
_ENOUGH_POISON = 20
_WORTH_WAITING = (*DATABASE_TROUBLE, asyncio.TimeoutError)


@dataclass(frozen=True, slots=True)
class Round:
    """What the function of a round is given; `now` is the database's clock when the round began."""

    db: Database
    deployment: Deployment
    now: datetime
    calculator: Calculator

    async def compute(self, function: Callable[..., T], *arguments: object) -> T:
        """Run a module-level function in another process; for everything that takes longer than 50 ms."""
        return await self.calculator.run(function, *arguments)


class Rounds:
    """Carries a round out. A batch that fails is halved until the customer that spoils it stands alone, and waits."""

    def __init__(self, keeper: Keeper, changed: Callable[[Round, Tx, Mapping[UUID, int]], Awaitable[None]]) -> None:
        self._keeper, self._changed = keeper, changed
        self._poison = 0

    async def go(self, round_: Round, *, stopping: asyncio.Event | None = None) -> int:
        """Until nobody is behind; the number of customers that were brought up to date."""
        caught_up = 0
        async with round_.db.connection() as connection:
            buckets = await marks.buckets_behind(connection)
        random.shuffle(buckets)  # several rounds at a time meet less often
        for bucket in buckets:
            while batch := await self._lease(round_, bucket):
                caught_up += await self._handle(round_, batch)
                if self._poison >= _ENOUGH_POISON or (stopping and stopping.is_set()):
                    return caught_up
        return caught_up

    async def _lease(self, round_: Round, bucket: int) -> marks.Batch:
        async with round_.db.transaction() as tx:
            return await marks.lease_batch(tx, bucket, BATCH)

    async def _handle(self, round_: Round, batch: marks.Batch) -> int:
        hold = BatchHold(batch, until=time.monotonic() + _LONGEST_BATCH)
        self._keeper.hold(hold)
        try:
            async with asyncio.timeout(_LONGEST_BATCH), round_.db.transaction() as tx:
                await self._changed(round_, tx, batch.wanted)
                await marks.done(tx, batch)
            return len(batch)
        except LeaseLost:
            log.info("a batch of changed customers was taken by somebody else")
        except _WORTH_WAITING as error:
            if not _is_its_own_fault(error):
                log.warning("changed customers wait", extra={"reason": type(error).__name__})
                await asyncio.sleep(random.random())
                return 0
            return await self._halve(round_, batch, error)
        except Exception as error:
            return await self._halve(round_, batch, error)
        finally:
            self._keeper.let_go(hold)
        return 0

    async def _halve(self, round_: Round, batch: marks.Batch, error: Exception) -> int:
        if len(batch) > 1 and self._poison < _ENOUGH_POISON:
            return sum([await self._handle(round_, half) for half in batch.halves()])
        self._poison += 1
        log.error("changed customers could not be scored", extra={"reason": where(error), "count": len(batch)})
        async with round_.db.transaction() as tx:
            await marks.extend(tx, batch, _POISON_PAUSE)
        return 0


def _is_its_own_fault(error: BaseException) -> bool:
    """Neither the network's nor another transaction's: the same batch would fail again."""
    if isinstance(error, asyncpg.PostgresError):
        return (error.sqlstate or "")[:2] not in ("08", "40", "53", "55", "57")
    return False
