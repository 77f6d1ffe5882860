"""Must-show 3: from NDJSON bytes to commit at no less than a third of the floor's speed."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bench.imports import generated
from tests.bench.imports.measure import compare
from tests.support import keeper, online_retail

LEAST = 0.33


@pytest.fixture
def another_durable_url() -> Iterator[str]:
    url = keeper.ask("durable-database")
    yield url
    keeper.ask("durable-database", back=url)


@pytest.mark.proof
@pytest.mark.shared
async def test_online_retail_is_imported_at_a_third_of_the_floor_or_faster(
    durable_database_url: str, another_durable_url: str, shared_data: Path
) -> None:
    orders = online_retail.orders_ndjson(online_retail.invoices(shared_data))
    found = await compare(durable_database_url, another_durable_url, online_retail.products(shared_data), orders)
    assert found.ratio >= LEAST, found


async def test_the_floor_copies_the_very_rows(durable_database_url: str, another_durable_url: str) -> None:
    products, orders = generated.products(), generated.orders(200)
    found = await compare(durable_database_url, another_durable_url, products, orders, rounds=1)
    assert found.rows > 0
    assert found.ratio > 0
