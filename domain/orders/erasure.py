"""Questions about the erased: which staged rows name somebody who may not come back by themselves."""

from pathlib import Path

from domain.identity.normalise import Known
from domain.privacy.queries import anybody_erased, erased
from domain.staged import Batch
from domain.vocabulary import IdentityKind


async def rows_of_erased(batch: Batch, path: Path) -> list[int]:
    """Rows whose identity nobody has any more, because its customer was erased."""
    if not await anybody_erased(batch.tx):
        return []
    rows = {row[0]: Known(IdentityKind(row[1]), row[2], row[3]) for row in await batch.fetch(path, "unclaimed")}
    gone = await erased(batch.tx, batch.tombstones, rows.values())
    return [seq for seq, known in rows.items() if known in gone]
