"""What to do next with a customer, and what appeals to the customer."""

from decimal import Decimal

import strawberry

from domain.vocabulary import Channel, Strategy
from schema.fields import field
from schema.products import Product


@strawberry.type(description="How a customer answered one kind of offer.")
class OfferAffinity:
    offer: str = field(
        "What was offered: as the touchpoint's property offer says, or else its campaign's key. Masked for callers that"
        " may not read personal data where fewer than five customers received it."
    )
    received: int = field("How often it went to the customer.")
    responded: int = field(
        "How many of these were answered: by a response to the same campaign or offer, credited to the last contact"
        " before it; where no responses to the offer are recorded at all, by an order within 30 days."
    )
    affinity: float = field(
        "How likely the customer is to answer it the next time, from 0 to 1: the customer's own rate, recent contacts"
        " weighing more (half after six months), leaning on how everybody answered it; of contacts older than 30 days,"
        " so long an answer may take."
    )


@strawberry.type(description="What to do next with a customer, and what that is expected to earn.")
class NextAction:
    strategy: Strategy = field("What to do.")
    channel: Channel | None = field(
        "Over which channel: the one that the customer prefers of those with an address and consent to marketing. To"
        " make good, one with an address and consent to service, or else the channel that the case came by,"
        " unless service is refused there."
    )
    product: Product | None = field("What to offer, of CROSS_SELL and UP_SELL.")
    expected_profit: Decimal = field(
        "The chance of an answer × what is at stake − what the contact costs by the rate card. The chance leans on how"
        " customers who stand so with us answer over the channel."
    )
    reason: str = field("In words, with the evidence.")
