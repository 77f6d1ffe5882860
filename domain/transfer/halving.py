"""What is to be done where Postgres refuses a value of a batch, such as a sum that has outgrown its column.

The batch is halved until the units at fault stand alone: these are refused, and everything else is recorded.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import asyncpg

from domain.errors import ErrorCode
from domain.staged import Counts, Outcome, UnitFault

# By the table that units of the kind are staged in: the field that adds up.
_AMOUNTS: Final = {"touchpoint": "cost", "order": "lines", "return": "refund", "product": "price"}
_TOO_MUCH: Final = "comes with what is recorded already to more than 14 integer digits"
_NO_VALUE: Final = "holds a value that cannot be kept"


def unfit(table: str, seq: int, error: asyncpg.DataError) -> UnitFault:
    """The one unit that Postgres would not take."""
    if isinstance(error, asyncpg.NumericValueOutOfRangeError):
        return UnitFault(seq, None, _AMOUNTS.get(table, ""), ErrorCode.OUT_OF_RANGE, _TOO_MUCH)
    return UnitFault(seq, None, "", ErrorCode.INVALID, _NO_VALUE)


async def halved(
    seqs: Sequence[int], table: str, attempt: Callable[[Sequence[int]], Awaitable[Outcome]], error: asyncpg.DataError
) -> Outcome:
    """Units that could not be recorded together: `attempt` records some of them, or leaves no trace."""
    if len(seqs) < 2:
        return Outcome(Counts(), [unfit(table, seq, error) for seq in seqs])
    whole = Outcome(Counts(), [])
    middle = len(seqs) // 2
    for half in (seqs[:middle], seqs[middle:]):
        try:
            part = await attempt(half)
        except asyncpg.DataError as again:
            part = await halved(half, table, attempt, again)
        whole = whole.with_(part)
    return whole
