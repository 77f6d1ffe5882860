"""An upload read and checked row by row, in parts that fit into memory, and cut into batches as it goes.

What can only be told of the whole file (orders of a CSV, whose lines may stand anywhere; returns, which are numbered
by what they return) comes as one batch that is divided afterwards.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from domain.errors import Fault, Refused
from domain.transfer.inputs import Input
from domain.transfer.intake import Intake, Lines, Reader, form_of, rows_of
from domain.transfer.kinds import Form, Kind, Reject, Summary
from domain.transfer.reading import Source
from domain.transfer.rejects import Rejects
from domain.transfer.scalars import Unfit
from domain.transfer.stage import Ground, Row
from domain.transfer.uploads import WHOLLY, Resume
from domain.transfer.ways import WAYS, Way

ROWS_AT_ONCE = 4_000
AFTER_ALL = 1 << 62
"""The line that follows the last one."""


class Part(NamedTuple):
    """Rows for the staging tables of a batch, and refused ones."""

    number: int
    tables: dict[str, list[Row]]
    rejects: list[Reject]


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

    def parts(self) -> Iterator[Part | Cut]:
        return self._at_once() if self.whole else self._batch_by_batch()

    def _at_once(self) -> Iterator[Part | Cut]:
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
        yield Cut(WHOLLY, AFTER_ALL, self.source.bytes_read, self._told)

    def _batch_by_batch(self) -> Iterator[Part | Cut]:
        reader = self.way.reader(self.ground, False)
        units, waiting = reader.tables[self.way.table], reader.tables[self.way.busiest(False)]
        rejects, now, any_row = Kept(self._told), 0, self.resume.batches > 0
        for number, fault, _ in rows_of(self.kind, self._remaining(), self.form, reader):
            any_row = True
            if fault is not None:
                self._refuse(rejects, number, fault)
            elif (then := _batch_of(units)) != now:
                yield Part(self._number(now), _taken(reader, but=then), rejects.take())
                yield self._cut(now, number)
                rejects, now = Kept(self._told), then
            self._told.rows += 1
            if len(waiting) + len(rejects.waiting) >= ROWS_AT_ONCE:
                yield Part(self._number(now), _taken(reader), rejects.take())
        if not any_row:
            raise Refused(Fault.invalid("the file has no rows"))
        yield Part(self._number(now), _taken(reader), rejects.take())
        yield self._cut(now, AFTER_ALL)

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
        if self.form is Form.CSV and (header := next(self._lines, None)) is not None:
            yield header
        for number, raw in self._lines:
            if number >= self.resume.next_line:
                yield number, raw


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
