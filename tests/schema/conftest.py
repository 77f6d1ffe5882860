"""What tests of the schema can ask for: the small world, and a desk to ask it at."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Final

import pytest

from domain.database import Database
from domain.segments.previews.queries_steps import Budget, stepping
from domain.vocabulary import Role
from schema import patience, segment_preview
from tests.schema.desk import Desk
from tests.schema.world import World, build
from tests.support import keeper

_MINUTE: Final = 60.0


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine is no reason to fail: what an answer says is tested here, not how soon it comes. Tests of what
    takes too long shorten the time themselves.
    """
    monkeypatch.setattr(patience, "PATIENCE", dict.fromkeys(Role, timedelta(seconds=2 * _MINUTE)))
    budget = Budget(exact=_MINUTE, samples=((8_000, _MINUTE),), whole=1.5 * _MINUTE)
    monkeypatch.setattr(segment_preview, "stepping", partial(stepping, budget=budget))


@pytest.fixture(scope="session")
def world() -> World:
    return asyncio.run(build(keeper.ask("database")))


@pytest.fixture
def desk(world: World) -> Iterator[Desk]:
    with asyncio.Runner() as runner:
        db = Database(world.url, size=2)
        yield Desk(runner, db, world.pool)
        runner.run(db.close())
