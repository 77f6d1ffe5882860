"""Deeds on keys of requests: take one, keep the answer under it, forget it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final
from uuid import UUID

from domain.database import Tx
from domain.idempotency.rules import KEPT, WAIT, Busy, Forgotten, Kept, Mismatch, Once, customers_in, opened, sealed

_BATCH: Final = 5_000

# Waits for a request with the same key that has not committed yet: it is there then, or was rolled back.
_TAKE = """
INSERT INTO idempotency_key (request_key, request_hash, created_at) VALUES ($1, $2, $3)
ON CONFLICT (request_key) DO NOTHING RETURNING true
"""
_FIND = "SELECT request_hash, status, answer FROM idempotency_key WHERE request_key = $1"
_KEEP = "UPDATE idempotency_key SET status = $2, answer = $3, customers = $4 WHERE request_key = $1"
# The key stays for its day, so that the request sent again is not carried out again; what it asked goes as well.
_FORGET = "UPDATE idempotency_key SET request_hash = '', answer = NULL, customers = NULL WHERE customers && $1::uuid[]"
_FORGOTTEN = b""
_TIDY = """
DELETE FROM idempotency_key WHERE request_key = ANY (ARRAY(
  SELECT request_key FROM idempotency_key WHERE created_at < $1 ORDER BY created_at LIMIT $2
))
"""


async def take(tx: Tx, once: Once, *, now: datetime) -> Kept | None:
    """The first statement of the request: its key is taken, or what was answered under it before.

    Raises Mismatch where the key was used for another request, Busy where the same is still being carried out after
    two seconds, Forgotten where it named somebody who was erased since. The wait is the driver's: a lock time-out would
    cost statements and hold for every lock of the deed.
    """
    try:
        taken = await tx.fetchval(_TAKE, once.request_key, once.request_hash, now, timeout=WAIT)
    except TimeoutError:
        raise Busy from None
    if taken:
        return None
    row = await tx.fetchrow(_FIND, once.request_key)
    if row is not None and row["request_hash"] == _FORGOTTEN:
        raise Forgotten
    if row is None or row["answer"] is None:
        raise Busy  # tidied away between the two statements
    if row["request_hash"] != once.request_hash:
        raise Mismatch
    return Kept(row["status"], opened(once, row["answer"]))


async def keep(tx: Tx, once: Once, kept: Kept, *, concerned: Iterable[UUID]) -> None:
    """The last statement of the request: its answer, for whoever sends the same again."""
    customers = sorted({*concerned, *customers_in(kept.answer)})
    await tx.execute(_KEEP, once.request_key, kept.status, sealed(once, kept.answer), customers or None)


async def forget(tx: Tx, customers: Iterable[UUID]) -> None:
    """Empties every answer that names one of these customers, or came of a deed on one."""
    await tx.execute(_FORGET, list(customers))


async def tidy(tx: Tx, *, now: datetime, batch: int = _BATCH) -> int:
    """Deletes the oldest of those that need not be kept any longer; how many, so that one knows whether more wait."""
    return int((await tx.execute(_TIDY, now - KEPT, batch)).split()[-1])
