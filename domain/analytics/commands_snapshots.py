"""Keeping history: the live scores are written down, of everybody or of whoever has changed, some at a time.

Run again, or killed and resumed, it writes what is missing and nothing twice; so it can end after any batch.
"""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.customers.queries_everybody import about_how_many
from domain.database import Tx

AT_ONCE = 50_000
LOOKED_THROUGH = 250_000
"""Of whom few are written; looking up what was kept last is the dearer, the fewer customers it is done for."""
_NOBODY = UUID(int=0)

Transaction = Callable[[], AbstractAsyncContextManager[Tx]]
Progress = Callable[[float, str], Awaitable[None]]

# Erasing deletes snapshots: it comes before the scores are read here, or it finds what was written.
_ALONE = "LOCK TABLE score_snapshot IN SHARE ROW EXCLUSIVE MODE"
# Nested loops win only where the planner takes a table for empty: right after everybody's first snapshot.
_UNHURRIED = "SET LOCAL statement_timeout = 0; SET LOCAL enable_nestloop = off; SET LOCAL work_mem = '64MB'"

_LAST_OF_BATCH = """
SELECT customer_id FROM (
  SELECT customer_id FROM customer_score WHERE customer_id > $1 ORDER BY customer_id LIMIT $2
) AS batch ORDER BY customer_id DESC LIMIT 1
"""

# Scored by the run itself; and, where what is live belongs to it, scored again since by who was there at its as-of.
_WRITE = """
INSERT INTO score_snapshot AS kept
  (customer_id, as_of, churn_probability, rfm, lifetime_value, lifecycle_stage, value_tier, risk_band)
SELECT
  score.customer_id,
  $1,
  score.churn_probability,
  100 * score.rfm_recency + 10 * score.rfm_frequency + score.rfm_monetary,
  score.lifetime_value,
  score.lifecycle_stage,
  score.value_tier,
  score.risk_band
FROM customer_score AS score {latest}
WHERE score.customer_id > $2 AND score.customer_id <= $3 AND (score.as_of = $1 OR $4 AND score.as_of > $1 AND EXISTS (
    SELECT FROM customer WHERE customer.customer_id = score.customer_id AND customer.created_at <= $1
  )) {there} {differing}
ON CONFLICT (customer_id, as_of) DO UPDATE
SET (churn_probability, rfm, lifetime_value, lifecycle_stage, value_tier, risk_band) = ROW (excluded.churn_probability,
  excluded.rfm, excluded.lifetime_value, excluded.lifecycle_stage, excluded.value_tier, excluded.risk_band)
WHERE (kept.churn_probability, kept.rfm, kept.lifetime_value, kept.lifecycle_stage, kept.value_tier, kept.risk_band)
  IS DISTINCT FROM (excluded.churn_probability, excluded.rfm, excluded.lifetime_value, excluded.lifecycle_stage,
    excluded.value_tier, excluded.risk_band)
"""
# A replay scores everybody that is known today: who had neither come nor bought by then has no score of that moment.
# When somebody came is told later, or of long ago, where they are recorded after it happened.
_CAME_LATER = """score.lifecycle_stage = 'PROSPECT' AND EXISTS (
    SELECT FROM customer WHERE customer.customer_id = score.customer_id
      AND least(customer.created_at, customer.acquisition_at) > $1
  )"""
_EVERYBODY = _WRITE.format(latest="", there=f"AND ($4 OR NOT ({_CAME_LATER}))", differing="")
# As a replay before it had them, whose only order of that time was cancelled since.
_UNWRITE = f"""
DELETE FROM score_snapshot AS kept USING customer_score AS score
WHERE kept.as_of = $1 AND kept.customer_id > $2 AND kept.customer_id <= $3
  AND score.customer_id = kept.customer_id AND score.as_of = $1 AND {_CAME_LATER}
"""

# Everybody who was scored has a snapshot of $5, the last one of all: nobody's latest lies before it.
_CHANGED = _WRITE.format(
    latest="""LEFT JOIN (
  SELECT DISTINCT ON (customer_id) customer_id, lifecycle_stage, value_tier, risk_band FROM score_snapshot
  WHERE as_of >= $5 AND as_of < $1 AND customer_id > $2 AND customer_id <= $3
  ORDER BY customer_id, as_of DESC
) AS latest ON latest.customer_id = score.customer_id""",
    there="",
    differing="""
  AND (score.lifecycle_stage, score.value_tier, score.risk_band)
    IS DISTINCT FROM (latest.lifecycle_stage, latest.value_tier, latest.risk_band)""",
)

