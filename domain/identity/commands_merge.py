"""Merging two customers who are one (data.md 9): facts move with whom they were recorded for, what is derived follows.

Undoing it, and what of the profile holds afterwards, come with the mutations that offer merging.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING
from uuid import UUID

from domain.database import Tx
from domain.deployment import claim_key
from domain.errors import ErrorCode, Fault, Refused
from domain.ids import CustomerId, Prefix, to_public
from domain.ledger import mark_customers

if TYPE_CHECKING:
    from sqlalchemy import Table

_KEYS = ("customer_id", "month", "channel", "category")
_CLAIMED = {"touchpoint": "touchpoint_claim", "customer_order": "order_claim", "order_return": "return_claim"}


async def merge(tx: Tx, into: CustomerId, from_: CustomerId, *, claims: bytes, now: datetime) -> None:
    """Everything of the second becomes the first's. Old ids lead to the survivor; both are marked for recomputing.

    Locks both in id order. Raises Refused where either is not there, or is merged or erased already.
    """
    await _lock(tx, into, from_)
    await _move_claims(tx, into, from_, claims)
    for table in facts():
        await tx.execute(_move(table), into, from_)
    await tx.execute(_add_months(), into, from_)
    for table in ("customer_month", "customer_score", "customer_mark"):
        await tx.execute(f"DELETE FROM {table} WHERE customer_id = $1", from_)
    await tx.execute(_SURVIVE, into, from_, now)
    await tx.execute(_ALIAS, into, from_, now)
    await mark_customers(tx, [into], now)


def _tables() -> "Mapping[str, Table]":
    from domain.tables import metadata  # only who merges waits for the tables' declarations

    return metadata.tables


@cache
def facts() -> tuple[str, ...]:
    """Every table of facts, by construction: what is a customer's and says whom it was recorded for."""
    tables = _tables().values()
    return tuple(sorted(t.name for t in tables if t.info.get("by") == "customer_id" and "recorded_for" in t.columns))


@cache
def _move(table: str) -> str:
    """Deleted and inserted again in one statement: a key never changes, so that rows may live elsewhere by it."""
    columns = [f'"{column.name}"' for column in _tables()[table].columns]
    moved = ", ".join("$1::uuid" if name == '"customer_id"' else name for name in columns)
    return (
        f"WITH moved AS (DELETE FROM {table} WHERE customer_id = $2 RETURNING *)"
        f" INSERT INTO {table} ({', '.join(columns)}) SELECT {moved} FROM moved"
    )


@cache
def _add_months() -> str:
    figures = [c.name for c in _tables()["customer_month"].columns if c.name not in _KEYS]
    added = ", ".join(f"{name} = customer_month.{name} + excluded.{name}" for name in figures)
    listed = ", ".join(figures)
    return (
        f"INSERT INTO customer_month (customer_id, month, channel, category, {listed})"
        f" SELECT $1, month, channel, category, {listed} FROM customer_month WHERE customer_id = $2"
        f" ORDER BY month, channel, category"
        f" ON CONFLICT (customer_id, month, channel, category) DO UPDATE SET {added}"
    )


_ALIAS = """
WITH led AS (UPDATE customer_alias SET survivor_id = $1 WHERE survivor_id = $2)
INSERT INTO customer_alias (customer_id, survivor_id, merged_at) VALUES ($2, $1, $3)
"""
_SURVIVE = """
WITH other AS (
  UPDATE customer SET merged_into = $1, updated_at = $3 WHERE customer_id = $2
  RETURNING last_touchpoint_at, acquisition_channel, acquisition_source, acquisition_at, acquisition_campaign_id),
judged AS (
  SELECT o.*, o.acquisition_at < s.acquisition_at OR s.acquisition_at IS NULL AS earlier
  FROM other o, customer s WHERE s.customer_id = $1)
UPDATE customer c SET updated_at = $3, last_touchpoint_at = greatest(c.last_touchpoint_at, j.last_touchpoint_at),
  acquisition_channel = CASE WHEN j.earlier THEN j.acquisition_channel ELSE c.acquisition_channel END,
  acquisition_source = CASE WHEN j.earlier THEN j.acquisition_source ELSE c.acquisition_source END,
  acquisition_at = CASE WHEN j.earlier THEN j.acquisition_at ELSE c.acquisition_at END,
  acquisition_campaign_id = CASE WHEN j.earlier THEN j.acquisition_campaign_id ELSE c.acquisition_campaign_id END
FROM judged j WHERE c.customer_id = $1
"""


async def _lock(tx: Tx, into: CustomerId, from_: CustomerId) -> None:
    if into == from_:
        raise Refused(Fault.invalid("is the same customer: name two", "from"))
    rows = await tx.fetch(
        "SELECT customer_id, merged_into IS NULL AND erased_at IS NULL AS stands FROM customer"
        " WHERE customer_id = ANY($1::uuid[]) ORDER BY customer_id FOR UPDATE",
        [into, from_],
    )
    stands = {row["customer_id"]: row["stands"] for row in rows}
    for name, customer in (("into", into), ("from", from_)):
        if customer not in stands:
            raise Refused(Fault.not_found("is no customer", name))
        if not stands[customer]:
            subject = (to_public(Prefix.CUSTOMER, customer),)
            raise Refused(Fault(ErrorCode.IN_WRONG_STATE, "is merged or erased already", (name,), subject))


async def _move_claims(tx: Tx, into: CustomerId, from_: CustomerId, key: bytes) -> None:
    """Claims have no index by customer, so they are found by what they were made of."""
    await tx.execute("UPDATE identity_claim i SET customer_id = $1 FROM customer_identity c WHERE c.customer_id = $2"
                     " AND i.value = c.value AND i.kind = c.kind AND i.scope = c.scope", into, from_)  # fmt: skip
    for table, claim in _CLAIMED.items():
        rows = await tx.fetch(
            f"SELECT source, external_id FROM {table} WHERE customer_id = $1 AND external_id IS NOT NULL", from_
        )
        keys = [UUID(bytes=claim_key(key, row["source"], row["external_id"])) for row in rows]
        await tx.execute(f"UPDATE {claim} SET customer_id = $1 WHERE claim_key = ANY($2::uuid[])", into, sorted(keys))
