"""The first half of an import: rows are read, checked and staged; what cannot be read is refused at once."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Generic, TypeVar

from domain.errors import Fault, Refused
from domain.transfer.decoding import Decoder
from domain.transfer.inputs import Input
from domain.transfer.kinds import Form, Kind, Reject, Summary
from domain.transfer.reading import Source
from domain.transfer.rejects import Rejects
from domain.transfer.scalars import Unfit
from domain.transfer.stage import Ground, Row, Staging
from domain.transfer.table import COLUMNS, Table

I = TypeVar("I", bound=Input)  # noqa: E741
Lines = Iterator[tuple[int, bytes]]
Taken = tuple[int, Unfit | None, dict[str, object] | None]
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


class Reader(Generic[I]):
    """One kind's way from text into its staging rows. Raises Unfit, and then stages nothing of the row."""

    def __init__(self, input_: type[I], staging: Staging[I], source: str | None = None) -> None:
        self._decoder, self._staging = Decoder(input_, source), staging

    @property
    def tables(self) -> dict[str, list[Row]]:
        return self._staging.tables

    def line(self, raw: bytes, number: int) -> None:
        self._staging.add(self._decoder.line(raw), number)

    def row(self, nested: dict[str, object], number: int) -> None:
        self._staging.add(self._decoder.row(nested), number)

    def mapping(self, given: Mapping[str, object], number: int) -> None:
        self._staging.add(self._decoder.mapping(given), number)


@dataclass(slots=True)
class Intake:
    """Where a row goes: into the reader's tables, or to the rejects with its unit marked as bad."""

    kind: Kind
    ground: Ground
    rejects: Rejects
    summary: Summary

    def read(self, source: Lines, form: Form, reader: "Reader[Input]", *, apart: bool) -> Iterator[None]:
        """Stages row by row; yields after each, so that the caller can carry off what waits."""
        for number, fault, nested in rows_of(self.kind, source, form, reader):
            self.summary.rows += 1
            if fault is not None:
                self._refuse(number, fault, nested if apart else None, reader)
            yield

    def _refuse(self, number: int, fault: Unfit, nested: dict[str, object] | None, reader: "Reader[Input]") -> None:
        """Where lines of a unit are rows of their own, one bad row refuses the unit's other rows too."""
        self.rejects.add(Reject(number, fault.field, fault.code, fault.reason))
        if nested is None:
            self.summary.rejected += 1
            return
        source, external_id = nested.get("source"), nested.get("externalId")
        if isinstance(source, str) and isinstance(external_id, str):
            reader.tables["bad"].append((self.ground.claim(source, external_id), number))
        else:
            self.summary.rejected += 1


def rows_of(kind: Kind, lines: Lines, form: Form, reader: "Reader[Input]") -> Iterator[Taken]:
    """Stages row by row. Yields after each its line, why it was refused, and then the nested row of a CSV."""
    return _rows(kind, lines, reader) if form is Form.CSV else _lines(lines, reader)


def _lines(lines: Lines, reader: "Reader[Input]") -> Iterator[Taken]:
    for number, raw in lines:
        if raw and not raw.isspace():
            try:
                reader.line(raw, number)
                yield number, None, None
            except Unfit as fault:
                yield number, fault, None


def _rows(kind: Kind, lines: Lines, reader: "Reader[Input]") -> Iterator[Taken]:
    for number, nested in Table(kind, lines).rows():
        if isinstance(nested, Unfit):
            yield number, nested, None
            continue
        try:
            reader.row(nested, number)
            yield number, None, None
        except Unfit as fault:
            yield number, _in_columns(fault, kind), nested


def form_of(source: Source) -> tuple[Form, Lines]:
    """NDJSON begins with a brace, everything else is a CSV. Raises Refused for an empty file."""
    lines = source.lines()
    first = next(lines, None)
    while first is not None and (not first[1] or first[1].isspace()):
        first = next(lines, None)
    if first is None:
        raise Refused(Fault.invalid("the file is empty"))
    if first[1].startswith(_UTF_16):
        raise Refused(Fault.invalid("the file is written in UTF-16: save it as UTF-8"))
    form = Form.NDJSON if first[1].lstrip(b"\xef\xbb\xbf \t").startswith(b"{") else Form.CSV
    return form, chain([(first[0], first[1].removeprefix(b"\xef\xbb\xbf"))], lines)


def _in_columns(fault: Unfit, kind: Kind) -> Unfit:
    """The fault with the column's name in place of the path in the input."""
    path = tuple(step for step in fault.field.split(".") if not step.isdigit())
    names = [name for name, place in COLUMNS[kind].items() if place == path]
    return Unfit(names[0] if names else ".".join(path), fault.reason, fault.code)
