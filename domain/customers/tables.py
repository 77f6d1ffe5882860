"""What is stored of customers: the profile, who stated what of it, and the ids that lead to a survivor."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Index, text
from sqlmodel import SQLModel

from domain import columns
from domain.vocabulary import AttributeType, Channel, CustomerKind, NeedKind


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
        Index("customer_household", "household_key", "customer_id"),
        Index("customer_acquisition_at", "acquisition_at", postgresql_where=text("acquisition_at IS NOT NULL")),
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
    # Of the normalised address, null without a whole one: who shares it is a household.
    household_key: UUID | None = columns.uuid(null=True, personal=True)
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
    """Who stated a profile field, and when it was so: the later holds, ties by source, then by the greater text of the
    value, so that the order of arrival does not matter. Null is a value.

    Fields are named as the contract names them: displayName, address.city, attributes.NAME, acquisition; and
    needs.KIND.name, preferences.CHANNEL, primary.KIND (which identity of its kind is the one to use).
    """

    __tablename__ = "customer_statement"
    __table_args__ = (columns.distributed(),)

    customer_id: UUID = columns.uuid(key=True)
    field: str = columns.words(key=True, personal=False)
    recorded_at: datetime = columns.instant(key=True)
    source: str = columns.words(key=True, personal=False)
    recorded_for: UUID = columns.uuid(key=True)
    value: object = columns.json(personal=True, null=True)
    # Where it was learnt: what a retracted touchpoint taught goes with it.
    touchpoint_id: UUID | None = columns.uuid(null=True)


class CustomerNeed(SQLModel, table=True):
    """A need that holds, out of the statements: one of its kind and name."""

    __tablename__ = "customer_need"
    __table_args__ = (
        columns.one_of("kind", NeedKind, "customer_need"),
        Index("customer_need_name", "kind", "name", "customer_id"),
        columns.distributed(),
    )

    customer_id: UUID = columns.uuid(key=True)
    kind: str = columns.words(key=True, personal=False)
    name: str = columns.words(key=True, personal=False)
    need_id: UUID = columns.uuid()
    detail: str | None = columns.words(personal=True, null=True)
    # From 0 to 1.
    strength: float = columns.real()
    source: str | None = columns.words(personal=False, null=True)
    touchpoint_id: UUID | None = columns.uuid(null=True)
    recorded_at: datetime = columns.instant()


class CustomerPreference(SQLModel, table=True):
    """What the customer said of a channel, where something said holds."""

    __tablename__ = "customer_preference"
    __table_args__ = (columns.one_of("channel", Channel, "customer_preference"), columns.distributed())

    customer_id: UUID = columns.uuid(key=True)
    channel: str = columns.words(key=True, personal=False)
    preferred: bool = columns.truth(default=None)
    source: str | None = columns.words(personal=False, null=True)
    touchpoint_id: UUID | None = columns.uuid(null=True)
    recorded_at: datetime = columns.instant()


class CustomerAttribute(SQLModel, table=True):
    """A declared attribute that holds, in the column of its type: what filters look in."""

    __tablename__ = "customer_attribute"
    __table_args__ = (
        Index("customer_attribute_text", "name", "text_fold", "customer_id"),
        Index(
            "customer_attribute_number",
            *("name", "number_value", "customer_id"),
            postgresql_where=text("number_value IS NOT NULL"),
        ),
        Index(
            "customer_attribute_boolean",
            *("name", "boolean_value", "customer_id"),
            postgresql_where=text("boolean_value IS NOT NULL"),
        ),
        Index(
            "customer_attribute_date",
            *("name", "date_value", "customer_id"),
            postgresql_where=text("date_value IS NOT NULL"),
        ),
        columns.distributed(),
    )

    customer_id: UUID = columns.uuid(key=True)
    name: str = columns.words(key=True, personal=False)
    personal: bool = columns.truth(default=None)
    text_value: str | None = columns.words(personal=True, null=True)
    text_fold: str | None = columns.folded(personal=True, null=True)
    number_value: float | None = columns.real(null=True)
    boolean_value: bool | None = columns.truth(default=None, null=True)
    date_value: date | None = columns.day(null=True, personal=True)


class AttributeDeclaration(SQLModel, table=True):
    """A custom attribute that customers may have: its type, and whether it is personal."""

    __tablename__ = "attribute_declaration"
    __table_args__ = (columns.one_of("type", AttributeType, "attribute_declaration"), columns.REFERENCE)

    name: str = columns.words(key=True, personal=False)
    type: str = columns.words(personal=False)
    personal: bool = columns.truth(default=None)
    description: str | None = columns.words(personal=False, null=True)
    declared_at: datetime = columns.instant()


class CustomerSummary(SQLModel, table=True):
    """What filters over everybody look in, kept fresh by the ledger; of one customer it is computed from facts."""

    __tablename__ = "customer_summary"
    __table_args__ = (
        columns.one_of("preferred_channel", Channel, "customer_summary"),
        Index("customer_summary_preferred_channel", "preferred_channel", "customer_id"),
        Index("customer_summary_recommend_score", "recommend_score", "customer_id"),
        Index("customer_summary_average_satisfaction", "average_satisfaction", "customer_id"),
        Index("customer_summary_open_cases", "open_cases", "customer_id"),
        columns.distributed(),
    )

    customer_id: UUID = columns.uuid(key=True)
    preferred_channel: str | None = columns.words(personal=False, null=True)
    recommend_score: int | None = columns.big(null=True)
    average_satisfaction: float | None = columns.real(null=True)
    open_cases: int = columns.big(default="0")
    complaints: int = columns.big(default="0")
    median_hours_to_resolve: float | None = columns.real(null=True)
    as_of: datetime = columns.instant()
