"""What is stored of customers: the profile, who stated what of it, and the ids that lead to a survivor."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import SQLModel

from domain import columns
from domain.vocabulary import Channel, CustomerKind


class Customer(SQLModel, table=True):
    """The profile as it holds now; each field's statements are in CustomerStatement.

    A merged or erased customer keeps its row: lists leave it out, ids keep leading somewhere.
    """

    __tablename__ = "customer"
    __table_args__ = (
        columns.one_of("kind", CustomerKind, "customer"),
        columns.one_of("acquisition_channel", Channel, "customer"),
        Index("customer_created_at", "created_at", "customer_id"),
        Index("customer_updated_at", "updated_at", "customer_id"),
        Index("customer_display_name", "display_name_fold", "customer_id"),
        Index("customer_last_touchpoint_at", "last_touchpoint_at", "customer_id"),
        columns.distributed(),
    )

    customer_id: UUID = columns.uuid(key=True)
    kind: str = columns.words(personal=False, default="'PERSON'")
    display_name: str | None = columns.words(personal=True, null=True)
    display_name_fold: str | None = columns.folded(personal=True, null=True)
    given_name: str | None = columns.words(personal=True, null=True)
    family_name: str | None = columns.words(personal=True, null=True)
    # The primary identity of its kind, repeated here so that lists and filters need no join.
    email: str | None = columns.words(personal=True, null=True)
    phone: str | None = columns.words(personal=True, null=True)
    # Names, e-mail and phone together, folded: what `search` looks in.
    search_fold: str = columns.words(personal=True, default="''")
    address_recipient: str | None = columns.words(personal=True, null=True)
    address_lines: list[str] = columns.word_list(personal=True)
    postal_code: str | None = columns.words(personal=True, null=True)
    city: str | None = columns.words(personal=False, null=True)
    region: str | None = columns.words(personal=False, null=True)
    country: str | None = columns.words(personal=False, null=True)
    birth_date: date | None = columns.day(null=True, personal=True)
    gender: str | None = columns.words(personal=False, null=True)
    language: str | None = columns.words(personal=False, null=True)
    time_zone: str | None = columns.words(personal=False, null=True)
    occupation: str | None = columns.words(personal=False, null=True)
    sector: str | None = columns.words(personal=False, null=True)
    household_size: int | None = columns.whole(null=True)
    income_band: str | None = columns.words(personal=False, null=True)
    attributes: dict[str, object] = columns.json(personal=False)
    personal_attributes: dict[str, object] = columns.json(personal=True)
    acquisition_channel: str | None = columns.words(personal=False, null=True)
    acquisition_source: str | None = columns.words(personal=False, null=True)
    acquisition_at: datetime | None = columns.instant(null=True)
    acquisition_campaign_id: UUID | None = columns.uuid(null=True)
    last_touchpoint_at: datetime | None = columns.instant(null=True)
    merged_into: UUID | None = columns.uuid(null=True)
    erased_at: datetime | None = columns.instant(null=True)
    created_at: datetime = columns.instant()
    updated_at: datetime = columns.instant()


class CustomerAlias(SQLModel, table=True):
    """A merged customer's id and the survivor it leads to; undoing a merge removes it."""

    __tablename__ = "customer_alias"
    __table_args__ = (Index("customer_alias_survivor", "survivor_id"), columns.distributed())

    customer_id: UUID = columns.uuid(key=True)
    survivor_id: UUID = columns.uuid()
    merged_at: datetime = columns.instant()


class CustomerStatement(SQLModel, table=True):
    """Who stated a profile field, and when it was so: the later holds, ties by source, null is a value."""

    __tablename__ = "customer_statement"
    __table_args__ = (columns.distributed(),)

    customer_id: UUID = columns.uuid(key=True)
    field: str = columns.words(key=True, personal=False)
    recorded_at: datetime = columns.instant(key=True)
    source: str = columns.words(key=True, personal=False)
    recorded_for: UUID = columns.uuid(key=True)
    value: object = columns.json(personal=True, null=True)
