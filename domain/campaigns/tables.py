"""What is stored of campaigns: each as it was said, the segments that it addresses, and one row a contact."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import SQLModel

from domain import columns
from domain.campaigns.vocabulary import (
    Arm,
    CampaignGoal,
    CampaignStatus,
    ContactStatus,
    ResponseKind,
    SuppressionReason,
)
from domain.vocabulary import Channel


class Campaign(SQLModel, table=True):
    """A campaign as it was said. Defaults are those where only key and name are known: others sent it."""

    __tablename__ = "campaign"
    __table_args__ = (
        columns.one_of("goal", CampaignGoal, "campaign"),
        columns.one_of("status", CampaignStatus, "campaign"),
        columns.one_of("response_kind", ResponseKind, "campaign"),
        UniqueConstraint("key", name="campaign_key"),
        Index("campaign_created_at", "created_at", "campaign_id"),
        columns.REFERENCE,
    )

    campaign_id: UUID = columns.uuid(key=True)
    key: str = columns.words(personal=False)
    name: str = columns.words(personal=False)
    created_at: datetime = columns.instant()
    updated_at: datetime = columns.instant()
    # What search looks in: key and name, folded.
    search_fold: str = columns.folded(personal=False, default="''")
    goal: str = columns.words(personal=False, default="'CROSS_SELL'")
    status: str = columns.words(personal=False, default="'COMPLETED'")
    # Lists of objects, in their order.
    steps: list[dict[str, object]] = columns.json(personal=False, default="'[]'")
    variants: list[dict[str, object]] = columns.json(personal=False, default="'[]'")
    offer: dict[str, object] | None = columns.json(personal=False, null=True)
    holdout_share: float = columns.real(default="0")
    response_kind: str = columns.words(personal=False, default="'ANY_ORDER'")
    response_product_id: UUID | None = columns.uuid(null=True)
    # An ISO 8601 duration.
    response_window: str = columns.words(personal=False, default="'P30D'")
    frequency_cap: dict[str, object] | None = columns.json(personal=False, null=True)
    budget: Decimal | None = columns.money(null=True)
    fixed_cost: Decimal = columns.money(default="0")
    randomised: bool = columns.truth()
    starts_at: datetime | None = columns.instant(null=True)
    ends_at: datetime | None = columns.instant(null=True)


class CampaignSegment(SQLModel, table=True):
    """A segment that a campaign addresses, or leaves out."""

    __tablename__ = "campaign_segment"
    __table_args__ = (Index("campaign_segment_segment", "segment_id"), columns.REFERENCE)

    campaign_id: UUID = columns.uuid(key=True)
    segment_id: UUID = columns.uuid(key=True)
    excluded: bool = columns.truth()


class CampaignContact(SQLModel, table=True):
    """One step of one campaign for one customer. Two who turn out to be one keep what each of them was sent."""

    __tablename__ = "campaign_contact"
    __table_args__ = (
        columns.one_of("channel", Channel, "campaign_contact"),
        columns.one_of("arm", Arm, "campaign_contact"),
        columns.one_of("status", ContactStatus, "campaign_contact"),
        columns.one_of("suppression", SuppressionReason, "campaign_contact"),
        Index("campaign_contact_id", "contact_id"),
        # A campaign's contacts, and how far each has come.
        Index("campaign_contact_campaign", "campaign_id", "scheduled_at", "contact_id"),
        # Windows on sentAt turn with the clock.
        Index("campaign_contact_sent", "sent_at"),
        columns.distributed(),
    )

    customer_id: UUID = columns.uuid(key=True)
    campaign_id: UUID = columns.uuid(key=True)
    step: int = columns.big(key=True)
    recorded_for: UUID = columns.uuid(key=True)
    contact_id: UUID = columns.uuid()
    channel: str = columns.words(personal=False)
    variant: str | None = columns.words(personal=False, null=True)
    arm: str = columns.words(personal=False)
    status: str = columns.words(personal=False)
    # When the status was so, by the word of who told it.
    status_at: datetime = columns.instant()
    suppression: str | None = columns.words(personal=False, null=True)
    attempts: int = columns.big(default="0")
    last_error: str | None = columns.words(personal=True, null=True)
    scheduled_at: datetime = columns.instant()
    sent_at: datetime | None = columns.instant(null=True)
    recorded_at: datetime = columns.instant()
