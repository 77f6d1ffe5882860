"""All that is known of a person as one JSON document: every customer-owned table, whole, by the columns' metadata."""

from collections.abc import AsyncIterator
from datetime import datetime
from uuid import UUID

import orjson
from sqlalchemy import Table

from domain.clock import told
from domain.database import Tx
from domain.ids import Prefix, to_public
from domain.privacy.queries import ids_of
from domain.privacy.rules import owned

OURS = {
    "customer_mark": "how far the work on scores has come",
    "customer_score_b": "the idle twin of the scores",
}
"""Customer-owned tables that tell nothing of the person, and why; whatever is not here is handed over."""

_AUDIT = """
SELECT json_build_object('at', entered_at, 'actor', actor, 'action', action, 'detail', detail)::text
FROM audit_entry WHERE customer_id = ANY ($1::uuid[]) ORDER BY entered_at, entry_id
"""
_PRODUCTS = """
SELECT json_build_object('product_id', p.product_id, 'sku', p.sku, 'name', p.name, 'category', p.category)::text
FROM product p WHERE p.product_id IN (
  SELECT l.product_id FROM order_line l WHERE l.customer_id = ANY ($1::uuid[])
  UNION SELECT l.product_id FROM return_line l WHERE l.customer_id = ANY ($1::uuid[])
  UNION SELECT t.product_id FROM touchpoint t WHERE t.customer_id = ANY ($1::uuid[])
) ORDER BY p.sku
"""
_LOCK = "SELECT FROM customer WHERE customer_id = ANY ($1::uuid[]) ORDER BY customer_id FOR NO KEY UPDATE"
_AT_ONCE = 500
_ABOUT = (
    "Everything that is kept of this customer, table by table. Ids are internal; times are in UTC; amounts are in the"
    " organization's base currency. `products` explains the product ids, `audit` tells who changed the record and when."
)


async def everything(tx: Tx, customer: UUID, *, now: datetime) -> AsyncIterator[bytes]:
    """The document, piece by piece, a line a row. `tx` must be a transaction: rows come by a cursor.

    Whoever writes of the person waits meanwhile, so the document is of one moment.
    """
    await tx.execute(_LOCK, await ids_of(tx, customer))
    ids = await ids_of(tx, customer)
    head = {"customer": to_public(Prefix.CUSTOMER, customer), "exportedAt": told(now), "about": _ABOUT}
    yield orjson.dumps(head)[:-1] + b',"records":{'
    mark = b""
    for table in owned():
        if table.name not in OURS:
            yield mark + b"\n" + orjson.dumps(table.name) + b":["
            async for part in _rows(tx, _whole(table), ids):
                yield part
            yield b"]"
            mark = b","
    for name, text in (("audit", _AUDIT), ("products", _PRODUCTS)):
        yield b",\n" + orjson.dumps(name) + b":["
        async for part in _rows(tx, text, ids):
            yield part
        yield b"]"
    yield b"\n}}\n"


def _whole(table: Table) -> str:
    """Every column but the folded copies that searching needs."""
    listed = ", ".join(column.name for column in table.columns if not column.name.endswith("_fold"))
    key = ", ".join(column.name for column in table.primary_key)
    source = "customer_score" if table.name == "customer_score_a" else table.name
    rows = f"SELECT {listed} FROM {source} WHERE customer_id = ANY ($1::uuid[]) ORDER BY {key}"
    return f"SELECT to_json(t)::text FROM ({rows}) t"


async def _rows(tx: Tx, text: str, ids: list[UUID]) -> AsyncIterator[bytes]:
    mark = ""
    async for row in tx.cursor(text, ids, prefetch=_AT_ONCE):
        yield f"{mark}\n{row[0]}".encode()
        mark = ","
