"""Erasing a person: one transaction over every table that knows of them, written from the columns' own metadata."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Table

from domain import files, idempotency
from domain.access.principal import OPERATOR
from domain.audit import Did, enter
from domain.database import Tx
from domain.identity.normalise import Known
from domain.ids import Prefix, to_public
from domain.privacy.queries import identities_of, ids_of, tombstone_key
from domain.privacy.rules import KEPT, Fate, fate, owned
from domain.query.asking import Keys, Occasion
from domain.segments import commands_forgetting
from domain.segments.membership import commands_leaving
from domain.settings import Settings
from domain.vocabulary import IdentityKind

_LOCK = "SELECT customer_id FROM customer WHERE customer_id = ANY ($1::uuid[]) ORDER BY customer_id FOR UPDATE"
_TOMBSTONES = """
INSERT INTO tombstone (tombstone_key, erased_at) SELECT k, $2::timestamptz FROM unnest($1::uuid[]) AS k ORDER BY k
ON CONFLICT (tombstone_key) DO NOTHING
"""
_IDENTITY_CLAIMS = """
DELETE FROM identity_claim c USING unnest($1::text[], $2::text[], $3::text[]) AS n (kind, scope, value)
WHERE c.value = n.value AND c.kind = n.kind AND c.scope = n.scope
"""
_ERASED = "UPDATE customer SET erased_at = $2 WHERE customer_id = ANY ($1::uuid[])"
_AUDIT = "UPDATE audit_entry SET detail = NULL, salt = NULL WHERE customer_id = ANY ($1::uuid[]) AND detail IS NOT NULL"
_EXPORTS = "SELECT job_id FROM job WHERE kind = 'EXPORT' AND arguments ->> 'customer' = ANY ($1::text[])"
CLAIMS = {"touchpoint_claim": "occurred_at", "order_claim": "ordered_at", "return_claim": "returned_at"}
"""Claims stay (they name nobody, and keep what is sent again from being recorded again); their times are cut."""

_SQL = {
    Fate.NULL: "NULL",
    Fate.EMPTY_TEXT: "''",
    Fate.EMPTY_LIST: "'{}'",
    Fate.EMPTY_JSON: "'{}'",
    Fate.RANDOM: "gen_random_uuid()::text",
}


async def erase(tx: Tx, customer: UUID, *, key: bytes, now: datetime) -> list[UUID]:
    """Forgets the person: the tombstones that stay of them. Erased already, nothing is left to do.

    `key` is the sub-key for tombstones. Whoever records for the person at this moment either comes before the lock,
    and is erased with the rest, or finds them erased.
    """
    ids = await ids_of(tx, customer)
    await tx.execute(_LOCK, ids)
    ids = await ids_of(tx, customer)
    known = await identities_of(tx, ids)
    stones = [tombstone_key(key, one) for one in (*known, *map(_as_identity, ids))]
    await tx.execute(_TOMBSTONES, stones, now)
    await tx.execute(_IDENTITY_CLAIMS, *([one[at] for one in known] for at in range(3)))
    zone = (await Settings.load(tx)).time_zone
    await commands_leaving.leave_all(tx, ids, now=now)
    await commands_forgetting.forget(tx, ids)  # segments are locked by now, as by whoever saves a rule
    for table in owned():
        if table.name in KEPT:
            await _blank(tx, table, ids, zone)
        else:
            await tx.execute(f"DELETE FROM {table.name} WHERE customer_id = ANY ($1::uuid[])", ids)
    await _elsewhere(tx, ids, zone)
    await tx.execute(_ERASED, ids, now)
    return stones


async def _blank(tx: Tx, table: Table, ids: list[UUID], zone: str) -> None:
    """Everything that could name the person is emptied; amounts, kinds and months stay."""
    settled = []
    for column in table.columns:
        what = fate(table, column)
        if what is Fate.MONTH:
            settled.append(f"{column.name} = {_month(column.name)}")
        elif what is not Fate.STAYS:
            settled.append(f"{column.name} = {_SQL[what]}")
    if settled:
        zoned = [zone] if any("$2" in one for one in settled) else []
        text = f"UPDATE {table.name} SET {', '.join(settled)} WHERE customer_id = ANY ($1::uuid[])"
        await tx.execute(text, ids, *zoned)


async def _elsewhere(tx: Tx, ids: list[UUID], zone: str) -> None:
    """What other tables keep of the person: claims' times, audit details, stored answers, files handed over."""
    for table, column in CLAIMS.items():
        text = f"UPDATE {table} SET {column} = {_month(column)} WHERE customer_id = ANY ($1::uuid[])"
        await tx.execute(text, ids, zone)
    await tx.execute(_AUDIT, ids)
    await idempotency.forget(tx, ids)
    exports = await tx.fetch(_EXPORTS, [to_public(Prefix.CUSTOMER, one) for one in ids])
    await files.forget(tx, [row[0] for row in exports])
    await files.forget_naming(tx, ids)


def _month(column: str) -> str:
    """The first instant of its month, as the organization's days go, so that every total by month stays."""
    return f"date_trunc('month', {column} AT TIME ZONE $2) AT TIME ZONE $2"


def _as_identity(customer: UUID) -> Known:
    """The customer's own id as something to be known by: who had no identity is erased again all the same."""
    return Known(IdentityKind.EXTERNAL_ID, "rapport", customer.hex)


async def erase_again(tx: Tx, stones: Iterable[tuple[UUID, datetime]], *, key: bytes) -> int:
    """After a restore: forgets everybody whom a tombstone names and who was there before it; how many they were.

    Who came back later as somebody new, with a consent of their own, stays.
    """
    when = dict(stones)
    if not when:
        return 0
    gone = 0
    for row in await tx.fetch(_EVERY_IDENTITY):
        known = Known(IdentityKind(row["kind"]), row["scope"], row["value"])
        at = when.get(tombstone_key(key, known))
        if at is not None and row["created_at"] < at:
            gone += await _erase_once(tx, row["customer_id"], key, at)
    for row in await tx.fetch(_EVERYBODY):
        at = when.get(tombstone_key(key, _as_identity(row["customer_id"])))
        if at is not None:
            gone += await _erase_once(tx, row["customer_id"], key, at)
    await tx.execute(_TOMBSTONES, list(when), max(when.values()))
    return gone


_EVERY_IDENTITY = """
SELECT i.customer_id, i.kind, i.scope, i.value, c.created_at
FROM customer_identity i JOIN customer c USING (customer_id)
"""
_EVERYBODY = "SELECT customer_id FROM customer WHERE erased_at IS NULL"
_STANDS = "SELECT erased_at IS NULL FROM customer WHERE customer_id = $1"


async def _erase_once(tx: Tx, customer: UUID, key: bytes, at: datetime) -> int:
    if not await tx.fetchval(_STANDS, customer):
        return 0
    await erase(tx, customer, key=key, now=at)
    # The backup may be older than the entry of the one who asked for it: every detail that is gone needs one.
    occasion = Occasion(OPERATOR, await tx.fetchval("SELECT clock_timestamp()"), ZoneInfo("UTC"), Keys(b"", b"", key))
    did = Did(key=customer, subject=to_public(Prefix.CUSTOMER, customer), customer=customer, after={"again": True})
    await enter(tx, did, action="customerErase", occasion=occasion)
    return 1
