"""The words of an import: what is imported, in which form, how far it is, and what became of it."""

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from domain.errors import ErrorCode
from domain.staged import Counts

BATCH_ROWS = 50_000
MOST_LINES = 1_000


class Kind(StrEnum):
    PRODUCTS = "products"
    CUSTOMERS = "customers"
    ORDERS = "orders"
    RETURNS = "returns"
    TOUCHPOINTS = "touchpoints"
    MEMBERS = "members"


class Form(StrEnum):
    NDJSON = "ndjson"
    CSV = "csv"


class Phase(StrEnum):
    READING = "reading"
    RECORDING = "recording"


class Progress(NamedTuple):
    """How far an import is. Bytes are those of the file as it is stored, compressed or not."""

    bytes_read: int
    rows_read: int
    rows_recorded: int
    phase: Phase


class Reject(NamedTuple):
    """Why a row was refused: never what stood in it, which may be personal."""

    line: int
    field: str
    code: ErrorCode
    reason: str


@dataclass(slots=True)
class Summary:
    """What became of a file: records by status, rows by reason of refusal."""

    rows: int = 0
    created: int = 0
    updated: int = 0
    duplicates: int = 0
    rejected: int = 0
    rows_rejected: int = 0
    reasons: Counter[str] = field(default_factory=Counter)

    @property
    def exit_code(self) -> int:
        return 1 if self.rows_rejected else 0

    def add(self, counts: Counts) -> None:
        self.created += counts.created
        self.updated += counts.updated
        self.duplicates += counts.duplicates
