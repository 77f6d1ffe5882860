"""A batch of staged units on its way to being facts: what the deeds of several features share while they record it."""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

import asyncpg

from domain.access.allowance import Allowance
from domain.access.principal import OPERATOR, Principal
from domain.commands_kept import filling
from domain.database import Tx
from domain.errors import ErrorCode
from domain.settings import Settings
from domain.sqlfile import statements
from domain.vocabulary import RecordStatus

_OWN = Path(__file__).with_suffix(".sql")


class UnitFault(NamedTuple):
    """What is wrong with a staged unit, and at which of its lines (None: with the whole of it)."""

    seq: int
    position: int | None
    field: str
    code: ErrorCode
    reason: str
    # Public ids of what stands in the way.
    subjects: tuple[str, ...] = ()


@dataclass(slots=True)
class Counts:
    """Units by what became of them."""

    created: int = 0
    updated: int = 0
    duplicates: int = 0


class Moved(Exception):
    """A customer was merged while the batch found its customers: the batch is to be done again."""


@dataclass(frozen=True, slots=True)
class Batch:
    """One transaction's part of an import: staging tables {staging}_…, and which of their batches."""

    tx: Tx
    staging: str
    number: int
    settings: Settings
    now: datetime
    # Who writes: a partner states only what is its own to state.
    caller: Principal = OPERATOR
    # The sub-key of the tombstones.
    tombstones: bytes = b""
    # Whether a caller waits for each row's result: an import of millions needs counts only.
    tells: bool = False
    # Whether it is a call of one row, not of a list: so an admin may let back who was erased.
    alone: bool = False
    # When its touchpoints are recorded, where that is not `now`: an import began long before its last batch.
    recorded_at: datetime | None = None
    # Whether its temporary tables are the session's own, which are emptied and not dropped (domain/commands_kept.py).
    kept: bool = False
    # Steps that have nothing to do, as who staged the rows knows.
    idle: frozenset[str] = frozenset()
    # Whether nothing of it is expected to have been recorded before: found out only where it was.
    fresh: bool = False
    # How often the caller may look people up; None: nobody counts.
    lookups: Allowance | None = None

    async def run(self, path: Path, name: str, *values: object) -> int:
        """Carries out a statement of a file; how many rows it touched."""
        text = self._text(path, name)
        if not text or name in self.idle:
            return 0
        done = await self.tx.execute(text, *values)
        count = done.rpartition(" ")[2]
        return int(count) if count.isdigit() else 0

    async def number_of(self, path: Path, name: str, *values: object) -> int:
        found = await self.tx.fetchval(self._text(path, name), *values)
        return int(found or 0)

    async def rows(self, path: Path, name: str, *values: object) -> list[tuple[object, ...]]:
        return [tuple(row) for row in await self.tx.fetch(self._text(path, name), *values)]

    async def fetch(self, path: Path, name: str, *values: object) -> "list[asyncpg.Record]":
        return await self.tx.fetch(self._text(path, name), *values)

    async def faults(self, path: Path, name: str, *values: object) -> list[UnitFault]:
        """Rows of (seq, position, field, code, reason)."""
        found = await self.tx.fetch(self._text(path, name), *values)
        return [UnitFault(row[0], row[1], row[2], ErrorCode(row[3]), row[4]) for row in found]

    async def created(self, path: Path, name: str) -> "list[RowTold]":
        """Rows of (seq, id, customer) of what is new, where somebody waits for them."""
        found = await self.tx.fetch(self._text(path, name)) if self.tells else []
        return [RowTold(row[0], RecordStatus.CREATED, row[1], row[2]) for row in found]

    async def tidy(self) -> None:
        """Drops the temporary tables of a deed, so that another can follow in the same transaction."""
        made = [row[0] for row in await self.rows(_OWN, "made")]
        if made:
            await self.tx.execute(f"DROP TABLE {', '.join(map(str, made))}")

    def _text(self, path: Path, name: str) -> str:
        text = statements(path)[name].replace("{s}", self.staging)
        return filling(text) if self.kept else text


class RowTold(NamedTuple):
    """What became of one staged row that was not refused; the id is the fact's, a duplicate's that of the first."""

    seq: int
    status: RecordStatus
    id: UUID
    # Whose it is; None for what is of nobody, such as a product.
    customer: UUID | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a batch. `rows` is told where a caller waits for each row's result."""

    counts: Counts
    faults: list[UnitFault]
    rows: list[RowTold] = field(default_factory=list)

    def with_(self, other: "Outcome") -> "Outcome":
        """Of two parts of a batch."""
        one, two = self.counts, other.counts
        counts = Counts(one.created + two.created, one.updated + two.updated, one.duplicates + two.duplicates)
        return Outcome(counts, self.faults + other.faults, self.rows + other.rows)
