"""DISCOVER_SEGMENTS by the product's own workers: killed before it saves, it has done nothing."""

import asyncio
from datetime import UTC, datetime
from uuid import UUID

import asyncpg
import pytest

from domain.access.principal import OPERATOR
from domain.ledger.commands import enqueue
from domain.vocabulary import JobKind, JobStatus
from tests.domain.segments.discovery.finding import people
from tests.domain.segments.discovery.test_behaviour import KINDS, crowd
from tests.jobs.test_scoring_killed import killed
from tests.support.jobs import House
from tests.support.waiting import WAITING_FOR

pytestmark = pytest.mark.proof

_TRACES = (
    "SELECT (SELECT count(*) FROM segment) + (SELECT count(*) FROM segment_listed) + (SELECT count(*) FROM"
    " segment_version) + (SELECT count(*) FROM customer_segment)"
)


async def _start(house: House, **arguments: object) -> UUID:
    async with house.db.transaction() as tx:
        said = {"keyPrefix": "habit", **arguments}
        return await enqueue(tx, JobKind.DISCOVER_SEGMENTS, said, principal=OPERATOR, now=datetime.now(UTC))


async def _killed_while_it_saves(house: House, job: UUID) -> None:
    """Half of it is written when it waits for a table that somebody holds, and there it dies."""
    holder = await asyncpg.connect(house.db.url)
    try:
        async with holder.transaction():
            await holder.execute("LOCK TABLE segment_version IN EXCLUSIVE MODE")
            worker = house.start("product-worker")
            await house.until(lambda: house.number(WAITING_FOR, "segment_version"), 1, within=180)
            worker.kill()
    finally:
        await holder.close()
    async with house.db.connection() as connection:
        await connection.execute("UPDATE job SET lease_until = clock_timestamp() WHERE job_id = $1", job)


async def test_killed_anywhere_it_leaves_nothing_half_done(workers: House) -> None:
    async with workers.db.transaction() as tx:
        await people(tx, crowd(*KINDS[:3], size=40))
    job = await _start(workers)
    for point in ("Finding", "Placing"):
        await killed(workers, job, point)
        assert await workers.number(_TRACES) == 0
    await _killed_while_it_saves(workers, job)
    await asyncio.sleep(0.5)  # until Postgres has noticed that nobody is there
    assert await workers.number(_TRACES) == 0
    workers.start("product-worker")
    done = await workers.ended(job, within=180)
    assert (done.status, done.attempts) == (JobStatus.SUCCEEDED, 4), workers.said()
    assert done.result is not None
    assert len(done.result["segments"]) == 3  # type: ignore[arg-type]
    assert await workers.number("SELECT sum(member_count) FROM segment") == 120
    again = await workers.ended(await _start(workers), within=180)
    assert again.result == done.result
    assert await workers.number("SELECT count(*) FROM segment_stay") == 0
    few = await workers.ended(await _start(workers, segments=9, where={"country": {"eq": "GB"}}), within=180)
    assert (few.status, few.attempts) == (JobStatus.FAILED, 1)
    assert "there are 60 customers who have bought and may be profiled; groups need 90" in str(few.error)
