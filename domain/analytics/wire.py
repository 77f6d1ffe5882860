"""Postgres' binary COPY as numpy arrays: a million rows in and out without a Python object for each value.

What is read has a fixed width: the statement turns every null into a value that stands for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from domain.analytics.histories import Floats, Ints
from domain.analytics.money import Money

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
    octets, counted = np.zeros((count, width), dtype=np.uint8), np.ones((count, width), dtype=np.bool_)
    octets[:, :2] = np.frombuffer((len(columns) + len(documents)).to_bytes(2, "big"), dtype=np.uint8)
    at = 2
    for column in columns:
        size = column.octets.shape[1]
        octets[:, at : at + 4] = np.ascontiguousarray(column.lengths.astype(">i4")).view(np.uint8).reshape(count, 4)
        octets[:, at + 4 : at + 4 + size] = column.octets
        counted[:, at + 4 : at + 4 + size] = np.arange(size) < column.lengths[:, None]
        at += 4 + size
    flat = octets[counted].tobytes()
    return _ended(flat, counted.sum(axis=1).cumsum().tolist(), documents) if documents else flat


def _ended(flat: bytes, ends: Sequence[int], documents: Sequence[Sequence[bytes]]) -> bytes:
    parts: list[bytes] = []
    begin = 0
    for end, told in zip(ends, zip(*documents, strict=True), strict=True):
        parts.append(flat[begin:end])
        parts += [(len(document) + 1).to_bytes(4, "big") + b"\x01" + document for document in told]
        begin = end
    return b"".join(parts)
