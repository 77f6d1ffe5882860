"""A group of customers, as figures of the portfolio are told of it."""

import strawberry

from schema.fields import field
from schema.scalars import JSON


@strawberry.type(description="A group of customers that figures are told of.")
class Group:
    key: str = field("Stable: a value of an enum, a segment's key, a product's SKU, a country's code.")
    label: str = field("What people call it.")
    where: JSON = field(
        "Its customers among those of the portfolio, in the shape of a CustomerFilter variable: to list them, to save"
        " them as a segment, or to ask for a portfolio of their own."
    )
