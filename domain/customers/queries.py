"""Questions about customers that deeds ask: whom a reference names, and whether they have a need."""

from collections.abc import Sequence
from uuid import UUID

from domain.customers.restating import need_id
from domain.database import Tx
from domain.identity.normalise import Known

_BY_ID = """
SELECT c.customer_id FROM customer c
WHERE c.customer_id = coalesce((SELECT a.survivor_id FROM customer_alias a WHERE a.customer_id = $1), $1)
  AND c.erased_at IS NULL
"""
_BY_IDENTITY = """
SELECT coalesce(a.survivor_id, i.customer_id) FROM identity_claim i
LEFT JOIN customer_alias a ON a.customer_id = i.customer_id
WHERE i.value = $3 AND i.kind = $1 AND i.scope = $2
"""
_ALL = """
SELECT CASE WHEN w.id IS NULL THEN coalesce(a.survivor_id, i.customer_id) ELSE c.customer_id END
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[]) WITH ORDINALITY AS w (id, kind, scope, value, turn)
LEFT JOIN identity_claim i ON w.id IS NULL AND i.value = w.value AND i.kind = w.kind AND i.scope = w.scope
LEFT JOIN customer_alias a ON a.customer_id = coalesce(w.id, i.customer_id)
LEFT JOIN customer c ON w.id IS NOT NULL AND c.customer_id = coalesce(a.survivor_id, w.id) AND c.erased_at IS NULL
ORDER BY w.turn
"""
_PERSONAL = "SELECT d.name, d.personal FROM attribute_declaration d"
_HAS_NEED = """
SELECT EXISTS (
  SELECT FROM customer_need n WHERE n.customer_id = $1 AND n.need_id = $2 AND ($3::text IS NULL OR n.source = $3)
)
"""


async def named(tx: Tx, whom: UUID | Known) -> UUID | None:
    """The customer as they are now, where an id or an identity leads to one."""
    if isinstance(whom, UUID):
        found: UUID | None = await tx.fetchval(_BY_ID, whom)
    else:
        found = await tx.fetchval(_BY_IDENTITY, *whom)
    return found


async def all_named(tx: Tx, whom: Sequence[UUID | Known]) -> list[UUID | None]:
    """The same of many, in their order."""
    ids = [one if isinstance(one, UUID) else None for one in whom]
    known = [(None, None, None) if isinstance(one, UUID) else one for one in whom]
    return [row[0] for row in await tx.fetch(_ALL, ids, *([one[at] for one in known] for at in range(3)))]


async def attributes_declared(tx: Tx) -> dict[str, bool]:
    """All that are declared, each with whether it is personal."""
    return {row[0]: row[1] for row in await tx.fetch(_PERSONAL)}


async def has_need(tx: Tx, customer: UUID, register: str, source: str | None) -> bool:
    """Whether they have the need of that register; with a source: by its word."""
    _, kind, name = register.split(".", 2)
    return bool(await tx.fetchval(_HAS_NEED, customer, need_id(customer, kind, name), source))
