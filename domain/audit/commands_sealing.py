"""Sealing: entries that wait are given their places in the chains of their buckets."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from asyncpg import Record

from domain.audit.rules import START, Entry, chained
from domain.database import Tx
from domain.ledger.rules import BUCKETS

MOST: Final = 2_000
_LOCK: Final = 7262618

# Whoever else seals at this moment has some of the buckets to itself until its commit.
_BUCKETS = "SELECT b FROM generate_series(0, $1) AS b WHERE pg_try_advisory_xact_lock($2, b)"

_WAITING = """
SELECT u.entry_id, u.bucket, e.entered_at, e.actor, e.actor_key, e.action, e.subject, e.customer_id, e.commitment
FROM audit_unsealed u JOIN audit_entry e ON e.entry_id = u.entry_id
WHERE u.bucket = ANY ($1::bigint[])
  AND NOT EXISTS (SELECT FROM audit_seal s WHERE s.entry_id = u.entry_id)
ORDER BY e.entered_at, e.entry_id LIMIT $2
"""
_HEADS = """
SELECT b AS bucket, h.position, h.chained FROM unnest($1::bigint[]) AS b
CROSS JOIN LATERAL (
  SELECT s.position, s.chained FROM audit_seal s WHERE s.bucket = b ORDER BY s.position DESC LIMIT 1
) h
"""
_SEAL = """
INSERT INTO audit_seal (bucket, position, entry_id, chained, sealed_at)
SELECT n.bucket, n.position, n.entry_id, n.chained, $5
FROM unnest($1::bigint[], $2::bigint[], $3::uuid[], $4::bytea[]) AS n (bucket, position, entry_id, chained)
"""
_SEALED = "DELETE FROM audit_unsealed u WHERE EXISTS (SELECT FROM audit_seal s WHERE s.entry_id = u.entry_id)"


async def seal(tx: Tx, *, now: datetime, most: int = MOST) -> int:
    """Chains what waits, oldest first; how many entries that were, so that one knows whether more wait."""
    buckets = [row["b"] for row in await tx.fetch(_BUCKETS, BUCKETS - 1, _LOCK)]
    waiting = await tx.fetch(_WAITING, buckets, most)
    if not waiting:
        return 0
    links = await _links(tx, sorted({row["bucket"] for row in waiting}), waiting)
    await tx.execute(_SEAL, *zip(*links, strict=True), now)
    await tx.execute(_SEALED)
    return len(links)


async def _links(tx: Tx, buckets: list[int], waiting: Sequence[Record]) -> list[tuple[int, int, UUID, bytes]]:
    """Bucket, position, entry and hash of every new link."""
    heads = {row["bucket"]: (row["position"], row["chained"]) for row in await tx.fetch(_HEADS, buckets)}
    links: list[tuple[int, int, UUID, bytes]] = []
    for row in waiting:
        fields = dict(row.items())
        bucket = fields.pop("bucket")
        position, previous = heads.get(bucket, (0, START))
        entry = Entry(**fields)
        heads[bucket] = position + 1, chained(previous, entry)
        links.append((bucket, position + 1, entry.entry_id, heads[bucket][1]))
    return links
