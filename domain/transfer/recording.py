"""The second half of an import: staged batches become facts, each in one transaction, and refused rows are told."""

import asyncio
import os
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Final, TypeVar

import asyncpg

from domain.database import Tx
from domain.errors import ErrorCode
from domain.settings import Settings
from domain.staged import Moved, Outcome, UnitFault
from domain.transfer import commands, commands_uploads
from domain.transfer.cuts import Kept
from domain.transfer.halving import halved
from domain.transfer.kinds import Form, Reject, Summary
from domain.transfer.stage import Ground
from domain.transfer.uploads import Assignment, Staged
from domain.transfer.ways import WAYS, Way
from domain.transfer.windows import number_of, parts_of

T = TypeVar("T")
ATTEMPTS: Final = 5
HANDS: Final = 2
"""So many batches are recorded at once, each over a connection of its own, where they keep out of each other's way."""
AGAIN: Final = (asyncpg.SerializationError, asyncpg.DeadlockDetectedError, Moved)
"""Another writer stood in the way: the batch is done again."""
_LOOK_EVERY: Final = 0.02
_ASK_EVERY: Final = 0.1
_MANY_PROCESSORS: Final = (os.cpu_count() or 1) > HANDS
# A batch looks for its rows by index in tables of millions, most of which are in memory: it does not read them through.
# Nor does it sort what is wide only to join it. How many rows there are is all that planning has to know of its tables.
_PLANNED: Final = (
    "SET LOCAL plan_cache_mode = force_custom_plan; SET LOCAL random_page_cost = 0.2; SET LOCAL enable_mergejoin = off;"
    " SET LOCAL default_statistics_target = 10"
)
_OTHER_ROW = "another row of the same order was refused"


async def record(tx: Tx, way: Way, ground: Ground, staging: str, number: int) -> Outcome:
    """A batch; units with values that cannot be kept are refused, and the others recorded."""
    try:
        async with tx.transaction():
            return await _record(tx, way, ground, staging, number)
    except asyncpg.DataError as error:
        seqs = await commands.units(tx, staging, way.table, number, way.dated if way.numbering else None)

        async def attempt(some: Sequence[int]) -> Outcome:
            part = -1 - seqs.index(some[0])
            async with tx.transaction():
                await commands.renumber(tx, staging, filter(None, (way.table, way.lines)), number, part, some)
                outcome = await _record(tx, way, ground, staging, part)
                await ground.batch(tx, staging, part).tidy()
            return outcome

        return await halved(seqs, way.table, attempt, error)


async def _record(tx: Tx, way: Way, ground: Ground, staging: str, number: int) -> Outcome:
    """By the settings of this moment; touchpoints are recorded at it, however long ago the import began: whoever
    follows what is recorded looks back no further than transactions last. Taken for new until something was not.
    """
    await tx.execute(_PLANNED)
    batch = replace(ground.batch(tx, staging, number), settings=await Settings.load(tx), recorded_at=datetime.now(UTC))
    outcome = await way.record(replace(batch, fresh=not ground.met))
    ground.met = ground.met or outcome.counts.duplicates > 0 or bool(outcome.faults)
    return outcome


async def refusals(tx: Tx, way: Way, staging: str, faults: list[UnitFault], *, apart: bool) -> list[Reject]:
    """The rows of units that were refused when they were recorded."""
    if not apart:
        return [_unit_of(fault) for fault in faults]
    if not faults or way.lines is None:
        return []
    by_seq = {fault.seq: fault for fault in faults}
    rows = await commands.lines_of(tx, staging, way.lines, list(by_seq))
    return [_row_of(by_seq[seq], position, line) for seq, position, line in rows]


def _unit_of(fault: UnitFault) -> Reject:
    place = "" if fault.position is None else f"lines.{fault.position}."
    return Reject(fault.seq, f"{place}{fault.field}", fault.code, fault.reason)


def _row_of(fault: UnitFault, position: int, line: int) -> Reject:
    """A row of a refused unit: the one at fault tells why, the others that it was not theirs."""
    if fault.position is None or fault.position == position:
        return Reject(line, fault.field, fault.code, fault.reason)
    return Reject(line, "", ErrorCode.INVALID, _OTHER_ROW)


@dataclass(frozen=True, slots=True)
class House:
    """What a job lends: transactions that commit only while it is ours, and how far it is."""

    transaction: Callable[[], AbstractAsyncContextManager[Tx]]
    progress: Callable[[float, str], Awaitable[None]]


