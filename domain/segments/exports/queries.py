"""Who is in a segment, in batches: by a cursor, so that a million take no more room than some hundred."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.database import Tx

_ONE_MOMENT = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
_SEGMENT = "SELECT s.key, s.member_count, now() AS moment FROM segment s WHERE s.segment_id = $1"
_MEMBERS = """
SELECT m.customer_id FROM customer_segment m JOIN customer c ON c.customer_id = m.customer_id
WHERE m.segments @> ARRAY[(SELECT s.number FROM segment s WHERE s.segment_id = $1)]
  AND c.merged_into IS NULL AND c.erased_at IS NULL
ORDER BY m.customer_id
"""
_LED_HERE = "SELECT a.customer_id FROM customer_alias a WHERE a.survivor_id = ANY ($1::uuid[])"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A segment at the one moment that the transaction sees."""

    key: str
    members: int
    moment: datetime


async def snapshot(tx: Tx, segment: UUID) -> Snapshot:
    """First in its transaction: all that is read after it is of this moment."""
    await tx.execute(_ONE_MOMENT)
    row = await tx.fetchrow(_SEGMENT, segment)
    assert row is not None
    return Snapshot(row["key"], row["member_count"], row["moment"])


async def members(tx: Tx, segment: UUID, at_once: int) -> AsyncIterator[list[UUID]]:
    """Everybody who is in it, in the order of their ids."""
    cursor = await tx.cursor(_MEMBERS, segment)
    while rows := await cursor.fetch(at_once):
        yield [row[0] for row in rows]


async def led_here(tx: Tx, customers: list[UUID]) -> list[UUID]:
    """The ids of those who were merged into them: what is told of the one is told of the other."""
    return [row[0] for row in await tx.fetch(_LED_HERE, customers)]
