"""What was recorded lately: asked again and again, with an overlap for those who commit late."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from domain.database import Tx

_ALL = """
SELECT t.touchpoint_id, t.recorded_at, NULL::uuid AS customer FROM touchpoint t WHERE t.recorded_at >= $1
ORDER BY t.recorded_at, t.touchpoint_id LIMIT $2
"""

# Of a customer who was merged meanwhile, what the survivor gets.
_OF_CUSTOMERS = """
SELECT t.touchpoint_id, t.recorded_at, w.named AS customer
FROM (
  SELECT n.id AS named, coalesce(a.survivor_id, n.id) AS customer_id
  FROM unnest($2::uuid[]) AS n (id) LEFT JOIN customer_alias a ON a.customer_id = n.id
) w JOIN touchpoint t ON t.customer_id = w.customer_id AND t.recorded_at >= $1
ORDER BY w.named, t.recorded_at, t.touchpoint_id
"""

_KNOWN = """
SELECT EXISTS (
  SELECT FROM customer c
  WHERE c.customer_id = coalesce((SELECT survivor_id FROM customer_alias WHERE customer_id = $1), $1)
    AND c.erased_at IS NULL AND (NOT $2 OR EXISTS (
      SELECT FROM customer_identity i WHERE i.customer_id = c.customer_id AND $3 = ANY (i.sources)))
)
"""


class Recorded(NamedTuple):
    """A touchpoint, when it was recorded, and the customer as whoever asks for one customer named it."""

    id: UUID
    at: datetime
    customer: UUID | None


async def recorded_since(tx: Tx, since: datetime, most: int) -> list[Recorded]:
    return [Recorded(*row) for row in await tx.fetch(_ALL, since, most)]


async def recorded_of(tx: Tx, customers: Sequence[UUID], since: datetime) -> list[Recorded]:
    return [Recorded(*row) for row in await tx.fetch(_OF_CUSTOMERS, since, list(customers))]


async def may_follow(tx: Tx, customer: UUID, *, partner: bool, source: str | None) -> bool:
    """Whether there is such a customer; for a partner, one whom it has an identity for."""
    return bool(await tx.fetchval(_KNOWN, customer, partner, source))
