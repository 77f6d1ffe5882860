"""Customers who are no more, merged into others or erased: what they were in ends with them."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from uuid import UUID

from domain.database import Tx
from domain.segments.membership.causes import CAUSES
from domain.sqlfile import statements
from domain.vocabulary import SegmentChangeCause

_SQL = statements(Path(__file__).parent / "sql" / "leaving.sql")


async def leave_all(tx: Tx, customers: Sequence[UUID], *, now: datetime) -> None:
    """Ends all their stays, with a row of history each, and counts their segments' members."""
    await tx.execute(_SQL["turned"], list(customers))
    await tx.execute(_SQL["rows"], list(customers))
    await tx.fetch(_SQL["lock"], list(customers))
    text = _SQL["leave"].format(causes=CAUSES, merged=SegmentChangeCause.MERGED)
    gone = {row["number"]: row["gone"] for row in await tx.fetch(text, list(customers), now)}
    if gone:  # locked in the order of their ids, as by all who count
        await tx.fetch(_SQL["counted"], list(gone))
        await tx.execute(_SQL["count"], list(gone), list(gone.values()))
