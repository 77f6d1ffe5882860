"""The engine of calls: up to a thousand rows of one kind, recorded in the caller's transaction, each with its result.

Rows pass the same doors as those of an import (domain/transfer/run.py), and are recorded by the same deeds.
"""

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace

import asyncpg

from domain.commands_kept import STAGING
from domain.database import Tx
from domain.errors import ErrorCode, Fault
from domain.query.asking import Occasion
from domain.settings import Settings
from domain.staged import Counts, Outcome, RowTold, UnitFault
from domain.transfer import commands, commands_keeping
from domain.transfer.answering import Recorded, Rows, answered
from domain.transfer.halving import halved
from domain.transfer.kinds import Kind
from domain.transfer.scalars import Unfit, steps
from domain.transfer.stage import Ground, Row
from domain.transfer.ways import WAYS, Way
from domain.vocabulary import RecordErrorPolicy

_STAGING = "call"


async def record(
    tx: Tx,
    kind: Kind,
    rows: Rows,
    *,
    occasion: Occasion,
    settings: Settings,
    policy: RecordErrorPolicy,
    alone: bool = False,
    by_house: bool = False,
) -> list[Recorded]:
    """Records the rows and tells of each, in the order given. Raises Refused where there are too many at once.

    `alone` says that it is one row by itself, not a list of one: so an admin may let back who was erased.
    `by_house` says that the house made the rows itself: it alone may use its own name as their source.

    Raises Moved where another writer came in between: the whole transaction is to be done again.
    """
    keys = occasion.keys
    given = keys.claims, settings, occasion.now, occasion.principal, keys.tombstones, occasion.lookups
    ground = Ground(*given, by_house=by_house)
    return await answered(tx, _Call(tx, WAYS[kind], ground, alone), rows, policy)


@dataclass(slots=True)
class _Call:
    """A row's number in the call is its seq in staging."""

    tx: Tx
    way: Way
    ground: Ground
    alone: bool = False
    told: dict[int, RowTold] = field(default_factory=dict)
    faults: dict[int, list[Fault]] = field(default_factory=dict)

    async def record_fit(self, rows: Rows) -> None:
        """Rows with values that cannot be kept are refused, and the others recorded."""

        async def attempt(some: Sequence[int]) -> Outcome:
            before = dict(self.told), dict(self.faults)
            try:
                # Of one alone, what is refused takes the caller's own savepoint with it.
                async with nullcontext() if self.alone else self.tx.transaction():
                    await self.carry_out(rows, some)
            except asyncpg.DataError:
                self.told, self.faults = before
                raise
            return Outcome(Counts(), [])

        every = range(len(rows))
        try:
            await attempt(every)
        except asyncpg.DataError as error:
            self._take(await halved(every, self.way.table, attempt, error))

    async def carry_out(self, rows: Rows, indexes: Sequence[int]) -> None:
        reader = self.way.reader(self.ground, False)
        good = 0
        for index in indexes:
            try:
                reader.mapping(rows[index], index)
                good += 1
            except Unfit as unfit:
                self._fault(index, unfit.field, unfit.code, unfit.reason)
        if not good:
            return
        if self.way.at_once is not None:
            batch = replace(self.ground.batch(self.tx, "", 0, tells=True), alone=self.alone)
            self._take(await self.way.at_once(batch, reader.tables[self.way.table]))
            return
        for number in dict.fromkeys(row[1] for row in reader.tables[self.way.table]):
            assert isinstance(number, int)
            staged = {name: [row for row in rows if row[1] == number] for name, rows in reader.tables.items()}
            if self.way.kept is None:
                await self._staged(number, staged)
            else:
                await self._kept(number, staged, self.way.kept)

    async def _staged(self, number: int, staged: dict[str, list[Row]]) -> None:
        """A deed that drops its temporary tables: each begins with those it needs."""
        await commands.create(self.tx, _STAGING, self.way.tables(False), temporary=True)
        for table, rows in staged.items():
            await commands.copy(self.tx, _STAGING, table, rows)
        batch = self.ground.batch(self.tx, _STAGING, number, tells=True)
        self._take(await self.way.record(batch))
        await batch.tidy()

    async def _kept(self, number: int, staged: dict[str, list[Row]], made: Callable[[str], tuple[str, ...]]) -> None:
        """A deed whose temporary tables the session keeps."""
        await commands_keeping.keep(self.tx, self.way.tables(False), made)
        for table, rows in staged.items():
            await commands_keeping.fill(self.tx, table, rows)
        batch = self.ground.batch(self.tx, STAGING, number, tells=True)
        self._take(await self.way.record(replace(batch, kept=True, idle=commands_keeping.idle_steps(staged))))

    def told_of(self, index: int) -> Recorded:
        told = self.told[index]
        return Recorded(index, told.status, told.id, (), told.customer)

    def _take(self, outcome: Outcome) -> None:
        self.told |= {row.seq: row for row in outcome.rows}
        for fault in outcome.faults:
            self._unit_fault(fault)

    def _unit_fault(self, fault: UnitFault) -> None:
        place = "" if fault.position is None else f"lines.{fault.position}."
        self._fault(fault.seq, f"{place}{fault.field}", fault.code, fault.reason, fault.subjects)

    def _fault(self, index: int, place: str, code: ErrorCode, reason: str, subjects: tuple[str, ...] = ()) -> None:
        path = steps(place)
        self.faults.setdefault(index, []).append(Fault(code, reason, path, subjects))
