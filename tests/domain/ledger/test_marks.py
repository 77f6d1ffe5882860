"""Marks of changed customers: counted up by writers, leased in batches, done together with their effect."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from domain.database import Database, Tx
from domain.ids import new_ids
from domain.ledger import BUCKET_SQL, LeaseLost, bucket_of, mark_customers, marks

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


async def lease_all(tx: Tx, size: int = 1000) -> list[marks.Batch]:
    return [await marks.lease_batch(tx, bucket, size) for bucket in await marks.buckets_behind(tx)]


async def generations(tx: Tx) -> dict[UUID, tuple[int, int]]:
    rows = await tx.fetch("SELECT customer_id, wanted, done FROM customer_mark")
    return {row["customer_id"]: (row["wanted"], row["done"]) for row in rows}


def of_one_bucket(count: int) -> list[UUID]:
    return sorted(id_ for id_ in new_ids(NOW, 500 + count * 40) if bucket_of(id_) == 3)[:count]


async def test_every_change_wants_one_more(tx: Tx) -> None:
    one, other = new_ids(NOW, 2)
    await mark_customers(tx, [one, other, one], NOW)
    await mark_customers(tx, [other], NOW)
    await mark_customers(tx, [], NOW)
    assert await generations(tx) == {one: (1, 0), other: (2, 0)}


async def test_both_ways_to_know_the_bucket_agree(tx: Tx) -> None:
    ids = new_ids(NOW, 1_000)  # of 200, one run in some ten thousand has a bucket without any
    await mark_customers(tx, ids, NOW)
    rows = await tx.fetch(f"SELECT customer_id, bucket, {BUCKET_SQL} AS said FROM customer_mark")
    assert {row["customer_id"] for row in rows} == set(ids)
    assert all(row["bucket"] == row["said"] == bucket_of(row["customer_id"]) for row in rows)
    assert len({row["bucket"] for row in rows}) == 16


async def test_a_batch_is_leased_once_and_done_catches_up(tx: Tx) -> None:
    ids = of_one_bucket(10)
    await mark_customers(tx, ids, NOW)
    assert await marks.buckets_behind(tx) == [3]
    first, second = await marks.lease_batch(tx, 3, 6), await marks.lease_batch(tx, 3, 6)
    assert (first.ids, second.ids) == (ids[:6], ids[6:])
    assert len(await marks.lease_batch(tx, 3, 6)) == 0
    await marks.done(tx, first)
    await marks.done(tx, second)
    assert set((await generations(tx)).values()) == {(1, 1)}
    assert await marks.buckets_behind(tx) == []


async def test_what_changes_meanwhile_stays_marked(tx: Tx) -> None:
    ids = of_one_bucket(2)
    await mark_customers(tx, ids, NOW)
    batch = await marks.lease_batch(tx, 3, 10)
    await mark_customers(tx, ids[:1], NOW)
    await marks.done(tx, batch)
    assert await generations(tx) == {ids[0]: (2, 1), ids[1]: (1, 1)}
    assert (await marks.lease_batch(tx, 3, 10)).wanted == {ids[0]: 2}


async def test_a_batch_that_was_taken_by_another_changes_nothing(db: Database) -> None:
    ids = of_one_bucket(4)
    async with db.transaction() as tx:
        await mark_customers(tx, ids, NOW)
        stale = await marks.lease_batch(tx, 3, 10)
        await tx.execute("UPDATE customer_mark SET lease_until = clock_timestamp() WHERE customer_id = $1", ids[2])
        taken = await marks.lease_batch(tx, 3, 10)
    assert taken.ids == [ids[2]]
    with pytest.raises(LeaseLost):
        async with db.transaction() as tx:
            await marks.done(tx, stale)
    async with db.transaction() as tx:
        assert set((await generations(tx)).values()) == {(1, 0)}
        await marks.done(tx, taken)
        assert (await generations(tx))[ids[2]] == (1, 1)


async def test_a_lease_is_extended_for_those_that_are_still_ours(tx: Tx) -> None:
    ids = of_one_bucket(3)
    await mark_customers(tx, ids, NOW)
    batch = await marks.lease_batch(tx, 3, 10)
    await tx.execute("UPDATE customer_mark SET attempt = attempt + 1 WHERE customer_id = $1", ids[0])
    await marks.extend(tx, batch, timedelta(hours=1))
    rows = await tx.fetch("SELECT customer_id FROM customer_mark WHERE lease_until > now() + interval '30 min'")
    assert sorted(row["customer_id"] for row in rows) == ids[1:]


async def test_halves_are_the_whole() -> None:
    batch = marks.Batch(tuple((id_, 1, 1) for id_ in of_one_bucket(5)))
    left, right = batch.halves()
    assert (left.ids + right.ids, len(left)) == (batch.ids, 2)