_OF_ALL_BEFORE = "SELECT coalesce(max(as_of), '1900-01-01Z') FROM snapshot_of_all WHERE as_of < $1"
_IS_WHOLE = "SELECT EXISTS (SELECT FROM snapshot_of_all WHERE as_of = $1)"
_WHOLE = """
INSERT INTO snapshot_of_all (as_of, written_at) VALUES ($1, clock_timestamp())
ON CONFLICT (as_of) DO UPDATE SET written_at = excluded.written_at
"""
_LAST_RUN = "SELECT as_of FROM score_run ORDER BY finished_at DESC, score_run_id DESC LIMIT 1"

# By the runs of nights, so that months are not even looked at. The last word about somebody stays, however old.
_TIDY = """
DELETE FROM score_snapshot WHERE (customer_id, as_of) IN (
  SELECT old.customer_id, old.as_of
  FROM (
    SELECT DISTINCT as_of FROM score_run
    WHERE as_of < $1::timestamptz - interval '13 months' AND as_of NOT IN (SELECT as_of FROM snapshot_of_all)
  ) AS night
  JOIN score_snapshot AS old ON old.as_of = night.as_of
  WHERE EXISTS (
    SELECT FROM score_snapshot AS later JOIN snapshot_of_all ON snapshot_of_all.as_of = later.as_of
    WHERE later.customer_id = old.customer_id AND later.as_of > old.as_of
  )
  LIMIT $2)
"""


@dataclass(frozen=True, slots=True)
class Pen:
    """What the door lends: transactions to write in, and an ear that may call it off between two of them."""

    writing: Transaction
    progress: Progress


async def keep_changes(pen: Pen, as_of: datetime) -> int:
    """After a nightly run as of that instant: whose stage, tier or band is not that of their latest snapshot."""
    return await _write(pen, as_of, of_all=False, as_they_stand=True)


async def keep_all(pen: Pen, as_of: datetime, *, as_they_stand: bool) -> int:
    """Everybody's scores as of that instant, which is that of the run that is live; how many were written.

    As they stand: who was scored again since is in it too, as a month's snapshot wants it; in one of the past those
    scores would be of another time, so who changes while it is made is left out until it is made again; and who came
    only later is not in it.
    """
    written = await _write(pen, as_of, of_all=True, as_they_stand=as_they_stand)
    async with pen.writing() as tx:
        await tx.execute(_WHOLE, as_of)
    return written


async def last_run(tx: Tx) -> datetime | None:
    """The as-of of the run whose scores are live."""
    found: datetime | None = await tx.fetchval(_LAST_RUN)
    return found


async def is_whole(tx: Tx, as_of: datetime) -> bool:
    """Whether everybody's snapshot of that instant is there."""
    return bool(await tx.fetchval(_IS_WHOLE, as_of))


async def tidy(tx: Tx, now: datetime) -> int:
    """Forget what changed from night to night more than thirteen months ago; months stay for ever. How many went."""
    return int((await tx.execute(_TIDY, now, AT_ONCE)).split()[-1])


async def _write(pen: Pen, as_of: datetime, *, of_all: bool, as_they_stand: bool) -> int:
    written, seen, after = 0, 0, _NOBODY
    async with pen.writing() as tx:
        expected = await about_how_many(tx)
        since: datetime = await tx.fetchval(_OF_ALL_BEFORE, as_of)
    statement, more, batch = (_EVERYBODY, (), AT_ONCE) if of_all else (_CHANGED, (since,), LOOKED_THROUGH)
    while True:
        share = min(seen / max(expected, 1), 1.0)
        await pen.progress(share, f"Keeping history: {seen:,} customers seen, {written:,} snapshots written")
        async with pen.writing() as tx:
            last: UUID | None = await tx.fetchval(_LAST_OF_BATCH, after, batch)
            if last is None:
                return written
            await tx.execute(f"{_UNHURRIED}; {_ALONE}")
            if not as_they_stand:
                await tx.execute(_UNWRITE, as_of, after, last)
            done = await tx.execute(statement, as_of, after, last, as_they_stand, *more)
        written, seen, after = written + int(done.split()[-1]), seen + batch, last
