"""What is stored of identities: the claim that makes a value unique, and the customer's own copy of it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import SQLModel

from domain import columns
from domain.vocabulary import IdentityKind


class IdentityClaim(SQLModel, table=True):
    """Whose a value is. The scope is the source for an EXTERNAL_ID and empty for all other kinds."""

    __tablename__ = "identity_claim"
    __table_args__ = (columns.one_of("kind", IdentityKind, "identity_claim"), columns.distributed(by="value"))

    value: str = columns.words(key=True, personal=True)
    kind: str = columns.words(key=True, personal=False)
    scope: str = columns.words(key=True, personal=False)
    customer_id: UUID = columns.uuid()
    claimed_at: datetime = columns.instant()


class CustomerIdentity(SQLModel, table=True):
    """The customer's copy: what a profile shows and a merge moves."""

    __tablename__ = "customer_identity"
    __table_args__ = (
        columns.one_of("kind", IdentityKind, "customer_identity"),
        Index("customer_identity_source", "source", "customer_id"),
        columns.distributed(),
    )

    customer_id: UUID = columns.uuid(key=True)
    kind: str = columns.words(key=True, personal=False)
    scope: str = columns.words(key=True, personal=False)
    value: str = columns.words(key=True, personal=True)
    recorded_for: UUID = columns.uuid()
    source: str | None = columns.words(personal=False, null=True)
    verified: bool = columns.truth()
    is_primary: bool = columns.truth()
    first_seen_at: datetime = columns.instant()
    last_seen_at: datetime = columns.instant()
