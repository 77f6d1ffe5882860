"""Deeds on consents: words are added to the history, and what holds is marked."""

from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

from domain.consents.commands_merged import merged, of_merges
from domain.consents.rules import Word
from domain.database import Tx
from domain.sqlfile import statements

_SQL = Path(__file__).parent / "sql" / "consents.sql"


async def append(tx: Tx, words: Sequence[Word]) -> set[UUID]:
    """Adds what was said and settles; the customers of whom something new was said."""
    changed = await _add(tx, words)
    await settle(tx, changed)
    return changed


async def settle(tx: Tx, customer_ids: "Sequence[UUID] | set[UUID]") -> None:
    """Marks what holds for these customers: to be called whenever words were added, moved or taken back."""
    if not customer_ids:
        return
    for one in await merged(tx, customer_ids):
        await _add(tx, await of_merges(tx, one))
    await tx.execute(statements(_SQL)["settle"], list(customer_ids))


async def _add(tx: Tx, words: Sequence[Word]) -> set[UUID]:
    if not words:
        return set()
    rows = [(w.customer_id, w.consent_id, w.recorded_for, *w[2:]) for w in words]
    columns = [list(column) for column in zip(*rows, strict=True)]
    return {row[0] for row in await tx.fetch(statements(_SQL)["append"], *columns)}
