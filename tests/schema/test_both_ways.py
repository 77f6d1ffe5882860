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
    explained = seen.pop("explained")
    assert sum(seen.values()) >= 2_000
    assert seen["straight"] > 800, seen
    assert explained, "no resolver was met"


ONCE_WRONG = [
    'touchpoints(where: {properties: [{name: "page"}, {name: "vip", string: {}}]}) { totalCount }',
    'touchpoints(where: {properties: [{name: "page", string: {}}, {name: "vip", exists: true}]}) { totalCount }',
    'products(where: {attributes: [{name: "colour"}], price: {}}) { totalCount }',
    "customers(where: {all: [], any: [], not: {}}) { totalCount }",
    "customers(where: {orders: {}, touchpoints: {where: {}}, bought: {product: {}}}) { totalCount }",
]


SHORT = [
    "{ customers(first: 1) { nodes { r: id } } }",
    "{ r: viewer { name } }",
    "{ r: viewer { r: name } x: customers(first: 1) { r: nodes { r: id j: kind } n: totalCount } }",
    "{ customers(last: 2) { pageInfo { i: hasNextPage g: endCursor } edges { x: cursor p: node { u: id } } } }",
    "{ customers(first: 2) { l0: nodes { j0: id c: orders { n: totalCount r: nodes { r: id } } } more: totalCount } }",
    "{ jobs { nodes { r: id i: kind } } }",
    "{ q: products { g: edges { n: cursor c: node { t: id o: name } } p: pageInfo { u: startCursor } } }",
]


@pytest.mark.parametrize("text", SHORT)
def test_an_alias_may_be_a_name_that_the_statement_has_too(desk: Desk, text: str) -> None:
    for caller in CALLERS:
        answer = desk.alike(caller, Question(text, {}))
        assert answer.code in (None, "NOT_ALLOWED")


@pytest.mark.parametrize("field", ONCE_WRONG)
def test_filters_that_say_nothing_are_answered_alike(desk: Desk, field: str) -> None:
    for caller in CALLERS:
        desk.alike(caller, Question(f"{{ {field} }}", {}))


def test_every_caller_is_answered_as_from_a_cold_cache(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """In whatever order callers come, nobody gets what was compiled for somebody else."""

    @settings(FEW, max_examples=12)
    @given(questions(graphql_schema, desk.pool), st.permutations(CALLERS))
    def one(question: Question, order: list[Principal]) -> None:
        cold = {}
        for caller in CALLERS:
            monkeypatch.setattr(selection, "STATEMENTS", Statements(ENTITIES))
            cold[caller] = parsed(desk.ask(caller, question, "auto"))
        shared = prepare(question.text)
        for caller in [*order, *reversed(order)]:
            warm = desk.runner.run(execute(shared, dict(question.variables), context(desk.db, caller)))
            assert parsed(warm) == cold[caller], caller.name

    one()
