"""Questions to the ledger: jobs as people see them, one job followed to its end, and who is at work."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg

from domain.database import Database, Tx
from domain.errors import Fault, Refused
from domain.ids import JobId, Prefix, to_public
from domain.vocabulary import JobKind, JobStatus

_COLUMNS = """
job_id, kind, status, arguments, progress, detail, attempts, error, result, queued_at, started_at, finished_at
"""
_SHOW = f"SELECT {_COLUMNS} FROM job WHERE job_id = $1"
_LIST = f"""
SELECT {_COLUMNS} FROM job
WHERE (cardinality($1::text[]) = 0 OR kind = ANY ($1)) AND (cardinality($2::text[]) = 0 OR status = ANY ($2))
ORDER BY queued_at DESC, job_id DESC LIMIT $3
"""
_OPEN = """
SELECT EXISTS (SELECT 1 FROM job WHERE status IN ('QUEUED', 'RUNNING') AND kind = $1 AND arguments = $2)
"""
_WAITS = """
SELECT job_id FROM job WHERE status = 'QUEUED' AND kind = $1 AND arguments = $2 LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED
"""
_SEEN = """
SELECT worker_id, part, started_at, seen_at, clock_timestamp() - seen_at AS age FROM worker_beat
ORDER BY part, started_at, worker_id
"""

SILENT_AFTER = timedelta(seconds=15)
_ENDED = frozenset({JobStatus.SUCCEEDED, JobStatus.FAILED, JobStatus.CANCELLED})


@dataclass(frozen=True, slots=True)
class JobView:
    """A job as people see it."""

    job_id: UUID
    kind: JobKind
    status: JobStatus
    arguments: Mapping[str, object]
    progress: float
    detail: str | None
    attempts: int
    error: str | None
    result: Mapping[str, object] | None
    queued_at: datetime
    started_at: datetime | None
    finished_at: datetime | None

    @property
    def finished(self) -> bool:
        return self.status in _ENDED


@dataclass(frozen=True, slots=True)
class Beat:
    """A worker's last sign of life, by the database's clock."""

    worker_id: UUID
    part: str
    started_at: datetime
    seen_at: datetime
    age: timedelta

    @property
    def alive(self) -> bool:
        return self.age < SILENT_AFTER


async def show_job(tx: Tx, job_id: UUID) -> JobView | None:
    row = await tx.fetchrow(_SHOW, job_id)
    return _view(row) if row else None


async def list_jobs(
    tx: Tx, *, kinds: Sequence[str] = (), statuses: Sequence[str] = (), limit: int = 50
) -> list[JobView]:
    """The newest first."""
    return [_view(row) for row in await tx.fetch(_LIST, list(kinds), list(statuses), limit)]


async def follow_job(db: Database, job_id: UUID, *, every: float = 0.25) -> AsyncIterator[JobView]:
    """The state at hand, then one view a change, ending with the one that is finished. Needs Postgres alone."""
    last: JobView | None = None
    while last is None or not last.finished:
        async with db.connection() as connection:
            view = await show_job(connection, job_id)
        if view is None:
            raise Refused(Fault.not_found(f"there is no job {to_public(Prefix.JOB, job_id)}", "id"))
        if view != last:
            yield view
        else:
            await asyncio.sleep(every)
        last = view


async def is_open(tx: Tx, kind: str, arguments: Mapping[str, object]) -> bool:
    """The same already waits or runs."""
    return bool(await tx.fetchval(_OPEN, kind, dict(arguments)))


async def waits(tx: Tx, kind: str, arguments: Mapping[str, object]) -> JobId | None:
    """The same that nobody has begun, or takes up before we commit: it will see what we have done."""
    found: UUID | None = await tx.fetchval(_WAITS, kind, dict(arguments))
    return None if found is None else JobId(found)


async def workers_seen(tx: Tx) -> list[Beat]:
    return [Beat(**row) for row in await tx.fetch(_SEEN)]


def _view(row: asyncpg.Record) -> JobView:
    return JobView(**{**row, "kind": JobKind(row["kind"]), "status": JobStatus(row["status"])})
