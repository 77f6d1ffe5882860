"""What is stored of orders: the order with its sums, lines, payments, returns, and the claims on them."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Index, text
from sqlmodel import SQLModel

from domain import columns
from domain.vocabulary import Channel, PaymentMethod, TradingForm


class CustomerOrder(SQLModel, table=True):
    """Amounts are in the base currency; the sums of lines, payments and returns are kept by what changes them."""

    __tablename__ = "customer_order"
    __table_args__ = (
        columns.one_of("channel", Channel, "customer_order"),
        columns.one_of("trading_form", TradingForm, "customer_order"),
        Index("customer_order_id", "order_id"),
        Index("customer_order_timeline", "ordered_at", "order_id"),
        # Covering: the summary of every customer is read from it alone.
        Index(
            "customer_order_summary",
            "customer_id",
            "ordered_at",
            postgresql_include=["total", "returned", "cost_of_goods", "returned_cost", "discount", "cancelled_at"],
        ),
        # What is owed falls due with the clock: those orders are looked at anew each time.
        Index(
            "customer_order_owed",
            "customer_id",
            postgresql_include=["due_at", "ordered_at", "total", "returned", "paid"],
            postgresql_where=text("due_at IS NOT NULL AND paid_at IS NULL AND cancelled_at IS NULL"),
        ),
        # Where windows of saved rules open and close with the clock.
        *(
            Index(f"customer_order_{name}", name, postgresql_where=text(f"{name} IS NOT NULL"))
            for name in ("due_at", "paid_at", "promised_at", "delivered_at")
        ),
        columns.distributed(),
    )

    customer_id: UUID = columns.uuid(key=True)
    order_id: UUID = columns.uuid(key=True)
    recorded_for: UUID = columns.uuid()
    source: str = columns.words(personal=False)
    external_id: str = columns.words(personal=True)
    ordered_at: datetime = columns.instant()
    recorded_at: datetime = columns.instant()
    channel: str = columns.words(personal=False)
    trading_form: str = columns.words(personal=False)
    handled_by: str | None = columns.words(personal=False, null=True)
    currency: str = columns.words(personal=False)
    exchange_rate: Decimal = columns.money(default="1")
    discount: Decimal = columns.money(default="0")
    shipping: Decimal = columns.money(default="0")
    # Σ quantity·unit price − discount + shipping.
    total: Decimal = columns.money()
    total_in_currency: Decimal = columns.money()
    # Σ quantity·unit cost, with the assumed margin where no unit cost is known.
    cost_of_goods: Decimal = columns.money(default="0")
    # The part of the total whose cost is known, shipping with it: what costCoverage is made of.
    known_revenue: Decimal = columns.money(default="0")
    returned: Decimal = columns.money(default="0")
    returned_cost: Decimal = columns.money(default="0")
    paid: Decimal = columns.money(default="0")
    due_at: datetime | None = columns.instant(null=True)
    # Said to be paid in full, where single payments are not told.
    stated_paid_at: datetime | None = columns.instant(null=True)
    # When the last of it was paid; null while something is outstanding.
    paid_at: datetime | None = columns.instant(null=True)
    promised_at: datetime | None = columns.instant(null=True)
    shipped_at: datetime | None = columns.instant(null=True)
    delivered_at: datetime | None = columns.instant(null=True)
    cancelled_at: datetime | None = columns.instant(null=True)
    offer_codes: list[str] = columns.word_list(personal=False)
    campaign_id: UUID | None = columns.uuid(null=True)


class OrderLine(SQLModel, table=True):
    """One product of an order; a product may stand in several lines."""

    __tablename__ = "order_line"
    __table_args__ = (columns.distributed(),)

    customer_id: UUID = columns.uuid(key=True)
    order_id: UUID = columns.uuid(key=True)
    position: int = columns.small(key=True)
    recorded_for: UUID = columns.uuid()
    product_id: UUID = columns.uuid()
    quantity: int = columns.whole()
    returned_quantity: int = columns.whole(default="0")
    unit_price: Decimal = columns.money()
    # As given, or the product's on that day; null where neither is known.
    unit_cost: Decimal | None = columns.money(null=True)
    cost_given: bool = columns.truth()
    # quantity·unit price, before the order's discount.
    total: Decimal = columns.money()
    # This line's share of the order's discount, by amount.
    discount: Decimal = columns.money(default="0")
    # The product's when the line was recorded, '' where it had none; null in rows of before it was kept.
    category: str | None = columns.words(personal=False, null=True)


class OrderPayment(SQLModel, table=True):
    """Money that came in, or went back where negative."""

    __tablename__ = "order_payment"
    __table_args__ = (columns.one_of("method", PaymentMethod, "order_payment"), columns.distributed())

    customer_id: UUID = columns.uuid(key=True)
    order_id: UUID = columns.uuid(key=True)
    external_id: str = columns.words(key=True, personal=True)
    recorded_for: UUID = columns.uuid()
    method: str = columns.words(personal=False)
    amount: Decimal = columns.money()
    paid_at: datetime = columns.instant()


class OrderReturn(SQLModel, table=True):
    """What came back at one time; its lines say from which orders, where that is known."""

    __tablename__ = "order_return"
    __table_args__ = (
        columns.one_of("channel", Channel, "order_return"),
        Index("order_return_time", "customer_id", "returned_at"),
        Index("order_return_id", "return_id"),
        Index("order_return_returned_at", "returned_at"),
        columns.distributed(),
    )

    customer_id: UUID = columns.uuid(key=True)
    return_id: UUID = columns.uuid(key=True)
    recorded_for: UUID = columns.uuid()
    source: str = columns.words(personal=False)
    external_id: str = columns.words(personal=True)
    returned_at: datetime = columns.instant()
    recorded_at: datetime = columns.instant()
    reason: str | None = columns.words(personal=True, null=True)
    # The order's; of units of no order, the latest order's before it. Null in old rows: then it is found anew.
    channel: str | None = columns.words(personal=False, null=True)
    # Sums over the lines: what was paid back, and the unit cost of what came back.
    refund: Decimal = columns.money()
    returned_cost: Decimal = columns.money(default="0")
    # As it was told, to be matched again: its order, what was paid back in one sum, if only of its source's orders.
    named_order: UUID | None = columns.uuid(null=True)
    told_refund: Decimal | None = columns.money(null=True)
    own_only: bool = columns.truth()
    touchpoint_id: UUID | None = columns.uuid(null=True)


class ReturnLine(SQLModel, table=True):
    """Units of one product that came back out of one order line, or out of none that is known."""

    __tablename__ = "return_line"
    __table_args__ = (Index("return_line_of_order", "customer_id", "order_id"), columns.distributed())

    customer_id: UUID = columns.uuid(key=True)
    return_id: UUID = columns.uuid(key=True)
    position: int = columns.small(key=True)
    recorded_for: UUID = columns.uuid()
    product_id: UUID = columns.uuid()
    # Null for an unmatched return.
    order_id: UUID | None = columns.uuid(null=True)
    order_position: int | None = columns.small(null=True)
    quantity: int = columns.whole()
    refund: Decimal = columns.money()
    returned_cost: Decimal = columns.money(default="0")
    # That of the order's line, else the product's when it came back; null in rows of before it was kept.
    category: str | None = columns.words(personal=False, null=True)
    # Which of the told lines this is a part of, and what was told of a unit. Null: never matched again.
    told_position: int | None = columns.big(null=True)
    told_amount: Decimal | None = columns.money(null=True)


class OrderClaim(SQLModel, table=True):
    """(source, external id) of an order under HMAC: recorded once however often it is sent."""

    __tablename__ = "order_claim"
    __table_args__ = (columns.distributed(by="claim_key"),)

    claim_key: UUID = columns.uuid(key=True)
    customer_id: UUID = columns.uuid()
    order_id: UUID = columns.uuid()
    ordered_at: datetime = columns.instant()


class ReturnClaim(SQLModel, table=True):
    """(source, external id) of a return under HMAC: recorded once however often it is sent."""

    __tablename__ = "return_claim"
    __table_args__ = (columns.distributed(by="claim_key"),)

    claim_key: UUID = columns.uuid(key=True)
    customer_id: UUID = columns.uuid()
    return_id: UUID = columns.uuid()
    returned_at: datetime = columns.instant()
