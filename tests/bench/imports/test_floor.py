"""The import's bench compares like with like; its figures are made by `make bench`."""

import pytest

from tests.bench.imports import generated
from tests.bench.imports.measure import compare


@pytest.mark.proof
async def test_the_floor_copies_the_very_rows(database_url: str, another_database_url: str) -> None:
    products, orders = generated.products(), generated.orders(200)
    found = await compare(database_url, another_database_url, products, orders, rounds=1)
    assert found.rows > 0
    assert found.ratio > 0
