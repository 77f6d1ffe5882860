"""What is stored of consents: everything that was ever said, and a mark on what holds."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, text
from sqlmodel import SQLModel

from domain import columns
from domain.vocabulary import Channel, ConsentPurpose, ConsentStatus


class CustomerConsent(SQLModel, table=True):
    """Per channel and purpose the later holds, ties go to the stricter. An expired grant is no grant: that is judged
    when it is read.
    """

    __tablename__ = "customer_consent"
    __table_args__ = (
        columns.one_of("channel", Channel, "customer_consent"),
        columns.one_of("purpose", ConsentPurpose, "customer_consent"),
        columns.one_of("status", ConsentStatus, "customer_consent"),
        Index(
            "customer_consent_holds",
            *("channel", "purpose", "status", "customer_id"),
            postgresql_where=text("holds"),
        ),
        # Few refuse, and every look at a customer asks for it.
        Index(
            "customer_consent_unwilling",
            "customer_id",
            postgresql_where=text("holds AND purpose = 'PROFILING' AND status IN ('DENIED', 'WITHDRAWN')"),
        ),
        Index("customer_consent_expires_at", "expires_at", postgresql_where=text("expires_at IS NOT NULL")),
        columns.distributed(),
    )

    customer_id: UUID = columns.uuid(key=True)
    # Made of what was said, so that what is sent again is no second row.
    consent_id: UUID = columns.uuid(key=True)
    channel: str = columns.words(personal=False)
    purpose: str = columns.words(personal=False)
    status: str = columns.words(personal=False)
    source: str | None = columns.words(personal=False, null=True)
    # The evidence: where it was given or withdrawn.
    touchpoint_id: UUID | None = columns.uuid(null=True)
    recorded_at: datetime = columns.instant()
    expires_at: datetime | None = columns.instant(null=True)
    recorded_for: UUID = columns.uuid()
    # Written by a merge, so that the survivor's consent is never looser than either's; undoing the merge removes it.
    merge_id: UUID | None = columns.uuid(null=True)
    holds: bool = columns.truth()
