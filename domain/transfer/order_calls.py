"""Calls on one order: what became of it, and what was paid for it, as the contract gives them."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import TypeVar
from uuid import UUID

import asyncpg
from msgspec import UNSET

from domain.audit import Did
from domain.database import Tx
from domain.deployment import claim_key
from domain.errors import ErrorCode, Fault, Refused
from domain.ids import Prefix
from domain.orders import updating
from domain.orders.rules import DATES
from domain.query.asking import Occasion
from domain.settings import Settings
from domain.staged import Batch
from domain.transfer.decoding import Decoder
from domain.transfer.inputs import Input, OrderRef, OrderUpdateInput, PaymentInput
from domain.transfer.orders import moment_of
from domain.transfer.refs import parsed
from domain.transfer.scalars import Unfit, converted, not_ahead, signed

Given = Mapping[str, object]
I = TypeVar("I", bound=Input)  # noqa: E741


async def update_order(tx: Tx, order: Given, given: Given, *, occasion: Occasion) -> Did:
    """orderUpdate: sets the dates that are given, null clears. Raises Refused or Moved."""
    try:
        read = Decoder(OrderUpdateInput).mapping(given)
        changes: dict[str, datetime | None] = {}
        for name, column in DATES.items():
            moment = getattr(read, column)
            if moment is not UNSET:
                changes[name] = moment if moment is None else moment_of(moment, name, occasion.now)
    except Unfit as unfit:
        raise _refused(unfit, "input") from unfit
    stored = await _order(tx, order, occasion)
    return await updating.update(await _batch(tx, occasion), stored, changes)


async def record_payment(tx: Tx, order: Given, given: Given, *, occasion: Occasion) -> Did:
    """paymentRecord: in the order's currency, paid back where negative. Raises Refused or Moved."""
    try:
        read = Decoder(PaymentInput).mapping(given)
        amount, paid_at = signed(read.amount, "amount"), not_ahead(read.paid_at, occasion.now, "paidAt")
    except Unfit as unfit:
        raise _refused(unfit, "input") from unfit
    stored = await _order(tx, order, occasion)
    batch = await _batch(tx, occasion)
    try:
        in_base = stored["currency"] == batch.settings.base_currency
        exact = amount if in_base else converted(amount, stored["exchange_rate"], "amount")
    except Unfit as unfit:
        raise _refused(unfit, "input") from unfit
    payment = updating.Payment(read.external_id, read.method, Decimal(exact), paid_at)
    try:
        return await updating.pay(batch, stored, payment)
    except asyncpg.NumericValueOutOfRangeError as error:
        message = "comes with the other payments to more than 14 integer digits"
        raise Refused(Fault(ErrorCode.OUT_OF_RANGE, message, ("input", "amount"))) from error


async def _order(tx: Tx, order: Given, occasion: Occasion) -> "asyncpg.Record":
    try:
        ref = Decoder(OrderRef).mapping(order)
        if (ref.id is None) == (ref.external is None):
            raise Unfit("", "is named by id or by external: give one of them")
        id_ = None if ref.id is None else parsed(Prefix.ORDER, ref.id, "id")
    except Unfit as unfit:
        raise _refused(unfit, "order") from unfit
    source, claim = occasion.principal.source, None
    if ref.external is not None:
        if source not in (None, ref.external.source):
            raise Refused(Fault.not_found("names no order", "order"))
        claim = UUID(bytes=claim_key(occasion.keys.claims, ref.external.source, ref.external.external_id))
    return await updating.found(tx, id_=id_, claim=claim, source=source)


async def _batch(tx: Tx, occasion: Occasion) -> Batch:
    return Batch(tx, "", 0, await Settings.load(tx), occasion.now, occasion.principal, occasion.keys.tombstones)


def _refused(unfit: Unfit, *place: str) -> Refused:
    return Refused(Fault(unfit.code, unfit.reason, (*place, *(unfit.field.split(".") if unfit.field else ()))))
