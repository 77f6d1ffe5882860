"""Whose record a touchpoint is, by its id."""

from uuid import UUID

from domain.database import Tx


async def owner_of(tx: Tx, touchpoint: UUID) -> UUID | None:
    found: UUID | None = await tx.fetchval("SELECT customer_id FROM touchpoint WHERE touchpoint_id = $1", touchpoint)
    return found
