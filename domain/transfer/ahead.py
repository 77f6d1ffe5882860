"""The process that goes ahead of an upload's import: it reads, checks and stages batches while others are recorded.

Reading and checking keep a thread busy, copying into Postgres happens beside it. Whatever it tells the ledger is
fenced by the job's attempt, so that one which was left behind changes nothing.
"""

import asyncio
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from domain.database import Tx, connect
from domain.ledger import leases
from domain.settings import Settings
from domain.transfer import commands, commands_uploads
from domain.transfer.cuts import ROWS_AT_ONCE, Cut, Cutter, Kept, Part
from domain.transfer.kinds import Form, Reject
from domain.transfer.reading import Source
from domain.transfer.seldom import seldom_collected
from domain.transfer.stage import Ground
from domain.transfer.uploads import WHOLLY, Assignment, Staged, Upload
from domain.transfer.ways import WAYS, Way

_STATEMENT: Final = timedelta(minutes=30)
_PARTS_WAIT: Final = 3
_BATCHES_WAIT: Final = 2
_LOOK_EVERY: Final = 0.02
Item = Part | list[Cut] | bool | Form | BaseException
"""What the reading thread hands over: whether lines stand apart, parts and cuts, and at the end the form."""


def stage_upload(given: Assignment) -> Form:
    """Stages all batches that are not done yet, never more than a few ahead; tells the file's form.

    Raises Refused where nothing of the file can be taken, before anything of it is recorded.
    """
    with seldom_collected():
        return asyncio.run(_stage(given))


async def _stage(given: Assignment) -> Form:
    reading, writing = await connect(given.url), await connect(given.url, statement_timeout=_STATEMENT)
    try:
        ground = Ground(given.claims, await Settings.load(writing), given.upload.received_at, given.upload.caller)
        kept = await commands_uploads.rejects_kept(writing, given.upload.job_id)
        # Nothing was recorded before everything was checked.
        checked = given.resume.recorded > 0 or await commands_uploads.plainly_lines(reading, given.upload)
        ahead = _Ahead(given, writing, kept, checked)
        return await ahead.go(Pieces(given.upload, reading), ground)
    finally:
        reading.terminate()
        writing.terminate()


class Pieces:
    """The upload's bytes as a stream for another thread; the next piece is fetched while this one is read."""

    def __init__(self, upload: Upload, tx: Tx) -> None:
        self._upload, self._tx, self._loop = upload, tx, asyncio.get_running_loop()
        self.rewind()

    def rewind(self) -> None:
        self._piece, self._at, self._position = b"", 0, 0
        self._next: Future[bytes] | None = self._fetch()

    def read(self, size: int, /) -> bytes:
        while self._at >= len(self._piece):
            if self._next is None:
                return b""
            self._piece, self._at = self._next.result(), 0
            self._position += 1
            self._next = self._fetch()
        data = self._piece[self._at : self._at + size]
        self._at += len(data)
        return data

    def _fetch(self) -> Future[bytes] | None:
        if self._position >= self._upload.pieces:
            return None
        piece = commands_uploads.piece_of(self._tx, self._upload.job_id, self._position)
        return asyncio.run_coroutine_threadsafe(piece, self._loop)


