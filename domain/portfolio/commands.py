"""Deeds on earnings by month: what a batch adds to customer_month, or takes from it, in one statement."""

from pathlib import Path

from domain.staged import Batch

_MONTHS = Path(__file__).parent / "sql" / "months.sql"


async def open_months(batch: Batch) -> None:
    """t_month gathers what the batch's facts change."""
    await batch.run(_MONTHS, "create")


async def add_touches(batch: Batch) -> None:
    """The touches of t_touchpoint with their costs: of a campaign marketing, of none the cost of serving."""
    await batch.run(_MONTHS, "touches", batch.settings.time_zone)


async def add_months(batch: Batch) -> None:
    await batch.run(_MONTHS, "add")
