"""An upload read and checked row by row, in parts that fit into memory, and cut into batches as it goes.

What can only be told of the whole file (orders of a CSV, whose lines may stand anywhere; returns, which are numbered
by what they return) comes as one batch that is divided afterwards.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, dropwhile
from typing import NamedTuple

from domain.errors import Fault, Refused
from domain.transfer.inputs import Input
from domain.transfer.intake import Intake, Lines, Reader, form_of, rows_of
from domain.transfer.kinds import Form, Kind, Reject, Summary
from domain.transfer.packing import packed
from domain.transfer.reading import Source
from domain.transfer.rejects import Rejects
from domain.transfer.scalars import Unfit
from domain.transfer.stage import Ground, Row
from domain.transfer.uploads import WHOLLY, Resume
from domain.transfer.ways import WAYS, Way
from domain.transfer.windows import Windows, number_of, parts_of

ROWS_AT_ONCE = 4_000
AFTER_ALL = 1 << 62
"""The line that follows the last one."""


class Part(NamedTuple):
    """Rows for the staging tables of a batch, and refused ones; touchpoints are packed as soon as they are read."""

    number: int
    tables: dict[str, list[Row]]
    rejects: list[Reject]
    packed: Sequence[bytes] = ()


class Cut(NamedTuple):
    """The end of a batch: what was read since the one before, and where the next begins."""

    number: int
    next_line: int
    bytes_read: int
    told: Summary


class Kept(Rejects):
    """Refused rows, counted and kept until they are carried off."""

    def __init__(self, summary: Summary) -> None:
        super().__init__(None, Form.NDJSON, summary)
        self.waiting: list[Reject] = []

    def add(self, reject: Reject) -> None:
        super().add(reject)
        self.waiting.append(reject)

    def take(self) -> list[Reject]:
        taken, self.waiting = self.waiting, []
        return taken


class Filling:
    """A window that is read: the rows of its parts, those that were refused with its first. `done`: what needs none."""

    def __init__(self, window: int, done: frozenset[int], bytes_before: int = 0) -> None:
        self.window, self.bytes_read = window, bytes_before
        self._bytes_before = bytes_before
        self._numbers = [number_of(window, part) for part in range(parts_of(window))]
        self._told = {number: Summary() for number in self._numbers}
        self._rows: dict[int, list[bytes]] = {number: [] for number in self._numbers}
        self._rejects = Kept(self._told[self._numbers[0]])
        self._done = done

    def add(self, row: Row) -> Part | None:
        number = row[1]
        assert isinstance(number, int)
        rows = self._rows[number]
        rows.append(packed(row))
        return self._part(number) if len(rows) >= ROWS_AT_ONCE else None

    def refuse(self, line: int, fault: Unfit) -> Part | None:
        first = self._told[self._numbers[0]]
        first.rows += 1
        first.rejected += 1
        self._rejects.add(Reject(line, fault.field, fault.code, fault.reason))
        return self._part(self._numbers[0]) if len(self._rejects.waiting) >= ROWS_AT_ONCE else None

    def rest(self) -> Iterator[Part]:
        return filter(None, map(self._part, self._numbers))

    def _part(self, number: int) -> Part | None:
        rows, self._rows[number] = self._rows[number], []
        self._told[number].rows += len(rows)
        rejects = self._rejects.take() if number == self._numbers[0] else []
        if number in self._done or not (rows or rejects):
            return None
        return Part(number, {}, rejects, rows)

    def cuts(self, next_line: int, bytes_read: int) -> list[Cut]:
        """Each part stands for its share of what was read."""
        self.bytes_read, each = bytes_read, (bytes_read - self._bytes_before) / len(self._numbers)
        return [
            Cut(number, next_line, self._bytes_before + round(each * (nth + 1)), self._told[number])
            for nth, number in enumerate(self._numbers)
            if number not in self._done
        ]


@dataclass(slots=True)
class Cutter:
    """Reads one upload; `form` and `whole` are known when it is made. Raises Refused where it cannot be read at all."""

    kind: Kind
    ground: Ground
    source: Source
    resume: Resume
    form: Form = field(init=False)
    apart: bool = field(init=False)
    _lines: Lines = field(init=False)
    _told: Summary = field(default_factory=Summary)

    def __post_init__(self) -> None:
        self.form, self._lines = form_of(self.source)
        self.apart = self.form is Form.CSV and self.way.lines is not None

    @property
    def way(self) -> Way:
        return WAYS[self.kind]

    @property
    def whole(self) -> bool:
        return self.apart or self.way.numbering is not None

    def parts(self) -> Iterator[Part | list[Cut]]:
        """Parts, and after those of batches that may be recorded now, side by side, the ends of these."""
        if self.whole:
            return self._at_once()
        return self._batch_by_batch() if self.way.windowed is None else self._window_by_window(self.way.windowed)

    def _at_once(self) -> Iterator[Part | list[Cut]]:
        reader = self.way.reader(self.ground, self.apart)
        rejects = Kept(self._told)
        intake = Intake(self.kind, self.ground, rejects, self._told)
        waiting, bad = reader.tables[self.way.busiest(self.apart)], reader.tables.setdefault("bad", [])
        for _ in intake.read(self._lines, self.form, reader, apart=self.apart):
            if len(waiting) + len(bad) + len(rejects.waiting) >= ROWS_AT_ONCE:
                yield Part(WHOLLY, _taken(reader), rejects.take())
        yield Part(WHOLLY, _taken(reader), rejects.take())
        if not self._told.rows:
            raise Refused(Fault.invalid("the file has no rows"))
        yield [Cut(WHOLLY, AFTER_ALL, self.source.bytes_read, self._told)]

    def _batch_by_batch(self) -> Iterator[Part | list[Cut]]:
        reader = self.way.reader(self.ground, False)
        units, waiting = reader.tables[self.way.table], reader.tables[self.way.busiest(False)]
        rejects, now, any_row = Kept(self._told), 0, self.resume.batches > 0
        for number, fault, _ in rows_of(self.kind, self._remaining(), self.form, reader):
            any_row = True
            if fault is not None:
                self._refuse(rejects, number, fault)
            elif (then := _batch_of(units)) != now:
                yield Part(self._number(now), _taken(reader, but=then), rejects.take())
                yield [self._cut(now, number)]
                rejects, now = Kept(self._told), then
            self._told.rows += 1
            if len(waiting) + len(rejects.waiting) >= ROWS_AT_ONCE:
                yield Part(self._number(now), _taken(reader), rejects.take())
        if not any_row:
            raise Refused(Fault.invalid("the file has no rows"))
        yield Part(self._number(now), _taken(reader), rejects.take())
        yield [self._cut(now, AFTER_ALL)]

    def _window_by_window(self, reader_of: Callable[[Ground, Windows], Reader[Input]]) -> Iterator[Part | list[Cut]]:
        windows = Windows(self.resume.batches, self.resume.until)
        reader = reader_of(self.ground, windows)
        units, any_row = reader.tables[self.way.table], self.resume.recorded > 0
        now = Filling(windows.window, self.resume.parts)
        for number, fault, _ in rows_of(self.kind, self._remaining(), self.form, reader):
            any_row = True
            if fault is None and windows.window != now.window:
                yield from now.rest()
                yield now.cuts(number, self.source.bytes_read)
                now = Filling(windows.window, frozenset(), now.bytes_read)
            filled = now.refuse(number, fault) if fault is not None else now.add(units.pop())
            if filled is not None:
                yield filled
        if not any_row:
            raise Refused(Fault.invalid("the file has no rows"))
        yield from now.rest()
        yield now.cuts(AFTER_ALL, self.source.bytes_read)

    def _number(self, batch: int) -> int:
        return self.resume.batches + batch

    def _cut(self, batch: int, next_line: int) -> Cut:
        told, self._told = self._told, Summary()
        return Cut(self._number(batch), next_line, self.source.bytes_read, told)

    def _refuse(self, rejects: Kept, number: int, fault: Unfit) -> None:
        self._told.rejected += 1
        rejects.add(Reject(number, fault.field, fault.code, fault.reason))

    def _remaining(self) -> Lines:
        """The lines that earlier attempts did not record; a CSV's header is needed in any case."""
        header = next(self._lines, None) if self.form is Form.CSV else None
        rest = dropwhile(lambda line: line[0] < self.resume.next_line, self._lines)
        return rest if header is None else chain((header,), rest)


def _batch_of(units: list[Row]) -> int:
    """Of the unit that was staged last."""
    number = units[-1][1]
    assert isinstance(number, int)
    return number


def _taken(reader: Reader[Input], *, but: int | None = None) -> dict[str, list[Row]]:
    """The rows that wait, but for those of the batch that has just begun."""
    taken = {}
    for table, rows in reader.tables.items():
        end = len(rows)
        while but is not None and end and rows[end - 1][1] == but:
            end -= 1
        taken[table] = rows[:end]
        del rows[:end]
    return taken
