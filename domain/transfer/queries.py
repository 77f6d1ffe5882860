"""Whose record a fact is, by the fact's id."""

from typing import Final
from uuid import UUID

from domain.database import Tx
from domain.transfer.kinds import Kind

_OWNERS: Final = {
    Kind.TOUCHPOINTS: "SELECT customer_id FROM touchpoint WHERE touchpoint_id = $1",
    Kind.ORDERS: "SELECT customer_id FROM customer_order WHERE order_id = $1",
    Kind.RETURNS: "SELECT customer_id FROM order_return WHERE return_id = $1",
}


async def owner(tx: Tx, kind: Kind, id_: UUID) -> UUID | None:
    """The customer whom the fact is about; None for what is about nobody."""
    if kind is Kind.CUSTOMERS:
        return id_
    text = _OWNERS.get(kind)
    found: UUID | None = None if text is None else await tx.fetchval(text, id_)
    return found
