"""What each kind's import is made of: its input, its staging tables, how rows are grouped, what records a batch."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import cast

from domain import customers, orders, touchpoints
from domain.segments.commands_importing import record_members
from domain.staged import Batch, Outcome
from domain.transfer.customers import CustomerStaging
from domain.transfer.inputs import (
    CustomerUpsertInput,
    Input,
    MemberInput,
    OrderInput,
    ProductInput,
    ReturnInput,
    TouchpointInput,
)
from domain.transfer.intake import Reader
from domain.transfer.kinds import Kind
from domain.transfer.members import MemberStaging
from domain.transfer.orders import OrderStaging
from domain.transfer.products import ProductStaging
from domain.transfer.returns import ReturnStaging
from domain.transfer.stage import Ground, Row
from domain.transfer.touchpoints import TouchpointStaging
from domain.transfer.windows import Windows

Steps = tuple[str, tuple[str, ...]]
_NONE: Steps = ("", ())


@dataclass(frozen=True, slots=True)
class Way:
    """`table` holds units, `lines` what they consist of (None: nothing); `dated` is the column of their time."""

    table: str
    lines: str | None
    dated: str | None
    reader: Callable[[Ground, bool], Reader[Input]]
    record: Callable[[Batch], Awaitable[Outcome]]
    # Whose rows are parted by whom they name, into batches that are recorded side by side, where a kind's can be.
    windowed: Callable[[Ground, Windows], Reader[Input]] | None = None
    # Without staging tables, where a kind has such a way: rows as its Staging makes them.
    at_once: Callable[[Batch, list[Row]], Awaitable[Outcome]] | None = None
    # The statements that make the temporary tables which a session keeps for calls, where a kind has such a way.
    kept: Callable[[str], tuple[str, ...]] | None = None
    raw: tuple[str, ...] = ()
    grouping: Steps = _NONE
    numbering: Steps | None = None

    def tables(self, apart: bool) -> tuple[str, ...]:
        own = (self.table,) if self.lines is None else (self.table, self.lines)
        return (*own, *self.raw, "bad", "fault") if apart else own

    def busiest(self, apart: bool) -> str:
        """The table that fills fastest."""
        return self.raw[-1] if apart else self.lines or self.table


def _orders(ground: Ground, apart: bool) -> Reader[Input]:
    return cast("Reader[Input]", Reader(OrderInput, OrderStaging(ground, one_row_a_line=apart), ground.caller.source))


def _products(ground: Ground, apart: bool) -> Reader[Input]:
    return cast(
        "Reader[Input]", Reader(ProductInput, ProductStaging(ground, one_row_a_line=apart), ground.caller.source)
    )


def _customers(ground: Ground, apart: bool) -> Reader[Input]:
    return cast(
        "Reader[Input]",
        Reader(CustomerUpsertInput, CustomerStaging(ground, one_row_a_line=apart), ground.caller.source),
    )


def _returns(ground: Ground, apart: bool) -> Reader[Input]:
    return cast("Reader[Input]", Reader(ReturnInput, ReturnStaging(ground, one_row_a_line=apart), ground.caller.source))


def _touchpoints(ground: Ground, apart: bool) -> Reader[Input]:
    return cast(
        "Reader[Input]", Reader(TouchpointInput, TouchpointStaging(ground, one_row_a_line=apart), ground.caller.source)
    )


def _touchpoints_in(ground: Ground, windows: Windows) -> Reader[Input]:
    staging = TouchpointStaging(ground, one_row_a_line=False, windows=windows)
    return cast("Reader[Input]", Reader(TouchpointInput, staging, ground.caller.source))


def _members(ground: Ground, apart: bool) -> Reader[Input]:
    return cast("Reader[Input]", Reader(MemberInput, MemberStaging(ground, one_row_a_line=apart)))


_ORDER_STEPS = ("index", "disagree", "disagreeing", "too_many", "with_too_many", "others", "orders", "number", "lines")
_RETURN_STEPS = (*_ORDER_STEPS[:6], "returns", "lines")

WAYS: dict[Kind, Way] = {
    Kind.PRODUCTS: Way(table="product", lines=None, dated=None, reader=_products, record=orders.record_products),
    Kind.ORDERS: Way(
        table="order",
        lines="line",
        dated="ordered_at",
        reader=_orders,
        record=orders.record_orders,
        kept=orders.kept_tables,
        raw=("head", "row"),
        grouping=("group_orders", _ORDER_STEPS),
    ),
    Kind.RETURNS: Way(
        table="return",
        lines="return_line",
        dated="returned_at",
        reader=_returns,
        record=orders.record_returns,
        raw=("return_head", "return_row"),
        grouping=("group_returns", _RETURN_STEPS),
        numbering=("group_returns", ("number", "number_lines")),
    ),
    Kind.TOUCHPOINTS: Way(
        table="touchpoint",
        lines=None,
        dated="occurred_at",
        reader=_touchpoints,
        record=touchpoints.record_touchpoints,
        windowed=_touchpoints_in,
        at_once=touchpoints.record_rows,
    ),
    Kind.CUSTOMERS: Way(
        table="customer",
        lines=None,
        dated=None,
        reader=_customers,
        record=customers.record_customers,
        at_once=customers.upsert_rows,
    ),
    Kind.MEMBERS: Way(table="member", lines=None, dated=None, reader=_members, record=record_members),
}
