"""What is stored of requests that came with a key, so that the same one sent again does nothing again."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Column, Index, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field, SQLModel

from domain import columns


class IdempotencyKey(SQLModel, table=True):
    """A request that is being carried out, or was: its answer can be read only with the caller's own secret."""

    __tablename__ = "idempotency_key"
    __table_args__ = (
        Index("idempotency_key_created_at", "created_at"),
        Index(
            "idempotency_key_customers",
            "customers",
            postgresql_using="gin",
            postgresql_where=text("customers IS NOT NULL"),
        ),
        columns.distributed(by="request_key"),
    )

    # HMAC of (caller, key): the key itself is not kept.
    request_key: UUID = columns.uuid(key=True)
    request_hash: bytes = columns.octets()
    status: int | None = columns.big(null=True)
    answer: bytes | None = columns.octets(null=True)
    # Whom the answer names, or the deed concerned: erasing one of them deletes the row.
    customers: list[UUID] | None = Field(
        default=None, sa_column=Column(ARRAY(Uuid()), nullable=True, info={"personal": False})
    )
    created_at: datetime = columns.instant()
