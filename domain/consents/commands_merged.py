"""Deeds on the consents of merged customers: the words that merges add are found anew."""

from collections.abc import Collection
from pathlib import Path
from uuid import UUID

from domain.consents.merged import Merge, words_of_merges
from domain.consents.rules import Word
from domain.database import Tx
from domain.sqlfile import statements
from domain.vocabulary import Channel, ConsentPurpose, ConsentStatus

_SQL = Path(__file__).parent / "sql" / "merged.sql"


async def merged(tx: Tx, customers: Collection[UUID]) -> list[UUID]:
    """Those of the customers whom others were merged into, or of whom a merge has added words."""
    return [row[0] for row in await tx.fetch(statements(_SQL)["merged"], list(customers))]


async def of_merges(tx: Tx, survivor: UUID) -> list[Word]:
    """Takes back what merges added and is not so any more; the words that are missing."""
    steps = statements(_SQL)
    merges = [Merge(*row) for row in await tx.fetch(steps["merges"], survivor)]
    words, there = [], set()
    for row in await tx.fetch(steps["words"], survivor):
        topic = Channel(row[1]), ConsentPurpose(row[2]), ConsentStatus(row[3])
        words.append(Word(survivor, row[0], *topic, *row[4:9]))
        if row[8] is not None:
            there.add(row[9])
    added = words_of_merges(survivor, words, merges)
    if stale := there - {word.consent_id for word in added}:
        await tx.execute(steps["take_back"], survivor, sorted(stale))
    return [word for word in added if word.consent_id not in there]
