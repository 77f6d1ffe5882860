"""Deeds on touchpoints: finished rows of t_touchpoint become facts, with costs from the rate card."""

from pathlib import Path

from domain.staged import Batch

_FACTS = Path(__file__).parent / "sql" / "facts.sql"


async def open_touchpoints(batch: Batch) -> None:
    """t_touchpoint gathers the batch's touchpoints; t_rate is the rate card."""
    await batch.run(_FACTS, "create")
    await open_rates(batch)


async def open_rates(batch: Batch) -> None:
    """t_rate is the rate card."""
    card = batch.settings.rate_card
    columns = [rate[0] for rate in card], [rate[1] for rate in card], [rate[2] for rate in card]
    await batch.run(_FACTS, "rates", *columns)


async def insert(batch: Batch) -> None:
    await batch.run(_FACTS, "insert", batch.recorded_at or batch.now)
