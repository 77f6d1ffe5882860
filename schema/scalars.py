"""The scalars of the contract, and what is refused at the door: NUL, lone surrogates, what no column could hold."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from math import isfinite
from typing import Any, NewType

import msgspec
from graphql import GraphQLError, GraphQLFloat, GraphQLID, GraphQLScalarType, GraphQLString
from strawberry.types.scalar import ScalarDefinition

from domain.clock import Duration, told

JSON = NewType("JSON", object)
"""Any JSON value; in Python what orjson makes of it."""

_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_DECIMAL = re.compile(r"[+-]?\d{1,14}(?:\.\d{1,6})?", re.ASCII)
_BIGGEST = 2**53
_NESTED = 32
# So that no instant before or after now leaves the calendar.
_MOST_YEARS = 500


def _instant(value: object) -> datetime:
    text = _text(value, "DateTime", "2026-03-01T09:30:00+00:00")
    if not _INSTANT.fullmatch(text):
        raise GraphQLError(f"DateTime must be RFC 3339 with an offset, such as 2026-03-01T09:30:00+00:00, not {text!r}")
    try:
        # As rows of many are read: both round what is finer than a microsecond.
        return msgspec.convert(text, datetime).astimezone(UTC)
    except (msgspec.ValidationError, OverflowError):
        raise GraphQLError(f"DateTime names no instant of the calendar: {text!r}") from None


def _day(value: object) -> date:
    text = _text(value, "Date", "2026-03-01")
    try:
        if not _DAY.fullmatch(text):
            raise ValueError(text)
        return date.fromisoformat(text)
    except ValueError:
        raise GraphQLError(f"Date must be a day of the calendar such as 2026-03-01, not {text!r}") from None


def _decimal(value: object) -> Decimal:
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    text = _text(value, "Decimal", '"19.90"')
    if not _DECIMAL.fullmatch(text):
        raise GraphQLError(
            "Decimal must be a number with at most 14 digits before the point and 6 after it, such as"
            f' "19.90", not {text[:40]!r}'
        )
    return Decimal(text)


def _duration(value: object) -> Duration:
    text = _text(value, "Duration", "P90D")
    try:
        duration = Duration.parse(text)
    except ValueError as error:
        raise GraphQLError(f"Duration {text[:40]!r} {error}") from None
    if duration.months > _MOST_YEARS * 12 or duration.rest > timedelta(days=_MOST_YEARS * 365):
        raise GraphQLError(f"Duration must be at most {_MOST_YEARS} years, not {text[:40]!r}")
    return duration


def _text(value: object, scalar: str, example: str) -> str:
    if not isinstance(value, str):
        raise GraphQLError(f"{scalar} must be text such as {example}, not {value!r:.40}")
    return value


def storable(text: str, scalar: str = "String") -> str:
    """Text that Postgres can hold; refused where it has NUL or a lone surrogate."""
    if "\0" in text:
        raise GraphQLError(f"{scalar} must not have the character NUL")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise GraphQLError(f"{scalar} must be whole Unicode: it has a lone surrogate") from None
    return text


def _json(value: object, depth: int = 0) -> object:
    """A JSON value as it came, once nothing in it is beyond what can be stored exactly."""
    if depth > _NESTED:
        raise GraphQLError(f"JSON must be nested at most {_NESTED} deep")
    if isinstance(value, str):
        return storable(value, "JSON")
    if isinstance(value, dict):
        return {storable(str(key), "JSON"): _json(held, depth + 1) for key, held in value.items()}
    if isinstance(value, list):
        return [_json(held, depth + 1) for held in value]
    if isinstance(value, float) and not isfinite(value):
        raise GraphQLError("JSON must not have NaN or an infinity")
    if isinstance(value, int) and abs(value) > _BIGGEST:
        raise GraphQLError("JSON must not have whole numbers beyond 2^53, which others would round: send text")
    return value


def _as_told(value: object) -> str:
    """Instants and decimals come from Postgres as the text that goes out."""
    if isinstance(value, Duration):  # the default of an argument
        return value.told
    return told(value) if isinstance(value, datetime) else str(value)


def _as_it_is(value: object) -> object:
    return value


def _scalar(
    name: str, description: str, parse: Callable[[Any], object], tell: Callable[[Any], object]
) -> ScalarDefinition:
    return ScalarDefinition(name, description, None, serialize=tell, parse_value=parse, parse_literal=None)


SCALARS: dict[object, ScalarDefinition] = {
    datetime: _scalar(
        "DateTime", "An instant, RFC 3339 in UTC, such as 2026-03-01T09:30:00+00:00.", _instant, _as_told
    ),
    date: _scalar("Date", "A calendar day, such as 2026-03-01.", _day, _as_told),
    Decimal: _scalar(
        "Decimal",
        'An exact decimal number, written as a string, such as "19.90". Amounts are in the base currency unless a field'
        " says otherwise. At most 14 digits before the point and 6 after it.",
        _decimal,
        _as_told,
    ),
    Duration: _scalar(
        "Duration", "An ISO 8601 duration, such as P90D or P1Y. A month is a calendar month.", _duration, _as_told
    ),
    JSON: _scalar("JSON", "Any JSON value.", _json, _as_it_is),
}


def _guarded(parse: Callable[..., Any], check: Callable[[Any], Any]) -> Callable[..., Any]:
    def coerce(*given: Any) -> Any:
        return check(parse(*given))

    return coerce


def _finite(number: float) -> float:
    if not isfinite(number):
        raise GraphQLError("Float must be a number that 64 bits can hold")
    return number


def guard_built_in() -> None:
    """GraphQL's own scalars are single objects that every schema shares: what we refuse is set on them, once."""
    for scalar, check in ((GraphQLString, storable), (GraphQLID, storable), (GraphQLFloat, _finite)):
        if not scalar.extensions.get("guarded"):
            _guard(scalar, check)


def _guard(scalar: GraphQLScalarType, check: Callable[[Any], Any]) -> None:
    scalar.extensions["guarded"] = True
    for name in ("coerce_input_value", "coerce_input_literal"):
        if parse := getattr(scalar, name, None):
            setattr(scalar, name, _guarded(parse, check))