@dataclass(slots=True)
class Recording:
    """The import of one upload, beside the process that stages it."""

    house: House
    ground: Ground
    given: Assignment
    done: int = 0
    share: float = 0.0

    @property
    def way(self) -> Way:
        return WAYS[self.given.upload.kind]

    async def go(self, staging: "asyncio.Task[Form]") -> Form:
        """Records what is staged until there is no more; raises what staging raised."""
        self.done, turn = self.given.resume.recorded, self.given.resume.batches
        while batches := await self._staged(staging, turn):
            turn += 1
            for batch in batches:
                if self.way.dated is not None and batch.staged_in:
                    await self._years(batch)
            await self._side_by_side(batches, partial(self._is_ahead, staging, turn))
        return await staging

    async def _staged(self, staging: "asyncio.Task[Form]", turn: int) -> list[Staged]:
        """One batch after the other, or window after window, as soon as it is staged; in the end nothing."""
        while True:
            over = staging.done()
            if (batches := await self._waiting(turn)) or over:
                return batches
            await asyncio.wait((staging,), timeout=_LOOK_EVERY)

    async def _waiting(self, turn: int) -> list[Staged]:
        async with self.house.transaction() as tx:
            return await commands_uploads.next_staged(tx, self.given.upload.job_id, *self._numbers(turn))

    async def _is_ahead(self, staging: "asyncio.Task[Form]", turn: int) -> bool:
        """Whether what comes next is staged too: until then, that has the other one of two processors."""
        return _MANY_PROCESSORS or staging.done() or bool(await self._waiting(turn))

    def _numbers(self, turn: int) -> tuple[int, int]:
        """The first and the last that may be recorded at that turn."""
        if self.way.windowed is None:
            return turn, turn
        return number_of(turn, 0), number_of(turn, parts_of(turn) - 1)

    async def _side_by_side(self, batches: list[Staged], is_ahead: Callable[[], Awaitable[bool]]) -> None:
        """Each is done by whoever is free first, the others help as soon as they may; where one fails, all give up."""
        left = deque(batches)
        hands = [asyncio.create_task(self._hand(left))]
        hands += [asyncio.create_task(self._help(left, is_ahead)) for _ in range(min(HANDS, len(batches)) - 1)]
        try:
            await asyncio.gather(*hands)
        finally:
            for hand in hands:
                hand.cancel()
            await asyncio.gather(*hands, return_exceptions=True)

    async def _help(self, left: deque[Staged], is_ahead: Callable[[], Awaitable[bool]]) -> None:
        while left and not await is_ahead():  # noqa: ASYNC110 (it is another process that goes ahead)
            await asyncio.sleep(_ASK_EVERY)
        await self._hand(left)

    async def _hand(self, left: deque[Staged]) -> None:
        while left:
            batch = left.popleft()
            await self._batch(batch)
            self.done += 1
            await self._tell(batch)

    async def _years(self, batch: Staged) -> None:
        async with self.house.transaction() as tx:
            assert self.way.dated is not None
            await commands.make_years(tx, batch.staged_in, self.way.table, self.way.dated)

    async def _batch(self, batch: Staged) -> None:
        for attempt in range(ATTEMPTS):
            try:
                async with self.house.transaction() as tx:
                    await self._record(tx, batch)
                return
            except AGAIN:
                if attempt == ATTEMPTS - 1:
                    raise

    async def _record(self, tx: Tx, batch: Staged) -> None:
        """The batch, what became of it, and the end of its staging, in one transaction."""
        upload, told = self.given.upload, Summary()
        if batch.staged_in:
            outcome = await record(tx, self.way, self.ground, batch.staged_in, batch.staged_number)
            told.add(outcome.counts)
            told.rejected = len(outcome.faults)
            rejects = Kept(told)
            for reject in await refusals(tx, self.way, batch.staged_in, outcome.faults, apart=batch.apart):
                rejects.add(reject)
            room = max(commands_uploads.MOST_REJECTS - await commands_uploads.rejects_kept(tx, upload.job_id), 0)
            await commands_uploads.refuse(tx, upload, batch.number, rejects.waiting[:room])
        await commands_uploads.done(tx, upload.job_id, batch.number, told)
        if batch.staged_in and batch.staged_in != self.given.staging:
            await commands.drop(tx, f"{batch.staged_in}_")

    async def _tell(self, batch: Staged) -> None:
        size = max(self.given.upload.size, 1)
        share = self.share = max(self.share, min(batch.bytes_read / size, 1.0))
        about = max(round(self.done / share), self.done) if share else self.done
        await self.house.progress(share, f"{self.done} of {'about ' if share < 1 else ''}{about} batches")
