"""The import's bench compares like with like; its figures are made by `make bench`."""

from collections.abc import Iterator

import pytest

from tests.bench.imports import generated
from tests.bench.imports.measure import compare
from tests.support import keeper


@pytest.fixture
def another_durable_url() -> Iterator[str]:
    url = keeper.ask("durable-database")
    yield url
    keeper.ask("durable-database", back=url)


async def test_the_floor_copies_the_very_rows(durable_database_url: str, another_durable_url: str) -> None:
    products, orders = generated.products(), generated.orders(200)
    found = await compare(durable_database_url, another_durable_url, products, orders, rounds=1)
    assert found.rows > 0
    assert found.ratio > 0
