"""The deed on what goods of unknown cost are taken to cost: orders and returns follow the assumed margin."""

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from uuid import UUID

from domain.database import Tx
from domain.sqlfile import statements

_SQL = Path(__file__).parent / "sql" / "costing.sql"
_STEPS = ("orders", "matched", "unmatched", "returns", "returned")


async def recost(tx: Tx, customers: Sequence[UUID], share: Decimal) -> set[UUID]:
    """Goods of these customers, who are locked, are taken to cost this share of their price; whose were not."""
    changed: set[UUID] = set()
    for step in _STEPS:
        values = (list(customers),) if step in ("returns", "returned") else (list(customers), share)
        changed |= {row["customer_id"] for row in await tx.fetch(statements(_SQL)[step], *values)}
    return changed