@dataclass(slots=True)
class _Ahead:
    given: Assignment
    tx: Tx
    kept: int
    checked: bool
    _items: "asyncio.Queue[Item]" = field(default_factory=lambda: asyncio.Queue(_PARTS_WAIT))
    _made: set[int] = field(default_factory=set)
    _filled: set[int] = field(default_factory=set)

    @property
    def way(self) -> Way:
        return WAYS[self.given.upload.kind]

    async def go(self, pieces: Pieces, ground: Ground) -> Form:
        reading = asyncio.create_task(asyncio.to_thread(self._read, pieces, ground, asyncio.get_running_loop()))
        apart = False
        while not isinstance(item := await self._items.get(), Form):
            if isinstance(item, BaseException):
                raise item
            if isinstance(item, bool):
                apart = item
            elif isinstance(item, Part):
                await self._part(item, apart)
            elif item[0].number == WHOLLY:
                await self._divide(item[0], apart)
            else:
                await self._cut(item)
        await reading
        return item

    def _read(self, pieces: Pieces, ground: Ground, loop: asyncio.AbstractEventLoop) -> None:
        """The other thread's part: everything is checked to its end first, so that a damaged file leaves nothing."""

        def put(item: Item) -> None:
            asyncio.run_coroutine_threadsafe(self._items.put(item), loop).result()

        try:
            if not self.checked:
                Source(pieces).check()
                pieces.rewind()
            cutter = Cutter(self.given.upload.kind, ground, Source(pieces), self.given.resume)
            put(cutter.apart)
            for item in cutter.parts():
                put(item)
            put(cutter.form)
        except BaseException as error:
            put(error)

    def _name(self, number: int) -> str:
        return self.given.staging if number == WHOLLY else f"{self.given.staging}_{number:x}"

    async def _part(self, part: Part, apart: bool) -> None:
        staging = self._name(part.number)
        if part.number not in self._made:
            self._made.add(part.number)
            await commands.create(self.tx, staging, self.way.tables(apart))
        for table, rows in part.tables.items():
            if rows:
                self._filled.add(part.number)
                await commands.copy(self.tx, staging, table, rows)
        if part.packed:
            self._filled.add(part.number)
            await commands.copy_packed(self.tx, staging, part.packed)
        await self._refuse(part.number, part.rejects)

    async def _refuse(self, number: int, rejects: list[Reject]) -> None:
        rejects = rejects[: max(commands_uploads.MOST_REJECTS - self.kept, 0)]
        if rejects:
            self.kept += len(rejects)
            async with self.tx.transaction():
                await commands_uploads.refuse(self.tx, self.given.upload, number, rejects)
                await self._fence()

    async def _cut(self, cuts: list[Cut]) -> None:
        """Batches are whole: they may be recorded. The next follow when those before these are done."""
        job_id, filled = self.given.upload.job_id, [cut.number for cut in cuts if cut.number in self._filled]
        for number in filled:
            await commands_uploads.analyze(self.tx, self._name(number), self.way.table, self.way.lines)
        async with self.tx.transaction():
            for cut in cuts:
                staging = self._name(cut.number) if cut.number in filled else ""
                batch = Staged(cut.number, staging, self._number_in(cut), False, cut.bytes_read)
                await commands_uploads.staged(self.tx, job_id, batch, cut)
            await self._fence()
        most = max(len(cuts), _BATCHES_WAIT)
        while await commands_uploads.waiting(self.tx, job_id) > most:  # noqa: ASYNC110 (it is another process)
            await asyncio.sleep(_LOOK_EVERY)

    def _number_in(self, cut: Cut) -> int:
        """What the batch's rows bear in staging: without windows they are counted from where this attempt began."""
        return cut.number if self.way.windowed is not None else cut.number - self.given.resume.batches

    async def _divide(self, cut: Cut, apart: bool) -> None:
        """Everything is staged: rows become units, units are numbered, and all batches may be recorded."""
        tx, way, staging, job_id = self.tx, self.way, self.given.staging, self.given.upload.job_id
        if apart:
            async with tx.transaction():
                await commands.prepare(tx, staging, *way.grouping)
                await self._refuse_grouped(cut)
        if way.numbering is not None:
            await commands.prepare(tx, staging, *way.numbering)
        count = await commands.batches(tx, staging, way.table, way.lines)
        async with tx.transaction():
            await commands_uploads.staged(tx, job_id, Staged(WHOLLY, "", 0, apart, 0), cut, done=True)
            for number in range(self.given.resume.batches, count):
                share = cut.bytes_read * (number + 1) // count
                await commands_uploads.staged(tx, job_id, Staged(number, staging, number, apart, share), None)
            await self._fence()

    async def _refuse_grouped(self, cut: Cut) -> None:
        """What grouping refused; in its transaction, so that either all of it is told or nothing."""
        rejects = Kept(cut.told)
        async for reject in commands.refused_rows(self.tx, self.given.staging):
            rejects.add(reject)
            if len(rejects.waiting) >= ROWS_AT_ONCE:
                await self._refuse(WHOLLY, rejects.take())
        await self._refuse(WHOLLY, rejects.take())
        cut.told.rejected += await commands.refused_units(self.tx, self.given.staging)

    async def _fence(self) -> None:
        await leases.confirm(self.tx, self.given.upload.job_id, self.given.attempt)
