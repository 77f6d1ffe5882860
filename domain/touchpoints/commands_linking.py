"""Deeds on touchpoints that name an order: linked as soon as it is there and the same customer's."""

from pathlib import Path

from domain.staged import Batch

_SQL = Path(__file__).parent / "sql" / "link.sql"


async def link(batch: Batch) -> None:
    """Those that waited for the batch's new orders (t_new with claim and order_id, t_who)."""
    # Updating the partitions costs ten times a look into them, where it is about a few orders.
    if not batch.kept or await batch.number_of(_SQL, "waiting"):
        await batch.run(_SQL, "link")
