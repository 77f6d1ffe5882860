"""Deeds on earnings by month: what a batch adds to customer_month, or takes from it; made anew out of the facts."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from uuid import UUID

from domain.database import Tx
from domain.settings import Settings
from domain.sqlfile import statements
from domain.staged import Batch

_MONTHS = Path(__file__).parent / "sql" / "months.sql"
_REBUILD = Path(__file__).parent / "sql" / "rebuild.sql"


async def open_months(batch: Batch) -> None:
    """t_month gathers what the batch's facts change."""
    await batch.run(_MONTHS, "create")


async def add_touches(batch: Batch) -> None:
    """The touches of t_touchpoint with their costs: of a campaign marketing, of none the cost of serving."""
    await batch.run(_MONTHS, "touches", batch.settings.time_zone)


async def add_months(batch: Batch) -> None:
    await batch.run(_MONTHS, "add")


async def rebuild(tx: Tx, customer_ids: Iterable[UUID], settings: Settings) -> None:
    """Makes the months of these customers anew out of their facts; they are locked already, and marked afterwards.

    Equal to what is kept up with the facts, but for rows that add up to nothing: those are not there.
    """
    wanted = sorted(set(customer_ids))
    await tx.execute(statements(_REBUILD)["clear"], wanted)
    await tx.execute(statements(_REBUILD)["rebuild"], wanted, settings.time_zone, 1 - settings.assumed_margin)


async def move_months(tx: Tx, gone: Mapping[UUID, UUID]) -> None:
    """The months of each key are added to its value's."""
    await tx.execute(statements(_REBUILD)["move"], list(gone), list(gone.values()))
