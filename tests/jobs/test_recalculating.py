"""The job that follows settings: it goes on where it ended, tells how far it is, and scores anew where it must."""

import asyncio
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from domain.access.principal import OPERATOR
from domain.ids import JobId
from domain.ledger.commands import enqueue
from domain.query.asking import Keys, Occasion
from domain.settings import Settings
from domain.settings.commands import update
from domain.settings.rules import Rate
from domain.transfer import Kind
from domain.vocabulary import Channel, JobKind, JobStatus
from tests.support.importing import CLAIMS, bring, person
from tests.support.jobs import House


async def settle(house: House, **given: object) -> JobId:
    occasion = Occasion(OPERATOR, datetime.now(UTC), ZoneInfo("UTC"), Keys(bytes(64), CLAIMS))
    async with house.db.transaction() as tx:
        [job] = (await update(tx, given, occasion=occasion)).jobs
    return job


async def touch(house: House, count: int) -> list[UUID]:
    """So many customers with a visit each."""
    about = {"channel": "WEB", "kind": "VISIT", "occurredAt": "2025-05-31T23:00:00Z", "source": "shop"}
    await bring(house.db, Kind.TOUCHPOINTS, [about | {"customer": person(str(number))} for number in range(count)])
    async with house.db.connection() as tx:
        return [row[0] for row in await tx.fetch("SELECT customer_id FROM customer ORDER BY customer_id")]


async def test_a_new_rate_card_costs_what_was_recorded_and_the_scores_follow(workers: House) -> None:
    await touch(workers, 20)
    job = await settle(workers, rateCard=[Rate(Channel.WEB, None, Decimal("0.5"))])
    workers.start("product-loop")
    done = await workers.ended(job)
    assert (done.status, done.result) == (JobStatus.SUCCEEDED, {"customers": 20, "changed": 20})
    served = "SELECT count(*) FROM customer_month WHERE cost_to_serve = 0.5"
    assert await workers.number(served) == 20
    scored = "SELECT count(*) FROM customer_score WHERE cost_to_serve = 0.5"
    await workers.until(lambda: workers.number(scored), 20)
    # The same round has written the summaries that filters look in.
    assert await workers.number("SELECT count(*) FROM customer_summary WHERE preferred_channel = 'WEB'") == 20


@pytest.mark.proof
async def test_another_time_zone_makes_other_months_and_everybody_is_scored(workers: House) -> None:
    await touch(workers, 3)
    async with workers.db.connection() as tx:
        await tx.execute("UPDATE customer_mark SET done = wanted")
    job = await settle(workers, timeZone="Asia/Tokyo")
    workers.start("product-loop")
    assert (await workers.ended(job)).result == {"customers": 3, "changed": 3}
    assert await workers.number("SELECT count(*) FROM customer_month WHERE month = '2025-06-01' AND touches = 1") == 3
    assert await workers.number("SELECT count(*) FROM customer_month WHERE month = '2025-05-01'") == 0
    async with workers.db.connection() as tx:
        [score] = [row[0] for row in await tx.fetch("SELECT job_id FROM job WHERE kind = 'SCORE_CUSTOMERS'")]
    assert (await workers.ended(score, within=60)).status is JobStatus.SUCCEEDED
    # The full run sums up whoever no round has summed up.
    assert await workers.number("SELECT count(*) FROM customer_summary") == 3


@pytest.mark.parametrize("beside", [pytest.param({}, marks=pytest.mark.proof), {"timeZone": "Asia/Tokyo"}])
async def test_another_horizon_is_fitted_and_then_everybody_is_scored(
    workers: House, beside: dict[str, object]
) -> None:
    await touch(workers, 2)
    job = await settle(workers, churnHorizonDays=40, **beside)
    workers.start("product-loop")
    assert (await workers.ended(job)).status is JobStatus.SUCCEEDED
    scored = "SELECT count(*) FROM job WHERE kind = 'SCORE_CUSTOMERS' AND status = 'SUCCEEDED'"
    await workers.until(lambda: workers.number(scored), 1, within=60)
    after = """SELECT count(*) FROM job AS fit JOIN job AS score ON score.queued_at >= fit.started_at
      WHERE fit.kind = 'FIT_VALUE_MODEL' AND score.kind = 'SCORE_CUSTOMERS' AND score.started_at >= fit.finished_at"""
    assert await workers.number(after) == 1
    assert await workers.number("SELECT count(*) FROM job WHERE kind = 'SCORE_CUSTOMERS'") == 1


@pytest.mark.proof
async def test_who_began_by_the_old_card_is_waited_for(workers: House) -> None:
    [customer] = await touch(workers, 1)
    async with workers.db.connection() as slow:
        late = slow.transaction()
        await late.start()
        assert (await Settings.load(slow)).rate_card == ()
        job = await settle(workers, rateCard=[Rate(Channel.WEB, None, Decimal("0.5"))])
        workers.start("product-worker")
        await workers.begun(job)
        await asyncio.sleep(0.4)
        assert (await workers.look(job)).status is JobStatus.RUNNING
        await slow.execute(
            "INSERT INTO touchpoint (customer_id, occurred_at, touchpoint_id, recorded_for, channel, kind, function,"
            " direction, recorded_at, source) VALUES ($1, '2025-06-01Z', $1, $1, 'WEB', 'VISIT', 'MARKETING',"
            " 'INBOUND', now(), 'shop')",
            customer,
        )
        await late.commit()
    assert (await workers.ended(job)).status is JobStatus.SUCCEEDED
    assert await workers.number("SELECT count(*) FROM touchpoint WHERE cost = 0.5") == 2
    assert await workers.number("SELECT count(*) FROM customer_month WHERE cost_to_serve = 0.5") == 2


@pytest.mark.proof
async def test_it_goes_on_where_an_attempt_before_it_ended(workers: House) -> None:
    customers = await touch(workers, 6)
    async with workers.db.transaction() as tx:
        await tx.execute("UPDATE touchpoint SET cost = 3")
        now = datetime.now(UTC)
        job = await enqueue(tx, JobKind.RECALCULATE, {"rates": True}, principal=OPERATOR, now=now)
        noted = {"after": str(customers[3]), "customers": 4, "changed": 1}
        await tx.execute("UPDATE job SET result = $2 WHERE job_id = $1", job, noted)
    workers.start("product-worker")
    assert (await workers.ended(job)).result == {"customers": 6, "changed": 3}
    assert await workers.number("SELECT count(*) FROM touchpoint WHERE cost = 3") == 4
