"""Orders with their lines, payments and returns."""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import strawberry
from strawberry import ID

from domain.vocabulary import Channel, PaymentMethod, TradingForm
from schema.connection import PAGED, Connection, Node
from schema.fields import argument, field, optional
from schema.filters import DateTimeFilter, DecimalFilter, StringFilter
from schema.products import Product, ProductFilter

if TYPE_CHECKING:
    from schema.campaign_types import Campaign
    from schema.customers import Customer


@strawberry.type(description="One product of an order.")
class OrderLine:
    product: Product = field("What was bought.")
    quantity: int = field("How many.")
    returned_quantity: int = field("How many of them came back.")
    unit_price: Decimal = field("What one cost the customer.")
    unit_cost: Decimal | None = field("As given, or the product's on that day; null where neither is known.")
    total: Decimal = field("quantity times unitPrice.")


@strawberry.type(description="Money that came in for an order, or was paid back.")
class Payment:
    external_id: str = field("Its number at the order's source.")
    method: PaymentMethod = field("What was paid with.")
    amount: Decimal = field("Negative when paid back.")
    paid_at: datetime = field("When it was paid.")


@strawberry.type(description="One product of a return.")
class ReturnLine:
    product: Product = field("What came back.")
    quantity: int = field("How many.")


@strawberry.type(description="Goods that came back.")
class Return:
    external_id: str = field("Its number at its source.")
    returned_at: datetime = field("When they came back.")
    refund: Decimal = field("What was paid back.")
    reason: str | None = field("Why, as far as it was said.")
    lines: list[ReturnLine] = field("What came back.")


@strawberry.type(description="What a customer bought at one time.")
class Order(Node):
    customer: Annotated["Customer", strawberry.lazy("schema.customers")] = field("Who bought.")
    source: str = field("The system that recorded it.")
    external_id: str = field("Its number at the source: the pair is recorded once, however often it is sent.")
    ordered_at: datetime = field("When it was ordered.")
    channel: Channel = field("How it was ordered.")
    trading_form: TradingForm = field("The form of trade.")
    handled_by: str | None = field("Who dealt with it; null where it was computerised.")
    currency: str = field(
        "The currency that it was paid in (ISO 4217); amounts are in the base currency, converted at exchangeRate."
    )
    exchange_rate: Decimal = field("Base currency for one of the order's.")
    lines: list[OrderLine] = field("At most 1,000.")
    discount: Decimal = field("Taken off the whole order.")
    shipping: Decimal = field("What the customer paid for delivery.")
    total: Decimal = field("Lines less discount, with shipping, net of tax, before returns.")
    total_in_currency: Decimal = field("total in the currency that it was paid in.")
    returned: Decimal = field("What was paid back for returns.")
    profit: Decimal = field("total - returned - cost of goods, before the cost of serving.")
    payments: list[Payment] = field("What was paid, the earliest first.")
    returns: list[Return] = field("What came back, the earliest first.")
    due_at: datetime | None = field("When it is to be paid.")
    paid_at: datetime | None = field("When the last of it was paid; null while something is outstanding.")
    promised_at: datetime | None = field("When delivery was promised.")
    shipped_at: datetime | None = field("When it left.")
    delivered_at: datetime | None = field("When it arrived.")
    cancelled_at: datetime | None = field("A cancelled order counts in no figure.")
    offer_codes: list[str] = field("Codes of offers that the customer used.")
    campaign: Annotated["Campaign", strawberry.lazy("schema.campaign_types")] | None = field(
        "The campaign that it came of."
    )


@strawberry.input(description="Which orders. All that is given must hold.")
class OrderFilter:
    ordered_at: DateTimeFilter | None = optional("When it was ordered.")
    source: StringFilter | None = optional("The system that recorded it.")
    channel: list[Channel] | None = optional("Ordered by one of these.")
    trading_form: list[TradingForm] | None = optional("By one of these forms of trade.")
    payment_method: list[PaymentMethod] | None = optional("Paid, at least in part, with one of these.")
    handled_by: StringFilter | None = optional("Who dealt with it.")
    total: DecimalFilter | None = optional("In the base currency.")
    discount: DecimalFilter | None = optional("In the base currency.")
    offer_code: StringFilter | None = optional("At least one of its offers' codes.")
    product: ProductFilter | None = optional("At least one of its products.")
    due_at: DateTimeFilter | None = optional("When it is to be paid.")
    paid_at: DateTimeFilter | None = optional("When the last of it was paid.")
    delivered_at: DateTimeFilter | None = optional("When it arrived.")
    late: bool | None = optional("Delivered, or still not, after it was promised.")
    cancelled: bool | None = optional("Left out: only orders that stand.")
    campaign: ID | None = optional("The campaign that it came of.")


@strawberry.type
class OrderQuery:
    order: Order | None = field(
        "One order, by its id or by its number at its source.",
        argument("id", ID | None, "Its id."),
        argument("source", str | None, "The system that recorded it, together with externalId."),
        argument("externalId", str | None, "Its number there."),
    )
    orders: Connection[Order] = field(
        "Orders of all customers, newest first.", *PAGED, argument("where", OrderFilter | None, "Which orders.")
    )
