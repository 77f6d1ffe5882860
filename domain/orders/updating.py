"""Deeds on one order: what became of it, and what was paid for it. Its customer is locked first."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Final
from uuid import UUID

import asyncpg

from domain import customers, portfolio
from domain.audit import Did
from domain.clock import told
from domain.database import Tx
from domain.errors import ErrorCode, Fault, Refused
from domain.ids import Prefix, to_public
from domain.orders.again import turn
from domain.orders.rematching import match_again
from domain.orders.rules import CAME_BACK, DATES, wrong_change
from domain.sqlfile import statements
from domain.staged import Batch, Moved

_FOLDER = Path(__file__).parent / "sql"
_SQL, _RECORD = _FOLDER / "update.sql", _FOLDER / "record.sql"
_ERASED: Final = Fault(ErrorCode.ERASED, "names an order of a customer who was erased", ("order",))
_NONE: Final = Fault.not_found("names no order", "order")


@dataclass(frozen=True, slots=True)
class Payment:
    """Money that came in for an order, or went back: in the base currency."""

    external_id: str
    method: str
    amount: Decimal
    paid_at: datetime


async def found(tx: Tx, *, id_: UUID | None, claim: UUID | None, source: str | None) -> "asyncpg.Record":
    """The order by its id or its claim, locked with its customer; of a partner's `source` alone, if there is one.

    Raises Refused where there is none, Moved where its customer was merged in between.
    """
    texts = statements(_SQL)
    named = await (tx.fetchrow(texts["by_id"], id_, source) if claim is None else tx.fetchrow(texts["by_claim"], claim))
    if named is None:
        raise Refused(_NONE)
    owner = await tx.fetchrow(texts["lock"], named["customer_id"])
    order = await tx.fetchrow(texts["order"], named["customer_id"], named["order_id"])
    if owner is None or owner["merged_into"] is not None or order is None:
        raise Moved
    if owner["erased_at"] is not None:
        raise Refused(_ERASED)
    return order


async def update(batch: Batch, order: "asyncpg.Record", changes: Mapping[str, datetime | None]) -> Did:
    """Sets the dates that are given, by the contract's names; cancelled, an order counts in nothing any more."""
    before = {name: order[column] for name, column in DATES.items()}
    after = {**before, **changes}
    _check(order, before, after, changes, batch)
    if after == before:
        return _did(order, {}, {})
    await _run(batch, "update", order["customer_id"], order["order_id"], *after.values())
    if (before["cancelledAt"] is None) != (after["cancelledAt"] is None):
        await portfolio.open_months(batch)
        sign = 1 if after["cancelledAt"] is None else -1
        await _run(batch, "turned", order["customer_id"], order["order_id"], sign)
        await turn(batch)
        await portfolio.add_months(batch)
        await match_again(batch, [order["customer_id"]])
    await _marked(batch, order)
    differing = [name for name in DATES if after[name] != before[name]]
    return _did(order, {name: _said(before[name]) for name in differing}, {n: _said(after[n]) for n in differing})


async def pay(batch: Batch, order: "asyncpg.Record", payment: Payment) -> Did:
    """Adds a payment; the same again changes nothing, another one under its id is refused."""
    key = order["customer_id"], order["order_id"]
    known = await batch.tx.fetchrow(statements(_SQL)["payment"], *key, payment.external_id)
    if known is not None:
        _same(known, payment)
        return _did(order, {}, {})
    about = payment.external_id, order["recorded_for"], payment.method, payment.amount, payment.paid_at
    await _run(batch, "pay", *key, *about)
    await _run(batch, "paid_order", *key)
    await batch.run(_RECORD, "paid")
    await _marked(batch, order)
    figures = {"method": payment.method, "amount": str(payment.amount), "paidAt": told(payment.paid_at)}
    return _did(order, {}, {"payment": {"externalId": payment.external_id} | figures})


async def order_of_return(tx: Tx, return_id: UUID) -> UUID | None:
    """The order that the first of what came back was bought with; None where that is not known."""
    order: UUID | None = await tx.fetchval(statements(_SQL)["of_return"], return_id)
    return order


def _check(
    order: "asyncpg.Record",
    before: Mapping[str, datetime | None],
    after: Mapping[str, datetime | None],
    changes: Mapping[str, object],
    batch: Batch,
) -> None:
    wrong = wrong_change({"orderedAt": order["ordered_at"], **after}, changes, batch.settings.zone)
    if wrong is not None:
        raise Refused(Fault.invalid(wrong[1], "input", wrong[0]))
    if order["came_back"] and before["cancelledAt"] is None and after["cancelledAt"] is not None:
        raise Refused(Fault(ErrorCode.IN_WRONG_STATE, CAME_BACK, ("input", "cancelledAt")))


def _same(known: "asyncpg.Record", payment: Payment) -> None:
    fields = {"amount": payment.amount, "method": payment.method, "paid_at": payment.paid_at}
    for name, value in fields.items():
        if known[name] != value:
            message = "differs from the payment that is recorded under this externalId"
            raise Refused(Fault(ErrorCode.CONFLICT, message, ("input", "paidAt" if name == "paid_at" else name)))


async def _run(batch: Batch, name: str, *values: object) -> None:
    await batch.run(_SQL, name, *values)


async def _marked(batch: Batch, order: "asyncpg.Record") -> None:
    await _run(batch, "marked", order["customer_id"])
    await customers.mark(batch)
    await batch.tidy()


def _said(moment: datetime | None) -> str | None:
    return None if moment is None else told(moment)


def _did(order: "asyncpg.Record", before: Mapping[str, object], after: Mapping[str, object]) -> Did:
    subject = to_public(Prefix.ORDER, order["order_id"])
    return Did(key=order["order_id"], subject=subject, customer=order["customer_id"], before=before, after=after)
