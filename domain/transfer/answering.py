"""What becomes of a call as a whole: its rows are recorded each on its own, or all or none, and each is told of."""

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Final, Protocol
from uuid import UUID

from domain.database import Tx
from domain.errors import ErrorCode, Fault, Refused
from domain.vocabulary import RecordErrorPolicy, RecordStatus

MOST_ROWS: Final = 1_000
_OTHERS: Final = "was not recorded, because other rows were refused"
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


class Call(Protocol):
    """Rows on their way: `faults` are what the refused ones were refused for, by their places."""

    @property
    def faults(self) -> Mapping[int, Sequence[Fault]]: ...

    async def record_fit(self, rows: Rows) -> None:
        """Records the rows that can be."""

    def told_of(self, index: int) -> Recorded:
        """What became of a row that was not refused."""


class _Undone(Exception):
    """Some row was refused, and the caller wants all or none."""


async def answered(tx: Tx, call: Call, rows: Rows, policy: RecordErrorPolicy) -> list[Recorded]:
    """Records the rows and tells of each, in the order given. Raises Refused where there are too many at once."""
    if len(rows) > MOST_ROWS:
        message = f"has more than {MOST_ROWS:,} rows: send them in several calls"
        raise Refused(Fault(ErrorCode.LIMIT_EXCEEDED, message, ("input",)))
    every, all_or_none = range(len(rows)), policy is RecordErrorPolicy.REFUSE_ALL
    try:
        # What is refused without this leaves no trace either: the caller's own savepoint goes back.
        async with tx.transaction() if all_or_none else nullcontext():
            await call.record_fit(rows)
            if call.faults and all_or_none:
                raise _Undone
    except _Undone:
        others = (Fault.invalid(_OTHERS),)
        return [_refused(index, call.faults.get(index, others)) for index in every]
    return [_refused(index, call.faults[index]) if index in call.faults else call.told_of(index) for index in every]


def _refused(index: int, faults: Sequence[Fault]) -> Recorded:
    return Recorded(index, RecordStatus.REJECTED, None, tuple(faults))
