"""Customers turn out to be one: facts are re-inserted under the survivor, `recorded_for` is kept.

Claims stay as they are: they say for whom they were made, and customer_alias leads from there to the survivor.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from uuid import UUID

from domain import portfolio
from domain.database import Tx
from domain.identity.commands_moving import move_all
from domain.ids import new_ids
from domain.sqlfile import statements
from domain.staged import Batch

_SQL = Path(__file__).parent / "sql" / "join.sql"


async def join(batch: Batch, gone: Mapping[UUID, UUID]) -> set[UUID]:
    """Joins each key to its value, found by the house itself; the survivors. Call it as often as needed.

    All are locked already, in the order of their ids; the caller restates, settles and marks the survivors.
    """
    await join_customers(batch.tx, gone, now=batch.now)
    return set(gone.values())


async def join_customers(
    tx: Tx, gone: Mapping[UUID, UUID], *, now: datetime, automatic: bool = True, by: UUID | None = None
) -> list[UUID]:
    """As join; the ids of the merges."""
    if not gone:
        return []
    steps = statements(_SQL)
    keys, values = list(gone), list(gone.values())
    survivors = sorted(set(values))
    merges = new_ids(now, len(keys))
    await tx.execute(steps["merges"], keys, values, merges, now, automatic, by)
    await tx.execute(steps["alias"], keys, values, now)
    await tx.execute(steps["aliases"], keys, values)
    await tx.execute(steps["merged"], survivors, now)
    await move_all(tx, gone)
    await portfolio.move_months(tx, gone)
    await touched_again(tx, survivors)
    for step in ("gone_scores", "gone_summaries", "gone_marks"):
        await tx.execute(steps[step], keys)
    return merges


async def touched_again(tx: Tx, customers: Iterable[UUID]) -> None:
    """How they came, where nobody stated it, and when something last passed: found again from the facts."""
    await tx.execute(statements(_SQL)["touched_again"], sorted(set(customers)))
