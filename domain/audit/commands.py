"""Deeds on the audit log: an entry a mutation."""

from domain.audit.rules import Did
from domain.database import Tx
from domain.query.asking import Occasion


async def enter(tx: Tx, did: Did, *, action: str, occasion: Occasion) -> None:
    """Writes the entry in the transaction of the deed."""
