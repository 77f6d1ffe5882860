"""What is stored of files: their contents, piece by piece. What they are called stands in job_file."""

from uuid import UUID

from sqlmodel import SQLModel

from domain import columns


class FileChunk(SQLModel, table=True):
    """A piece of 1 MiB (the last one is what is left); a file of nothing has one empty piece."""

    __tablename__ = "file_chunk"
    __table_args__ = (columns.LOCAL,)

    file_id: UUID = columns.uuid(key=True)
    position: int = columns.big(key=True)
    job_id: UUID = columns.uuid()
    part: bytes = columns.octets()
    # The customers whom it names, where erasing one of them is to take the file along.
    named: list[UUID] | None = columns.uuid_list()
