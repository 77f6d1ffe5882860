"""What is stored of what was done: entries, and the chains that hold them in their order."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import SQLModel

from domain import columns


class AuditEntry(SQLModel, table=True):
    """One mutation. The service's role may add entries and empty detail and salt; nothing else."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index("audit_entry_entered_at", "entered_at", "entry_id"),
        Index("audit_entry_subject", "subject", "entered_at", postgresql_where=text("subject IS NOT NULL")),
        Index("audit_entry_customer", "customer_id", postgresql_where=text("customer_id IS NOT NULL")),
        columns.LOCAL,
    )

    entry_id: UUID = columns.uuid(key=True)
    bucket: int = columns.big()
    entered_at: datetime = columns.instant()
    actor: str = columns.words(personal=False)
    actor_key: UUID | None = columns.uuid(null=True)
    action: str = columns.words(personal=False)
    subject: str | None = columns.words(personal=False, null=True)
    # Whose record it is: the detail goes when they are erased.
    customer_id: UUID | None = columns.uuid(null=True)
    # JSON as text: what is committed to are its very bytes, which jsonb would not keep.
    detail: str | None = columns.words(personal=True, null=True)
    salt: bytes | None = columns.octets(null=True)
    commitment: bytes = columns.octets()


class AuditUnsealed(SQLModel, table=True):
    """An entry that waits for its place in the chain."""

    __tablename__ = "audit_unsealed"
    __table_args__ = (columns.LOCAL,)

    entry_id: UUID = columns.uuid(key=True)
    bucket: int = columns.big()


class AuditSeal(SQLModel, table=True):
    """An entry's place in its bucket's chain, and the hash that holds everything before it."""

    __tablename__ = "audit_seal"
    __table_args__ = (UniqueConstraint("entry_id"), columns.LOCAL)

    bucket: int = columns.big(key=True)
    position: int = columns.big(key=True)
    entry_id: UUID = columns.uuid()
    chained: bytes = columns.octets()
    sealed_at: datetime = columns.instant()
