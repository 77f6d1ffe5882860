"""Where generated questions are asked, and how two answers are compared."""

import asyncio
import json
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from hypothesis import settings

from domain.access.principal import Principal
from domain.database import Database
from schema.execution import Answer, Way
from tests.schema.arguments import Pool
from tests.schema.questions import Question
from tests.schema.world import ask
from tests.support.generating import EACH_RUN_ALIKE

FEW = settings(EACH_RUN_ALIKE, max_examples=100)
MANY = settings(FEW, max_examples=2_000)


def parsed(answer: Answer) -> Any:
    """What a client sees: the order of keys counts; JSON has one kind of number."""
    return json.loads(answer.body, object_pairs_hook=lambda pairs: ("object", pairs), parse_int=float)


@dataclass(frozen=True, slots=True)
class Desk:
    """One loop with its database, kept for all examples of a test."""

    runner: asyncio.Runner
    db: Database
    pool: Pool
    seen: Counter[str] = field(default_factory=Counter)

    def ask(self, caller: Principal, question: Question, way: Way) -> Answer:
        answer = self.runner.run(ask(self.db, caller, question.text, dict(question.variables), way=way))
        assert answer.unexpected == (), answer.unexpected
        return answer

    def alike(self, caller: Principal, question: Question) -> Answer:
        """The answer, which is the same both ways."""
        straight, standard = (self.ask(caller, question, way) for way in ("auto", "standard"))
        self.seen["straight" if straight.straight else straight.code or "standard"] += 1
        # A resolver goes on from what the one statement told.
        self.seen["explained"] += "explain(" in question.text and not straight.straight and straight.code is None
        assert parsed(straight) == parsed(standard)
        assert (straight.executed, straight.code, straight.cost) == (standard.executed, standard.code, standard.cost)
        return straight
