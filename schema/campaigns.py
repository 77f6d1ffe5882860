"""Deeds on campaigns: planning them, and telling what became of contacts."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from decimal import Decimal
from typing import Annotated, TypeAlias
from uuid import UUID

import strawberry
from strawberry import ID, Info

from domain.audit import Did
from domain.campaigns import commands
from domain.campaigns.vocabulary import Arm, CampaignGoal, ContactStatus, ResponseKind
from domain.clock import Duration
from domain.database import Tx
from domain.ids import Prefix, parse_id
from domain.vocabulary import Channel, RecordErrorPolicy, Role
from schema.campaign_types import Campaign
from schema.context import Context
from schema.deeds import deed, read_below
from schema.errors import UserError
from schema.fields import below, field, mutation, optional
from schema.inputs import CustomerRef
from schema.records import RecordsPayload, record_reports
from schema.rows import row_of
from schema.settings import FrequencyCapInput

_RUNNERS = frozenset({Role.ADMIN, Role.MARKETER})


@strawberry.input(description="What is sent at one time.")
class CampaignStepInput:
    channel: Channel | None = optional(
        "How it is sent. Left out: over each customer's own preferred channel among those with consent and an address."
    )
    delay: Duration | None = optional("How long after the step before it, such as P7D; left out: at once.")
    unit_cost: Decimal | None = optional("What one contact costs, in the base currency; left out: nothing.")


@strawberry.input(description="Text with {{ placeholders }} for what is known of the customer, for one channel.")
class MessageTemplateInput:
    channel: Channel = field("The channel that it is for: each has one, and one of the steps uses it.")
    subject: str | None = optional("What it is about, where the channel has such a line.")
    body: str = field("The text itself.")


@strawberry.input(description="One of several wordings that are compared.")
class CampaignVariantInput:
    key: str = field("What it is called in results.")
    share: float = field("Share of the contacts that get it, more than 0; all shares together are 1.")
    templates: list[MessageTemplateInput] = field("What is written, channel by channel.")


@strawberry.input(description="What the customer is offered.")
class OfferInput:
    key: str = field("What programs and offerAffinities call it.")
    name: str = field("What people call it.")
    product: ID | None = optional("The product that it is for; left out: for any.")
    category: str | None = optional("The category that it is for; left out: for any.")
    discount_percent: float | None = optional("Percent off the price, more than 0 and at most 100.")
    discount_amount: Decimal | None = optional("Amount off the price, in the base currency; not beside a percentage.")
    code: str | None = optional("What the customer names to get it.")
    valid_until: datetime | None = optional("When it ends; left out: with the campaign.")


@strawberry.input(
    description="What counts as an answer. Contacts and progress go by its window alone: what they tell of is"
    " touchpoints CAMPAIGN_RESPONSE, whatever the kind and the product."
)
class ResponseDefinitionInput:
    kind: ResponseKind = field("What the customer has to do.")
    product: ID | None = optional("Of PRODUCT_ORDER: which product; of all other kinds it is left out.")
    window: Duration = field("Within how long after it was sent, such as P30D.")


@strawberry.input(
    description="To create, key, name and goal are needed. To update, a field that is left out stays as it is; lists"
    " are replaced; null empties offer, frequencyCap, budget, startsAt and endsAt."
)
class CampaignInput:
    key: str | None = optional("What programs call it: a-z, 0-9, - and _.")
    name: str | None = optional("What people call it.")
    goal: CampaignGoal | None = optional("What it is for.")
    segments: list[ID] | None = optional("Whom it addresses: members of any of these.")
    excluded_segments: list[ID] | None = optional("Whom it leaves out: members of any of these.")
    steps: list[CampaignStepInput] | None = optional("Sent in order: at most 20.")
    variants: list[CampaignVariantInput] | None = optional("The wordings that are compared: at most 20.")
    offer: OfferInput | None = optional("What the customer is offered.")
    holdout_share: float | None = optional("Share that is never contacted, from 0 to less than 1; left out: 0.")
    response: ResponseDefinitionInput | None = optional("What counts as an answer; left out: any order in 30 days.")
    frequency_cap: FrequencyCapInput | None = optional("At most so many contacts within so long.")
    budget: Decimal | None = optional("What it may cost at most, in the base currency.")
    fixed_cost: Decimal | None = optional("What it costs however many are reached; left out: nothing.")
    randomised: bool | None = optional("False where the arms are not drawn at random; left out: true.")
    starts_at: datetime | None = optional("When it begins.")
    ends_at: datetime | None = optional("When it ends: after it begins.")


@strawberry.input(
    description="What became of one contact. Of one campaign, customer and step there is one: recorded again, it is"
    " changed. Word may come in any order: the furthest status holds (see ContactStatus), sentAt is the earliest word"
    " of SENT or DELIVERED; channel, variant and arm are as they were last given."
)
class ContactInput:
    campaign: ID = field("Whose contact it is.")
    customer: CustomerRef = field("Whom it was for.")
    step: int = strawberry.field(description="The campaign's step, from 1.", default=1)
    channel: Channel | None = optional("How the customer was reached; left out: by the channel of the campaign's step.")
    variant: str | None = optional("The key of the variant that was sent.")
    arm: Arm | None = optional(
        "Left out: as it was told before, or else TREATED. Of CONTROL, nothing was sent: its status is PENDING or"
        " SUPPRESSED. Who is CONTROL and was contacted all the same is told as TREATED; not the other way round."
    )
    status: ContactStatus = field("How it stood then.")
    at: datetime = field("When it was so.")
    error: str | None = optional("Why it failed: at most 1,000 characters.")


@strawberry.type(description="The campaign as it is now, or why nothing was done.")
class CampaignPayload:
    key: strawberry.Private[UUID | None]
    errors: list[UserError] = field("Why nothing was done; empty where all is well.")

    @below("The campaign; null where nothing was done.")
    async def campaign(self, info: Info[Context, None]) -> Campaign | None:
        return await read_below(info, Campaign, self.key)


_Context: TypeAlias = Info[Context, None]
_Id: TypeAlias = Annotated[ID, strawberry.argument(description="The campaign's id.")]
_Input: TypeAlias = Annotated[CampaignInput, strawberry.argument(description="What is said of it.")]
_Key: TypeAlias = Annotated[str, strawberry.argument(description="What programs call the new one.")]
_Contacts: TypeAlias = Annotated[list[ContactInput], strawberry.argument(description="What became of contacts.")]
_Policy: TypeAlias = Annotated[
    RecordErrorPolicy, strawberry.argument(description="What becomes of the good rows when others are refused.")
]


@strawberry.type
class CampaignMutation:
    @mutation(_RUNNERS, "Begins a campaign, as a draft.")
    async def campaign_create(self, info: _Context, input: _Input) -> CampaignPayload:
        occasion = info.context.occasion
        return await _done(info, "campaignCreate", lambda tx: commands.create(tx, row_of(input), occasion=occasion))

    @mutation(_RUNNERS, "Changes what is given, of a draft or of a campaign that is over.")
    async def campaign_update(self, info: _Context, id: _Id, input: _Input) -> CampaignPayload:
        occasion = info.context.occasion
        return await _done(
            info, "campaignUpdate", lambda tx: commands.update(tx, _parsed(id), row_of(input), occasion=occasion)
        )

    @mutation(_RUNNERS, "A new draft like it, without its times.")
    async def campaign_copy(self, info: _Context, id: _Id, key: _Key) -> CampaignPayload:
        occasion = info.context.occasion
        return await _done(info, "campaignCopy", lambda tx: commands.copy(tx, _parsed(id), key, occasion=occasion))

    @mutation(
        _RUNNERS,
        "What became of contacts, told by mailing houses, call centres and gateways; also contacts of campaigns that"
        " were sent elsewhere. At most 1,000 a call; each is recorded, already known, or refused, on its own. One that"
        " went out is on the customer's timeline, too, by a touchpoint CAMPAIGN_SENT that costs what the step says: if"
        " its source tells of one, too, before or after, that one stands in its place. Of two customers who turned out"
        " to be one, word for either is of that one's own contact, or else of the other's, and stays with it.",
    )
    async def contacts_record(
        self, info: _Context, input: _Contacts, error_policy: _Policy = RecordErrorPolicy.RECORD_GOOD_ROWS
    ) -> RecordsPayload:
        return await record_reports(info.context, [row_of(one) for one in input], error_policy)


async def _done(info: _Context, action: str, act: Callable[[Tx], Awaitable[Did]]) -> CampaignPayload:
    done = await deed(info.context, action, act)
    return CampaignPayload(key=done.key, errors=done.errors)


def _parsed(id_: str) -> UUID:
    return parse_id(Prefix.CAMPAIGN, id_, "id")
