"""The engine of calls: up to a thousand rows of one kind, recorded in the caller's transaction, each with its result.

Rows pass the same doors as those of an import (domain/transfer/run.py), and are recorded by the same deeds.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from uuid import UUID

import asyncpg

from domain.commands_kept import STAGING
from domain.database import Tx
from domain.errors import ErrorCode, Fault, Refused
from domain.query.asking import Occasion
from domain.settings import Settings
from domain.staged import Counts, Outcome, RowTold, UnitFault
from domain.transfer import commands, commands_keeping
from domain.transfer.halving import halved
from domain.transfer.kinds import Kind
from domain.transfer.scalars import Unfit, steps
from domain.transfer.stage import Ground, Row
from domain.transfer.ways import WAYS, Way
from domain.vocabulary import RecordErrorPolicy, RecordStatus

MOST_ROWS = 1_000
_STAGING = "call"
_OTHERS = "was not recorded, because other rows were refused"
Rows = Sequence[Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of a row. The id is the fact's, a duplicate's that of the first; a refused row has none."""

    index: int
    status: RecordStatus
    id: UUID | None
    faults: tuple[Fault, ...]
    # Whose it is, for the audit entry; None for a product.
    customer: UUID | None = None


class _Undone(Exception):
    """Some row was refused, and the caller wants all or none."""


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
    if len(rows) > MOST_ROWS:
        message = f"has more than {MOST_ROWS:,} rows: send them in several calls"
        raise Refused(Fault(ErrorCode.LIMIT_EXCEEDED, message, ("input",)))
    keys = occasion.keys
    ground = Ground(keys.claims, settings, occasion.now, occasion.principal, keys.tombstones, occasion.lookups)
    ground.by_house = by_house
    call = _Call(tx, WAYS[kind], ground, alone)
    try:
        # What is refused without this leaves no trace either: the caller's own savepoint goes back.
        async with tx.transaction() if policy is RecordErrorPolicy.REFUSE_ALL else nullcontext():
            await call.record_fit(rows)
            if call.faults and policy is RecordErrorPolicy.REFUSE_ALL:
                raise _Undone
    except _Undone:
        return call.undone(len(rows))
    return call.results(len(rows))


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

    def results(self, count: int) -> list[Recorded]:
        return [self._result(index) for index in range(count)]

    def undone(self, count: int) -> list[Recorded]:
        """Nothing was recorded: good rows say so, the others why."""
        others = [Fault.invalid(_OTHERS)]
        return [
            Recorded(index, RecordStatus.REJECTED, None, tuple(self.faults.get(index, others)))
            for index in range(count)
        ]

    def _result(self, index: int) -> Recorded:
        if index in self.faults:
            return Recorded(index, RecordStatus.REJECTED, None, tuple(self.faults[index]))
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
