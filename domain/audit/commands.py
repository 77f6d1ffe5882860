"""Deeds on the audit log: an entry a mutation."""

import os
from typing import Final

from domain.audit.rules import Did, commitment, detail_of
from domain.database import Tx
from domain.ids import new_id
from domain.ledger.rules import bucket_of
from domain.query.asking import Occasion

_SALT: Final = 16

# One statement: an entry without its place in the queue for the chain cannot be.
_ENTER = """
WITH entry AS (
  INSERT INTO audit_entry (entry_id, bucket, entered_at, actor, actor_key, action, subject, customer_id,
    detail, salt, commitment)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
  RETURNING entry_id, bucket
)
INSERT INTO audit_unsealed (entry_id, bucket) SELECT entry_id, bucket FROM entry
"""


async def enter(tx: Tx, did: Did, *, action: str, occasion: Occasion) -> None:
    """Writes the entry in the transaction of the deed."""
    entry_id, salt, detail = new_id(occasion.now), os.urandom(_SALT), detail_of(did)
    await tx.execute(
        _ENTER,
        entry_id,
        bucket_of(entry_id),
        occasion.now,
        occasion.principal.name,
        occasion.principal.key_id,
        action,
        did.subject,
        did.customer,
        detail,
        salt,
        commitment(salt, detail),
    )
