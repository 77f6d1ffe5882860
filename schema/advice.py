"""What to do next with a customer, and what appeals to the customer."""

import strawberry

from schema.fields import field


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
        " weighing more (half after six months), leaning on how everybody answered it."
    )
