"""Everybody, some at a time in the order of their ids: for jobs that go over all customers and may be cut off."""

from uuid import UUID

from domain.database import Tx

_STANDS = "c.merged_into IS NULL AND c.erased_at IS NULL"
_NEXT = "SELECT c.customer_id FROM customer c WHERE c.customer_id > $1{standing} ORDER BY c.customer_id LIMIT $2"
_STANDING, _ALSO_GONE = (_NEXT.format(standing=one) for one in (f" AND {_STANDS}", ""))
_COUNT = f"SELECT count(*) FROM customer c WHERE {_STANDS}"
_BELIEVED = "SELECT reltuples::bigint FROM pg_class WHERE oid = 'customer'::regclass"


async def customers_after(tx: Tx, last: UUID, many: int, *, locked: bool = False) -> list[UUID]:
    """The next of them; `locked`: in that order, as by everybody who writes facts of theirs."""
    rows = await tx.fetch(f"{_STANDING} FOR NO KEY UPDATE" if locked else _STANDING, last, many)
    return [row[0] for row in rows]


async def ids_after(tx: Tx, last: UUID, many: int) -> list[UUID]:
    """The next ids, also of those who were merged or erased: whoever is in something may have to leave it."""
    return [row[0] for row in await tx.fetch(_ALSO_GONE, last, many)]


async def how_many(tx: Tx) -> int:
    return int(await tx.fetchval(_COUNT))


async def about_how_many(tx: Tx) -> int:
    """As the planner believes: for progress only, where counting would take long."""
    return max(int(await tx.fetchval(_BELIEVED)), 0)
