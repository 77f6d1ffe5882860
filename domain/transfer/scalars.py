"""Values at the door: exact amounts within the limits of the contract, moments that a calendar has, clean text."""

import re
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Context, Decimal, InvalidOperation

from domain.errors import ErrorCode

_PLAIN = re.compile(r"-?\d{1,14}(?:\.\d{1,6})?")
is_plain = re.compile(r"\d{1,14}(?:\.\d{1,6})?").fullmatch
"""Whether a text is an amount of at least 0 in plain digits, within the limits."""
_MICRO = Decimal("0.000001")
_EXACT = Context(prec=40, rounding=ROUND_HALF_EVEN)
MOST = Decimal(10) ** 14
FIRST_YEAR, LAST_YEAR = 1900, 2199
AHEAD = timedelta(days=1)
"""How far clocks and time zones may be off: what is said to have been so later than that has not been so yet."""


class Cell(str):
    """A text out of a CSV that is to be read as the type that its attribute was declared with."""

    __slots__ = ()


class Unfit(Exception):
    """One value that cannot be taken: where it stands, and why, with the remedy and without the value."""

    def __init__(self, field: str, reason: str, code: ErrorCode = ErrorCode.INVALID) -> None:
        super().__init__(f"{field} {reason}")
        self.field, self.reason, self.code = field, reason, code


def steps(field: str) -> tuple[str, ...]:
    """The path of a field such as lines.0.sku; what an attribute is called is one step, whatever dots are in it."""
    if not field:
        return ()
    head, attributes, name = field.partition("attributes.")
    if not attributes:
        return tuple(field.split("."))
    return tuple(part for part in (*head.split("."), "attributes", name) if part)


def plain(amount: Decimal, field: str) -> str:
    """The amount in digits, at least 0. Raises Unfit beyond 14 integer or 6 fraction digits."""
    if is_plain(text := str(amount)):
        return text
    text = signed(amount, field)
    if text[0] == "-":
        raise Unfit(field, "is below 0", ErrorCode.OUT_OF_RANGE)
    return text


def signed(amount: Decimal, field: str) -> str:
    text = str(amount)
    if _PLAIN.fullmatch(text):
        return text if text != "-0" else "0"
    try:
        exact = amount.quantize(_MICRO, context=_EXACT)
        fits = exact == amount and abs(exact) < MOST
    except InvalidOperation:
        fits = False
    if not fits:
        raise Unfit(field, "has more than 14 integer or 6 fraction digits, or is no number", ErrorCode.OUT_OF_RANGE)
    return str(exact + 0)


def converted(text: str, rate: Decimal, field: str) -> str:
    """The amount in the base currency, half to even at 6 places."""
    amount = _EXACT.multiply(Decimal(text), rate).quantize(_MICRO, context=_EXACT)
    if abs(amount) >= MOST:
        raise Unfit(field, "has more than 14 integer digits in the base currency", ErrorCode.OUT_OF_RANGE)
    return str(amount)


def product_of(text: str, quantity: int) -> Decimal:
    return _EXACT.multiply(Decimal(text), quantity)


def dated(moment: datetime, field: str) -> datetime:
    """The moment in UTC: offsets that a calendar knows are more than those that Postgres reads."""
    if FIRST_YEAR <= moment.year <= LAST_YEAR:
        return moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    raise Unfit(field, f"lies outside the years {FIRST_YEAR} to {LAST_YEAR}", ErrorCode.OUT_OF_RANGE)


def not_ahead(moment: datetime, now: datetime, field: str) -> datetime:
    """When something was so. Raises Unfit for years that no fact is of, and for more than a day ahead of now."""
    moment = dated(moment, field)
    if moment - now > AHEAD:
        raise Unfit(field, "lies in the future: say when it was so", ErrorCode.OUT_OF_RANGE)
    return moment
