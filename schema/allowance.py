"""What a customer needs and allows, how to reach the customer, and how content the customer is."""

from datetime import datetime

import strawberry
from strawberry import ID

from domain.vocabulary import Channel, ConsentPurpose, ConsentStatus, NeedKind
from schema.fields import field, optional
from schema.touchpoints import Touchpoint

_LEARNT = "null where it was not learnt at a touchpoint, or not at one that the caller may see."


@strawberry.type(description="Why a customer buys, as opposed to what.")
class CustomerNeed:
    id: ID = field("Opaque: of one customer, kind and name it stays the same.")
    kind: NeedKind = field("What kind of need it is.")
    name: str = field("What it is called, such as price or sustainability.")
    detail: str | None = field("In words. Masked for callers that may not read personal data.")
    strength: float = field("From 0 to 1.")
    source: str | None = field("Who stated it.")
    touchpoint: Touchpoint | None = field(f"Where it was learnt; {_LEARNT}")
    recorded_at: datetime = field("When it was so.")


@strawberry.type(description="What a customer said of being contacted over a channel for a purpose.")
class Consent:
    channel: Channel = field("Over this channel.")
    purpose: ConsentPurpose = field("For this purpose.")
    status: ConsentStatus = field("What was said.")
    source: str | None = field("Who recorded it.")
    touchpoint: Touchpoint | None = field(f"Where it was given or withdrawn; {_LEARNT}")
    recorded_at: datetime = field("When it was said.")
    expires_at: datetime | None = field("Until when a grant is good; null: until it is withdrawn.")


@strawberry.type(description="How a customer likes one channel: what was said, beside what behaviour says.")
class ChannelPreference:
    channel: Channel = field("The channel.")
    stated: bool | None = field("What the customer said; null where nothing was said.")
    affinity: float = field(
        "What the customer's behaviour says: shares of 1 over the channels. Of touches and answered campaign contacts,"
        " recent ones weighing more (half after six months), leaning on how everybody uses channels."
    )
    touches: int = field("Touchpoints over this channel, without what campaigns sent.")
    last_touch_at: datetime | None = field("The last of them.")
    response_rate: float | None = field(
        "How likely the customer is to answer a campaign's message over it, from 0 to 1: how the customer, and"
        " everybody, answered what is older than 30 days, so long an answer may take (2 in 100, until something is);"
        " null where none was sent, or where the customer refused to be profiled."
    )


@strawberry.type(description="How content a customer is, from the customer's own touchpoints.")
class Satisfaction:
    recommend_score: int | None = field("The latest answer, 0 to 10: how likely the customer is to recommend us.")
    average_satisfaction: float | None = field("How content the customer was, 0 to 10: the mean of all answers.")
    open_cases: int = field("Service cases, by source and number, that were opened and not resolved since.")
    complaints: int = field("How often the customer complained.")
    median_hours_to_resolve: float | None = field(
        "How many hours a service case usually takes to be resolved (the median)."
    )


@strawberry.input(description="A need that the customer has. All that is given must hold of the same one.")
class NeedFilter:
    kind: NeedKind | None = optional("What kind of need it is.")
    name: str | None = optional("What it is called.")
    min_strength: float | None = optional("At least so strong, from 0 to 1.")


@strawberry.input(
    description="What the customer allows. Deny by default: DENIED is also who said nothing, or whose grant expired."
)
class ConsentFilter:
    channel: Channel = field("Over this channel.")
    purpose: ConsentPurpose | None = strawberry.field(description="For this purpose.", default=ConsentPurpose.MARKETING)
    status: ConsentStatus | None = strawberry.field(description="What holds.", default=ConsentStatus.GRANTED)
