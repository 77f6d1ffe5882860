"""What is stored of the erased: nothing but a key that says no when they are sent again."""

from datetime import datetime
from uuid import UUID

from sqlmodel import SQLModel

from domain import columns


class Tombstone(SQLModel, table=True):
    """The first 16 bytes of an HMAC of (kind, scope, value) under a key of its own: it names nobody."""

    __tablename__ = "tombstone"
    __table_args__ = (columns.distributed(by="tombstone_key"),)

    tombstone_key: UUID = columns.uuid(key=True)
    erased_at: datetime = columns.instant()
