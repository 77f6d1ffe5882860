"""Which customers: the one language for lists, segments and audiences."""

from typing import Optional

import strawberry
from strawberry import ID

from domain.query.asking import MOST_CLAUSES
from domain.query.filters import DEEPEST
from domain.vocabulary import (
    Channel,
    CustomerKind,
    CustomerSortField,
    IdentityKind,
    LifecycleStage,
    RiskBand,
    SortDirection,
    Strategy,
    ValueTier,
)
from schema.allowance import ConsentFilter, NeedFilter
from schema.contact_types import ContactFilter
from schema.fields import field, optional
from schema.filters import (
    AttributeFilter,
    DateFilter,
    DateTimeFilter,
    DecimalFilter,
    FloatFilter,
    IDFilter,
    IntFilter,
    Period,
    StringFilter,
)
from schema.orders import OrderFilter
from schema.products import ProductFilter
from schema.touchpoints import TouchpointFilter

_PERSONAL = "Only for callers that may read personal data."


@strawberry.input(description="A value that a customer is known by. All that is given must hold of the same one.")
class IdentityFilter:
    kind: IdentityKind | None = optional("What kind of value it is.")
    source: str | None = optional("The system that knows the customer by it.")
    value: StringFilter | None = optional(_PERSONAL)
    verified: bool | None = optional("Whether it was made sure that it is the customer's.")


@strawberry.input(description="How the customer came to us.")
class AcquisitionFilter:
    channel: list[Channel] | None = optional("Over one of these.")
    source: StringFilter | None = optional("The system that recorded it.")
    campaign: ID | None = optional("By this campaign.")
    at: DateTimeFilter | None = optional("When it was.")


@strawberry.input(description="What the customer earned us: over the whole relationship, or over a period.")
class ProfitabilityFilter:
    over: Period | None = optional("Left out: the whole relationship.")
    revenue: DecimalFilter | None = optional("What orders brought in.")
    returns: DecimalFilter | None = optional("What was paid back.")
    cost_to_serve: DecimalFilter | None = optional("What touchpoints of no campaign cost.")
    marketing_cost: DecimalFilter | None = optional("What campaigns cost.")
    profit: DecimalFilter | None = optional("What is left.")
    margin: FloatFilter | None = optional("profit / (revenue - returns).")


@strawberry.input(
    description="Counts and sums the orders that match where; without count and total, at least one must."
)
class OrderHistoryFilter:
    where: OrderFilter | None = optional("Which orders count.")
    count: IntFilter | None = optional("How many there are.")
    total: DecimalFilter | None = optional("Of the orders together.")


@strawberry.input(description="Counts the touchpoints that match where; without count, at least one must.")
class TouchpointHistoryFilter:
    where: TouchpointFilter | None = optional("Which touchpoints count.")
    count: IntFilter | None = optional("How many there are.")


@strawberry.input(description="Counts the campaign contacts that match where; without count, at least one must.")
class ContactHistoryFilter:
    where: ContactFilter | None = optional("Which contacts count; left out: all, also those that were held back.")
    count: IntFilter | None = optional("How many there are.")


@strawberry.input(description="Somebody who bought a product that matches.")
class BoughtFilter:
    product: ProductFilter = field("Which products count.")
    at: DateTimeFilter | None = optional("When it was ordered.")
    units: IntFilter | None = optional("How many units of them together.")


