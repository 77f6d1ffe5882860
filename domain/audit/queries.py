"""What is asked of the chains when they are verified: every seal with its entry, and what has no seal."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from domain.audit.rules import ERASING, Entry
from domain.database import Tx

_AT_ONCE: Final = 2_000

_COUNT = "SELECT count(*) FROM audit_seal"

# Erased is who an erasing entry names: by the id that stands, or by any that was merged into it.
_LINKS = """
SELECT s.bucket, s.position, s.entry_id AS sealed_id, s.chained, e.bucket AS own_bucket, e.detail, e.salt,
  CASE WHEN e.detail IS NULL OR e.salt IS NULL THEN EXISTS (
    SELECT FROM audit_entry x, LATERAL (
      SELECT coalesce((SELECT survivor_id FROM customer_alias WHERE customer_id = e.customer_id), e.customer_id) AS id
    ) r
    WHERE x.action = ANY ($1::text[]) AND (x.customer_id = r.id
      OR x.customer_id IN (SELECT customer_id FROM customer_alias WHERE survivor_id = r.id))
  ) ELSE false END AS erased,
  e.entry_id, e.entered_at, e.actor, e.actor_key, e.action, e.subject, e.customer_id, e.commitment
FROM audit_seal s LEFT JOIN audit_entry e ON e.entry_id = s.entry_id
ORDER BY s.bucket, s.position
"""

_LOOSE = """
SELECT coalesce(e.entry_id, u.entry_id) AS entry_id, coalesce(e.bucket, u.bucket) AS bucket, e.entered_at,
  u.entry_id IS NOT NULL AS waits
FROM audit_entry e FULL JOIN audit_unsealed u ON u.entry_id = e.entry_id
WHERE NOT EXISTS (SELECT FROM audit_seal s WHERE s.entry_id = coalesce(e.entry_id, u.entry_id))
ORDER BY e.entered_at, 1
"""


@dataclass(frozen=True, slots=True)
class Link:
    """A seal, and the entry that it is for, as far as that is there."""

    bucket: int
    position: int
    sealed_id: UUID
    chained: bytes
    entry: Entry | None
    own_bucket: int | None
    detail: str | None
    salt: bytes | None
    erased: bool


@dataclass(frozen=True, slots=True)
class Loose:
    """An entry without a seal; without a time, it is not there itself."""

    entry_id: UUID
    bucket: int
    entered_at: datetime | None
    waits: bool


async def count_links(tx: Tx) -> int:
    return int(await tx.fetchval(_COUNT))


async def links(tx: Tx) -> AsyncIterator[Link]:
    """All chains, one after the other, each from its start; streamed, however many there are."""
    async for row in tx.cursor(_LINKS, sorted(ERASING), prefetch=_AT_ONCE):
        fields = dict(row.items())
        seal = {name: fields.pop(name) for name in ("bucket", "position", "sealed_id", "chained")}
        rest = {name: fields.pop(name) for name in ("own_bucket", "detail", "salt", "erased")}
        yield Link(**seal, entry=Entry(**fields) if fields["entry_id"] else None, **rest)


async def loose(tx: Tx) -> AsyncIterator[Loose]:
    """What is in no chain: entries that wait, and such as should not be."""
    async for row in tx.cursor(_LOOSE, prefetch=_AT_ONCE):
        yield Loose(**dict(row.items()))
