"""The floor: the statements that recording touchpoints needs, hand-written over asyncpg, in one transaction a call.

No GraphQL, no checks, no refusals, no merged customers, no orders, products or prospects: rows of known customers that
are known to be new. What must be kept is kept: the request's key and answer, claims, facts, months, what was seen first
and last, the mark of the change, and the audit entry.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from uuid import UUID

import asyncpg
import orjson

from domain.ids import new_id, new_ids

KEY = b"k" * 32
_TAKE = "INSERT INTO idempotency_key (request_key, request_hash, created_at) VALUES ($1, $2, $3)"
_KEEP = "UPDATE idempotency_key SET status = 200, answer = $2 WHERE request_key = $1"
_AUDIT = """
WITH entry AS (
  INSERT INTO audit_entry (entry_id, bucket, entered_at, actor, action, detail, salt, commitment)
  VALUES ($1, 0, $2, 'floor', 'touchpointsRecord', $3, $4, $5) RETURNING entry_id, bucket)
INSERT INTO audit_unsealed (entry_id, bucket) SELECT entry_id, bucket FROM entry
"""
_OWNERS = """
SELECT i.value, i.customer_id FROM unnest($1::text[]) AS n (value)
JOIN identity_claim i ON i.value = n.value AND i.kind = 'EXTERNAL_ID' AND i.scope = 'shop'
"""
_LOCK = "SELECT customer_id FROM customer WHERE customer_id = ANY ($1::uuid[]) ORDER BY customer_id FOR NO KEY UPDATE"
_CLAIMS = """
INSERT INTO touchpoint_claim (claim_key, customer_id, touchpoint_id, occurred_at)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::timestamptz[]) ON CONFLICT DO NOTHING
"""
_FACTS = """
INSERT INTO touchpoint (customer_id, occurred_at, touchpoint_id, recorded_for, channel, kind, function, direction,
  recorded_at, source, external_id, subject, cost, cost_given, satisfaction, properties)
SELECT f.customer_id, f.occurred_at, f.touchpoint_id, f.customer_id, f.channel, f.kind, 'MARKETING', 'INBOUND',
  $8, 'shop', f.external_id, f.subject, 0, false, NULL, '{}'
FROM unnest($1::uuid[], $2::timestamptz[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[])
  AS f (customer_id, occurred_at, touchpoint_id, channel, kind, external_id, subject)
"""
_MONTHS = """
INSERT INTO customer_month (customer_id, month, channel, category, touches)
SELECT m.customer_id, date_trunc('month', m.at AT TIME ZONE 'UTC')::date, m.channel, '', count(*)
FROM unnest($1::uuid[], $2::timestamptz[], $3::text[]) AS m (customer_id, at, channel) GROUP BY 1, 2, 3
ON CONFLICT (customer_id, month, channel, category) DO UPDATE SET touches = customer_month.touches + excluded.touches
"""
_TOUCHED = """
UPDATE customer c SET last_touchpoint_at = greatest(c.last_touchpoint_at, t.last_at),
  acquisition_at = least(c.acquisition_at, t.first_at)
FROM (
  SELECT n.customer_id, min(n.at) AS first_at, max(n.at) AS last_at
  FROM unnest($1::uuid[], $2::timestamptz[]) AS n (customer_id, at) GROUP BY 1
) t WHERE c.customer_id = t.customer_id
"""
_SEEN = """
UPDATE customer_identity i SET first_seen_at = least(i.first_seen_at, s.first_at),
  last_seen_at = greatest(i.last_seen_at, s.last_at)
FROM (
  SELECT n.customer_id, n.value, min(n.at) AS first_at, max(n.at) AS last_at
  FROM unnest($1::uuid[], $2::text[], $3::timestamptz[]) AS n (customer_id, value, at) GROUP BY 1, 2
) s
WHERE i.customer_id = s.customer_id AND i.kind = 'EXTERNAL_ID' AND i.scope = 'shop' AND i.value = s.value
"""
_MARKS = """
INSERT INTO customer_mark (customer_id, bucket, changed_at)
SELECT DISTINCT n, get_byte(uuid_send(n), 15) % 16, $2::timestamptz FROM unnest($1::uuid[]) AS n ORDER BY n
ON CONFLICT (customer_id) DO UPDATE SET wanted = customer_mark.wanted + 1, changed_at = excluded.changed_at
"""
Row = Mapping[str, object]


async def record(tx: asyncpg.Connection[asyncpg.Record], body: bytes, *, key: str | None) -> None:
    """The rows of one call, as JSON; with a request's key, its answer is kept."""
    rows: list[Row] = orjson.loads(body)
    now = datetime.now(UTC)
    request = UUID(bytes=_claim("caller", key)) if key else None
    async with tx.transaction():
        if request is not None:
            await tx.execute(_TAKE, request, hashlib.sha256(body).digest(), now)
        await _record(tx, rows, now)
        await _enter(tx, now)
        if request is not None:
            await tx.execute(_KEEP, request, b"answer")


async def _record(tx: asyncpg.Connection[asyncpg.Record], rows: Sequence[Row], now: datetime) -> None:
    values = [str(row["customer"]["identity"]["value"]) for row in rows]  # type: ignore[index]
    owners = {row[0]: row[1] for row in await tx.fetch(_OWNERS, values)}
    customers = [owners[value] for value in values]
    at = [datetime.fromisoformat(str(row["occurredAt"])) for row in rows]
    ids = new_ids(now, len(rows))
    claims = [UUID(bytes=_claim("shop", str(row["externalId"]))) for row in rows]
    channels, kinds, externals, subjects = (
        [row[name] for row in rows] for name in ("channel", "kind", "externalId", "subject")
    )
    await tx.fetch(_LOCK, customers)
    await tx.execute(_CLAIMS, claims, customers, ids, at)
    await tx.execute(_FACTS, customers, at, ids, channels, kinds, externals, subjects, now)
    await tx.execute(_MONTHS, customers, at, channels)
    await tx.execute(_TOUCHED, customers, at)
    await tx.execute(_SEEN, customers, values, at)
    await tx.execute(_MARKS, customers, now)


async def _enter(tx: asyncpg.Connection[asyncpg.Record], now: datetime) -> None:
    salt, detail = os.urandom(16), orjson.dumps({"after": {"created": 1}}).decode()
    await tx.execute(_AUDIT, new_id(now), now, detail, salt, hashlib.sha256(salt + detail.encode()).digest())


def _claim(source: str, external_id: str) -> bytes:
    return hmac.digest(KEY, f"{source}\x00{external_id}".encode(), hashlib.sha256)[:16]
