"""The deed on what touchpoints cost: costs that came from a rate card follow the card."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from domain.database import Tx

_RECOST = """
UPDATE touchpoint t SET cost = r.cost
FROM unnest($2::text[], $3::text[], $4::numeric[]) AS r (channel, kind, cost)
WHERE t.customer_id = ANY ($1::uuid[]) AND NOT t.cost_given AND t.channel = r.channel AND t.kind = r.kind
  AND t.cost <> r.cost
RETURNING t.customer_id
"""


async def recost(tx: Tx, customers: Sequence[UUID], prices: Mapping[tuple[str, str], Decimal]) -> set[UUID]:
    """Touchpoints of these customers, who are locked, cost what is said of their channel and kind; whose did not."""
    channels, kinds = [channel for channel, _ in prices], [kind for _, kind in prices]
    rows = await tx.fetch(_RECOST, list(customers), channels, kinds, list(prices.values()))
    return {row["customer_id"] for row in rows}
