"""Deeds on files: written piece by piece as they are made, removed when their time is over."""

import hashlib
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from domain.database import Tx
from domain.files.queries import PIECE
from domain.ids import new_id

_PUT = "INSERT INTO file_chunk (file_id, position, job_id, part, named) VALUES ($1, $2, $3, $4, $5)"
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

# Whoever writes a file and whoever erases a person come one after the other: else neither would see the other.
_ONE_AFTER_THE_OTHER = "SELECT pg_advisory_xact_lock(hashtext('files that name people'))"
_NAMING = "SELECT DISTINCT job_id FROM file_chunk WHERE named && $1::uuid[]"
_ANYBODY = "SELECT EXISTS (SELECT FROM tombstone WHERE erased_at > $1)"
_SOMEBODY = """
SELECT EXISTS (
  SELECT FROM file_chunk f CROSS JOIN LATERAL unnest(f.named) AS n (id) JOIN customer c ON c.customer_id = n.id
  WHERE f.file_id = $1 AND c.erased_at IS NOT NULL
)
"""
_LONGEST_ERASING = timedelta(days=1)
"""An erasure is dated when its job began; it took no longer than that to be committed."""


class Scribe:
    """A file of a job as it grows, as large as it likes: one piece of it is held in memory.

    Close it with the end of the job (inside `work.transaction`, before `work.finish`), so that an attempt that failed
    leaves no file.
    """

    def __init__(self, tx: Tx, job_id: UUID, *, now: datetime, heading: bytes = b"") -> None:
        self.file_id, self.rows = new_id(now), 0
        self._tx, self._job_id = tx, job_id
        self._waiting, self._named, self._position, self._size = bytearray(heading), list[UUID](), 0, len(heading)
        self._digest = hashlib.sha256(heading)

    async def add(self, text: bytes, *, rows: int = 1, names: Sequence[UUID] = ()) -> None:
        """`names`: the customers whom it names, who take the file with them when they are erased."""
        self._waiting += text
        self._named += names
        self._digest.update(text)
        self._size, self.rows = self._size + len(text), self.rows + rows
        while len(self._waiting) >= PIECE:
            await self._put(bytes(self._waiting[:PIECE]))
            del self._waiting[:PIECE]

    async def close(
        self, name: str, media_type: str, *, personal: bool, expires_at: datetime | None, counted: bool = True
    ) -> UUID:
        """`counted`: it has rows, rather than being one document."""
        if self._waiting or not self._position:
            await self._put(bytes(self._waiting))
        about = name, media_type, self._size, self.rows if counted else None, self._digest.hexdigest()
        await self._tx.execute(_TELL, self._job_id, self.file_id, *about, expires_at, personal)
        return self.file_id

    async def _put(self, part: bytes) -> None:
        await self._tx.execute(_PUT, self.file_id, self._position, self._job_id, part, self._named or None)
        self._named = []
        self._position += 1


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
    """Writes a whole file of a job: each item of `rows` counts as a row and brings its own line's end."""
    scribe = Scribe(tx, job_id, now=now, heading=heading)
    async for row in rows:
        await scribe.add(row)
    return await scribe.close(name, media_type, personal=personal, expires_at=expires_at, counted=counted)


async def names_somebody_erased(tx: Tx, file_id: UUID, *, since: datetime) -> bool:
    """Whether somebody whom it names was erased since it was begun; until the commit, nobody is erased after that."""
    await tx.execute(_ONE_AFTER_THE_OTHER)
    if not await tx.fetchval(_ANYBODY, since - _LONGEST_ERASING):
        return False
    return bool(await tx.fetchval(_SOMEBODY, file_id))


async def forget_naming(tx: Tx, customers: Sequence[UUID]) -> None:
    """Removes all files that name one of these."""
    await tx.execute(_ONE_AFTER_THE_OTHER)
    await forget(tx, [row[0] for row in await tx.fetch(_NAMING, list(customers))])


async def forget(tx: Tx, job_ids: Sequence[UUID]) -> None:
    """Removes all files of these jobs at once, as if there had been none."""
    await tx.execute(_FORGET_PIECES, list(job_ids))
    await tx.execute("DELETE FROM job_file WHERE job_id = ANY ($1::uuid[])", list(job_ids))


async def tidy(tx: Tx, now: datetime) -> None:
    """What is past its time goes; for a month more it is said that it was there."""
    await tx.execute(_OVER, now)
    await tx.execute(_LONG_OVER, now - _REMEMBERED)
