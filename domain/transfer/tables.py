"""What is stored of uploads: what came in, what became of each batch, and which rows were refused."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlmodel import SQLModel

from domain import columns
from domain.transfer.kinds import Kind
from domain.vocabulary import Role


class Upload(SQLModel, table=True):
    """A body that came in whole; its bytes wait in an unlogged table of their own until the job has ended."""

    __tablename__ = "upload"
    __table_args__ = (
        columns.one_of("kind", Kind, "upload"),
        columns.one_of("role", Role, "upload"),
        UniqueConstraint("request_key"),
        columns.LOCAL,
    )

    job_id: UUID = columns.uuid(key=True)
    kind: str = columns.words(personal=False)
    role: str = columns.words(personal=False)
    size: int = columns.big()
    pieces: int = columns.big()
    # Of the caller and its Idempotency-Key, under HMAC; for a day the same again is the same job.
    request_key: UUID | None = columns.uuid(null=True)
    # What was sent under that key, under HMAC: another body under it is another request.
    body_hash: bytes | None = columns.octets(null=True)
    received_at: datetime = columns.instant()


class UploadBatch(SQLModel, table=True):
    """A batch that is staged or done. Rows and rejects are those since the batch before; `next_line` comes next."""

    __tablename__ = "upload_batch"
    __table_args__ = (columns.LOCAL,)

    job_id: UUID = columns.uuid(key=True)
    number: int = columns.big(key=True)
    staged_in: str = columns.words(personal=False)
    staged_number: int = columns.big()
    next_line: int = columns.big()
    bytes_read: int = columns.big()
    # A line is a row of its own (CSV): a unit that is refused refuses several rows.
    apart: bool = columns.truth()
    done: bool = columns.truth()
    rows: int = columns.big()
    rows_rejected: int = columns.big()
    created: int = columns.big(default="0")
    updated: int = columns.big(default="0")
    duplicates: int = columns.big(default="0")
    rejected: int = columns.big()
    # Rows by reason of refusal; a reason names fields, never values.
    reasons: dict[str, object] = columns.json(personal=False)


class UploadReject(SQLModel, table=True):
    """Why a row was refused: never what stood in it. Found while reading in one piece, its batch is -1."""

    __tablename__ = "upload_reject"
    __table_args__ = (columns.LOCAL,)

    job_id: UUID = columns.uuid(key=True)
    line: int = columns.big(key=True)
    reject_id: UUID = columns.uuid(key=True)
    batch: int = columns.big()
    # A path of the input; what senders call their own fields stands in it.
    field: str = columns.words(personal=True)
    code: str = columns.words(personal=False)
    reason: str = columns.words(personal=False)
