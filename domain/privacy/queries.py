"""Questions about persons: which ids and identities are theirs, and which identities may not come back."""

from collections.abc import Iterable
from uuid import UUID

from domain.database import Tx
from domain.deployment import claim_key
from domain.identity.normalise import Known
from domain.vocabulary import IdentityKind

_ANY = "SELECT EXISTS (SELECT FROM tombstone)"
_WHICH = "SELECT tombstone_key FROM tombstone WHERE tombstone_key = ANY ($1::uuid[])"
_IDS = """
SELECT c.customer_id FROM customer c
WHERE c.customer_id IN (
  SELECT coalesce((SELECT a.survivor_id FROM customer_alias a WHERE a.customer_id = $1), $1)
  UNION
  SELECT l.customer_id FROM customer_alias l
  WHERE l.survivor_id = coalesce((SELECT a.survivor_id FROM customer_alias a WHERE a.customer_id = $1), $1)
)
ORDER BY c.customer_id
"""
_IDENTITIES = "SELECT kind, scope, value FROM customer_identity WHERE customer_id = ANY ($1::uuid[]) ORDER BY 1, 2, 3"


def tombstone_key(key: bytes, known: Known) -> UUID:
    """What stays of an identity when its person was erased; `key` is the deployment's sub-key for tombstones."""
    return UUID(bytes=claim_key(key, known.kind, f"{known.scope}\x00{known.value}"))


async def anybody_erased(tx: Tx) -> bool:
    return bool(await tx.fetchval(_ANY))


async def erased(tx: Tx, key: bytes, identities: Iterable[Known]) -> frozenset[Known]:
    """Those of the identities that belonged to somebody who was erased."""
    if not await anybody_erased(tx):
        return frozenset()
    keys = {tombstone_key(key, known): known for known in identities}
    found = await tx.fetch(_WHICH, list(keys))
    return frozenset(keys[row[0]] for row in found)


async def ids_of(tx: Tx, customer: UUID) -> list[UUID]:
    """The survivor that an id leads to, with every id that was merged into it."""
    return [row[0] for row in await tx.fetch(_IDS, customer)]


async def identities_of(tx: Tx, ids: list[UUID]) -> list[Known]:
    rows = await tx.fetch(_IDENTITIES, ids)
    return [Known(IdentityKind(row[0]), row[1], row[2]) for row in rows]
