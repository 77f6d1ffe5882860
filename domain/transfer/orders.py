"""Orders on their way into staging: checked, in the base currency, with their claims and ids."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple
from zoneinfo import ZoneInfo

import orjson

from domain.errors import ErrorCode
from domain.ids import Prefix
from domain.orders.rules import impossible_date
from domain.settings.currencies import CURRENCIES
from domain.transfer.inputs import OrderInput, OrderLineInput, PaymentInput
from domain.transfer.kinds import MOST_LINES
from domain.transfer.refs import parsed, who
from domain.transfer.scalars import Unfit, converted, dated, is_plain, not_ahead, plain, product_of, signed
from domain.transfer.stage import Batches, Ground, Row, at_least_one

_MAY_LIE_AHEAD = frozenset({"dueAt", "promisedAt"})


class Money(NamedTuple):
    """The order's currency; `rate` is None where it is the base currency."""

    currency: str
    rate: Decimal | None

    def base(self, amount: Decimal, field: str) -> str:
        text = plain(amount, field)
        return text if self.rate is None else converted(text, self.rate, field)


class OrderStaging:
    """In a CSV the lines wait under their order's claim, until all its rows are in."""

    def __init__(self, ground: Ground, *, one_row_a_line: bool) -> None:
        self._ground = ground
        self._apart = one_row_a_line
        self._batches = Batches()
        self._last: Row | None = None
        self.tables: dict[str, list[Row]] = {"head": [], "row": []} if one_row_a_line else {"order": [], "line": []}

    def add(self, given: OrderInput, line: int) -> None:
        self._ground.check_source(given.source)
        reference = who(given.customer, given.source, self._ground.caller)
        money = _money(given, self._ground.settings.base_currency)
        if not given.lines:
            raise Unfit("lines", "is empty: an order has at least one line", ErrorCode.REQUIRED)
        if len(given.lines) > MOST_LINES:
            raise Unfit("lines", f"are more than {MOST_LINES}", ErrorCode.LIMIT_EXCEEDED)
        lines = _lines(given.lines, money)
        fields = (*reference, given.source, given.external_id, *_fields(given, money, self._ground))
        claim = self._ground.claim(given.source, given.external_id)
        if self._apart:
            self._add_row(claim, line, fields, lines[0], given)
            return
        batch = self._batches.of(len(lines))
        self.tables["order"].append((line, batch, claim, *self._ids(given), *fields))
        self.tables["line"].extend([(line, batch, position, line, *item) for position, item in enumerate(lines)])

    def _add_row(self, claim: object, line: int, fields: Row, item: Row, given: OrderInput) -> None:
        if self._last is None or self._last != (claim, fields):
            self._last = (claim, fields)
            self.tables["head"].append((line, 0, claim, *self._ids(given), *fields))
        self.tables["row"].append((claim, line, *item))

    def _ids(self, given: OrderInput) -> Row:
        ids = self._ground.ids
        return self._ground.purchase(given.source, given.external_id), next(ids), next(ids), next(ids)


def _money(given: OrderInput, base: str) -> Money:
    currency = given.currency or base
    if currency not in CURRENCIES and currency != base:
        raise Unfit("currency", "is no ISO 4217 code such as EUR")
    rate = given.exchange_rate
    if rate is not None and (rate <= 0 if rate.is_finite() else True):
        raise Unfit("exchangeRate", "is not above 0", ErrorCode.OUT_OF_RANGE)
    if currency == base:
        if rate is not None and rate != 1:
            raise Unfit("exchangeRate", "is not 1, though the currency is the base currency: leave it out")
        return Money(currency, None)
    if rate is None:
        raise Unfit("exchangeRate", f"is missing: say how much of the base currency ({base}) one of it is")
    return Money(currency, Decimal(plain(rate, "exchangeRate")))


def _lines(items: list[OrderLineInput], money: Money) -> list[Row]:
    """Most lines are in the base currency and tell no cost: those are staged without further ado."""
    lines: list[Row] = []
    usual = money.rate is None
    for position, item in enumerate(items):
        price = str(item.unit_price)
        if usual and item.unit_cost is None and item.quantity > 0 and is_plain(price):
            lines.append((item.sku, item.quantity, price, None, None))
        else:
            lines.append(_line(item, position, money))
    return lines


def _line(item: OrderLineInput, position: int, money: Money) -> Row:
    try:
        quantity = at_least_one(item.quantity, "quantity")
        price = money.base(item.unit_price, "unitPrice")
        cost = None if item.unit_cost is None else money.base(item.unit_cost, "unitCost")
    except Unfit as fault:
        raise Unfit(f"lines.{position}.{fault.field}", fault.reason, fault.code) from None
    in_currency = None if money.rate is None else str(product_of(plain(item.unit_price, "unitPrice"), quantity))
    return item.sku, quantity, price, cost, in_currency


def _fields(given: OrderInput, money: Money, ground: Ground) -> Row:
    """The order's own columns, in the order of the staging table."""
    discount, shipping = given.discount or Decimal(0), given.shipping or Decimal(0)
    base_discount, base_shipping = money.base(discount, "discount"), money.base(shipping, "shipping")
    dates = (
        ("dueAt", given.due_at),
        ("paidAt", given.paid_at),
        ("promisedAt", given.promised_at),
        ("shippedAt", given.shipped_at),
        ("deliveredAt", given.delivered_at),
        ("cancelledAt", given.cancelled_at),
    )
    told = [moment and moment_of(moment, name, ground.now) for name, moment in dates]
    ordered_at = not_ahead(given.ordered_at, ground.now, "orderedAt")
    if any(moment and moment < ordered_at for moment in told):
        _check_days({"orderedAt": ordered_at, **dict(dates)}, ground.settings.zone)
    return (
        ordered_at,
        given.channel,
        given.trading_form,
        given.handled_by,
        money.currency,
        "1" if money.rate is None else str(money.rate),
        base_discount,
        base_shipping,
        None if money.rate is None else str(shipping - discount),
        *told,
        given.offer_codes,
        None if given.campaign is None else parsed(Prefix.CAMPAIGN, given.campaign, "campaign"),
        _payments(given.payments, money, ground.now),
    )


def moment_of(moment: datetime, name: str, now: datetime) -> datetime:
    """A date of an order: what was promised or is due may lie ahead, what is said to have been may not."""
    return dated(moment, name) if name in _MAY_LIE_AHEAD else not_ahead(moment, now, name)


def _check_days(dates: Mapping[str, datetime | None], zone: ZoneInfo) -> None:
    if (wrong := impossible_date(dates, zone)) is not None:
        raise Unfit(wrong[0], f"lies before {wrong[1]}")


def _payments(payments: list[PaymentInput] | None, money: Money, now: datetime) -> str | None:
    if not payments:
        return None
    if len({payment.external_id for payment in payments}) < len(payments):
        raise Unfit("payments", "name one externalId twice")
    return orjson.dumps([_payment(payment, position, money, now) for position, payment in enumerate(payments)]).decode()


def _payment(payment: PaymentInput, position: int, money: Money, now: datetime) -> dict[str, object]:
    field = f"payments.{position}.amount"
    amount = signed(payment.amount, field)
    return {
        "external_id": payment.external_id,
        "method": payment.method,
        "amount": amount if money.rate is None else converted(amount, money.rate, field),
        "paid_at": not_ahead(payment.paid_at, now, f"payments.{position}.paidAt"),
    }
