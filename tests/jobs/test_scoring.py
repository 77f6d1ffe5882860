"""The jobs of the scores, by the product's own workers: history follows the switch, and nothing half is ever live."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import numpy as np
import pytest

from domain.access.principal import OPERATOR
from domain.analytics import commands_snapshots as history
from domain.analytics.commands_snapshots import Pen
from domain.ids import JobId
from domain.ledger import cancel_job
from domain.ledger.commands import enqueue
from domain.vocabulary import JobKind, JobStatus
from tests.domain.analytics.facts import NOW, full_run, scores, town
from tests.support.jobs import House

pytestmark = pytest.mark.proof
SNAPSHOTS = "SELECT count(*) FROM score_snapshot"


async def begin(house: House, kind: JobKind, noted: object = None, **arguments: object) -> JobId:
    async with house.db.transaction() as tx:
        job = await enqueue(tx, kind, arguments, principal=OPERATOR, now=datetime.now(UTC))
        await tx.execute("UPDATE job SET result = $2 WHERE job_id = $1", job, noted)
    return job


async def people(house: House, count: int) -> list[UUID]:
    return await town(house.db, np.random.default_rng(5), count)


async def test_a_night_a_month_and_the_past_leave_their_snapshots(workers: House) -> None:
    await people(workers, 40)
    workers.start("product-worker")
    nightly = (await workers.ended(await begin(workers, JobKind.SCORE_CUSTOMERS), within=60)).result
    assert nightly is not None
    assert (nightly["customers"], nightly["snapshots"]) == (40, 40)
    again = (await workers.ended(await begin(workers, JobKind.SCORE_CUSTOMERS), within=60)).result
    assert again is not None
    assert again["snapshots"] == 0
    monthly = (await workers.ended(await begin(workers, JobKind.SNAPSHOT_METRICS), within=60)).result
    assert monthly == {"asOf": again["asOf"], "snapshots": 40}
    assert await workers.number(SNAPSHOTS) == 80
    once_more = (await workers.ended(await begin(workers, JobKind.SNAPSHOT_METRICS), within=60)).result
    assert once_more == {"asOf": again["asOf"], "snapshots": 0}
    past = (NOW - timedelta(days=50)).isoformat()
    for _ in range(2):
        replayed = (await workers.ended(await begin(workers, JobKind.SCORE_CUSTOMERS, asOf=past), within=60)).result
        assert replayed is not None
        assert replayed["asOf"] == past
        assert await workers.number(f"{SNAPSHOTS} WHERE as_of = $1", NOW - timedelta(days=50)) == 40
    assert await workers.number("SELECT count(*) FROM snapshot_of_all") == 2


async def test_a_month_before_the_first_run_has_nothing_to_tell(workers: House) -> None:
    workers.start("product-worker")
    done = await workers.ended(await begin(workers, JobKind.SNAPSHOT_METRICS), within=60)
    assert (done.status, done.result) == (JobStatus.SUCCEEDED, {"asOf": None, "snapshots": 0})


async def test_a_run_killed_while_it_keeps_history_goes_on_there(
    workers: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its scores are live already: they are not made again, and what was written before is not written twice."""
    await people(workers, 30)
    await full_run(workers.db, NOW)
    monkeypatch.setattr(history, "LOOKED_THROUGH", 10)

    async def killed(share: float, detail: str) -> None:
        if share > 0:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await history.keep_changes(Pen(workers.db.transaction, killed), NOW)
    before = await workers.number(SNAPSHOTS)
    job = await begin(workers, JobKind.SCORE_CUSTOMERS, {"customers": 30, "asOf": NOW.isoformat()})
    workers.start("product-worker")
    done = await workers.ended(job, within=60)
    assert 0 < before < 30
    assert done.result == {"customers": 30, "asOf": NOW.isoformat(), "snapshots": 30 - before}
    assert await workers.number("SELECT count(*) FROM score_run") == 1
    assert await workers.number(f"{SNAPSHOTS} WHERE as_of = $1", NOW) == 30


async def test_a_run_cancelled_in_the_middle_leaves_the_live_scores_as_they_are(workers: House) -> None:
    """Everybody is scored, and somebody stands in the way of the switch: until then nothing of it is seen."""
    await people(workers, 30)
    await full_run(workers.db, NOW)
    before = await scores(workers.db)
    async with workers.db.connection() as holder:
        holding = holder.transaction()
        await holding.start()
        await holder.execute("LOCK TABLE customer_score IN ROW SHARE MODE")
        job = await begin(workers, JobKind.SCORE_CUSTOMERS)
        workers.start("product-worker")
        await workers.until(lambda: workers.number("SELECT count(*) FROM customer_score_a"), 30, within=60)
        async with workers.db.transaction() as tx:
            await cancel_job(tx, job, principal=OPERATOR, now=datetime.now(UTC))
        done = await workers.ended(job, within=60)
        await holding.rollback()
    assert done.status is JobStatus.CANCELLED
    assert await scores(workers.db) == before
    assert await workers.number(SNAPSHOTS) == 0
    assert await workers.number("SELECT count(*) FROM score_run") == 1
    after = await workers.ended(await begin(workers, JobKind.SCORE_CUSTOMERS), within=60)
    assert (after.status, after.progress) == (JobStatus.SUCCEEDED, 1)
    assert len(await scores(workers.db)) == 30
