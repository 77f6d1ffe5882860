"""What is stored of touchpoints: facts partitioned by year, and the claim that records each once."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Index, text
from sqlmodel import SQLModel

from domain import columns
from domain.vocabulary import BusinessFunction, Channel, Direction, TouchpointKind


class Touchpoint(SQLModel, table=True):
    """Range-partitioned by year of occurred_at; the default partition catches years not made yet."""

    __tablename__ = "touchpoint"
    __table_args__ = (
        columns.one_of("channel", Channel, "touchpoint"),
        columns.one_of("kind", TouchpointKind, "touchpoint"),
        columns.one_of("function", BusinessFunction, "touchpoint"),
        columns.one_of("direction", Direction, "touchpoint"),
        Index("touchpoint_id", "touchpoint_id"),
        Index("touchpoint_timeline", "occurred_at", "touchpoint_id"),
        Index(
            "touchpoint_awaiting",
            "order_claim",
            postgresql_where=text("order_id IS NULL AND order_claim IS NOT NULL"),
        ),
        Index(
            "touchpoint_answers",
            *("customer_id", "occurred_at", "kind"),
            postgresql_where=text("kind IN ('CAMPAIGN_SENT', 'CAMPAIGN_RESPONSE')"),
        ),
        # Whom a campaign was sent to; of the others, which are most, it holds nothing.
        Index(
            "touchpoint_contacts",
            *("campaign_id", "occurred_at", "touchpoint_id"),
            postgresql_where=text("kind = 'CAMPAIGN_SENT' AND campaign_id IS NOT NULL"),
        ),
        Index("touchpoint_recorded_at", "recorded_at", postgresql_using="brin"),
        columns.distributed() | {"postgresql_partition_by": "RANGE (occurred_at)"},
    )

    customer_id: UUID = columns.uuid(key=True)
    occurred_at: datetime = columns.instant(key=True)
    touchpoint_id: UUID = columns.uuid(key=True)
    recorded_for: UUID = columns.uuid()
    channel: str = columns.words(personal=False)
    kind: str = columns.words(personal=False)
    function: str = columns.words(personal=False)
    direction: str = columns.words(personal=False)
    recorded_at: datetime = columns.instant()
    source: str = columns.words(personal=False)
    external_id: str | None = columns.words(personal=True, null=True)
    subject: str | None = columns.words(personal=True, null=True)
    campaign_id: UUID | None = columns.uuid(null=True)
    contact_id: UUID | None = columns.uuid(null=True)
    order_id: UUID | None = columns.uuid(null=True)
    product_id: UUID | None = columns.uuid(null=True)
    case_number: str | None = columns.words(personal=False, null=True)
    handled_by: str | None = columns.words(personal=False, null=True)
    competitor: str | None = columns.words(personal=False, null=True)
    cost: Decimal = columns.money(default="0")
    # Given costs stay; costs from the rate card follow the card.
    cost_given: bool = columns.truth()
    duration_seconds: int | None = columns.whole(null=True)
    satisfaction: int | None = columns.small(null=True)
    recommend_score: int | None = columns.small(null=True)
    properties: dict[str, object] = columns.json(personal=True)
    # The claim of the order that it names: linked (order_id) as soon as that order is there, and the same customer's.
    order_claim: UUID | None = columns.uuid(null=True)


class TouchpointClaim(SQLModel, table=True):
    """(source, external id) under HMAC: recorded once however often it is sent; routes reads by id.

    Of what was taken back it stays, of nobody (the id of zeros), so that what is delivered again stays away.
    """

    __tablename__ = "touchpoint_claim"
    __table_args__ = (Index("touchpoint_claim_touchpoint", "touchpoint_id"), columns.distributed(by="claim_key"))

    claim_key: UUID = columns.uuid(key=True)
    customer_id: UUID = columns.uuid()
    touchpoint_id: UUID = columns.uuid()
    occurred_at: datetime = columns.instant()
