"""What is asked of files: who may have one, and one piece at a time."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.access.principal import Principal
from domain.database import Tx
from domain.errors import ErrorCode, Fault, Refused
from domain.vocabulary import Role

PIECE = 1 << 20

_FIND = """
SELECT f.file_id, f.name, f.media_type, f.size, f.sha256, f.expires_at, f.personal, j.requested_by, j.source
FROM job_file f JOIN job j USING (job_id) WHERE f.file_id = $1
"""
_PIECE = "SELECT part FROM file_chunk WHERE file_id = $1 AND position = $2"


@dataclass(frozen=True, slots=True)
class FileView:
    """A file as it is handed out."""

    file_id: UUID
    name: str
    media_type: str
    size: int
    sha256: str
    expires_at: datetime | None
    personal: bool
    requested_by: UUID | None
    source: str | None


async def find(tx: Tx, file_id: UUID, *, principal: Principal, now: datetime) -> FileView | None:
    """The file; None where its time is over. Refused NOT_FOUND, or NOT_ALLOWED where it is somebody else's."""
    row = await tx.fetchrow(_FIND, file_id)
    if row is None or (principal.role is Role.PARTNER and row["source"] != principal.source):
        raise Refused(Fault.not_found("There is no such file. Job.files names those that there are."))
    view = FileView(**dict(row.items()))
    if principal.role is not Role.ADMIN and (view.requested_by is None or view.requested_by != principal.key_id):
        words = "The file is fetched with the key that asked for it, or with an ADMIN's."
        raise Refused(Fault(ErrorCode.NOT_ALLOWED, words))
    if view.personal and not principal.reads_personal_data:
        words = "The file holds personal data: it needs a key that may read it (readsPersonalData)."
        raise Refused(Fault(ErrorCode.NOT_ALLOWED, words))
    return None if view.expires_at is not None and view.expires_at <= now else view


async def piece(tx: Tx, file_id: UUID, position: int) -> bytes | None:
    """1 MiB of the file; None where it has gone meanwhile."""
    part: bytes | None = await tx.fetchval(_PIECE, file_id, position)
    return part
