"""Leases of jobs: one worker at a time, for eight seconds of the database's clock, fenced by the attempt's number.

Whoever leases raises `attempts`; an effect commits only together with `confirm` or `finish`, which find the job still
running with that number and lock its row, so that a worker that was believed dead changes nothing any more.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from domain.database import Tx
from domain.ids import JobId
from domain.ledger.rules import ERROR_LENGTH, LEASE, LeaseLost
from domain.vocabulary import JobKind, JobStatus

_READY = """
(status = 'QUEUED' AND run_after <= clock_timestamp() - $1::interval
 OR status = 'RUNNING' AND lease_until <= clock_timestamp() - $1::interval)
"""

_BUCKETS = f"""
SELECT bucket FROM job WHERE {_READY} AND status IN ('QUEUED', 'RUNNING') AND kind = ANY ($2)
GROUP BY bucket ORDER BY min(run_after)
"""

_NEXT = f"""
SELECT job_id, kind FROM job
WHERE bucket = $3 AND {_READY} AND status IN ('QUEUED', 'RUNNING') AND kind = ANY ($2)
ORDER BY run_after, job_id LIMIT 1 FOR UPDATE SKIP LOCKED
"""

_TURN = "SELECT pg_try_advisory_xact_lock(hashtextextended('job ' || $1, 0))"

# A statement of its own after the lock, so that it sees what the last holder committed.
_OTHER_OF_KIND = """
SELECT EXISTS (
  SELECT 1 FROM job mine, job other
  WHERE mine.job_id = $1 AND other.kind = mine.kind AND other.job_id <> mine.job_id AND other.status = 'RUNNING'
    AND (other.lease_until > clock_timestamp() OR (other.queued_at, other.job_id) < (mine.queued_at, mine.job_id)))
"""

_LEASE = """
UPDATE job SET status = 'RUNNING', attempts = attempts + 1, lease_until = clock_timestamp() + $2::interval,
  started_at = coalesce(started_at, clock_timestamp()), progress = 0, detail = NULL
WHERE job_id = $1
RETURNING job_id, kind, arguments, attempts AS attempt, cancel_requested, clock_timestamp() AS now
"""

_RENEW = """
UPDATE job SET lease_until = clock_timestamp() + $3::interval
FROM unnest($1::uuid[], $2::integer[]) AS held (job_id, attempt)
WHERE job.job_id = held.job_id AND job.attempts = held.attempt AND job.status = 'RUNNING'
RETURNING job.job_id, job.cancel_requested
"""

_UNHURRIED = "SET LOCAL idle_in_transaction_session_timeout = 0"
_HAS_WRITTEN = "SELECT pg_current_xact_id_if_assigned() IS NOT NULL"
_OURS = "job_id = $1 AND attempts = $2 AND status = 'RUNNING'"
_CONFIRM = f"SELECT 1 FROM job WHERE {_OURS} FOR NO KEY UPDATE"
_PROGRESS = f"UPDATE job SET progress = $3, detail = $4 WHERE {_OURS} RETURNING cancel_requested"
_NOTE = f"UPDATE job SET result = $3 WHERE {_OURS} RETURNING 1"
_NOTED = "SELECT result FROM job WHERE job_id = $1"
_FINISH = f"""
UPDATE job SET status = 'SUCCEEDED', progress = 1, detail = NULL, error = NULL, result = $3, lease_until = NULL,
  finished_at = clock_timestamp()
WHERE {_OURS} RETURNING 1
"""
_END = f"""
UPDATE job SET status = $3, error = coalesce($4, error), lease_until = NULL, finished_at = clock_timestamp()
WHERE {_OURS} RETURNING 1
"""
_RETRY = f"""
UPDATE job SET
  status = CASE WHEN cancel_requested THEN 'CANCELLED' ELSE 'QUEUED' END,
  finished_at = CASE WHEN cancel_requested THEN clock_timestamp() END,
  error = coalesce($4, error), lease_until = NULL, run_after = clock_timestamp() + $3::interval
WHERE {_OURS} RETURNING 1
"""


@dataclass(frozen=True, slots=True)
class Leased:
    """A job in our hands: `attempt` is the fence, `now` the database's clock when it was taken."""

    job_id: JobId
    kind: JobKind
    arguments: Mapping[str, object]
    attempt: int
    cancel_requested: bool
    now: datetime


