"""Windows of an upload: a stretch of the file, parted by whom the rows name, whose parts are recorded side by side.

What one part writes, the others do not: a customer's rows come together, and so do those that tell of the same thing
(its claims), so that of two the first of the file holds. No window begins before the one before it is done.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID
from zlib import crc32

from domain.transfer.kinds import BATCH_ROWS
from domain.transfer.refs import Who
from domain.transfer.uploads import Resume

MOST_PARTS: Final = 16
_MOST_BEFORE: Final = 8
"""What windows had at most until uploads were parted into more: one that was begun then is read again."""
_FULLEST: Final = 2
"""A part holds so many times what it should at most, however much one customer does."""
_ABOVE: Final = 20
"""A batch's number has the part in so many bits, the window above: those of batches in the file's order are below."""
_WIDE: Final = 1 << 19
"""Marks the parts of windows that have more than they had before."""


def parts_of(window: int) -> int:
    """Few at first, so that recording begins soon, and a small file is one batch."""
    return min(1 << window, MOST_PARTS)


def number_of(window: int, part: int) -> int:
    return (window + 1 << _ABOVE) + (_WIDE if parts_of(window) > _MOST_BEFORE else 0) + part


def window_of(number: int) -> int:
    """Negative for the number of a batch that is in the file's order."""
    return (number >> _ABOVE) - 1


@dataclass(slots=True)
class Windows:
    """Numbers rows that come in the file's order by the batch that they belong to.

    `until` is the line at which the first window ends, where an attempt before found it already.
    """

    window: int
    until: int = 0
    _first: int = field(init=False)
    _rows: list[int] = field(init=False)
    _room: int = field(init=False)
    # By the claims' hashes, half as large: two that are alike by chance only share a part.
    _claimed: dict[int, int] = field(init=False)

    def __post_init__(self) -> None:
        self._open()

    def of(self, line: int, whom: Who, claim: UUID, purchase: UUID | None) -> int:
        if line >= self.until if self.until else self._room <= 0:
            self._next()
        own, other = hash(claim), None if purchase is None else hash(purchase)
        part = self._claimed.get(own)
        if other is not None:
            part = self._with_purchase(part, other)
        if part is None:
            named = crc32(whom.value.encode()) if whom.value is not None else whom.customer.int if whom.customer else 0
            part = named % len(self._rows)
        self._claimed[own] = part
        if other is not None:
            self._claimed[other] = part
        self._count(part)
        return self._first + part

    def _with_purchase(self, part: int | None, purchase: int) -> int | None:
        """Where its claims are already; where they are in two places, it has to wait for the next window."""
        other = self._claimed.get(purchase)
        if part is not None and other is not None and part != other:
            self._next()
            return None
        return other if part is None else part

    def _count(self, part: int) -> None:
        self._room -= 1
        self._rows[part] += 1
        if self._rows[part] >= _FULLEST * BATCH_ROWS:
            self._room = 0

    def _next(self) -> None:
        self.window, self.until = self.window + 1, 0
        self._open()

    def _open(self) -> None:
        parts = parts_of(self.window)
        self._first, self._room = number_of(self.window, 0), parts * BATCH_ROWS
        self._rows, self._claimed = [0] * parts, {}


def resumed(done: Mapping[int, int]) -> Resume:
    """Where to go on, of the numbers of batches that are done with the line that follows each, or its window."""
    last = window_of(max(done, default=0))
    if last < 0:
        return Resume(len(done), max(done.values(), default=0), recorded=len(done))
    parts = frozenset(number for number in done if window_of(number) == last)
    before = max((line for number, line in done.items() if number not in parts), default=0)
    end = max(done[number] for number in parts)
    as_now = min(parts) >= number_of(last, 0)
    if len(parts) == (parts_of(last) if as_now else _MOST_BEFORE):
        return Resume(last + 1, end, recorded=len(done))
    return Resume(last, before, parts if as_now else frozenset(), end if as_now else 0, len(done))
