"""Years of touchpoints: partitions made ahead of time, and the default one emptied into those that came late."""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from domain.database import Tx

_SQL = Path(__file__).parent / "sql"
_MAKE = (_SQL / "make_year.sql").read_text()
_MISSING = (_SQL / "years_missing.sql").read_text()
_WAITING = (_SQL / "years_waiting.sql").read_text()

EARLIEST = 1990
"""What claims to be older is likelier a mistake than a year worth a partition: it stays in the default one."""


async def make_years(tx: Tx, years: Iterable[int]) -> list[int]:
    """Make the partitions that are missing; what waited in the default one for them moves. Tells which were made.

    Locks the default partition until the transaction ends, and waits for that no longer than two seconds.
    """
    wanted = sorted({year for year in years if 1 <= year <= 9998})
    missing = [row["year"] for row in await tx.fetch(_MISSING, wanted)]
    for year in missing:
        await tx.execute(_MAKE.format(year=year, next=year + 1))
    return missing


async def years_that_wait(tx: Tx, now: datetime) -> set[int]:
    """Years of which there are touchpoints in the default partition, and that are worth one of their own."""
    return {row["year"] for row in await tx.fetch(_WAITING, EARLIEST, now.year + 2)}