async def anything_ready(tx: Tx, kinds: Collection[str], *, patience: timedelta = timedelta()) -> bool:
    """Whether it is worth a transaction to look for the next job."""
    return bool(await tx.fetchrow(_BUCKETS, patience, list(kinds)))


async def lease_next(
    tx: Tx, kinds: Collection[str], *, alone: Collection[str] = (), patience: timedelta = timedelta()
) -> Leased | None:
    """Take the next job that waits or whose worker has fallen silent, at least `patience` ago.

    Of the kinds in `alone` no two run at the same time.
    """
    open_kinds = list(kinds)
    for row in await tx.fetch(_BUCKETS, patience, open_kinds):
        while job := await tx.fetchrow(_NEXT, patience, open_kinds, row["bucket"]):
            if job["kind"] not in alone or await _has_the_floor(tx, job["job_id"], job["kind"]):
                leased = await tx.fetchrow(_LEASE, job["job_id"], LEASE)
                assert leased is not None, "the row is locked by us"
                return Leased(**{**leased, "kind": JobKind(leased["kind"])})
            open_kinds.remove(job["kind"])
    return None


async def _has_the_floor(tx: Tx, job_id: UUID, kind: str) -> bool:
    """Nobody else is about to lease, or carries out, a job of this kind."""
    return bool(await tx.fetchval(_TURN, kind)) and not await tx.fetchval(_OTHER_OF_KIND, job_id)


async def renew(tx: Tx, held: Sequence[tuple[UUID, int]]) -> dict[UUID, bool]:
    """Eight more seconds for each (job, attempt) that is still ours; tells of these whether they shall be cancelled."""
    ids, attempts = [job_id for job_id, _ in held], [attempt for _, attempt in held]
    return {row["job_id"]: row["cancel_requested"] for row in await tx.fetch(_RENEW, ids, attempts, LEASE)}


async def confirm(tx: Tx, job_id: UUID, attempt: int) -> None:
    """The fence: right before the commit. Raises LeaseLost where the attempt is not ours any more."""
    _ours(await tx.fetchval(_CONFIRM, job_id, attempt))


async def let_it_think(tx: Tx) -> None:
    """A job's transaction may wait for arithmetic in another process; the lease and its time-out bound it."""
    await tx.execute(_UNHURRIED)


async def has_written(tx: Tx) -> bool:
    """Whether there is anything to fence. A long snapshot that only reads could not be: its job was renewed since."""
    return bool(await tx.fetchval(_HAS_WRITTEN))


async def tell_progress(tx: Tx, job_id: UUID, attempt: int, share: float, detail: str | None) -> bool:
    """How far it is, from 0 to 1; tells whether the job shall be cancelled."""
    cancel: bool | None = await tx.fetchval(_PROGRESS, job_id, attempt, min(max(share, 0.0), 1.0), detail)
    if cancel is None:
        raise LeaseLost
    return cancel


async def note(tx: Tx, job_id: UUID, attempt: int, state: Mapping[str, object]) -> None:
    """What came of it so far, in the transaction of its effect: the next attempt goes on from there."""
    _ours(await tx.fetchval(_NOTE, job_id, attempt, dict(state)))


async def noted(tx: Tx, job_id: UUID) -> Mapping[str, object]:
    found: Mapping[str, object] | None = await tx.fetchval(_NOTED, job_id)
    return found or {}


async def finish(tx: Tx, job_id: UUID, attempt: int, result: Mapping[str, object] | None) -> None:
    """Done; in the transaction of the last effect, it is the fence as well."""
    _ours(await tx.fetchval(_FINISH, job_id, attempt, dict(result) if result is not None else None))


async def end(tx: Tx, job_id: UUID, attempt: int, status: JobStatus, error: str | None = None) -> None:
    """FAILED for good, or CANCELLED."""
    _ours(await tx.fetchval(_END, job_id, attempt, status, error and error[:ERROR_LENGTH]))


async def retry(tx: Tx, job_id: UUID, attempt: int, error: str | None = None, pause: timedelta = timedelta()) -> None:
    """Back into the queue: after a failure with its error and a pause, at a shutdown without either."""
    _ours(await tx.fetchval(_RETRY, job_id, attempt, pause, error and error[:ERROR_LENGTH]))


def _ours(found: int | None) -> None:
    if found is None:
        raise LeaseLost
