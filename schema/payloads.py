"""What deeds on customers, touchpoints and orders answer: the subject as it is now, or why nothing was done."""

from uuid import UUID

import strawberry
from strawberry import Info

from schema.context import Context
from schema.customers import Customer
from schema.deeds import Done, read_below
from schema.errors import UserError
from schema.fields import below, field
from schema.orders import Order
from schema.touchpoints import Touchpoint

_ERRORS = "Why nothing was done; empty where all is well."


@strawberry.type(description="The customer as they are now, or why nothing was done.")
class CustomerPayload:
    key: strawberry.Private[UUID | None]
    errors: list[UserError] = field(_ERRORS)

    @below("The customer; null where nothing was done.")
    async def customer(self, info: Info[Context, None]) -> Customer | None:
        return await read_below(info, Customer, self.key)

    @staticmethod
    def of(done: Done) -> "CustomerPayload":
        return CustomerPayload(key=done.key, errors=done.errors)


@strawberry.type(description="The touchpoint, or why nothing was done.")
class TouchpointPayload:
    key: strawberry.Private[UUID | None]
    errors: list[UserError] = field(_ERRORS)

    @below(
        "The touchpoint, of a duplicate the one that was there before; null where nothing was done or it is taken back."
    )
    async def touchpoint(self, info: Info[Context, None]) -> Touchpoint | None:
        return await read_below(info, Touchpoint, self.key)

    @staticmethod
    def of(done: Done) -> "TouchpointPayload":
        return TouchpointPayload(key=done.key, errors=done.errors)


@strawberry.type(description="The order as it is now, or why nothing was done.")
class OrderPayload:
    key: strawberry.Private[UUID | None]
    errors: list[UserError] = field(_ERRORS)

    @below("The order; null where nothing was done.")
    async def order(self, info: Info[Context, None]) -> Order | None:
        return await read_below(info, Order, self.key)

    @staticmethod
    def of(done: Done) -> "OrderPayload":
        return OrderPayload(key=done.key, errors=done.errors)
