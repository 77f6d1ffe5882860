"""Deeds on what is advised first: kept for some customers, as their questions would be answered, and summed up."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from uuid import UUID

from domain.advice.fragments import ACTIONS, CHANNELS, of_many
from domain.consents.entity import UNWILLING
from domain.database import Tx
from domain.sqlfile import statements

_SQL = statements(Path(__file__).parent / "sql" / "keeping.sql")
_KEEP = _SQL["keep"].replace("{advised}", of_many(ACTIONS, "kept"))
_UNWILLING = _SQL["unwilling"].replace("{unwilling}", UNWILLING)
_PREFER = _SQL["prefer"].replace("{preferred}", of_many(CHANNELS, "preferred"))
# A batch may hold somebody with very many touchpoints.
_UNHURRIED = "SET LOCAL statement_timeout = '10min'"


async def advise(tx: Tx, customers: Sequence[UUID], *, now: datetime) -> None:
    """What is advised first for these customers; who has nothing to be advised has no row."""
    ids = sorted(set(customers))
    await tx.execute(_KEEP, ids, now)
    await tx.execute(_SQL["drop"], ids, now)


async def drop_unwilling(tx: Tx, customers: Sequence[UUID]) -> None:
    """What was advised for those of them who refuse to be profiled: it does not wait for the night."""
    await tx.execute(_UNWILLING, sorted(set(customers)))


async def advise_anew(tx: Tx, customers: Sequence[UUID], *, now: datetime) -> None:
    """After the base rates were made: also which channel they prefer."""
    await tx.execute(_UNHURRIED)
    await tx.execute(_PREFER, customers, now)
    await advise(tx, customers, now=now)


async def sum_up(tx: Tx, *, now: datetime) -> dict[str, int]:
    """For how many customers each strategy comes first."""
    await tx.execute(_UNHURRIED)
    await tx.execute(_SQL["gone"])
    await tx.execute(_SQL["clear"])
    rows = await tx.fetch(_SQL["sum"], now)
    return {row["strategy"]: row["customers"] for row in sorted(rows, key=lambda row: str(row["strategy"]))}
