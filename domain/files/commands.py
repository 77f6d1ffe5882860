"""Deeds on files: written piece by piece as they are made, removed when their time is over."""

import hashlib
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from domain.database import Tx
from domain.files.queries import PIECE
from domain.ids import new_id

_PUT = "INSERT INTO file_chunk (file_id, position, job_id, part) VALUES ($1, $2, $3, $4)"
_TELL = """
INSERT INTO job_file (job_id, file_id, name, media_type, size, rows, sha256, expires_at, personal)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""
_FORGET_PIECES = (
    "DELETE FROM file_chunk WHERE file_id IN (SELECT file_id FROM job_file WHERE job_id = ANY ($1::uuid[]))"
)
_OVER = """
DELETE FROM file_chunk c USING job_file f
WHERE f.file_id = c.file_id AND f.expires_at <= $1
"""
_LONG_OVER = "DELETE FROM job_file WHERE expires_at <= $1"
_REMEMBERED = timedelta(days=30)
"""How long it is still said that there was such a file."""


async def write(
    tx: Tx,
    job_id: UUID,
    name: str,
    media_type: str,
    rows: AsyncIterator[bytes],
    *,
    personal: bool,
    expires_at: datetime | None,
    now: datetime,
    heading: bytes = b"",
    counted: bool = True,
) -> UUID:
    """Writes a file of a job, as large as it likes, holding one piece of it in memory.

    Each item of `rows` counts as a row and brings its own line's end; `heading` is none (`counted`: the items are rows,
    not pieces of a document). Commit it with the end of the
    job (inside `work.transaction`, before `work.finish`), so that an attempt that failed leaves no file.
    """
    file_id, digest = new_id(now), hashlib.sha256()
    waiting, position, size, count = bytearray(heading), 0, len(heading), 0
    digest.update(heading)
    async for row in rows:
        waiting += row
        digest.update(row)
        size, count = size + len(row), count + 1
        while len(waiting) >= PIECE:
            await tx.execute(_PUT, file_id, position, job_id, bytes(waiting[:PIECE]))
            del waiting[:PIECE]
            position += 1
    if waiting or not position:
        await tx.execute(_PUT, file_id, position, job_id, bytes(waiting))
    told = digest.hexdigest()
    await tx.execute(
        _TELL, job_id, file_id, name, media_type, size, count if counted else None, told, expires_at, personal
    )
    return file_id


async def forget(tx: Tx, job_ids: Sequence[UUID]) -> None:
    """Removes all files of these jobs at once, as if there had been none."""
    await tx.execute(_FORGET_PIECES, list(job_ids))
    await tx.execute("DELETE FROM job_file WHERE job_id = ANY ($1::uuid[])", list(job_ids))


async def tidy(tx: Tx, now: datetime) -> None:
    """What is past its time goes; for a month more it is said that it was there."""
    await tx.execute(_OVER, now)
    await tx.execute(_LONG_OVER, now - _REMEMBERED)
