"""The job of what goes with what, by the product's own workers: all at once or not at all, as often as wanted."""

import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import asyncpg
import pytest

from domain.access.principal import OPERATOR
from domain.ids import JobId
from domain.ledger import cancel_job, start_job
from domain.vocabulary import JobKind, JobStatus
from tests.domain.affinity.plain import Bought, Line
from tests.domain.affinity.shop import furnish
from tests.domain.query import world
from tests.support.jobs import House
from tests.support.waiting import WAITING_FOR

_PAIRS = "SELECT count(*) FROM product_affinity"


async def _open_a_shop(house: House) -> None:
    """Eight bought tea with pots, thirty bought cups."""
    day = world.NOW.date() - timedelta(days=3)
    tea, pot, cup = (Line(sku, 1, Decimal(9), Decimal(4)) for sku in "ACF")
    both = [Bought(n, day, (tea, pot)) for n in range(8)]
    async with house.db.transaction() as tx:
        await furnish(world.House(tx), [*both, *(Bought(20 + n, day, (cup,)) for n in range(30))])


async def _start(house: House, **arguments: object) -> JobId:
    async with house.db.transaction() as tx:
        return await start_job(tx, JobKind.RELATE_PRODUCTS, arguments, principal=OPERATOR, now=datetime.now(UTC))


@pytest.mark.proof
async def test_it_makes_the_tables_of_any_day_and_made_again_they_are_the_same(workers: House) -> None:
    await _open_a_shop(workers)
    workers.start("product-worker")
    now = world.NOW.isoformat()
    done = await workers.ended(await _start(workers, asOf=now), within=60)
    expected = {"asOf": now, "customers": 38, "products": 3, "pairs": 2, "traits": 1}
    assert (done.status, done.result) == (JobStatus.SUCCEEDED, expected)
    async with workers.db.connection() as tx:
        before = await tx.fetch("SELECT * FROM product_offer ORDER BY product_id")
    again = await workers.ended(await _start(workers, asOf=now), within=60)
    assert again.result == expected
    async with workers.db.connection() as tx:
        assert await tx.fetch("SELECT * FROM product_offer ORDER BY product_id") == before
    long_ago = await workers.ended(await _start(workers, asOf="2020-01-01T00:00:00Z"), within=60)
    assert long_ago.result is not None
    assert (long_ago.status, long_ago.result["products"]) == (JobStatus.SUCCEEDED, 0)
    assert await workers.number(_PAIRS) == 0
    assert await workers.number("SELECT count(*) FROM affinity_run") == 3


@pytest.mark.proof
async def test_called_off_it_leaves_the_tables_of_before(workers: House) -> None:
    await _open_a_shop(workers)
    workers.start("product-worker")
    await workers.ended(await _start(workers, asOf=world.NOW.isoformat()), within=60)
    # It is kept from ending: somebody holds a table that it writes last.
    holder = await asyncpg.connect(workers.db.url)
    try:
        async with holder.transaction():
            await holder.execute("LOCK TABLE affinity_run IN EXCLUSIVE MODE")
            job = await _start(workers, asOf="2020-01-01T00:00:00Z")
            await workers.until(lambda: workers.number(WAITING_FOR, "affinity_run"), 1)
            # What it has written nobody sees.
            assert await workers.number(_PAIRS) == 2
            async with workers.db.transaction() as tx:
                await cancel_job(tx, job, principal=OPERATOR, now=datetime.now(UTC))
            await asyncio.sleep(0.5)  # a job looks four times a second whether it is wanted still
        done = await workers.ended(job)
    finally:
        await holder.close()
    assert done.status is JobStatus.CANCELLED
    assert await workers.number(_PAIRS) == 2
