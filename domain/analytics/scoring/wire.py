"""Postgres' binary COPY as numpy arrays: a million rows in and out without a Python object for each value.

What is read has a fixed width: the statement turns every null into a value that stands for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from struct import Struct

import numpy as np
import numpy.typing as npt

from domain.analytics.models.histories import Floats, Ints
from domain.analytics.scoring.money import Money

Octets = npt.NDArray[np.uint8]
Flags = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.void]

HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"
NEVER = np.iinfo(np.int64).min
"""-infinity as a timestamptz: no such moment."""


class Kind(StrEnum):
    """What a value is on the wire; an instant is microseconds since the year 2000."""

    UUID = "V16"
    SMALL = ">i2"
    WHOLE = ">i4"
    BIG = ">i8"
    REAL = ">f8"
    INSTANT = ">i8 "
    TRUTH = "u1"


def row_type(fields: Sequence[tuple[str, Kind]]) -> "np.dtype[np.void]":
    """The layout of one row; the lengths between the values are there but bear no name worth asking for."""
    parts: list[tuple[str, str]] = [("#", ">i2")]
    for name, kind in fields:
        parts += [(f"#{name}", ">i4"), (name, kind.value.strip())]
    return np.dtype(parts)


class Inflow:
    """Bytes of a COPY as they come; rows as they are complete."""

    def __init__(self, layout: "np.dtype[np.void]") -> None:
        self._layout, self._held, self._begun = layout, bytearray(), False

    def feed(self, data: bytes) -> None:
        self._held += data
        if not self._begun and len(self._held) >= len(HEADER):
            del self._held[: len(HEADER)]
            self._begun = True

    @property
    def complete(self) -> int:
        return len(self._held) // self._layout.itemsize

    def take(self) -> Rows:
        """All complete rows; they must be of the layout, or the statement and the layout have parted."""
        size = self.complete * self._layout.itemsize
        rows = np.frombuffer(bytes(self._held[:size]), dtype=self._layout)
        del self._held[:size]
        names = self._layout.names or ()
        if len(rows) and not (rows["#"] == len(names) // 2).all():
            raise ValueError("the rows that came are not of the layout that was expected")
        return rows


@dataclass(frozen=True, slots=True)
class Column:
    """One column of many rows: their bytes side by side, how many of them count, -1 for null."""

    octets: Octets
    lengths: Ints


def fixed(kind: Kind, values: npt.NDArray[np.generic], present: Flags | None = None) -> Column:
    encoded = np.ascontiguousarray(values.astype(np.dtype(kind.value.strip())))
    octets = encoded.view(np.uint8).reshape(len(values), -1)
    lengths = np.full(len(values), octets.shape[1], dtype=np.int64)
    return Column(octets, lengths if present is None else np.where(present, lengths, -1))


def real(values: Floats) -> Column:
    """Not a number stands for null."""
    return fixed(Kind.REAL, values, ~np.isnan(values))


def numeric(amounts: Money, present: Flags | None = None) -> Column:
    """numeric(20,6): digits in groups of four, the first worth 10,000 ** 4; what outgrows it is told as its end."""
    digits = amounts.held().digits()
    head = np.zeros((len(digits), 4), dtype=np.int64)
    head[:, 0], head[:, 1], head[:, 2], head[:, 3] = 7, 4, digits[:, 0] * 0x4000, 6
    octets = np.concatenate([head, digits[:, 1:]], axis=1).astype(">i2").view(np.uint8)
    lengths = np.full(len(digits), octets.shape[1], dtype=np.int64)
    return Column(octets, lengths if present is None else np.where(present, lengths, -1))


def text(values: npt.NDArray[np.bytes_]) -> Column:
    """Empty stands for null."""
    lengths = np.char.str_len(values).astype(np.int64)
    octets = np.ascontiguousarray(values).view(np.uint8).reshape(len(values), values.dtype.itemsize)
    return Column(octets, np.where(lengths > 0, lengths, -1))


def rows_of(columns: Sequence[Column], documents: Sequence[Sequence[bytes]] = ()) -> bytes:
    """The rows of a COPY, without its header and trailer; jsonb comes last, too uneven for a matrix."""
    count = len(columns[0].lengths)
    width = 2 + sum(4 + column.octets.shape[1] for column in columns)
    octets = np.empty((count, width), dtype=np.uint8)
    octets[:, :2] = np.frombuffer((len(columns) + len(documents)).to_bytes(2, "big"), dtype=np.uint8)
    at = 2
    for column in columns:
        size = column.octets.shape[1]
        octets[:, at : at + 4] = np.ascontiguousarray(column.lengths.astype(">i4")).view(np.uint8).reshape(count, 4)
        octets[:, at + 4 : at + 4 + size] = column.octets
        at += 4 + size
    heads = [b""] * count
    for alike in _alike(columns):
        some = octets[alike]
        told = np.concatenate([some[:, begin:end] for begin, end in _runs(columns, int(alike[0]))], axis=1)
        data, size = told.tobytes(), told.shape[1]
        for place, begin in zip(alike.tolist(), range(0, len(data), size), strict=True):
            heads[place] = data[begin : begin + size]
    return b"".join(_ended(heads, documents) if documents else heads)


def _alike(columns: Sequence[Column]) -> list[Ints]:
    """Places of the rows whose values are all as long as each other's: some hundred kinds of rows, mostly by nulls."""
    kind, kinds = np.zeros(len(columns[0].lengths), dtype=np.int64), 1
    for column in columns:
        least, most = int(column.lengths.min(initial=0)), int(column.lengths.max(initial=0))
        if least == most:
            continue
        if kinds * (most - least + 1) >= 2**62:
            kind = np.unique(kind, return_inverse=True)[1]
            kinds = int(kind.max()) + 1
        kind = kind * (most - least + 1) + column.lengths - least
        kinds *= most - least + 1
    _, which, sizes = np.unique(kind, return_inverse=True, return_counts=True)
    return np.split(np.argsort(which, kind="stable"), sizes.cumsum()[:-1]) if len(sizes) else []


def _runs(columns: Sequence[Column], row: int) -> list[tuple[int, int]]:
    """From where to where octets of the matrix count, in rows like this one; few and long, so that copying is cheap."""
    runs, begin, at = list[tuple[int, int]](), 0, 2
    for column in columns:
        end = at + 4 + max(int(column.lengths[row]), 0)
        at += 4 + column.octets.shape[1]
        if end < at:
            runs.append((begin, end))
            begin = at
    return [*runs, (begin, at)]


_JSONB = Struct("!ib")


def _ended(heads: Sequence[bytes], documents: Sequence[Sequence[bytes]]) -> list[bytes]:
    """Head, length and document, length and document, of one row after the other."""
    each = 1 + 2 * len(documents)
    parts = [b""] * (each * len(heads))
    parts[::each] = heads
    for number, told in enumerate(documents):
        parts[2 * number + 1 :: each] = [_JSONB.pack(len(document) + 1, 1) for document in told]
        parts[2 * number + 2 :: each] = told
    return parts
