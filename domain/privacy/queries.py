"""Questions about the erased: which identities may not come back by themselves."""

from collections.abc import Iterable
from uuid import UUID

from domain.database import Tx
from domain.deployment import claim_key
from domain.identity.normalise import Known

_ANY = "SELECT EXISTS (SELECT FROM tombstone)"
_WHICH = "SELECT tombstone_key FROM tombstone WHERE tombstone_key = ANY ($1::uuid[])"


def tombstone_key(key: bytes, known: Known) -> UUID:
    """What stays of an identity when its person was erased; `key` is the deployment's sub-key for tombstones."""
    return UUID(bytes=claim_key(key, known.kind, f"{known.scope}\x00{known.value}"))


async def erased(tx: Tx, key: bytes, identities: Iterable[Known]) -> frozenset[Known]:
    """Those of the identities that belonged to somebody who was erased."""
    if not await tx.fetchval(_ANY):
        return frozenset()
    keys = {tombstone_key(key, known): known for known in identities}
    found = await tx.fetch(_WHICH, list(keys))
    return frozenset(keys[row[0]] for row in found)
