"""What to offer a customer next, and which values of products the customer prefers."""

from decimal import Decimal

import strawberry

from schema.fields import field
from schema.products import Product


@strawberry.type(
    description="A value that products have, and how much more of it the customer chooses than others do. Units that"
    " came back do not count; values that fewer than five customers bought are left out."
)
class ValuedAttribute:
    attribute: str = field("What is said of products: category, supplier, kind, or the name of an attribute of theirs.")
    value: str = field("The value that the customer prefers.")
    share: float = field("Share of the customer's units.")
    lift: float = field(
        "Against all customers' share: units over those expected by it, each with two more, for a few units prove"
        " little."
    )


@strawberry.type(
    description="A product to offer next. One that the customer has is offered again only where many of its buyers come"
    " back for it and as many days have passed as usually do; one that is discontinued is never offered."
)
class ProductRecommendation:
    product: Product = field("What to offer.")
    lift: float = field(
        "Purchases relative to chance, given what was bought: 1 is as likely as of anybody who does not have it."
    )
    probability: float = field(
        "How likely it is, from 0 to 1, that the customer's next purchase, all of that day, holds it. Calibrated every"
        " night on the last 90 days: of products told to be bought with 10 % about one in ten was."
    )
    expected_profit: Decimal = field(
        "probability × what a usual purchase of it earns: the profit of a unit sold, returns taken off, times the"
        " median units."
    )
    reason: str = field("Why, in words.")
