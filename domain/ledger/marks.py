"""Marks of changed customers, leased in batches: `done` follows `wanted`, fenced by each mark's attempt."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from domain.database import Tx
from domain.ledger.rules import BUCKETS, LEASE, LeaseLost

_LEASE = """
WITH chosen AS (
  SELECT customer_id FROM customer_mark
  WHERE bucket = $1 AND done < wanted AND (lease_until IS NULL OR lease_until <= clock_timestamp())
  ORDER BY customer_id LIMIT $2 FOR UPDATE SKIP LOCKED)
UPDATE customer_mark AS mark SET attempt = attempt + 1, lease_until = clock_timestamp() + $3::interval
FROM chosen WHERE mark.customer_id = chosen.customer_id
RETURNING mark.customer_id, mark.wanted, mark.attempt
"""

# Locked in key order, like every set of marks, so that two sets never wait for each other.
_LOCK_OURS = """
SELECT mark.customer_id FROM customer_mark AS mark
JOIN unnest($1::uuid[], $2::bigint[]) AS held (customer_id, attempt) USING (customer_id)
WHERE mark.attempt = held.attempt ORDER BY mark.customer_id FOR NO KEY UPDATE OF mark
"""
_DONE = """
UPDATE customer_mark AS mark SET done = greatest(mark.done, held.wanted), lease_until = NULL
FROM unnest($1::uuid[], $2::bigint[]) AS held (customer_id, wanted) WHERE mark.customer_id = held.customer_id
"""
# Waits for nobody: a mark that a writer holds just now is not extended, and nobody else can take it meanwhile.
_EXTEND = """
WITH ours AS (
  SELECT mark.customer_id FROM customer_mark AS mark
  JOIN unnest($1::uuid[], $2::bigint[]) AS held (customer_id, attempt) USING (customer_id)
  WHERE mark.attempt = held.attempt AND mark.lease_until IS NOT NULL
  ORDER BY mark.customer_id FOR NO KEY UPDATE OF mark SKIP LOCKED)
UPDATE customer_mark AS mark SET lease_until = clock_timestamp() + $3::interval
FROM ours WHERE mark.customer_id = ours.customer_id
"""
_BEHIND = "SELECT DISTINCT bucket FROM customer_mark WHERE done < wanted ORDER BY bucket"


@dataclass(frozen=True, slots=True)
class Batch:
    """Marked customers in our hands, in key order: (customer, generation wanted when leased, attempt)."""

    marks: tuple[tuple[UUID, int, int], ...]

    def __len__(self) -> int:
        return len(self.marks)

    @property
    def ids(self) -> list[UUID]:
        return [customer for customer, _, _ in self.marks]

    @property
    def wanted(self) -> dict[UUID, int]:
        return {customer: wanted for customer, wanted, _ in self.marks}

    @property
    def attempts(self) -> list[int]:
        return [attempt for _, _, attempt in self.marks]

    def halves(self) -> Iterator["Batch"]:
        middle = len(self.marks) // 2
        yield Batch(self.marks[:middle])
        yield Batch(self.marks[middle:])


async def buckets_behind(tx: Tx) -> list[int]:
    return [row["bucket"] for row in await tx.fetch(_BEHIND)]


async def lease_batch(tx: Tx, bucket: int, size: int) -> Batch:
    """Up to `size` customers of the bucket whose facts are newer than their scores; empty where there are none."""
    assert 0 <= bucket < BUCKETS
    rows = await tx.fetch(_LEASE, bucket, size, LEASE)
    return Batch(tuple(sorted((row["customer_id"], row["wanted"], row["attempt"]) for row in rows)))


async def done(tx: Tx, batch: Batch) -> None:
    """What was wanted when the batch was leased is in the scores; commits with them, as the last deed of all.

    It is the fence: LeaseLost where even one mark is not ours any more. What changed since stays marked.
    """
    if len(await tx.fetch(_LOCK_OURS, batch.ids, batch.attempts)) < len(batch):
        raise LeaseLost
    await tx.execute(_DONE, batch.ids, list(batch.wanted.values()))


async def extend(tx: Tx, batch: Batch, pause: timedelta = LEASE) -> None:
    """Hold the batch longer: while it is worked on, or as a pause after a failure that is its own."""
    await tx.execute(_EXTEND, batch.ids, batch.attempts, pause)
