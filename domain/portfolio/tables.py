"""What is stored of earnings: customer_month, kept up by the statements that change the facts."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlmodel import SQLModel

from domain import columns
from domain.vocabulary import Channel


class CustomerMonth(SQLModel, table=True):
    """One customer's month (in the organization's time zone) by channel and category.

    Category '' holds what is of no category: shipping, touches, contacts, their costs, and lines without a category.
    Revenue, returns and costs are exact when summed over all rows. `orders` counts an order once, on its '' row;
    `category_orders` counts the orders that hold the category.
    """

    __tablename__ = "customer_month"
    __table_args__ = (columns.one_of("channel", Channel, "customer_month"), columns.distributed())

    customer_id: UUID = columns.uuid(key=True)
    month: date = columns.day(key=True)
    channel: str = columns.words(key=True, personal=False)
    category: str = columns.words(key=True, personal=False)
    orders: int = columns.whole(default="0")
    category_orders: int = columns.whole(default="0")
    units: int = columns.big(default="0")
    returned_units: int = columns.big(default="0")
    # Of orders by ordered_at, of returns by returned_at, of touchpoints by occurred_at.
    revenue: Decimal = columns.money(default="0")
    known_revenue: Decimal = columns.money(default="0")
    returns: Decimal = columns.money(default="0")
    # Net of the unit cost of returned units.
    cost_of_goods: Decimal = columns.money(default="0")
    touches: int = columns.whole(default="0")
    contacts: int = columns.whole(default="0")
    cost_to_serve: Decimal = columns.money(default="0")
    marketing_cost: Decimal = columns.money(default="0")
