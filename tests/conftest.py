"""What every test can ask for: a migrated database of its own, a transaction that is rolled back, a Valkey.

The servers are the embedded ones, real and shared by a whole run; see tests/support/keeper.py.
"""

import gc
import os
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from api.up.child import Child
from domain.database import Database, Tx, connect
from tests.support import keeper
from tests.support.keeper import ADDRESS

_SHARED = Path(__file__).parents[2] / "shared"
# Generated tests that say nothing else try few examples, and many where `make proofs` asks for them; the same in each
# run, so that nobody's change is held up by an example that chance found that day. `make drills` looks for new ones.
# A busy machine is no reason to fail: neither an example nor what makes it has to be quick.
_CALM = settings(deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("few", _CALM, max_examples=40, derandomize=True)
settings.register_profile("many", _CALM, max_examples=500, derandomize=True)
settings.register_profile("new", _CALM, max_examples=500, derandomize=False)
settings.load_profile("few")
_KEPT = pytest.StashKey[tuple[Child, Path]]()


def pytest_configure(config: pytest.Config) -> None:
    gc.disable()  # nothing of what is imported will ever be thrown away
    if ADDRESS not in os.environ:
        config.stash[_KEPT] = keeper.start(early=bool(config.getoption("numprocesses", None)))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Proofs of processes measure them, wait for them and kill them: nothing else shall run meanwhile."""
    processes = tuple(config.rootpath / "tests" / folder for folder in ("api", "jobs", "bench"))
    for item in items:
        if item.get_closest_marker("proof") and any(item.path.is_relative_to(folder) for folder in processes):
            item.add_marker("alone")


def pytest_collection_finish() -> None:
    """The collector need not look through a thousand modules and 3,000 tests again and again."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    gc.enable()


def pytest_unconfigure(config: pytest.Config) -> None:
    if kept := config.stash.get(_KEPT, None):
        keeper.stop(*kept)


@pytest.fixture
def database_url() -> Iterator[str]:
    """A database at the head of the migrations that only this test uses.

    It may lie in memory, on a server that does not wait for the disk: figures that include it start one of their own.
    """
    url = keeper.ask("database")
    yield url
    keeper.ask("database", back=url)


@pytest.fixture
def another_database_url() -> Iterator[str]:
    """One more of the same."""
    url = keeper.ask("database")
    yield url
    keeper.ask("database", back=url)


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url, wait=timedelta(minutes=1))  # a busy machine is no reason to be turned away
    yield database
    await database.close()


@pytest.fixture(scope="session")
def rolled_back_database_url() -> str:
    """The database of all tests that change nothing for good."""
    return keeper.ask("database")


@pytest.fixture
async def tx(rolled_back_database_url: str) -> AsyncIterator[Tx]:
    """A connection in a transaction that is rolled back when the test ends."""
    connection = await connect(rolled_back_database_url)
    transaction = connection.transaction()
    await transaction.start()
    try:
        yield connection
    finally:
        await transaction.rollback()
        await connection.close()


@pytest.fixture
def redis_url() -> str:
    """An empty database of the shared Valkey; who kills or flushes a whole server starts one of their own."""
    return keeper.ask("valkey")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data, where this checkout has it beside itself."""
    folder = Path(os.environ.get("RAPPORT_SHARED", _SHARED)) / "data"
    if not folder.is_dir():
        pytest.skip(f"{folder} is not here: the real data is not part of the repository")
    return folder
