"""Touchpoints: everything that passed between a customer and us."""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import strawberry
from strawberry import ID

from domain.vocabulary import BusinessFunction, Channel, Direction, TouchpointKind
from schema.connection import PAGED, Connection, Node
from schema.fields import argument, field, optional
from schema.filters import AttributeFilter, DateTimeFilter, IntFilter, StringFilter
from schema.orders import Order
from schema.products import Product, ProductFilter
from schema.scalars import JSON

if TYPE_CHECKING:
    from schema.campaign_types import Campaign
    from schema.contact_types import CampaignContact
    from schema.customers import Customer


@strawberry.type(description="One point of interaction between a customer and any department, over any channel.")
class Touchpoint(Node):
    customer: Annotated["Customer", strawberry.lazy("schema.customers")] = field("Whom it was with.")
    channel: Channel = field("How it came about.")
    kind: TouchpointKind = field("What happened.")
    function: BusinessFunction = field("The department whose work it was.")
    direction: Direction = field("Who reached out.")
    occurred_at: datetime = field("When it happened.")
    recorded_at: datetime = field("When we were told.")
    source: str = field(
        "The system that sent it, with its own id there: the pair is recorded once, however often it is sent."
    )
    external_id: str | None = field("Its id at the source.")
    subject: str | None = field("What it was about. Masked for callers that may not read personal data.")
    campaign: Annotated["Campaign", strawberry.lazy("schema.campaign_types")] | None = field(
        "The campaign that it belongs to."
    )
    contact: Annotated["CampaignContact", strawberry.lazy("schema.contact_types")] | None = field(
        "The campaign's contact that it belongs to or answers: of a touchpoint that names a campaign, the last contact"
        " of that campaign before it, within the campaign's window."
    )
    order: Order | None = field("The order that it belongs to.")
    product: Product | None = field("The product that it was about.")
    case_number: str | None = field(
        "The number of the service case at its source: what opens it, touches it and resolves it shares it."
    )
    handled_by: str | None = field(
        "The member of staff, team, dealer or partner who dealt with it; null where it was computerised."
    )
    competitor: str | None = field("The competitor that was spoken of.")
    cost: Decimal = field("What serving it cost: given, or from the rate card of its channel and kind.")
    duration_seconds: int | None = field("How long it took.")
    satisfaction: int | None = field("How content the customer was, 0 to 10.")
    recommend_score: int | None = field("How likely the customer is to recommend us, 0 to 10.")
    properties: JSON = field("Whatever else was sent, by name. Left out for callers that may not read personal data.")


@strawberry.input(description="Which touchpoints. All that is given must hold.")
class TouchpointFilter:
    channel: list[Channel] | None = optional("Over one of these.")
    kind: list[TouchpointKind] | None = optional("One of these happened.")
    function: list[BusinessFunction] | None = optional("The work of one of these departments.")
    direction: Direction | None = optional("Who reached out.")
    occurred_at: DateTimeFilter | None = optional("When it happened.")
    source: StringFilter | None = optional("The system that sent it.")
    subject: StringFilter | None = optional("What it was about; only for callers that may read personal data.")
    handled_by: StringFilter | None = optional("Who dealt with it.")
    competitor: StringFilter | None = optional("The competitor that was spoken of.")
    case_number: StringFilter | None = optional("The number of the service case.")
    product: ProductFilter | None = optional("The product that it was about.")
    properties: list[AttributeFilter] | None = optional(
        "Named values among the touchpoint's properties; only for callers that may read personal data."
    )
    campaign: ID | None = optional("The campaign that it belongs to.")
    satisfaction: IntFilter | None = optional("How content the customer was, 0 to 10.")


@strawberry.type
class TouchpointQuery:
    touchpoint: Touchpoint | None = field("One touchpoint, by its id.", argument("id", ID, "Its id."))
    touchpoints: Connection[Touchpoint] = field(
        "Touchpoints of all customers, newest first.",
        *PAGED,
        argument("where", TouchpointFilter | None, "Which touchpoints."),
    )
