"""What tests of the schema can ask for: the small world, and a desk to ask it at."""

import asyncio
from collections.abc import Iterator

import pytest

from domain.database import Database
from tests.schema.desk import Desk
from tests.schema.world import World, build
from tests.support import keeper


@pytest.fixture(scope="session")
def world() -> World:
    return asyncio.run(build(keeper.ask("database")))


@pytest.fixture
def desk(world: World) -> Iterator[Desk]:
    with asyncio.Runner() as runner:
        db = Database(world.url, size=2)
        yield Desk(runner, db, world.pool)
        runner.run(db.close())
