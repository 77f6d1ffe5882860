"""The job of advice: everybody in batches, gone on with where it ended; and who changes is advised by the rounds."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from domain.access.principal import OPERATOR
from domain.advice.commands_advising import advise
from domain.database import Database
from domain.deployment import Deployment, Secret
from domain.ledger.commands import enqueue, mark_customers
from domain.vocabulary import JobKind, JobStatus
from jobs import analytics
from jobs.cpu import Calculator
from jobs.rounds import Round
from tests.support.jobs import House

_PROSPECT = """
WITH made AS (
  INSERT INTO customer (customer_id, email, created_at, updated_at)
  SELECT n, 'ada@example.org', now(), now() FROM unnest($1::uuid[]) AS n RETURNING customer_id
), scored AS (
  INSERT INTO customer_score (customer_id, lifecycle_since) SELECT n, now() FROM unnest($1::uuid[]) AS n
), touched AS (
  INSERT INTO touchpoint (customer_id, occurred_at, touchpoint_id, recorded_for, channel, kind, function, direction,
    recorded_at, source, case_number)
  SELECT n, now() - interval '1 day', n, n, 'CHAT', 'CASE_OPENED', 'SERVICE', 'INBOUND', now(), 'shop', 'C'
  FROM unnest($1::uuid[]) AS n
)
SELECT count(*) FROM made
"""
_REFUSAL = """
INSERT INTO customer_consent (customer_id, consent_id, channel, purpose, status, recorded_at, recorded_for, holds)
VALUES ($1, gen_random_uuid(), 'EMAIL', 'PROFILING', 'WITHDRAWN', $2, $1, true)
"""
_ADVISED = "SELECT count(*) FROM customer_next_action WHERE strategy = 'RECOVER_SERVICE' AND channel = 'CHAT'"


async def prospects(house: House, count: int) -> list[UUID]:
    """Customers with an open case each."""
    ids = [UUID(int=number) for number in range(1, count + 1)]
    async with house.db.transaction() as tx:
        await tx.execute(_PROSPECT, ids)
    return ids


async def test_everybody_is_advised_and_the_sums_follow(workers: House) -> None:
    await prospects(workers, 7)
    async with workers.db.transaction() as tx:
        job = await enqueue(tx, JobKind.ADVISE_CUSTOMERS, {}, principal=OPERATOR, now=datetime.now(UTC))
    workers.start("product-worker")
    done = await workers.ended(job)
    assert done.status is JobStatus.SUCCEEDED, done.error
    assert done.result is not None
    assert (done.result["customers"], done.result["strategies"]) == (7, {"RECOVER_SERVICE": 7})
    assert await workers.number(_ADVISED) == 7
    assert await workers.number("SELECT customers FROM strategy_sum WHERE strategy = 'RECOVER_SERVICE'") == 7
    assert await workers.number("SELECT count(*) FROM response_rate WHERE topic = 'CHANNEL'") == 12


@pytest.mark.proof
async def test_it_goes_on_where_an_attempt_before_it_ended(workers: House) -> None:
    ids = await prospects(workers, 6)
    began = datetime.now(UTC) - timedelta(minutes=1)
    async with workers.db.transaction() as tx:
        job = await enqueue(tx, JobKind.ADVISE_CUSTOMERS, {}, principal=OPERATOR, now=began)
        noted = {"asOf": began.isoformat(), "after": str(ids[3]), "customers": 4}
        await tx.execute("UPDATE job SET result = $2 WHERE job_id = $1", job, noted)
    workers.start("product-worker")
    done = await workers.ended(job)
    assert done.result is not None
    assert (done.result["customers"], done.result["asOf"]) == (6, began.isoformat())
    assert await workers.number(_ADVISED) == 2
    assert await workers.number("SELECT count(*) FROM response_rate") == 0


async def test_who_changes_is_advised_by_the_next_round(workers: House) -> None:
    ids = await prospects(workers, 3)
    async with workers.db.transaction() as tx:
        await mark_customers(tx, ids[:2], datetime.now(UTC))
    workers.start("product-loop")
    await workers.until(lambda: workers.number(_ADVISED), 2)


async def test_whoever_refuses_profiling_is_advised_nothing_even_where_too_many_change_at_once(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(analytics, "FEW", 1)
    ids, now = [UUID(int=number) for number in range(1, 4)], datetime.now(UTC)
    round_ = Round(db, Deployment(db.url, "redis://nowhere", Secret(bytes(32))), now, Calculator())
    async with db.transaction() as tx:
        await tx.execute(_PROSPECT, ids)
        await mark_customers(tx, ids, now)
        await advise(tx, ids, now=now)
        await tx.execute(_REFUSAL, ids[0], now)
    async with db.transaction() as tx:
        await analytics.changed_customers(round_, tx, dict.fromkeys(ids, 1))
        kept = await tx.fetch("SELECT customer_id FROM customer_next_action ORDER BY customer_id")
    assert [row["customer_id"] for row in kept] == ids[1:]
