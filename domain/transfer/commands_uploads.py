"""Deeds on uploads: received by COPY, imported batch by batch with what became of each, and cleared away."""

import re
import struct
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from domain.access.principal import Principal
from domain.access.queries import lock_of
from domain.database import Tx
from domain.errors import ErrorCode, Fault, Refused
from domain.ids import KeyId, new_ids
from domain.ledger.commands import enqueue
from domain.transfer.cuts import Cut
from domain.transfer.kinds import Kind, Reject, Summary
from domain.transfer.reading import starter
from domain.transfer.uploads import Resume, Sent, Staged, Totals, Upload
from domain.transfer.windows import resumed
from domain.vocabulary import JobKind, Role

PIECE: Final = 1 << 20
MOST_REJECTS: Final = 1_000_000
"""So many are kept of one upload; the rest are counted."""
_SAME_FOR: Final = timedelta(hours=24)
_KEPT: Final = timedelta(days=7)
_LOST = "The upload is no longer there: the database was restarted hard while it waited. Send it again."
_ALSO_OTHERS = "other reasons"

# Read once and dropped: nothing to clean up, nothing to plan by.
_MAKE = """
CREATE UNLOGGED TABLE {0} (position bigint PRIMARY KEY, part bytea NOT NULL)
WITH (autovacuum_enabled = false, toast.autovacuum_enabled = false)
"""
_AS_IT_IS = "ALTER TABLE {0} ALTER COLUMN part SET STORAGE EXTERNAL"
_ARRIVED = """
INSERT INTO upload (job_id, kind, role, size, pieces, request_key, body_hash, received_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (request_key) DO NOTHING RETURNING 1
"""
_SAME = "SELECT job_id, kind, size, body_hash FROM upload WHERE request_key = $1 AND received_at > $2"
_FREE = "UPDATE upload SET request_key = NULL, body_hash = NULL WHERE request_key = $1 AND received_at <= $2"
_KEYS_OVER = "UPDATE upload SET request_key = NULL, body_hash = NULL WHERE received_at <= $1"
_FIND = """
SELECT u.kind, u.role, u.size, u.pieces, u.received_at, j.requested_by, j.source
FROM upload u JOIN job j USING (job_id) WHERE u.job_id = $1
"""
_DONE_SO_FAR = "SELECT number, next_line FROM upload_batch WHERE job_id = $1 AND done AND number >= 0"
_FORGET_BATCHES = "DELETE FROM upload_batch WHERE job_id = $1 AND (number = -1 OR NOT done)"
_FORGET_REJECTS = "DELETE FROM upload_reject WHERE job_id = $1 AND batch <> ALL ($2::bigint[])"
_STAGED = """
INSERT INTO upload_batch (job_id, number, staged_in, staged_number, apart, next_line, bytes_read, rows, rows_rejected,
  rejected, reasons, done)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
"""
_WAITING = "SELECT count(*) FROM upload_batch WHERE job_id = $1 AND NOT done"
_NEXT = """
SELECT number, staged_in, staged_number, apart, bytes_read FROM upload_batch
WHERE job_id = $1 AND number BETWEEN $2 AND $3 AND NOT done ORDER BY number
"""
_DONE = """
UPDATE upload_batch SET done = true, created = $3, updated = $4, duplicates = $5, rejected = rejected + $6,
  rows_rejected = rows_rejected + $7, reasons = $8
WHERE job_id = $1 AND number = $2
"""
_REASONS = "SELECT reasons FROM upload_batch WHERE job_id = $1 AND number = $2"
_TOTALS = """
SELECT coalesce(sum(rows), 0)::bigint AS rows, coalesce(sum(rows_rejected), 0)::bigint AS rows_rejected,
  coalesce(sum(created), 0)::bigint AS created, coalesce(sum(updated), 0)::bigint AS updated,
  coalesce(sum(duplicates), 0)::bigint AS duplicates, coalesce(sum(rejected), 0)::bigint AS rejected
FROM upload_batch WHERE job_id = $1
"""
_ALL_REASONS = "SELECT reasons FROM upload_batch WHERE job_id = $1 ORDER BY number"
_REJECTS = "SELECT line, field, code, reason FROM upload_reject WHERE job_id = $1 ORDER BY line, reject_id"
_LEFT = """
SELECT tablename FROM pg_tables
WHERE schemaname = 'public' AND (tablename LIKE $1 || '%' OR tablename = $2) ORDER BY 1
"""
_ALL_LEFT = r"""
SELECT tablename FROM pg_tables
WHERE schemaname = 'public' AND tablename LIKE 'upload\_%' AND pg_has_role(tableowner, 'MEMBER') ORDER BY 1
"""
_OPEN = "SELECT status IN ('QUEUED', 'RUNNING') FROM job WHERE job_id = $1"
_OLD = """
DELETE FROM {0} WHERE job_id IN (
  SELECT job_id FROM job JOIN upload USING (job_id) WHERE finished_at < $1)
"""
_NAME: Final = re.compile(r"upload_([0-9a-f]{32})")
# Of what is stored as it is, the beginning is read alone. Only what comes last may be short and have no line's end.
_LONG = r"""
SELECT EXISTS (
  SELECT FROM {0} WHERE octet_length(part) > $1
    OR position('\x0a'::bytea IN substring(part FROM 1 FOR $2)) = 0
      AND (position <> $3 OR octet_length(part) > $2)
)
"""
_SOON: Final = 1 << 16
_LONGEST_START: Final = 6
_OPENING: Final = b"PGCOPY\n\xff\r\n\x00" + struct.pack("!ii", 0, 0)
_ROW: Final = struct.Struct("!hiqi")
_CLOSING: Final = struct.pack("!h", -1)


