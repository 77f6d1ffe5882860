"""Rules in words: a golden table, and that no field of the filter is told as programs call it."""

import re
from random import Random
from typing import cast

import pytest
from graphql import GraphQLInputObjectType, parse_value
from graphql.utilities.coerce_input_value import coerce_input_literal, coerce_input_value

from domain.segments.rule import Json, kept
from domain.segments.wording.terms import span, spoken_duration
from domain.segments.wording.words import in_words
from schema.root import graphql_schema
from tests.domain.segments.wording.golden_words import GOLDEN, MASKED, NAMES
from tests.schema.arguments import Pool, value_of

_FILTER = cast("GraphQLInputObjectType", graphql_schema.get_type("CustomerFilter"))


def rule(text: str) -> Json:
    return kept(coerce_input_literal(parse_value(text), _FILTER))


@pytest.mark.parametrize(("text", "words"), GOLDEN, ids=[text for text, _ in GOLDEN])
def test_a_rule_in_words(text: str, words: str) -> None:
    assert in_words(rule(text), names=NAMES) == words


@pytest.mark.parametrize(("text", "words"), MASKED, ids=[text for text, _ in MASKED])
def test_a_rule_whose_values_are_not_to_be_told(text: str, words: str) -> None:
    assert in_words(rule(text), names=NAMES, values=False) == words


@pytest.mark.parametrize(
    ("text", "words", "after_last"),
    [
        ("P1Y", "1 year", "year"),
        ("P18M", "1 year 6 months", "1 year 6 months"),
        ("PT36H", "1 day 12 hours", "1 day 12 hours"),
        ("P2M", "2 months", "2 months"),
        ("PT2M", "2 minutes", "2 minutes"),
        ("P1MT1M", "1 month 1 minute", "1 month 1 minute"),
        ("PT1S", "1 second", "second"),
        ("P0D", "0 days", "0 days"),
    ],
)
def test_a_span_of_time_in_words(text: str, words: str, after_last: str) -> None:
    assert spoken_duration(text) == words
    assert span(text) == after_last


def test_whatever_is_asked_is_told_without_a_name_that_programs_use() -> None:
    rng, pool = Random(7), Pool(("cus_1", "prd_1", "cmp_1", "seg_1"), ("word",))
    for _ in range(1_500):
        asked = coerce_input_value(value_of(rng, pool, "customer", _FILTER), _FILTER)
        told = in_words(kept(asked), names=NAMES)
        plain = re.sub(r"“[^”]*”", "“”", told)
        assert not re.search(r"[a-z][A-Z]|_|[{}\[\]@]|None|True|False", plain), (asked, told)
        assert told.count("(") == told.count(")")
        masked = in_words(kept(asked), names=NAMES, values=False)
        assert "word" not in masked.replace("“word”", ""), (asked, masked)
