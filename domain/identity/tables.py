"""What is stored of identities: the claim that makes a value unique, and the customer's own copy of it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import SQLModel

from domain import columns
from domain.vocabulary import IdentityKind


class IdentityClaim(SQLModel, table=True):
    """Whose a value is. The scope is the source for an EXTERNAL_ID and empty for all other kinds.

    customer_id is whom it was claimed for, as with every claim: a merge does not change it, customer_alias leads from
    there to the survivor. So what comes by the value is recorded for the one whose it was.
    """

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
        Index("customer_identity_sources", "sources", postgresql_using="gin"),
        columns.distributed(),
    )

    customer_id: UUID = columns.uuid(key=True)
    kind: str = columns.words(key=True, personal=False)
    scope: str = columns.words(key=True, personal=False)
    value: str = columns.words(key=True, personal=True)
    recorded_for: UUID = columns.uuid()
    # Who told of it first.
    source: str | None = columns.words(personal=False, null=True)
    # All who told of it, sorted: a partner sees whom its source is among.
    sources: list[str] = columns.word_list(personal=False)
    verified: bool = columns.truth()
    is_primary: bool = columns.truth()
    first_seen_at: datetime = columns.instant()
    last_seen_at: datetime = columns.instant()


class CustomerMerge(SQLModel, table=True):
    """A merge that stands: who became part of whom. Undoing it takes the row away; the audit log tells of both.

    customer_id is the survivor of that merge, also where it was merged itself later: so the rows are a tree, and each
    of its branches can be taken off again.
    """

    __tablename__ = "customer_merge"
    __table_args__ = (columns.distributed(),)

    customer_id: UUID = columns.uuid(key=True)
    merge_id: UUID = columns.uuid(key=True)
    gone_id: UUID = columns.uuid()
    merged_at: datetime = columns.instant()
    # Found by the house itself; nobody asked for it.
    automatic: bool = columns.truth()
    merged_by: UUID | None = columns.uuid(null=True)
    # Of the gone one's mark: what is scored after an undoing is newer than anything that was before.
    generation: int = columns.big(default="0")