def table_of(job_id: UUID) -> str:
    return f"upload_{job_id.hex}"


async def receive(tx: Tx, job_id: UUID, pieces: AsyncIterator[bytes]) -> None:
    """Copies the pieces into a table of their own, as fast as they come and no faster. Raises what `pieces` raises."""
    table = table_of(job_id)
    await tx.execute("SET LOCAL statement_timeout = 0")
    await tx.execute(_MAKE.format(table))
    await tx.execute(_AS_IT_IS.format(table))
    await tx.copy_to_table(table, source=_copied(pieces), format="binary", columns=("position", "part"))


async def _copied(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """In COPY's binary form: two columns, the position in eight bytes."""
    yield _OPENING
    position = 0
    async for piece in pieces:
        yield _ROW.pack(2, 8, position, len(piece))
        yield piece
        position += 1
    yield _CLOSING


async def complete(tx: Tx, upload: Upload, request_key: UUID | None = None, body_hash: bytes | None = None) -> bool:
    """The body has ended as it should: from the commit on there is a job. False: the same request was faster."""
    now, principal = upload.received_at, upload.caller
    if request_key is not None:
        await tx.execute(_FREE, request_key, now - _SAME_FOR)
    about = upload.job_id, upload.kind, principal.role, upload.size, upload.pieces, request_key, body_hash, now
    if await tx.fetchval(_ARRIVED, *about) is None:
        return False
    arguments = {"kind": upload.kind.value, "bytes": upload.size}
    await enqueue(tx, JobKind.IMPORT, arguments, principal=principal, now=now, job_id=upload.job_id)
    return True


async def same_request(tx: Tx, request_key: UUID, now: datetime) -> Sent | None:
    """What was sent with that key within the last day."""
    row = await tx.fetchrow(_SAME, request_key, now - _SAME_FOR)
    return None if row is None else Sent(row["job_id"], Kind(row["kind"]), row["size"], row["body_hash"])


async def find_upload(tx: Tx, job_id: UUID) -> Upload:
    """Raises Refused where its bytes are not there any more."""
    row = await tx.fetchrow(_FIND, job_id)
    table = table_of(job_id)
    if row is None or await tx.fetchval("SELECT to_regclass($1)", table) is None:
        raise Refused(Fault.not_found(_LOST))
    if await tx.fetchval(f"SELECT count(*) FROM {table}") != row["pieces"]:
        raise Refused(Fault.not_found(_LOST))
    key, source = row["requested_by"], row["source"]
    lock = await lock_of(tx, KeyId(key)) if key else None
    known = lock.principal if lock else Principal("import", Role(row["role"]))
    caller = Principal(known.name, Role(row["role"]), known.reads_personal_data, source, key)
    return Upload(job_id, Kind(row["kind"]), row["size"], row["pieces"], row["received_at"], caller)


async def piece_of(tx: Tx, job_id: UUID, position: int) -> bytes:
    part: bytes = await tx.fetchval(f"SELECT part FROM {table_of(job_id)} WHERE position = $1", position)
    return part


async def plainly_lines(tx: Tx, upload: Upload) -> bool:
    """Whether a glance at each piece tells that nothing is compressed and no line too long: in each, one ends soon."""
    head = await tx.fetchval(f"SELECT substring(part FROM 1 FOR 6) FROM {table_of(upload.job_id)} WHERE position = 0")
    if head is None or len(head) < _LONGEST_START or starter(head) is not None:
        return False
    return not await tx.fetchval(_LONG.format(table_of(upload.job_id)), PIECE, _SOON, upload.pieces - 1)


async def take_up(tx: Tx, job_id: UUID) -> Resume:
    """Forgets what the attempt before had begun and not done."""
    done = {row["number"]: row["next_line"] for row in await tx.fetch(_DONE_SO_FAR, job_id)}
    await tx.execute(_FORGET_BATCHES, job_id)
    await tx.execute(_FORGET_REJECTS, job_id, list(done))
    return resumed(done)


async def analyze(tx: Tx, staging: str, table: str, lines: str | None) -> None:
    """A table that holds one batch needs no index; that all of it is that batch, planning should know, and no more."""
    await tx.execute("SET default_statistics_target = 10")
    for one in filter(None, (table, lines)):
        await tx.execute(f"ANALYZE {staging}_{one} (batch, seq)")


async def staged(tx: Tx, job_id: UUID, batch: Staged, cut: Cut | None, *, done: bool = False) -> None:
    """A batch may be recorded; with what was found when it was read."""
    told = cut.told if cut is not None else Summary()
    next_line = cut.next_line if cut is not None else 0
    counts = told.rows, told.rows_rejected, told.rejected, dict(told.reasons)
    where = batch.number, batch.staged_in, batch.staged_number, batch.apart
    await tx.execute(_STAGED, job_id, *where, next_line, batch.bytes_read, *counts, done)


async def waiting(tx: Tx, job_id: UUID) -> int:
    """How many batches are staged and not yet recorded."""
    return int(await tx.fetchval(_WAITING, job_id))


async def next_staged(tx: Tx, job_id: UUID, first: int, last: int) -> list[Staged]:
    """What is staged and not done of the batches of these numbers."""
    return [Staged(**dict(row.items())) for row in await tx.fetch(_NEXT, job_id, first, last)]


async def done(tx: Tx, job_id: UUID, number: int, told: Summary) -> None:
    """What became of a batch, in its transaction."""
    reasons = dict(await tx.fetchval(_REASONS, job_id, number))
    for reason, count in told.reasons.items():
        reasons[reason] = reasons.get(reason, 0) + count
    counts = told.created, told.updated, told.duplicates, told.rejected, told.rows_rejected
    await tx.execute(_DONE, job_id, number, *counts, reasons)


async def refuse(tx: Tx, upload: Upload, batch: int, rejects: list[Reject]) -> None:
    ids = new_ids(upload.received_at, len(rejects))
    rows = [(upload.job_id, r.line, id_, batch, r.field, r.code, r.reason) for r, id_ in zip(rejects, ids, strict=True)]
    await tx.copy_records_to_table("upload_reject", records=rows)


async def rejects_kept(tx: Tx, job_id: UUID) -> int:
    return int(await tx.fetchval("SELECT count(*) FROM upload_reject WHERE job_id = $1", job_id))


async def totals(tx: Tx, job_id: UUID) -> Totals:
    row = await tx.fetchrow(_TOTALS, job_id)
    assert row is not None
    reasons: dict[str, int] = {}
    for batch in await tx.fetch(_ALL_REASONS, job_id):
        for reason, count in batch[0].items():
            known = reason if reason in reasons or len(reasons) < 1_000 else _ALSO_OTHERS
            reasons[known] = reasons.get(known, 0) + count
    return Totals(**dict(row.items()), reasons=reasons)


async def refused_rows(tx: Tx, job_id: UUID) -> AsyncIterator[Reject]:
    """In the file's order, a bounded number at a time."""
    async for row in tx.cursor(_REJECTS, job_id, prefetch=1000):
        yield Reject(row[0], row[1], ErrorCode(row[2]), row[3])


async def clear(tx: Tx, job_id: UUID, *, upload: bool) -> None:
    """Drops the staging tables, and the bytes themselves where they are needed no more."""
    for row in await tx.fetch(_LEFT, f"import\\_{job_id.hex}\\_", table_of(job_id) if upload else ""):
        await tx.execute(f"DROP TABLE IF EXISTS {row[0]}")


async def sweep(tx: Tx, now: datetime) -> None:
    """Clears away what belongs to jobs that have ended, rejects a week later; frees keys of requests after a day."""
    for row in await tx.fetch(_ALL_LEFT):
        found = _NAME.fullmatch(row[0])
        if found and not await tx.fetchval(_OPEN, UUID(hex=found[1])):
            await clear(tx, UUID(hex=found[1]), upload=True)
    for table in ("upload_reject", "upload_batch"):
        await tx.execute(_OLD.format(table), now - _KEPT)
    await tx.execute(_KEYS_OVER, now - _SAME_FOR)
