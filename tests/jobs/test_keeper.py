"""The keeper's holds: a batch is renewed long before its lease is over, and not as soon as it is leased."""

import time
from datetime import UTC, datetime

from domain.database import Tx
from domain.ids import new_ids
from domain.ledger import bucket_of, mark_customers, marks
from domain.ledger.rules import LEASE, RENEW_EVERY
from jobs.keeper import BatchHold

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
_UNTIL = "SELECT min(lease_until) FROM customer_mark WHERE lease_until IS NOT NULL"


async def test_a_batch_is_renewed_from_the_second_look_on_while_half_of_its_lease_is_left(tx: Tx) -> None:
    ids = new_ids(NOW, 40)
    await mark_customers(tx, ids, NOW)
    batch = await marks.lease_batch(tx, bucket_of(ids[0]), 100)
    await tx.execute("UPDATE customer_mark SET lease_until = lease_until - interval '4 seconds'")
    until, now = await tx.fetchval(_UNTIL), await tx.fetchval("SELECT clock_timestamp()")
    assert until < now + LEASE
    hold = BatchHold(batch, until=time.monotonic() + 60)
    await hold.renew(tx)
    assert await tx.fetchval(_UNTIL) == until, "it was leased just now"
    hold.since -= RENEW_EVERY.total_seconds()
    await hold.renew(tx)
    assert await tx.fetchval(_UNTIL) >= now + LEASE
    assert 2 * RENEW_EVERY <= LEASE / 2, "the second look at the latest comes in time"
