"""The linear pass: documents that would cost more than their length are refused at once."""

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest
from graphql import DocumentNode, GraphQLError, get_introspection_query, parse

from api.limits import BOUNDS, Bounds, check_document


def refusal(text: str, bounds: Bounds = BOUNDS) -> str | None:
    try:
        check_document(parse(text), bounds)
    except GraphQLError as error:
        return error.message
    return None


def doubling(levels: int, *, below: bool = False) -> DocumentNode:
    """Fragments that each spread the next one twice: as many fields as two to the power of the levels."""
    twice = "a {{ ...F{0} }} b: a {{ ...F{0} }}" if below else "...F{0} ...F{0}"
    fragments = [f"fragment F{level} on Q {{ {twice.format(level + 1)} }}" for level in range(levels)]
    return parse("{ ...F0 } " + " ".join(fragments) + f" fragment F{levels} on Q {{ a }}")


def steps(document: DocumentNode, bounds: Bounds) -> int:
    """Lines of Python that were run until it was refused: the same on every machine, however busy."""
    told, before = 0, sys.gettrace()

    def trace(_: FrameType, event: str, __: Any) -> Callable[[FrameType, str, Any], Any]:
        nonlocal told
        told += event == "line"
        assert told < 1_000_000, "it goes through every path"
        return trace

    sys.settrace(trace)
    try:
        with pytest.raises(GraphQLError):
            check_document(document, bounds)
    finally:
        sys.settrace(before)
    return told


@pytest.mark.parametrize("below", [False, True])
def test_nine_hundred_bytes_of_doubling_fragments_are_answered_at_once(below: bool) -> None:
    document = doubling(18, below=below)
    assert document.loc is not None
    assert document.loc.end < 1000
    with pytest.raises(GraphQLError, match="more than 1000 fields"):
        check_document(document)
    assert steps(document, Bounds()) < 50_000


@pytest.mark.parametrize("below", [False, True])
def test_the_pass_takes_time_by_length_not_by_what_the_fragments_spread_to(below: bool) -> None:
    """Even with no bound in its way but the last: two to the power of 30 and of 60 differ by nothing but length."""
    open_ = Bounds(depth=10**9, fields=2**200, aliases=2**200, directives=10**9, fragments=10**9, same_field=0)
    once, twice = steps(doubling(30, below=below), open_), steps(doubling(60, below=below), open_)
    assert twice < 2.2 * once


def test_introspection_as_tools_send_it_is_within_the_bounds() -> None:
    assert refusal(get_introspection_query(input_value_deprecation=True, specified_by_url=True)) is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{" + "a {" * 24 + "a" + "}" * 24 + "}", "more than 24 levels"),
        ("{" + " ".join(f"x{i}: a" for i in range(201)) + "}", "more than 200 aliases"),
        ("{ a " + "@skip(if: false) " * 101 + "}", "more than 100 directives"),
        ("query ($a: Int " + "@x " * 101 + ") { a }", "more than 100 directives"),
        ("{" + " ".join(f"f{i}" for i in range(1001)) + "}", "more than 1000 fields"),
        ("{ a(x: " + "[" * 17 + "]" * 17 + ") }", "nests deeper than 16"),
        ("{ a @skip(if: " + "{a: " * 17 + "1" + "}" * 17 + ") }", "nests deeper than 16"),
        ("query ($x: A = " + "[" * 17 + "]" * 17 + ") { a }", "nests deeper than 16"),
        ("{" + "a " * 21 + "}", "'a' is asked for more than 20 times"),
        ("{" + "a { b } " * 20 + "a { ... { b } } }", "'a' is asked for more than 20 times"),
        ("{" + "... { a { b b } }" * 11 + "}", "'b' is asked for more than 20 times"),
        ("{ ...A ...B } fragment A on Q {" + "a " * 11 + "} fragment B on Q {" + "a " * 11 + "}", "'a' is asked for"),
        ("{ ...A } fragment A on Q { ...B } fragment B on Q { a { ...A } }", "'A' spreads itself"),
        ("{ a } fragment A on Q { ...A }", "'A' is never used"),
        ("{ a } " + " ".join(f"fragment F{i} on Q {{ a }}" for i in range(101)), "more than 100 fragments"),
        (" ".join(f"query Q{i} {{ {' '.join(f'f{j}' for j in range(101))} }}" for i in range(10)), "1000 fields"),
    ],
)
def test_what_is_beyond_a_bound_is_refused_and_named(text: str, told: str) -> None:
    assert told in (refusal(text) or "")


@pytest.mark.parametrize(
    "text",
    [
        "{" + "a {" * 23 + "a" + "}" * 23 + "}",
        "{" + " ".join(f"x{i}: a" for i in range(200)) + "}",
        "{" + "a " * 20 + "}",
        "{ a(x: " + "[" * 16 + "]" * 16 + ") }",
        "{ ...A ...A ...A } fragment A on Q { a b c }",
        "{ ...Unknown }",
    ],
)
def test_what_reaches_a_bound_is_let_through(text: str) -> None:
    assert refusal(text) is None
