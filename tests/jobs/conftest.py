"""A house with workers: its database, its Valkey, and the processes that a test starts."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.jobs import House, house


@pytest.fixture
async def workers(database_url: str, redis_url: str, tmp_path: Path) -> AsyncIterator[House]:
    async with house(database_url, redis_url, tmp_path) as made:
        yield made
