"""Questions about consents: what holds."""

from collections.abc import Iterable
from pathlib import Path
from uuid import UUID

from domain.consents.rules import Word
from domain.database import Tx
from domain.sqlfile import statements
from domain.vocabulary import Channel, ConsentPurpose, ConsentStatus

_SQL = Path(__file__).parent / "sql" / "consents.sql"
Held = dict[tuple[UUID, Channel, ConsentPurpose], Word]


async def holding(tx: Tx, customer_ids: Iterable[UUID]) -> Held:
    """What holds, by customer, channel and purpose; an expired grant among them is no grant."""
    found: Held = {}
    for row in await tx.fetch(statements(_SQL)["holding"], list(customer_ids)):
        customer, channel, purpose = row[0], Channel(row[2]), ConsentPurpose(row[3])
        found[customer, channel, purpose] = Word(customer, row[1], channel, purpose, ConsentStatus(row[4]), *row[5:])
    return found
