"""Who was erased stays forgotten, unless an admin alone lets them back, as somebody new, with a consent given since."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol
from uuid import UUID

from domain.customers.stated import Stated
from domain.errors import ErrorCode
from domain.identity.joining import Joining
from domain.identity.normalise import Known
from domain.privacy.queries import erased, tombstone_key
from domain.sqlfile import statements
from domain.staged import Batch, UnitFault
from domain.vocabulary import ConsentStatus, Role

_SQL = Path(__file__).parent / "sql" / "upsert.sql"
FORGOTTEN = (
    "belonged to somebody who was erased: an admin's customerUpsert with a consent dated since lets the person back"
)


class _Given(Protocol):
    @property
    def known(self) -> Known: ...


class _Row(Protocol):
    seq: int
    recorded_at: datetime
    undated: bool
    stated: Stated

    @property
    def identities(self) -> Sequence[_Given]: ...


async def erased_faults(batch: Batch, rows: Sequence[_Row], joining: Joining) -> list[UnitFault]:
    """Which rows name identities of the erased. Only those that are nobody's can be: claims go with the person."""
    unclaimed = {one.known for row in rows for one in row.identities if one.known not in joining.owners}
    if not unclaimed:
        return []
    forgotten = await erased(batch.tx, batch.tombstones, unclaimed)
    if not forgotten:
        return []
    faults = []
    for row in rows:
        named = [(at, one.known) for at, one in enumerate(row.identities) if one.known in forgotten]
        if named and not await _let_back(batch, row, [known for _, known in named]):
            place = f"identities.{named[0][0]}.value"
            faults.append(UnitFault(row.seq, None, place, ErrorCode.ERASED, FORGOTTEN))
    return faults


async def _let_back(batch: Batch, row: _Row, named: list[Known]) -> bool:
    if not batch.alone or batch.caller.role is not Role.ADMIN:
        return False
    # A consent without a date of its own proves nothing: the request may be an old one, sent again.
    granted = [
        datetime.fromisoformat(one.at) if one.at else row.recorded_at
        for one in row.stated.consents
        if one.status == ConsentStatus.GRANTED and (one.at or not row.undated)
    ]
    keys: list[UUID] = [tombstone_key(batch.tombstones, known) for known in named]
    last = await batch.tx.fetchval(statements(_SQL)["erased_last"], keys)
    if not granted or max(granted) <= last:
        return False
    await batch.run(_SQL, "let_back", keys)
    return True
