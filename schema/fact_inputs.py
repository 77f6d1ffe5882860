"""What happened, as it is sent to be recorded: touchpoints, products, orders, payments and returns."""

from datetime import datetime
from decimal import Decimal

import strawberry
from strawberry import ID

from domain.vocabulary import (
    BusinessFunction,
    Channel,
    Direction,
    PaymentMethod,
    ProductKind,
    TouchpointKind,
    TradingForm,
)
from schema.fields import field, optional
from schema.inputs import CustomerRef, LearntInput
from schema.scalars import JSON

_SOURCE = "The system that sends it. A partner records for its own source only; campaigns is no system's name."


@strawberry.input(description="Something that passed between a customer and us.")
class TouchpointInput:
    customer: CustomerRef = field("Whom it was with.")
    channel: Channel = field("How it came about.")
    kind: TouchpointKind = field("What happened.")
    function: BusinessFunction | None = optional("The department whose work it was; left out: the usual one.")
    direction: Direction | None = optional("Who reached out; left out: the usual one.")
    occurred_at: datetime = field("When it happened.")
    source: str = field(_SOURCE)
    external_id: str | None = optional(
        "Its id at the source: sent again it is not recorded twice. Left out: all that is said of it tells it apart."
    )
    subject: str | None = optional("What it was about.")
    campaign: ID | None = optional("The campaign that it belongs to.")
    contact: ID | None = optional(
        "Not taken yet: the contact that it belongs to or answers is found by the campaign and the time."
    )
    order_external_id: str | None = optional("The order that it belongs to: its id at the same source.")
    sku: str | None = optional("The product that it was about.")
    case_number: str | None = optional(
        "The number of the service case at the source: what opens it, touches it and resolves it shares it."
    )
    handled_by: str | None = optional("The member of staff, team, dealer or partner who dealt with it.")
    competitor: str | None = optional("The competitor that was spoken of.")
    cost: Decimal | None = optional("What serving it cost, in the base currency; left out: from the rate card.")
    duration_seconds: int | None = optional("How long it took.")
    satisfaction: int | None = optional("How content the customer was, 0 to 10.")
    recommend_score: int | None = optional("How likely the customer is to recommend us, 0 to 10.")
    properties: JSON | None = optional("Whatever else is to be kept, by name.")
    learnt: LearntInput | None = optional("What the customer let be known.")


@strawberry.input(
    description="A good or a service. Of an existing product, a field that is left out stays as it is. Lines that were"
    " sold keep the price and cost of their day."
)
class ProductInput:
    sku: str = field("Its number in the catalogue.")
    name: str | None = optional("What it is called; a new product needs one.")
    kind: ProductKind | None = optional("A good or a service; left out of a new product: a good.")
    category: str | None = optional("The department or group that it belongs to.")
    supplier: str | None = optional("Who makes or delivers it.")
    price: Decimal | None = optional("What one costs today, in the base currency.")
    unit_cost: Decimal | None = optional("What one costs us today, in the base currency.")
    attributes: JSON | None = optional("Whatever else is said of it, by name.")
    discontinued_at: datetime | None = optional("No longer sold from then on; null: sold again.")


@strawberry.input(description="One product of an order.")
class OrderLineInput:
    sku: str = field("The product's number in the catalogue.")
    quantity: int = field("How many: at least 1.")
    unit_price: Decimal = field("What one was sold for, in the order's currency.")
    unit_cost: Decimal | None = optional("What one cost us; left out: the product's cost on that day.")


@strawberry.input(description="Money that came in for an order, or went back.")
class PaymentInput:
    external_id: str = field("Its id at the order's source: sent again it is not recorded twice.")
    method: PaymentMethod = field("What it was paid with.")
    amount: Decimal = field("In the order's currency; negative when paid back.")
    paid_at: datetime = field("When it was paid.")


@strawberry.input(
    description="Something that was bought. Amounts are in the order's currency; exchangeRate is the base currency for"
    " one of it."
)
class OrderInput:
    customer: CustomerRef = field("Who bought.")
    source: str = field(_SOURCE)
    external_id: str = field("Its id at the source: sent again it is not recorded twice.")
    ordered_at: datetime = field("When it was ordered.")
    channel: Channel = field("How it came about.")
    trading_form: TradingForm | None = optional("The form of trade; left out: the usual one of the channel.")
    handled_by: str | None = optional("The member of staff, team, dealer or partner who dealt with it.")
    currency: str | None = optional("ISO 4217, such as GBP; left out: the base currency.")
    exchange_rate: Decimal | None = optional(
        "Base currency for one of the order's; needed where that is another currency."
    )
    lines: list[OrderLineInput] = field("What was bought: at least one line, at most 1,000.")
    discount: Decimal | None = optional("What was taken off the lines together.")
    shipping: Decimal | None = optional("What was charged for sending it.")
    payments: list[PaymentInput] | None = optional("What was paid so far.")
    due_at: datetime | None = optional("When it has to be paid.")
    paid_at: datetime | None = optional("Paid in full, where single payments are not told.")
    promised_at: datetime | None = optional("When delivery was promised for.")
    shipped_at: datetime | None = optional("When it was sent.")
    delivered_at: datetime | None = optional("When it arrived.")
    cancelled_at: datetime | None = optional("When it was called off: it then counts in no figure.")
    offer_codes: list[str] | None = optional("Codes of offers that the customer used.")
    campaign: ID | None = optional("The campaign that it came from.")


@strawberry.input(description="What a record is called at the system that sent it.")
class ExternalRef:
    source: str = field("The system.")
    external_id: str = field("Its id there.")


@strawberry.input(one_of=True, description="Names an order, by its id or by its id at the system that sent it.")
class OrderRef:
    id: ID | None = optional("Its id.")
    external: ExternalRef | None = optional("Its id at the system that sent it.")


@strawberry.input(
    description="What became of an order. A field that is left out stays as it is; a field that is null is cleared."
)
class OrderUpdateInput:
    due_at: datetime | None = optional("When it has to be paid.")
    promised_at: datetime | None = optional("When delivery was promised for.")
    shipped_at: datetime | None = optional("When it was sent.")
    delivered_at: datetime | None = optional("When it arrived.")
    cancelled_at: datetime | None = optional("When it was called off: it then counts in no figure.")


@strawberry.input(description="One product of a return.")
class ReturnLineInput:
    sku: str = field("The product's number in the catalogue.")
    quantity: int = field("How many came back: at least 1.")
    unit_amount: Decimal | None = optional("What was paid back for one; left out: what was paid.")


@strawberry.input(
    description="Something that came back. It names its order, or its customer: then the lines are matched with that"
    " customer's latest earlier orders."
)
class ReturnInput:
    source: str = field(_SOURCE)
    external_id: str = field("Its id at the source: sent again it is not recorded twice.")
    order_external_id: str | None = optional("The order that it came back from: its id at the same source.")
    customer: CustomerRef | None = optional("Who brought it back, where the order is not known.")
    returned_at: datetime = field("When it came back.")
    reason: str | None = optional("Why.")
    refund: Decimal | None = optional("What was paid back in all; left out: the price of the lines.")
    lines: list[ReturnLineInput] = field("What came back: at least one line.")
