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

MOST_PARTS: Final = 8
_FULLEST: Final = 2
"""A part holds so many times what it should at most, however much one customer does."""
_ABOVE: Final = 20
"""A batch's number has the part in so many bits, the window above: those of batches in the file's order are below."""


def parts_of(window: int) -> int:
    """Few at first, so that recording begins soon, and a small file is one batch."""
    return min(1 << window, MOST_PARTS)


def number_of(window: int, part: int) -> int:
    return (window + 1 << _ABOVE) + part


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
    _rows: list[int] = field(init=False)
    _claimed: dict[UUID, int] = field(init=False)

    def __post_init__(self) -> None:
        self._open()

    def of(self, line: int, whom: Who, claim: UUID, purchase: UUID | None) -> int:
        if self._is_full(line):
            self._next()
        if (part := self._place(whom, claim, purchase)) is None:
            self._next()
            part = self._place(whom, claim, purchase) or 0
        self._rows[part] += 1
        self._claimed[claim] = part
        if purchase is not None:
            self._claimed[purchase] = part
        return number_of(self.window, part)

    def _is_full(self, line: int) -> bool:
        if self.until:
            return line >= self.until
        return sum(self._rows) >= len(self._rows) * BATCH_ROWS or max(self._rows) >= _FULLEST * BATCH_ROWS

    def _place(self, whom: Who, claim: UUID, purchase: UUID | None) -> int | None:
        """Where its claims are already, else by whom it names. None: they are in two places, and it has to wait."""
        known = self._claimed.get(claim)
        if purchase is not None:
            other = self._claimed.get(purchase)
            if known is not None and other is not None and known != other:
                return None
            known = other if known is None else known
        if known is not None:
            return known
        named = crc32(whom.value.encode()) if whom.value is not None else whom.customer.int if whom.customer else 0
        return named % len(self._rows)

    def _next(self) -> None:
        self.window, self.until = self.window + 1, 0
        self._open()

    def _open(self) -> None:
        self._rows, self._claimed = [0] * parts_of(self.window), {}


def resumed(done: Mapping[int, int]) -> Resume:
    """Where to go on, of the numbers of batches that are done with the line that follows each, or its window."""
    last = window_of(max(done, default=0))
    if last < 0:
        return Resume(len(done), max(done.values(), default=0), recorded=len(done))
    parts = frozenset(number for number in done if window_of(number) == last)
    before = max((line for number, line in done.items() if number not in parts), default=0)
    end = max(done[number] for number in parts)
    if len(parts) == parts_of(last):
        return Resume(last + 1, end, recorded=len(done))
    return Resume(last, before, parts, end, len(done))
