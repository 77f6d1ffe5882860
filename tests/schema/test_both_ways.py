"""The straight way and the standard way answer alike, whatever is asked and whoever asks: to the byte once parsed."""

import asyncio
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.access.principal import Principal
from domain.database import Database
from schema import selection
from schema.execution import Answer, Way, execute
from schema.root import graphql_schema
from tests.schema.arguments import Pool
from tests.schema.questions import Question, questions
from tests.schema.world import CALLERS, World, ask, build, context, prepare
from tests.support import keeper

FEW = settings(
    max_examples=100, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
MANY = settings(FEW, max_examples=2_000)


@dataclass(frozen=True, slots=True)
class Desk:
    """Where questions are asked: one loop with its database, kept for all examples of a test."""

    runner: asyncio.Runner
    db: Database
    pool: Pool
    seen: Counter[str] = field(default_factory=Counter)

    def ask(self, caller: Principal, question: Question, way: Way) -> Answer:
        answer = self.runner.run(ask(self.db, caller, question.text, dict(question.variables), way=way))
        assert answer.unexpected == (), answer.unexpected
        return answer

    def alike(self, caller: Principal, question: Question) -> None:
        straight, standard = (self.ask(caller, question, way) for way in ("auto", "standard"))
        self.seen["straight" if straight.straight else straight.code or "standard"] += 1
        assert parsed(straight) == parsed(standard)
        assert (straight.executed, straight.code, straight.cost) == (standard.executed, standard.code, standard.cost)


@pytest.fixture(scope="module")
def world() -> World:
    return asyncio.run(build(keeper.ask("database")))


@pytest.fixture
def desk(world: World) -> Iterator[Desk]:
    with asyncio.Runner() as runner:
        db = Database(world.url, size=2)
        yield Desk(runner, db, world.pool)
        runner.run(db.close())


def parsed(answer: Answer) -> Any:
    """What a client sees: the order of keys counts; JSON has one kind of number."""
    return json.loads(answer.body, object_pairs_hook=lambda pairs: ("object", pairs), parse_int=float)


def check(desk: Desk, strength: settings) -> Counter[str]:
    @strength
    @given(st.sampled_from(CALLERS), questions(graphql_schema, desk.pool))
    def every_question(caller: Principal, question: Question) -> None:
        desk.alike(caller, question)

    every_question()
    return desk.seen


def test_a_hundred_generated_questions_are_answered_alike(desk: Desk) -> None:
    seen = check(desk, FEW)
    assert seen["straight"] > 20, seen


@pytest.mark.proof
def test_two_thousand_generated_questions_are_answered_alike(desk: Desk) -> None:
    seen = check(desk, MANY)
    assert sum(seen.values()) >= 2_000
    assert seen["straight"] > 800, seen


def test_every_caller_is_answered_as_from_a_cold_cache(desk: Desk) -> None:
    """In whatever order callers come, nobody gets what was compiled for somebody else (reading.md)."""

    @settings(FEW, max_examples=25)
    @given(questions(graphql_schema, desk.pool), st.permutations(CALLERS))
    def one(question: Question, order: list[Principal]) -> None:
        cold = {}
        for caller in CALLERS:
            selection.forget_statements()
            cold[caller] = parsed(desk.ask(caller, question, "auto"))
        shared = prepare(question.text)
        for caller in [*order, *reversed(order)]:
            warm = desk.runner.run(execute(shared, dict(question.variables), context(desk.db, caller)))
            assert parsed(warm) == cold[caller], caller.name

    one()
