"""What all staged kinds share: the claims' key, fresh ids, and the rows that wait to be copied."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, Protocol, TypeVar
from uuid import UUID

from domain.access.allowance import Allowance
from domain.access.principal import OPERATOR, Principal
from domain.database import Tx
from domain.deployment import claim_key
from domain.errors import ErrorCode
from domain.ids import from_bytes, new_ids
from domain.settings import Settings
from domain.staged import Batch
from domain.transfer.inputs import Input
from domain.transfer.kinds import BATCH_ROWS
from domain.transfer.scalars import Unfit
from domain.vocabulary import MADE_OF_CONTACTS

# A call of one row needs two; an import millions.
_IDS_AT_FIRST, _IDS_AT_ONCE = 4, 3_000
Row = tuple[object, ...]
I_contra = TypeVar("I_contra", bound=Input, contravariant=True)


@dataclass(slots=True)
class Ground:
    """What every row is staged with."""

    key: bytes
    settings: Settings
    now: datetime
    caller: Principal = OPERATOR
    tombstones: bytes = b""
    lookups: Allowance | None = None
    # Whether the import has met what was recorded before, or is at fault: no more is taken for new from then on.
    met: bool = False
    # Whether the house made the rows itself.
    by_house: bool = False
    ids: Iterator[UUID] = field(init=False)

    def __post_init__(self) -> None:
        self.ids = self._fresh()

    def batch(self, tx: Tx, staging: str, number: int, *, tells: bool = False) -> Batch:
        given = self.settings, self.now, self.caller, self.tombstones, tells
        return Batch(tx, staging, number, *given, lookups=self.lookups)

    def claim(self, source: str, external_id: str) -> UUID:
        return from_bytes(claim_key(self.key, source, external_id))

    def check_source(self, source: str) -> None:
        """Raises Unfit for the house's own name; a key that was given it before that was so keeps it."""
        if source == MADE_OF_CONTACTS and not self.by_house and self.caller.source != source:
            raise Unfit("source", "is the name of what is made of campaigns' contacts: give the system another name")

    def purchase(self, source: str, external_id: str) -> UUID:
        """The claim of an order's PURCHASE touchpoint: whoever tells of it first, it is recorded once."""
        return from_bytes(claim_key(self.key, source, f"purchase\x00{external_id}"))

    def _fresh(self) -> Iterator[UUID]:
        many = _IDS_AT_FIRST
        while True:
            yield from new_ids(self.now, many)
            many = min(4 * many, _IDS_AT_ONCE)


class Staging(Protocol, Generic[I_contra]):
    """One kind's way into its staging tables; `tables` maps a table's suffix to the rows that wait."""

    tables: dict[str, list[Row]]

    def add(self, given: I_contra, line: int) -> None:
        """Stages one input, or none of it. Raises Unfit."""


@dataclass(slots=True)
class Batches:
    """Numbers the batches of units that come in the file's order."""

    number: int = 0
    rows: int = 0

    def of(self, rows: int) -> int:
        if self.rows and self.rows + rows > BATCH_ROWS:
            self.number, self.rows = self.number + 1, 0
        self.rows += rows
        return self.number


def at_least_one(quantity: int, field: str) -> int:
    if quantity < 1:
        raise Unfit(field, "is below 1: what comes back is a return", ErrorCode.OUT_OF_RANGE)
    return quantity