@strawberry.input(
    description="One language for lists, segments and audiences. The fields of one filter must all hold. A segment is a"
    f" saved CustomerFilter. all, any and not stand at most {DEEPEST} deep in one another, and a question has at most"
    f" {MOST_CLAUSES:,} filters."
)
class CustomerFilter:
    all: list["CustomerFilter"] | None = optional("All of these must hold.")
    any: list["CustomerFilter"] | None = optional("At least one of these must hold.")
    not_: Optional["CustomerFilter"] = optional("This must not hold.", name="not")

    id: IDFilter | None = optional("By id.")
    kind: list[CustomerKind] | None = optional("One of these.")
    identity: IdentityFilter | None = optional("At least one of the values that the customer is known by.")
    email: StringFilter | None = optional(f"The primary e-mail address. {_PERSONAL}")
    phone: StringFilter | None = optional(f"The primary phone number. {_PERSONAL}")
    display_name: StringFilter | None = optional(_PERSONAL)
    country: StringFilter | None = optional("ISO 3166, such as GB.")
    region: StringFilter | None = optional("State, county or province.")
    city: StringFilter | None = optional("City, town or village.")
    postal_code: StringFilter | None = optional(_PERSONAL)
    language: StringFilter | None = optional("Such as en.")
    birth_date: DateFilter | None = optional(_PERSONAL)
    age: IntFilter | None = optional(f"In whole years, today. {_PERSONAL}")
    gender: StringFilter | None = optional("As it was stated.")
    occupation: StringFilter | None = optional("What the customer does for a living.")
    sector: StringFilter | None = optional("The market sector, chiefly of organizations.")
    household_size: IntFilter | None = optional("How many live together.")
    income_band: StringFilter | None = optional("A band of incomes, as its source divides them.")
    attributes: list[AttributeFilter] | None = optional(
        "All of these must hold of declared attributes. Callers that may not read personal data name only attributes"
        " that were declared and are not personal; what was declared anew a few seconds ago may not be known yet."
    )
    created_at: DateTimeFilter | None = optional("When the customer was first recorded.")
    acquisition: AcquisitionFilter | None = optional("How the customer came to us.")

    lifecycle_stage: list[LifecycleStage] | None = optional("One of these.")
    lifecycle_since: DateTimeFilter | None = optional("Since when the stage holds.")
    value_tier: list[ValueTier] | None = optional("One of these.")
    value_decile: IntFilter | None = optional("Of ten equal groups by lifetime value, 1 the most valuable.")
    risk_band: list[RiskBand] | None = optional("One of these.")

    profitability: ProfitabilityFilter | None = optional("What the customer earned us.")
    lifetime_value: DecimalFilter | None = optional("Profit so far and expected profit together.")
    churn_probability: FloatFilter | None = optional(
        "How likely it is, from 0 to 1, that the customer buys nothing within settings.churnHorizonDays."
    )
    probability_alive: FloatFilter | None = optional(
        "How likely it is, from 0 to 1, that the customer has not left for good."
    )
    rfm_recency: IntFilter | None = optional("1 to 5, 5: bought most recently.")
    rfm_frequency: IntFilter | None = optional("1 to 5, 5: buys most often.")
    rfm_monetary: IntFilter | None = optional("1 to 5, 5: earns us the most.")
    order_count: IntFilter | None = optional("How many orders.")
    product_count: IntFilter | None = optional("Different products that were bought.")
    category_count: IntFilter | None = optional("Different categories that were bought.")
    average_order_value: DecimalFilter | None = optional("What an order brings in.")
    return_rate: FloatFilter | None = optional("Share of the revenue that was paid back.")
    discount_share: FloatFilter | None = optional("Share of the orders that had a discount.")
    revenue_trend: FloatFilter | None = optional(
        "Revenue of the last twelve months against the twelve before: 1 is level."
    )
    overdue: DecimalFilter | None = optional("What was not paid when it was due.")
    first_order_at: DateTimeFilter | None = optional("The first order.")
    last_order_at: DateTimeFilter | None = optional("The last order.")
    next_order_expected_at: DateTimeFilter | None = optional("When the next order is to be expected.")
    last_touchpoint_at: DateTimeFilter | None = optional("When anything last passed between us.")

    next_action: list[Strategy] | None = optional(
        "One of these is advised to do next, before all else: as it was worked out last, at night, or after a change"
        " where not very many changed at once."
    )
    preferred_channel: list[Channel] | None = optional(
        "One of these is the channel that the customer said to prefer, or else uses most and did not refuse."
    )
    reachable_by: list[Channel] | None = optional("With an address and consent to marketing for at least one of them.")
    need: NeedFilter | None = optional("Has such a need.")
    consent: ConsentFilter | None = optional("Allows this, or does not.")
    recommend_score: IntFilter | None = optional(
        "The latest answer, 0 to 10: how likely the customer is to recommend us."
    )
    average_satisfaction: FloatFilter | None = optional(
        "How content the customer was, 0 to 10: the mean of all answers."
    )
    open_cases: IntFilter | None = optional("Service cases that are not resolved.")

    orders: OrderHistoryFilter | None = optional("What the customer ordered.")
    touchpoints: TouchpointHistoryFilter | None = optional("What passed between us.")
    bought: BoughtFilter | None = optional("Bought such a product.")
    not_bought: BoughtFilter | None = optional("Did not buy such a product.")
    in_segment: list[ID] | None = optional("In at least one of them.")
    not_in_segment: list[ID] | None = optional("In none of them.")
    contacts: ContactHistoryFilter | None = optional(
        "What campaigns sent to the customer, or held back: as contactsRecord told, or else as touchpoints"
        " CAMPAIGN_SENT that name the campaign."
    )


@strawberry.input(description="What a list is ordered by.")
class CustomerSort:
    field: CustomerSortField = field("By what.")
    direction: SortDirection = strawberry.field(description="Which end comes first.", default=SortDirection.DESC)
