"""The straight way and the standard way answer alike, whatever is asked and whoever asks: to the byte once parsed."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.access.principal import Principal
from domain.catalog import ENTITIES
from domain.query.plan import Statements
from schema import selection
from schema.execution import execute
from schema.root import graphql_schema
from tests.schema.desk import FEW, MANY, Desk, parsed
from tests.schema.questions import Question, questions
from tests.schema.world import CALLERS, STAFF, context, prepare


def check(desk: Desk, strength: settings, *, most: int) -> Counter[str]:
    @strength
    @given(st.sampled_from(CALLERS + STAFF), questions(graphql_schema, desk.pool, most=most))
    def every_question(caller: Principal, question: Question) -> None:
        desk.alike(caller, question)

    every_question()
    return desk.seen


def test_a_hundred_generated_questions_are_answered_alike(desk: Desk) -> None:
    seen = check(desk, FEW, most=3)
    assert seen["straight"] > 20, seen


@pytest.mark.proof
def test_two_thousand_generated_questions_are_answered_alike(desk: Desk) -> None:
    seen = check(desk, MANY, most=5)
    assert sum(seen.values()) >= 2_000
    assert seen["straight"] > 800, seen


ONCE_WRONG = [
    'touchpoints(where: {properties: [{name: "page"}, {name: "vip", string: {}}]}) { totalCount }',
    'touchpoints(where: {properties: [{name: "page", string: {}}, {name: "vip", exists: true}]}) { totalCount }',
    'products(where: {attributes: [{name: "colour"}], price: {}}) { totalCount }',
    "customers(where: {all: [], any: [], not: {}}) { totalCount }",
    "customers(where: {orders: {}, touchpoints: {where: {}}, bought: {product: {}}}) { totalCount }",
]


@pytest.mark.parametrize("field", ONCE_WRONG)
def test_filters_that_say_nothing_are_answered_alike(desk: Desk, field: str) -> None:
    for caller in CALLERS:
        desk.alike(caller, Question(f"{{ {field} }}", {}))


def test_every_caller_is_answered_as_from_a_cold_cache(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """In whatever order callers come, nobody gets what was compiled for somebody else (reading.md)."""

    @settings(FEW, max_examples=12)
    @given(questions(graphql_schema, desk.pool), st.permutations(CALLERS))
    def one(question: Question, order: list[Principal]) -> None:
        cold = {}
        for caller in CALLERS:
            monkeypatch.setattr(selection, "_statements", Statements(ENTITIES))
            cold[caller] = parsed(desk.ask(caller, question, "auto"))
        shared = prepare(question.text)
        for caller in [*order, *reversed(order)]:
            warm = desk.runner.run(execute(shared, dict(question.variables), context(desk.db, caller)))
            assert parsed(warm) == cold[caller], caller.name

    one()
