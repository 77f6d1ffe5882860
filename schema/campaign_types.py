"""Campaigns as they are told: what was planned, whom it addresses, and how far it has come."""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import strawberry
from strawberry import ID

from domain.campaigns.vocabulary import CampaignGoal, CampaignStatus, ResponseKind
from domain.clock import Duration
from domain.vocabulary import Channel
from schema.connection import FORWARD, PAGED, Connection, Node
from schema.contact_types import ContactConnection, ContactFilter
from schema.fields import argument, field
from schema.products import Product
from schema.settings import FrequencyCap

if TYPE_CHECKING:
    from schema.segment_types import Segment

_Segment = Annotated["Segment", strawberry.lazy("schema.segment_types")]


@strawberry.type(description="What is sent at one time; a later step goes to those who have not answered.")
class CampaignStep:
    position: int = field("From 1.")
    channel: Channel | None = field(
        "How it is sent. Null: over each customer's own preferred channel among those with consent and an address."
    )
    delay: Duration = field("How long after the step before it, such as P7D; of the first, after the start.")
    unit_cost: Decimal = field("What one contact costs, in the base currency.")


@strawberry.type(
    description="Text with {{ placeholders }} for what is known of the customer; one for each channel that is used."
)
class MessageTemplate:
    channel: Channel = field("The channel that it is for.")
    subject: str | None = field("What it is about, where the channel has such a line.")
    body: str = field("The text itself.")


@strawberry.type(description="One of several wordings that are compared.")
class CampaignVariant:
    key: str = field("What it is called in results.")
    share: float = field("Share of the contacts that get it; all shares together are 1.")
    templates: list[MessageTemplate] = field("What is written, channel by channel.")


@strawberry.type(description="What the customer is offered.")
class Offer:
    key: str = field("What programs and offerAffinities call it.")
    name: str = field("What people call it.")
    product: Product | None = field("The product that it is for; null: for any.")
    category: str | None = field("The category that it is for; null: for any.")
    discount_percent: float | None = field("Percent off the price, such as 15; null: none.")
    discount_amount: Decimal | None = field("Amount off the price, in the base currency; null: none.")
    code: str | None = field("What the customer names to get it; null where no code is needed.")
    valid_until: datetime | None = field("When it ends; null: with the campaign.")


@strawberry.type(
    description="What counts as an answer. What contacts and progress tell of is touchpoints CAMPAIGN_RESPONSE"
    " that name the campaign, within the window, whatever the kind."
)
class ResponseDefinition:
    kind: ResponseKind = field("What the customer has to do.")
    product: Product | None = field("Of PRODUCT_ORDER: which product; null for all other kinds.")
    window: Duration = field("Within how long after it was sent, such as P30D.")


@strawberry.type(
    description="How far a campaign has come, in customers: each counts once in a figure, whatever the steps."
)
class CampaignProgress:
    pending: int = field("Somebody with a contact that has not gone out yet.")
    exported: int = field("Somebody with a contact that was handed to a mailing house.")
    sent: int = field("Somebody to whom a contact went out, delivered or not.")
    delivered: int = field("Somebody to whom a contact was delivered.")
    failed: int = field("Somebody with a contact that failed.")
    suppressed: int = field("Somebody with a contact that was held back.")
    opened: int = field("Somebody who opened one: a touchpoint OPEN that names the campaign, within its window.")
    clicked: int = field("Somebody who followed a link: a touchpoint CLICK, likewise.")
    responded: int = field("Somebody who answered: a touchpoint CAMPAIGN_RESPONSE, likewise.")
    unsubscribed: int = field("Somebody who wants no more: a touchpoint UNSUBSCRIBE, likewise.")


@strawberry.type(
    description="What is sent to whom, and why. Of campaigns that were sent elsewhere only part may be known: then goal"
    " is CROSS_SELL, status COMPLETED and response any order within 30 days until somebody says otherwise."
)
class Campaign(Node):
    key: str = field("What programs call it; unique.")
    name: str = field("What people call it.")
    goal: CampaignGoal = field("What it is for.")
    status: CampaignStatus = field("How far it has come.")
    segments: list[_Segment] = field("Whom it addresses: members of any of these, by name.")
    excluded_segments: list[_Segment] = field("Whom it leaves out: members of any of these, by name.")
    steps: list[CampaignStep] = field(
        "Sent in order; a later step goes to those who have not responded, after its delay."
    )
    variants: list[CampaignVariant] = field("The wordings that are compared; empty where nothing was written yet.")
    offer: Offer | None = field("What the customer is offered; null: nothing.")
    holdout_share: float = field(
        "Share of the audience, drawn at random and never contacted, that shows what would have happened anyway."
    )
    response: ResponseDefinition = field(
        "What counts as an answer. Of it, contacts and progress go by the window alone, whatever the kind and product."
    )
    frequency_cap: FrequencyCap | None = field("At most so many contacts within so long; null: as settings have it.")
    budget: Decimal | None = field("What it may cost at most, in the base currency; null: no limit.")
    fixed_cost: Decimal = field("What it costs however many are reached: design, airtime, set-up.")
    randomised: bool = field("False where the arms were not drawn at random: then no lift is claimed.")
    starts_at: datetime | None = field("When it begins; null: not settled yet.")
    ends_at: datetime | None = field("When it ends; null: open.")
    created_at: datetime = field("When it was first recorded.")
    updated_at: datetime = field("When it was last changed.")
    progress: CampaignProgress = field("How far it has come, in customers.")
    contacts: ContactConnection = field(
        "Whom it was sent to, and whom it was kept from; newest first.",
        *PAGED,
        argument("where", ContactFilter | None, "Which contacts."),
    )


@strawberry.type
class CampaignQuery:
    campaign: Campaign | None = field(
        "One campaign, by its id or its key.",
        argument("id", ID | None, "The id."),
        argument("key", str | None, "The key."),
    )
    campaigns: Connection[Campaign] = field(
        "Campaigns, newest first.",
        *FORWARD,
        argument("search", str | None, "Finds by part of the name or the key."),
        argument("status", list[CampaignStatus] | None, "In one of these states."),
        argument("goal", list[CampaignGoal] | None, "With one of these goals."),
    )
