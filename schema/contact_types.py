"""Contacts of campaigns: whom each was sent to or kept from, and what came of it."""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import strawberry
from strawberry import ID

from domain.campaigns.vocabulary import Arm, CampaignGoal, ContactStatus, SuppressionReason
from domain.vocabulary import Channel
from schema.connection import Node, PageInfo
from schema.fields import field, optional
from schema.filters import DateTimeFilter

if TYPE_CHECKING:
    from schema.campaign_types import Campaign
    from schema.customers import Customer
    from schema.touchpoints import Touchpoint

_ANSWERED = (
    "a touchpoint CAMPAIGN_RESPONSE that names the campaign, after the contact was sent, within the campaign's window,"
    " and before a later contact of the same campaign"
)
_NAMED = "that names the campaign within its window after the contact was sent"


@strawberry.type(
    description="One step of one campaign for one customer, whether it was sent or held back. It is what"
    " contactsRecord told; and each touchpoint CAMPAIGN_SENT that names the campaign and tells of none of these is"
    " a contact of step 1, unless contactsRecord told that step 1 went out. A touchpoint and a contact tell of one"
    " sending where they are the nearest in time, of one channel rather than of two, and within three days of each"
    " other. Of a contact that contactsRecord has not told as sent, a touchpoint says that it went out: of step 1"
    " at any time, of a later step where step 1 is known and it was waiting by then; never of one that is held out."
    " Two customers who turned out to be one keep what each of them was sent."
)
class CampaignContact(Node):
    campaign: Annotated["Campaign", strawberry.lazy("schema.campaign_types")] = field("Whose contact it is.")
    customer: Annotated["Customer", strawberry.lazy("schema.customers")] = field("Who was contacted, or was not.")
    step: int = field("The campaign's step, from 1.")
    channel: Channel = field("How the customer was reached.")
    variant: str | None = field("The key of the variant that was sent; null where that is not known.")
    arm: Arm = field(
        "Whether the customer was to be contacted, or held out. Of what only a touchpoint tells: as another contact of"
        " the campaign says, or else TREATED."
    )
    status: ContactStatus = field("How far it has come.")
    suppression: SuppressionReason | None = field("Why nothing was sent; null where that is not known, or it was.")
    attempts: int = field("How often it was tried to send it, as far as that was told.")
    last_error: str | None = field(
        "Why it failed last, in the words of who told it. Masked for callers that may not read personal data."
    )
    scheduled_at: datetime = field("When it was to go out; of contacts that others sent, when it was first told of.")
    sent_at: datetime | None = field("When it went out; null where it has not.")
    opened_at: datetime | None = field(f"The first touchpoint OPEN {_NAMED}.")
    clicked_at: datetime | None = field(f"The first touchpoint CLICK {_NAMED}.")
    responded_at: datetime | None = field(f"When it was answered: by {_ANSWERED}.")
    response: Annotated["Touchpoint", strawberry.lazy("schema.touchpoints")] | None = field(
        "The touchpoint that answered."
    )
    response_revenue: Decimal | None = field(
        "What orders that name the campaign brought in, within its window after the contact was sent and before the"
        " next contact; null where there is none."
    )


@strawberry.type(description="One of a page, with its place in the list.")
class ContactEdge:
    cursor: str = field("Its place, for after and before; good only for the same order and filter.")
    node: CampaignContact = field("What stands there.")


@strawberry.type(description="A page of contacts.")
class ContactConnection:
    edges: list[ContactEdge] = field("The page, each with its cursor.")
    nodes: list[CampaignContact] = field("The page without cursors.")
    page_info: PageInfo = field("Whether there is more, and how to ask for it.")
    total_count: int | None = field(
        "How many there are on all pages; counted only when asked for, null where counting would take too long."
    )


@strawberry.input(description="Which contacts of campaigns. All that is given must hold of the same contact.")
class ContactFilter:
    campaign: ID | None = optional("Of this campaign.")
    goal: list[CampaignGoal] | None = optional("Of campaigns with one of these goals.")
    channel: list[Channel] | None = optional("Over one of these.")
    variant: str | None = optional("The variant's key.")
    step: int | None = optional("The campaign's step, from 1.")
    arm: Arm | None = optional("To be contacted, or held out.")
    status: list[ContactStatus] | None = optional("One of these: how far it has come.")
    suppression: list[SuppressionReason] | None = optional("Held back for one of these reasons.")
    responded: bool | None = optional(f"Whether it was answered within the campaign's window: by {_ANSWERED}.")
    sent_at: DateTimeFilter | None = optional("When it went out; what has not gone out has no such time.")
