"""The engine of an import: all rows into staging first, then batches, each one transaction.

A cut file leaves nothing; a killed import that is run again finds what it recorded as duplicates.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, TextIO

from domain.access.principal import OPERATOR, Principal
from domain.database import Database, Tx
from domain.errors import Fault, Refused
from domain.settings import Settings
from domain.staged import Outcome, UnitFault
from domain.transfer import commands
from domain.transfer.inputs import Input
from domain.transfer.intake import Intake, Lines, Reader, form_of
from domain.transfer.kinds import Form, Kind, Phase, Progress, Summary
from domain.transfer.reading import Source
from domain.transfer.recording import AGAIN, ATTEMPTS, record, refusals
from domain.transfer.rejects import Rejects
from domain.transfer.seldom import seldom_collected
from domain.transfer.stage import Ground
from domain.transfer.ways import WAYS, Way

_ROWS_AT_ONCE = 8_000
# A batch is sorted and hashed in memory; both go back when the import ends.
_ROOM = "SET temp_buffers = '64MB'; SET work_mem = '64MB'"
Told = Callable[[Progress], None]


async def import_records(
    db: Database,
    kind: Kind,
    stream: BinaryIO,
    *,
    claims: bytes,
    now: datetime,
    caller: Principal = OPERATOR,
    tombstones: bytes = b"",
    rejects: TextIO | None = None,
    rejects_form: Form = Form.NDJSON,
    progress: Told | None = None,
) -> Summary:
    """Records a whole file of one kind. Raises Refused where nothing of it can be taken."""
    summary = Summary()
    with seldom_collected():
        async with db.connection() as tx:
            await tx.execute("SET statement_timeout = 0")
            await tx.execute(_ROOM)
            try:
                ground = Ground(claims, await Settings.load(tx), now, caller, tombstones)
                await commands.sweep(tx, now)
                sink = Rejects(rejects, rejects_form, summary)
                run = _Run(tx, kind, ground, commands.name(now), summary, sink, Source(stream), progress)
                await commands.hold(tx, run.staging)
                try:
                    await run.stage()
                    await run.record()
                finally:
                    await commands.drop(tx, run.staging)
                    await commands.release(tx, run.staging)
            finally:
                await tx.execute("RESET statement_timeout; RESET work_mem")
    return summary


@dataclass(slots=True)
class _Run:
    tx: Tx
    kind: Kind
    ground: Ground
    staging: str
    summary: Summary
    rejects: Rejects
    source: Source
    progress: Told | None
    apart: bool = False

    @property
    def way(self) -> Way:
        return WAYS[self.kind]

    async def stage(self) -> None:
        """Reads everything; only a file that ended properly is recorded."""
        form, lines = form_of(self.source)
        self.apart = form is Form.CSV and self.way.lines is not None
        await commands.create(self.tx, self.staging, self.way.tables(self.apart))
        await self._read(lines, form, self.way.reader(self.ground, self.apart))
        if not self.summary.rows:
            raise Refused(Fault.invalid("the file has no rows"))
        if self.apart:
            await self._group()
        if self.way.numbering is not None:
            await commands.prepare(self.tx, self.staging, *self.way.numbering)

    async def _read(self, lines: Lines, form: Form, reader: Reader[Input]) -> None:
        intake = Intake(self.kind, self.ground, self.rejects, self.summary)
        waiting = reader.tables[self.way.busiest(self.apart)]
        bad = reader.tables.setdefault("bad", [])
        for _ in intake.read(lines, form, reader, apart=self.apart):
            if len(waiting) + len(bad) >= _ROWS_AT_ONCE:
                await self._flush(reader)
        await self._flush(reader)

    async def _flush(self, reader: Reader[Input]) -> None:
        for table, rows in reader.tables.items():
            if rows:
                await commands.copy(self.tx, self.staging, table, rows)
                rows.clear()
        self._tell(Phase.READING)

    async def _group(self) -> None:
        """Rows become units; a unit with a bad row is refused whole."""
        async with self.tx.transaction():
            await commands.prepare(self.tx, self.staging, *self.way.grouping)
            async for reject in commands.refused_rows(self.tx, self.staging):
                self.rejects.add(reject)
            self.summary.rejected += await commands.refused_units(self.tx, self.staging)

    async def record(self) -> None:
        way = self.way
        count = await commands.batches(self.tx, self.staging, way.table, way.lines)
        if way.dated is not None:
            await commands.make_years(self.tx, self.staging, way.table, way.dated)
        for number in range(count):
            outcome = await self._batch(number)
            self.summary.add(outcome.counts)
            self.summary.rejected += len(outcome.faults)
            await self._refuse(outcome.faults)
            self._tell(Phase.RECORDING)

    async def _batch(self, number: int) -> Outcome:
        """One transaction; done again where another writer stood in its way."""
        for attempt in range(ATTEMPTS):
            try:
                async with self.tx.transaction():
                    return await record(self.tx, self.way, self.ground, self.staging, number)
            except AGAIN:
                if attempt == ATTEMPTS - 1:
                    raise
        raise AssertionError("the loop returns or raises")

    async def _refuse(self, faults: list[UnitFault]) -> None:
        for reject in await refusals(self.tx, self.way, self.staging, faults, apart=self.apart):
            self.rejects.add(reject)

    def _tell(self, phase: Phase) -> None:
        if self.progress is not None:
            done = self.summary
            recorded = done.created + done.updated + done.duplicates
            self.progress(Progress(self.source.bytes_read, done.rows, recorded, phase))
