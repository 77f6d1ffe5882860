"""Deeds on touchpoints that tell of a campaign's contact: whoever tells of it first, there is one in the end.

What was told as a contact made a touchpoint; when its source tells of it as one, too, that takes its place.
"""

from collections.abc import Collection
from pathlib import Path
from typing import Final
from uuid import UUID

from domain import customers, portfolio
from domain.sqlfile import statements
from domain.staged import Batch

_FILE = Path(__file__).parent / "sql" / "contacting.sql"
MADE: Final = "campaigns"
"""The source of touchpoints that were made of contacts."""


async def take_places(batch: Batch) -> None:
    """After the facts of a batch were written (t_ref)."""
    rows = await batch.rows(_FILE, "told")
    await take_places_of(batch, [(UUID(str(row[0])), UUID(str(row[1]))) for row in rows])


async def take_places_of(batch: Batch, told: Collection[tuple[UUID, UUID]]) -> None:
    """Of these customers and campaigns, of whom a touchpoint CAMPAIGN_SENT was told; they are locked."""
    if not told:
        return
    columns = [[pair[at] for pair in told] for at in range(2)]
    gone = await batch.tx.fetch(statements(_FILE)["take"], *columns, MADE)
    if gone:
        whose = sorted({row["customer_id"] for row in gone})
        await portfolio.rebuild(batch.tx, whose, batch.settings)
        await customers.forget(batch.tx, whose, [row["touchpoint_id"] for row in gone], batch.now)
