"""What every test can ask for: a migrated database of its own, a transaction that is rolled back, a Valkey.

The servers are the embedded ones, real and shared by a whole run; see tests/support/keeper.py.
"""

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from api.up.child import Child
from domain.database import Database, Tx, connect
from tests.support import keeper
from tests.support.keeper import ADDRESS

_SHARED = Path(__file__).parents[2] / "shared"
_KEPT = pytest.StashKey[tuple[Child, Path]]()


def pytest_configure(config: pytest.Config) -> None:
    if ADDRESS not in os.environ:
        config.stash[_KEPT] = keeper.start()


def pytest_unconfigure(config: pytest.Config) -> None:
    if kept := config.stash.get(_KEPT, None):
        keeper.stop(*kept)


@pytest.fixture
def database_url() -> Iterator[str]:
    """A database at the head of the migrations that only this test uses.

    It may lie in memory: what fills gigabytes asks for durable_database_url.
    """
    url = keeper.ask("database")
    yield url
    keeper.ask("database", back=url)


@pytest.fixture
def durable_database_url() -> Iterator[str]:
    """Like database_url, on a server that waits for the disk: for figures that include it."""
    url = keeper.ask("durable-database")
    yield url
    keeper.ask("durable-database", back=url)


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
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
