"""Customers turn out to be one: facts are re-inserted under the survivor, `recorded_for` is kept.

Claims stay as they are: they say for whom they were made, and customer_alias leads from there to the survivor.
"""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from uuid import UUID

from domain import consents, portfolio
from domain.database import Tx
from domain.identity.commands_moving import MANY, move_all
from domain.ids import new_ids
from domain.segments.membership.commands_leaving import leave_all
from domain.sqlfile import statements
from domain.staged import Batch

_SQL = Path(__file__).parent / "sql" / "join.sql"
_LINK = Path(__file__).parents[1] / "touchpoints" / "sql" / "link.sql"


async def join(batch: Batch, gone: Mapping[UUID, UUID]) -> set[UUID]:
    """Joins each key to its value, found by the house itself; the survivors. Call it as often as needed.

    All are locked already, in the order of their ids; the caller restates all of them, which marks the survivors.
    """
    await join_customers(batch.tx, gone, now=batch.now)
    return set(gone.values())


async def join_customers(
    tx: Tx,
    gone: Mapping[UUID, UUID],
    *,
    now: datetime,
    automatic: bool = True,
    by: UUID | None = None,
    profile_only: bool = False,
) -> list[UUID]:
    """As join; the ids of the merges. `profile_only`: what was done stays where it is, so it must not be kept so."""
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
    await move_all(tx, gone, but=MANY if profile_only else ())
    if not profile_only:
        await tx.execute(statements(_LINK)["relink"], survivors)
        await portfolio.move_months(tx, gone)
    await consents.settle(tx, survivors)
    for step in ("gone_scores", "gone_summaries", "gone_advice", "gone_tallies", "gone_marks"):
        await tx.execute(steps[step], keys)
    await leave_all(tx, keys, now=now)
    return merges
