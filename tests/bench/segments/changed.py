"""A thousand different customers changed: an order and a touchpoint each, and their segments are looked at again."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from domain.database import Database
from jobs.segments import changed_members

CHANGED = 1_000
_CHOSEN = """
SELECT array_agg(customer_id) FROM (
  SELECT customer_id FROM customer WHERE hashtextextended(customer_id::text, $1) & $2 = 0
  ORDER BY hashtextextended(customer_id::text, $1 + 1000) LIMIT $3
) AS drawn
"""
_TOUCHED = """
INSERT INTO touchpoint (customer_id, occurred_at, touchpoint_id, recorded_for, channel, kind, function, direction,
  recorded_at, source)
SELECT c, $2::timestamptz, gen_random_uuid(), c, 'WEB', (ARRAY['VISIT', 'BASKET', 'COMPLAINT', 'OPEN'])[n % 4 + 1],
  'MARKETING', 'INBOUND', $2, 'web'
FROM unnest($1::uuid[]) WITH ORDINALITY AS o (c, n)
"""
_SEEN = "UPDATE customer SET last_touchpoint_at = $2 WHERE customer_id = ANY ($1::uuid[])"
_SCORED = """
UPDATE customer_score SET order_count = order_count + 1, last_order_at = $2, risk_band = 'LOW', churn_probability = 0.1
WHERE customer_id = ANY ($1::uuid[])
"""
_MOVED = "SELECT count(*) FROM customer_segment WHERE refreshed_at >= $1 AND customer_id = ANY ($2::uuid[])"


async def measure(db: Database, turn: int, everybody: int) -> tuple[float, int]:
    """Seconds until all of their segments are right again, and how many of the thousand moved."""
    now, mask = datetime.now(UTC), (1 << max(everybody // (CHANGED * 2), 1).bit_length() - 1) - 1
    async with db.transaction() as tx:
        customers = await tx.fetchval(_CHOSEN, turn, mask, CHANGED)
        assert len(customers) == CHANGED, "too few were drawn"
        for change in (_TOUCHED, _SEEN, _SCORED):
            await tx.execute(change, customers, now)
    begun = time.perf_counter()
    async with db.transaction() as tx:
        await changed_members(tx, customers, datetime.now(UTC))
    seconds = time.perf_counter() - begun
    async with db.connection() as connection:
        return seconds, await connection.fetchval(_MOVED, now, customers)
