"""What is known of an upload: who sent it, how far its import is, and what the process that stages it is told."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from domain.access.principal import Principal
from domain.transfer.kinds import Kind

WHOLLY = -1
"""The number under which rows and rejects stand that were found before there were batches."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A body that came in whole, and who sent it."""

    job_id: UUID
    kind: Kind
    size: int
    pieces: int
    received_at: datetime
    caller: Principal


class Sent(NamedTuple):
    """What came with a key: another body, or one of another kind, is another request."""

    job_id: UUID
    kind: Kind
    size: int
    body_hash: bytes | None


class Resume(NamedTuple):
    """What earlier attempts have done: so many batches, or windows of them, and the line that comes next.

    Of the window that comes next some batches may be done already (`parts`, by their numbers); it ends at `until`.
    """

    batches: int
    next_line: int
    parts: frozenset[int] = frozenset()
    until: int = 0
    # Batches in all.
    recorded: int = 0


@dataclass(frozen=True, slots=True)
class Assignment:
    """What the staging process is told: everything that it needs, for it shares nothing with who asked."""

    url: str
    upload: Upload
    attempt: int
    claims: bytes
    resume: Resume

    @property
    def staging(self) -> str:
        """What this attempt's staging tables begin with."""
        return staging_of(self.upload.job_id, self.attempt)


def staging_of(job_id: UUID, attempt: int) -> str:
    return f"import_{job_id.hex}_{attempt}"


@dataclass(frozen=True, slots=True)
class Staged:
    """A batch that waits to be recorded. `staged_in` is empty where all of its rows were refused."""

    number: int
    staged_in: str
    staged_number: int
    apart: bool
    bytes_read: int


@dataclass(frozen=True, slots=True)
class Totals:
    """What became of a whole upload."""

    rows: int
    rows_rejected: int
    created: int
    updated: int
    duplicates: int
    rejected: int
    reasons: dict[str, int]
