"""What departments and partners write: touchpoints, products, orders, returns and customers, one by one and in bulk."""

from typing import Annotated, TypeAlias

import strawberry
from strawberry import Info

from domain.audit import Did
from domain.database import Tx
from domain.ids import Prefix, parse_id
from domain.orders.updating import order_of_return
from domain.touchpoints import retract
from domain.transfer.kinds import Kind
from domain.transfer.order_calls import record_payment, update_order
from domain.transfer.showing import show_again
from domain.vocabulary import RecordErrorPolicy, Role
from schema.context import Context
from schema.deeds import deed
from schema.fact_inputs import (
    OrderInput,
    OrderRef,
    OrderUpdateInput,
    PaymentInput,
    ProductInput,
    ReturnInput,
    TouchpointInput,
)
from schema.fields import ADMINS, mutation
from schema.inputs import CustomerUpsertInput
from schema.payloads import CustomerPayload, OrderPayload, TouchpointPayload
from schema.records import RecordsPayload, record_one, record_rows
from schema.rows import row_of

WRITERS = frozenset({Role.ADMIN, Role.PARTNER})

_Policy: TypeAlias = Annotated[
    RecordErrorPolicy, strawberry.argument(description="What becomes of the good rows when others are refused.")
]
_MANY = " At most 1,000 a call. Each is recorded, already known, or refused, on its own."
_COUNTED = " How often a partner may name an identity that others told of is limited, as for customerByIdentity."
_GOOD = RecordErrorPolicy.RECORD_GOOD_ROWS

_Context: TypeAlias = Info[Context, None]
_Touchpoint: TypeAlias = Annotated[TouchpointInput, strawberry.argument(description="What passed between us.")]
_Touchpoints: TypeAlias = Annotated[list[TouchpointInput], strawberry.argument(description="The touchpoints.")]
_Products: TypeAlias = Annotated[list[ProductInput], strawberry.argument(description="The products.")]
_Orders: TypeAlias = Annotated[list[OrderInput], strawberry.argument(description="The orders.")]
_Returns: TypeAlias = Annotated[list[ReturnInput], strawberry.argument(description="The returns.")]
_Return: TypeAlias = Annotated[ReturnInput, strawberry.argument(description="What came back.")]
_Order: TypeAlias = Annotated[OrderRef, strawberry.argument(description="Which order.")]
_Update: TypeAlias = Annotated[OrderUpdateInput, strawberry.argument(description="What became of it.")]
_Payment: TypeAlias = Annotated[PaymentInput, strawberry.argument(description="What was paid.")]
_Customer: TypeAlias = Annotated[CustomerUpsertInput, strawberry.argument(description="What is said of the customer.")]
_Customers: TypeAlias = Annotated[list[CustomerUpsertInput], strawberry.argument(description="The customers.")]


@strawberry.type
class RecordingMutation:
    @mutation(
        WRITERS, "Creates the customer, or updates the one that any of the identities already belongs to." + _COUNTED
    )
    async def customer_upsert(self, info: _Context, input: _Customer) -> CustomerPayload:
        return CustomerPayload.of(await record_one(info.context, "customerUpsert", Kind.CUSTOMERS, row_of(input)))

    @mutation(WRITERS, "Creates or updates customers." + _MANY + _COUNTED)
    async def customers_upsert(
        self, info: _Context, input: _Customers, error_policy: _Policy = _GOOD
    ) -> RecordsPayload:
        rows = [row_of(one) for one in input]
        return await record_rows(info.context, "customersUpsert", Kind.CUSTOMERS, rows, error_policy)

    @mutation(WRITERS, "Records what passed between a customer and us. Sent again, it is not recorded twice.")
    async def touchpoint_record(self, info: _Context, input: _Touchpoint) -> TouchpointPayload:
        row = row_of(input)
        return TouchpointPayload.of(await record_one(info.context, "touchpointRecord", Kind.TOUCHPOINTS, row))

    @mutation(WRITERS, "Records touchpoints." + _MANY)
    async def touchpoints_record(
        self, info: _Context, input: _Touchpoints, error_policy: _Policy = _GOOD
    ) -> RecordsPayload:
        rows = [row_of(one) for one in input]
        return await record_rows(info.context, "touchpointsRecord", Kind.TOUCHPOINTS, rows, error_policy)

    @mutation(
        WRITERS,
        "Takes back a touchpoint that was recorded by mistake, with what it taught. Sent again, it stays away: it is a"
        " DUPLICATE. What an order made goes with it. That a campaign's contact went out, the contact still says: one"
        " that is made of it stands in the place of its source's; taken back, too, it stays away.",
    )
    async def touchpoint_retract(
        self, info: _Context, id: Annotated[strawberry.ID, strawberry.argument(description="Its id.")]
    ) -> TouchpointPayload:
        async def act(tx: Tx) -> Did:
            touchpoint = parse_id(Prefix.TOUCHPOINT, id, "id")
            done = await retract(tx, touchpoint, occasion=info.context.occasion)
            if done.contact is not None:
                await show_again(tx, done.customer, done.contact, occasion=info.context.occasion)
            return done.did

        return TouchpointPayload.of(await deed(info.context, "touchpointRetract", act))

    @mutation(ADMINS, "Creates or updates products." + _MANY)
    async def products_upsert(self, info: _Context, input: _Products, error_policy: _Policy = _GOOD) -> RecordsPayload:
        rows = [row_of(one) for one in input]
        return await record_rows(info.context, "productsUpsert", Kind.PRODUCTS, rows, error_policy)

    @mutation(WRITERS, "Records orders." + _MANY + " An order that is known gets the dates and payments that it lacks.")
    async def orders_record(self, info: _Context, input: _Orders, error_policy: _Policy = _GOOD) -> RecordsPayload:
        rows = [row_of(one) for one in input]
        return await record_rows(info.context, "ordersRecord", Kind.ORDERS, rows, error_policy)

    @mutation(WRITERS, "Records what came back." + _MANY)
    async def returns_record(self, info: _Context, input: _Returns, error_policy: _Policy = _GOOD) -> RecordsPayload:
        rows = [row_of(one) for one in input]
        return await record_rows(info.context, "returnsRecord", Kind.RETURNS, rows, error_policy)

    @mutation(WRITERS, "Records what came back; the payload tells of the order that it was bought with.")
    async def return_record(self, info: _Context, input: _Return) -> OrderPayload:
        row = row_of(input)
        return OrderPayload.of(await record_one(info.context, "returnRecord", Kind.RETURNS, row, shown=order_of_return))

    @mutation(WRITERS, "What became of the order: shipped, delivered, cancelled.")
    async def order_update(self, info: _Context, order: _Order, input: _Update) -> OrderPayload:
        named, changes, occasion = row_of(order), row_of(input), info.context.occasion

        async def act(tx: Tx) -> Did:
            return await update_order(tx, named, changes, occasion=occasion)

        return OrderPayload.of(await deed(info.context, "orderUpdate", act))

    @mutation(WRITERS, "Records money that came in for an order, or went back. Sent again, it is not recorded twice.")
    async def payment_record(self, info: _Context, order: _Order, input: _Payment) -> OrderPayload:
        named, payment, occasion = row_of(order), row_of(input), info.context.occasion

        async def act(tx: Tx) -> Did:
            return await record_payment(tx, named, payment, occasion=occasion)

        return OrderPayload.of(await deed(info.context, "paymentRecord", act))
