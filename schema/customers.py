"""Customers: the single view of each, and how they are found one by one."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import strawberry
from strawberry import ID

from domain.vocabulary import Channel, CustomerKind, IdentityKind, LifecycleStage, ValueTier
from schema.advice import NextAction, OfferAffinity
from schema.affinity import ProductRecommendation, ValuedAttribute
from schema.allowance import ChannelPreference, Consent, CustomerNeed, Satisfaction
from schema.analytics import ChurnRisk, CustomerRanks, LifetimeValue, Rfm, ScoreAbsence, ScoreSnapshot
from schema.connection import FORWARD, PAGED, Connection, Node
from schema.contact_types import ContactConnection, ContactFilter
from schema.customer_filter import CustomerFilter, CustomerSort
from schema.fields import argument, field
from schema.filters import Period
from schema.identity import Identity
from schema.orders import Order, OrderFilter
from schema.purchasing import Profitability, Purchasing
from schema.scalars import JSON
from schema.segment_types import SegmentChange, SegmentMembership
from schema.touchpoints import Touchpoint, TouchpointFilter

if TYPE_CHECKING:
    from schema.campaign_types import Campaign

_MASKED = "Masked for callers that may not read personal data."


@strawberry.type(description="What is known of a person's circumstances.")
class Demographics:
    birth_date: date | None = field("Left out for callers that may not read personal data.")
    gender: str | None = field("As it was stated.")
    language: str | None = field("What to write and speak to the customer in, such as en.")
    time_zone: str | None = field("Such as Europe/Berlin.")
    occupation: str | None = field("What the customer does for a living.")
    sector: str | None = field("The market sector, chiefly of organizations.")
    household_size: int | None = field("How many live together.")
    income_band: str | None = field("A band of incomes, as its source divides them.")


@strawberry.type(
    description="Where mail reaches the customer. Lines and postal code are masked for callers that may not read"
    " personal data."
)
class PostalAddress:
    recipient: str | None = field("Where it is not the customer's own name.")
    lines: list[str] = field("Street and house, as they are printed.")
    postal_code: str | None = field(_MASKED)
    city: str | None = field("City, town or village.")
    region: str | None = field("State, county or province.")
    country: str | None = field("ISO 3166, such as GB.")


@strawberry.type(description="The channel, source and time of the first touch.")
class Acquisition:
    channel: Channel = field("How the customer came.")
    source: str | None = field("The system that recorded it.")
    at: datetime = field("When it was.")
    campaign: Annotated["Campaign", strawberry.lazy("schema.campaign_types")] | None = field(
        "The campaign that it came of."
    )


@strawberry.type(description="The single view of one customer over every channel and department.")
class Customer(Node):
    kind: CustomerKind = field("A person, a household or an organization.")
    display_name: str | None = field(f"What to call the customer. {_MASKED}")
    given_name: str | None = field(_MASKED)
    family_name: str | None = field(_MASKED)
    email: str | None = field(f"The primary e-mail address. {_MASKED}")
    phone: str | None = field(f"The primary phone number. {_MASKED}")
    address: PostalAddress | None = field("Where mail reaches the customer.")
    demographics: Demographics = field("What is known of the customer's circumstances.")
    attributes: JSON = field(
        "Whatever else is said of the customer, by name. Personal values are left out for those who may not read them."
    )
    lifecycle_stage: LifecycleStage = field("Where the customer stands in the relationship.")
    lifecycle_since: datetime = field("Since when the stage holds.")
    value_tier: ValueTier | None = field("How much the customer is worth; null for prospects.")
    acquisition: Acquisition | None = field("The channel, source and time of the first touch.")
    last_touchpoint_at: datetime | None = field("When anything last passed between us and the customer.")
    created_at: datetime = field("When the customer was first recorded.")
    updated_at: datetime = field("When the profile last changed.")
    identities: list[Identity] = field("Everything that the customer is known by.")
    needs: list[CustomerNeed] = field("Why the customer buys, the strongest first.")
    consents: list[Consent] = field(
        "What holds now, one for each channel and purpose that was spoken of. A grant that has expired holds no more."
    )
    consent_history: list[Consent] = field(
        "All that was ever said, newest first.", argument("first", int | None, "How many: at most 250.", default=50)
    )
    channel_preferences: list[ChannelPreference] = field(
        "Channels that were spoken of, used, or written over: first what the customer said to prefer, then what"
        " behaviour says, last what was refused."
    )
    reachable_by: list[Channel] = field("Channels with an address and consent to marketing.")
    household: list["Customer"] = field(
        "Others who share the postal address, the earliest known first; at most 50 are told."
    )
    touchpoints: Connection[Touchpoint] = field(
        "What passed between us, newest first.",
        *PAGED,
        argument("where", TouchpointFilter | None, "Which touchpoints."),
    )
    orders: Connection[Order] = field(
        "What the customer bought, newest first.", *PAGED, argument("where", OrderFilter | None, "Which orders.")
    )
    contacts: ContactConnection = field(
        "What campaigns sent, or held back, newest first.",
        *PAGED,
        argument("where", ContactFilter | None, "Which contacts."),
    )
    purchasing: Purchasing = field("How the customer buys.")
    profitability: Profitability = field(
        "Over the whole relationship, or over a period.",
        argument("over", Period | None, "Left out: the whole relationship."),
    )
    satisfaction: Satisfaction = field("How content the customer is.")
    rfm: Rfm | None = field("Recency, frequency and monetary value as quintiles; null without a purchase.")
    churn_risk: ChurnRisk | None = field("How likely it is that the customer has gone; null without a purchase.")
    lifetime_value: LifetimeValue | None = field("What the customer is worth; null without a purchase.")
    ranks: CustomerRanks | None = field(
        "Where the customer stands among all customers, from 1 (the most). Null until everybody was ranked, and for who"
        " came only after the instant that everybody was ranked as of."
    )
    score_absences: list[ScoreAbsence] = field("Scores that cannot be given yet, and why.")
    offer_affinities: list[OfferAffinity] = field(
        "What appeals: how the customer answered each kind of offer, best first."
    )
    score_history: list[ScoreSnapshot] = field(
        "Earlier scores, newest first: one a month, and one whenever stage, tier or band of risk has changed. Empty for"
        " customers who do not allow profiling.",
        argument("first", int | None, "How many: at most 250.", default=12),
        argument("over", Period | None, "Scored in this span of time; left out: ever."),
    )
    valued_attributes: list[ValuedAttribute] = field(
        "Which attributes of products the customer values, by what was chosen, most valued first: by share × ln(lift)."
        " Empty for customers who do not allow profiling.",
        argument("first", int | None, "How many: at most 250.", default=10),
    )
    product_recommendations: list[ProductRecommendation] = field(
        "Products to offer next, best expected profit first; at most 60. Customers who bought nothing yet get the"
        " most popular. Empty for customers who do not allow profiling.",
        argument("first", int | None, "How many: at most 250.", default=5),
    )
    next_actions: list[NextAction] = field(
        "What to do next: open cases and complaints first, then best expected profit first. Only what should earn more"
        " than it costs, and what can be done: over a channel that the customer allows. The chance of an answer"
        " leans on how everybody answered what is older than 30 days, so long an answer may take; until something is,"
        " on what is customary, 2 in 100. Empty for customers who do not allow profiling.",
        argument("first", int | None, "How many: at most 250.", default=3),
    )
    segments: list[SegmentMembership] = field("The segments that the customer is in, by name.")
    segment_changes: Connection[SegmentChange] = field(
        "Which segments the customer entered and left, newest first.", *FORWARD
    )
    merged_from: list[ID] = field("Earlier customers that were merged into this one; their ids still lead here.")


@strawberry.type
class CustomerQuery:
    customer: Customer | None = field(
        "One customer, by id. The id of one who was merged leads to the survivor.", argument("id", ID, "The id.")
    )
    customer_by_identity: Customer | None = field(
        "By any of the values that a customer is known by.",
        argument("kind", IdentityKind, "What kind of value it is."),
        argument("value", str, "The whole value, written in any customary way."),
        argument("source", str | None, "The system that knows the customer by it, where the kind needs one."),
    )
    customers: Connection[Customer] = field(
        "Customers: all of them, those of a filter, or those whom a search finds; newest first unless ordered.",
        *PAGED,
        argument("where", CustomerFilter | None, "Which customers."),
        argument("orderBy", list[CustomerSort] | None, "What comes first; equals are ordered by what is named next."),
        argument("search", str | None, "Finds by part of a name, e-mail address or phone number."),
    )
