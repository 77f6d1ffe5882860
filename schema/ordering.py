"""What becomes of one order: its dates, its payments, and what comes back of it."""

from dataclasses import replace
from typing import Annotated, TypeAlias

import strawberry
from strawberry import Info

from domain.audit import Did
from domain.database import Tx
from domain.orders.updating import order_of_return
from domain.transfer.kinds import Kind
from domain.transfer.order_calls import record_payment, update_order
from schema.context import Context
from schema.deeds import deed
from schema.fact_inputs import OrderRef, OrderUpdateInput, PaymentInput, ReturnInput
from schema.fields import mutation
from schema.payloads import OrderPayload
from schema.recording import WRITERS
from schema.records import record_one
from schema.rows import row_of

_Order: TypeAlias = Annotated[OrderRef, strawberry.argument(description="Which order.")]
_Update: TypeAlias = Annotated[OrderUpdateInput, strawberry.argument(description="What became of it.")]
_Payment: TypeAlias = Annotated[PaymentInput, strawberry.argument(description="What was paid, or paid back.")]
_Return: TypeAlias = Annotated[ReturnInput, strawberry.argument(description="What came back.")]


@strawberry.type
class OrderMutation:
    @mutation(WRITERS, "What became of the order: shipped, delivered, cancelled.")
    async def order_update(self, info: Info[Context, None], order: _Order, input: _Update) -> OrderPayload:
        context, ref, changes = info.context, row_of(order), row_of(input)

        async def act(tx: Tx) -> Did:
            return await update_order(tx, ref, changes, occasion=context.occasion)

        return OrderPayload.of(await deed(context, "orderUpdate", act))

    @mutation(
        WRITERS,
        "Records money that came in for an order, or was paid back where the amount is below 0. Sent again, it is not"
        " recorded twice.",
    )
    async def payment_record(self, info: Info[Context, None], order: _Order, input: _Payment) -> OrderPayload:
        context, ref, payment = info.context, row_of(order), row_of(input)

        async def act(tx: Tx) -> Did:
            return await record_payment(tx, ref, payment, occasion=context.occasion)

        return OrderPayload.of(await deed(context, "paymentRecord", act))

    @mutation(WRITERS, "Records what came back; its order is answered, null where it is not known.")
    async def return_record(self, info: Info[Context, None], input: _Return) -> OrderPayload:
        done = await record_one(info.context, "returnRecord", Kind.RETURNS, row_of(input))
        order = None if done.key is None else await order_of_return(info.context.deeds.tx, done.key)
        return OrderPayload.of(replace(done, key=order))
