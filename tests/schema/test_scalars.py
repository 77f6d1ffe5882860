"""What the scalars take and refuse, as a value of a variable and as a literal alike."""

import math
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeAlias

import pytest
from graphql import GraphQLError, GraphQLScalarType, parse_const_value

from domain.clock import Duration
from schema.root import graphql_schema

Case: TypeAlias = tuple[str, object, Any]


def scalar(name: str) -> GraphQLScalarType:
    found = graphql_schema.type_map[name]
    assert isinstance(found, GraphQLScalarType)
    return found


TAKEN: list[Case] = [
    ("DateTime", "2026-03-01T09:30:00+00:00", datetime(2026, 3, 1, 9, 30, tzinfo=UTC)),
    ("DateTime", "2026-03-01T09:30:00Z", datetime(2026, 3, 1, 9, 30, tzinfo=UTC)),
    ("DateTime", "2026-03-01t10:30:00.250+01:00", datetime(2026, 3, 1, 9, 30, 0, 250_000, tzinfo=UTC)),
    ("Date", "2024-02-29", date(2024, 2, 29)),
    ("Decimal", "19.90", Decimal("19.90")),
    ("Decimal", "-0.000001", Decimal("-0.000001")),
    ("Decimal", "99999999999999.999999", Decimal("99999999999999.999999")),
    ("Decimal", 5, Decimal(5)),
    ("Duration", "P1M", Duration(1, timedelta())),
    ("Duration", "PT36H", Duration(0, timedelta(hours=36))),
    ("JSON", {"a": [1, None, "x", {"b": 1.5}]}, {"a": [1, None, "x", {"b": 1.5}]}),
    ("String", "Zoë 😀", "Zoë 😀"),
]

REFUSED: list[Case] = [
    ("DateTime", "2026-03-01", "RFC 3339"),
    ("DateTime", "2026-03-01T09:30:00", "RFC 3339"),
    ("DateTime", "2026-02-30T09:30:00Z", "no instant"),
    ("DateTime", "0001-01-01T00:00:00+14:00", "no instant"),
    ("DateTime", 1_700_000_000, "must be text"),
    ("Date", "2023-02-29", "day of the calendar"),
    ("Date", "20230228", "day of the calendar"),
    ("Date", "2023-02-28T00:00:00Z", "day of the calendar"),
    ("Decimal", "NaN", "at most 14 digits"),
    ("Decimal", "Infinity", "at most 14 digits"),
    ("Decimal", "1e3", "at most 14 digits"),
    ("Decimal", "100000000000000", "at most 14 digits"),
    ("Decimal", "0.0000001", "6 after it"),
    ("Decimal", "١٢", "at most 14 digits"),
    ("Decimal", 10**15, "at most 14 digits"),
    ("Decimal", 19.9, "must be text"),
    ("Decimal", True, "must be text"),
    ("Duration", "90 days", "ISO 8601"),
    ("Duration", "P", "ISO 8601"),
    ("Duration", "P9999Y", "500 years"),
    ("Duration", "P999999D", "500 years"),
    ("JSON", {"a": "\0"}, "NUL"),
    ("JSON", {"a\0": 1}, "NUL"),
    ("JSON", [2**53 + 1], "2^53"),
    ("String", "a\0b", "NUL"),
    ("ID", "cus_\0", "NUL"),
]

REFUSED_ONLY_AS_VALUES: list[Case] = [
    ("JSON", [math.inf], "infinity"),
    ("JSON", {"a": "\ud800"}, "surrogate"),
    ("String", "\udfff", "surrogate"),
    ("ID", "\ud800", "surrogate"),
]


def literal(value: object) -> str:
    match value:
        case dict():
            return "{" + ", ".join(f"{key}: {literal(held)}" for key, held in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(literal, value)) + "]"
        case str():
            return '"' + value.replace("\0", "\\u0000") + '"'
        case None | bool():
            return {None: "null", True: "true", False: "false"}[value]
        case _:
            return str(value)


def from_literal(type_: GraphQLScalarType, text: str) -> Any:
    node = parse_const_value(text)
    return (type_.coerce_input_literal or type_.parse_literal)(node)


@pytest.mark.parametrize(("name", "given", "meant"), TAKEN)
def test_is_taken(name: str, given: object, meant: object) -> None:
    assert scalar(name).coerce_input_value(given) == meant
    assert from_literal(scalar(name), literal(given)) == meant


@pytest.mark.parametrize(("name", "given", "why"), REFUSED + REFUSED_ONLY_AS_VALUES)
def test_is_refused_as_a_value(name: str, given: object, why: str) -> None:
    with pytest.raises(GraphQLError, match=why.replace("^", r"\^")):
        scalar(name).coerce_input_value(given)


@pytest.mark.parametrize(
    ("name", "given", "why"), [case for case in REFUSED if case[1] != {"a\0": 1}] + [("Float", 1e999, "64 bits")]
)
def test_is_refused_as_a_literal(name: str, given: object, why: str) -> None:
    text = "1e999" if given == math.inf else literal(given)
    with pytest.raises(GraphQLError, match=why.replace("^", r"\^")):
        from_literal(scalar(name), text)


@pytest.mark.parametrize("number", [2**31, -(2**31) - 1])
def test_whole_numbers_beyond_32_bits_are_refused(number: int) -> None:
    with pytest.raises(GraphQLError, match="32-bit"):
        scalar("Int").coerce_input_value(number)
