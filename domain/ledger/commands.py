"""Deeds that callers ask of the ledger: start a job, cancel one, mark customers whose facts changed."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from domain.access.principal import Principal
from domain.database import Tx
from domain.errors import ErrorCode, Fault, Refused
from domain.ids import JobId, Prefix, new_id, to_public
from domain.ledger.kinds import check_start
from domain.ledger.rules import BUCKETS, bucket_of
from domain.vocabulary import JobStatus

# Whether it may run is for the database's clock to say; when it was asked for is the caller's `now`.
_START = """
INSERT INTO job (job_id, kind, arguments, requested_by, source, bucket, run_after, queued_at)
VALUES ($1, $2, $3, $4, $5, $6, clock_timestamp(), $7)
"""

_CLOCKS_DIFFER = timedelta(minutes=5)

_CANCEL = """
UPDATE job SET
  cancel_requested = true,
  status = CASE status WHEN 'QUEUED' THEN 'CANCELLED' ELSE status END,
  finished_at = CASE status WHEN 'QUEUED' THEN clock_timestamp() END
WHERE job_id = $1 AND status IN ('QUEUED', 'RUNNING')
"""

_END = """
UPDATE job SET status = 'FAILED', error = $2, lease_until = NULL, finished_at = clock_timestamp()
WHERE job_id = $1 AND status IN ('QUEUED', 'RUNNING')
"""

_MARK = f"""
INSERT INTO customer_mark (customer_id, bucket, changed_at)
SELECT id, get_byte(uuid_send(id), 15) & {BUCKETS - 1}, $2 FROM unnest($1::uuid[]) AS id ORDER BY id
ON CONFLICT (customer_id) DO UPDATE SET wanted = customer_mark.wanted + 1, changed_at = excluded.changed_at
"""


async def start_job(
    tx: Tx, kind: str, arguments: Mapping[str, object] | None, *, principal: Principal, now: datetime
) -> JobId:
    """Write the job down with what asks for it; a worker takes it up after the commit."""
    stored = check_start(kind, arguments or {}, principal.role)
    said = stored.get("asOf")
    if isinstance(said, str) and datetime.fromisoformat(said) > now + _CLOCKS_DIFFER:
        message = "lies ahead: leave it out, or name an instant that has been"
        raise Refused(Fault.invalid(message, "arguments", "asOf"))
    return await enqueue(tx, kind, stored, principal=principal, now=now)


async def enqueue(
    tx: Tx,
    kind: str,
    arguments: Mapping[str, object],
    *,
    principal: Principal | None,
    now: datetime,
    job_id: UUID | None = None,
) -> JobId:
    """A job whose arguments the house itself has made. `job_id`: the id that it was promised."""
    job_id = JobId(job_id or new_id(now))
    key, source = (principal.key_id, principal.source) if principal else (None, None)
    await tx.execute(_START, job_id, kind, dict(arguments), key, source, bucket_of(job_id), now)
    return job_id


async def cancel_job(tx: Tx, job_id: UUID, *, principal: Principal, now: datetime) -> JobId:
    """Queued, it ends here; running, it ends between its batches."""
    if await tx.execute(_CANCEL, job_id) == "UPDATE 1":
        return JobId(job_id)
    status = await tx.fetchval("SELECT status FROM job WHERE job_id = $1", job_id)
    name = to_public(Prefix.JOB, job_id)
    if status is None:
        raise Refused(Fault.not_found(f"there is no job {name}", "id"))
    said = {JobStatus.SUCCEEDED: "has succeeded", JobStatus.FAILED: "has failed"}.get(status, "is cancelled")
    raise Refused(Fault(ErrorCode.IN_WRONG_STATE, f"the job {said} already", ("id",), (name,)))


async def end_job(tx: Tx, job_id: UUID, why: str) -> None:
    """It fails here and now, told why; an attempt that runs commits nothing from then on."""
    await tx.execute(_END, job_id, why)


async def mark_customers(tx: Tx, ids: Iterable[UUID], now: datetime) -> None:
    """Facts of these customers change in this transaction: summaries and scores follow. Call it last; in key order."""
    if distinct := sorted(set(ids)):
        await tx.execute(_MARK, distinct, now)
