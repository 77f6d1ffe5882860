"""A round over changed customers: effect and mark in one commit, one poison customer spoils nobody else's scores."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from uuid import UUID

import asyncpg
import pytest

from domain.database import Database, Tx
from domain.deployment import Deployment, Secret
from domain.ids import new_ids
from domain.ledger import bucket_of, mark_customers
from jobs import rounds
from jobs.cpu import Calculator
from jobs.keeper import Keeper
from jobs.rounds import Changed, Round, Rounds
from tests.support.jobs import House

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


async def go(db: Database, changed: Changed) -> int:
    keeper = Keeper(db.url)  # not started: its thread is none of this test
    deployment = Deployment(db.url, "redis://nowhere", Secret(bytes(32)))
    return await Rounds(keeper, changed).go(Round(db, deployment, NOW, Calculator()))


async def mark(db: Database, ids: list[UUID]) -> None:
    async with db.transaction() as tx:
        await mark_customers(tx, ids, NOW)


async def behind(db: Database) -> set[UUID]:
    async with db.connection() as connection:
        rows = await connection.fetch("SELECT customer_id FROM customer_mark WHERE done < wanted")
    return {row["customer_id"] for row in rows}


async def test_everybody_is_handed_over_once_with_the_generation_wanted(db: Database) -> None:
    ids = new_ids(NOW, 300)
    await mark(db, ids)
    await mark(db, ids[:100])
    seen: dict[UUID, int] = {}

    async def changed(round_: Round, tx: Tx, marked: Mapping[UUID, int]) -> None:
        assert not set(seen) & set(marked)
        assert list(marked) == sorted(marked)
        seen.update(marked)

    assert await go(db, changed) == 300
    assert seen == {id_: 2 if id_ in set(ids[:100]) else 1 for id_ in ids}
    assert await behind(db) == set()
    assert await go(db, changed) == 0


async def test_poison_stands_alone(db: Database) -> None:
    ids = new_ids(NOW, 200)
    poison = {ids[7], ids[131]}
    await mark(db, ids)
    scored: list[UUID] = []

    async def changed(round_: Round, tx: Tx, marked: Mapping[UUID, int]) -> None:
        if poison & set(marked):
            raise ZeroDivisionError
        scored.extend(marked)

    assert await go(db, changed) == 198
    assert sorted(scored) == sorted(set(ids) - poison)
    assert await behind(db) == poison
    async with db.connection() as connection:
        pauses = await connection.fetch(
            "SELECT lease_until > now() + interval '50 s' AS later FROM customer_mark WHERE done < wanted"
        )
    assert [row["later"] for row in pauses] == [True, True]


async def test_what_is_wrong_with_everybody_ends_the_round_early(db: Database) -> None:
    await mark(db, new_ids(NOW, 3_000))
    calls = 0

    async def changed(round_: Round, tx: Tx, marked: Mapping[UUID, int]) -> None:
        nonlocal calls
        calls += 1
        raise ZeroDivisionError

    assert await go(db, changed) == 0
    assert 20 <= calls < 300, "of some six thousand"


async def test_a_conflict_with_somebody_else_is_not_the_batchs_fault(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rounds, "LANES", 1)  # so that one bucket comes after the other
    ids = new_ids(NOW, 500)
    # Few of each: of many, both would be one batch.
    await mark(db, [id_ for bucket in (0, 1) for id_ in [one for one in ids if bucket_of(one) == bucket][:10]])
    sizes: list[int] = []

    async def changed(round_: Round, tx: Tx, marked: Mapping[UUID, int]) -> None:
        sizes.append(len(marked))
        if len(sizes) != 3:  # the first bucket succeeds the third time, the second never
            raise asyncpg.DeadlockDetectedError

    caught_up = await go(db, changed)
    assert len(sizes) == 6
    assert set(sizes[:3]) == {caught_up}
    assert set(sizes[3:]) == {len(await behind(db))}


async def test_a_change_during_the_round_is_scored_again(db: Database) -> None:
    (customer,) = new_ids(NOW, 1)
    await mark(db, [customer])
    generations: list[int] = []

    async def changed(round_: Round, tx: Tx, marked: Mapping[UUID, int]) -> None:
        generations.extend(marked.values())
        if len(generations) == 1:
            await mark(round_.db, [customer])

    assert await go(db, changed) == 2
    assert generations == [1, 2]
    assert await behind(db) == set()


async def test_two_rounds_at_once_hand_nobody_over_twice(db: Database) -> None:
    ids = new_ids(NOW, 400)
    await mark(db, ids)
    seen: list[UUID] = []

    async def changed(round_: Round, tx: Tx, marked: Mapping[UUID, int]) -> None:
        seen.extend(marked)
        await asyncio.sleep(0.005)

    assert sum(await asyncio.gather(go(db, changed), go(db, changed))) == 400
    assert sorted(seen) == sorted(ids)


async def sizes_of(db: Database, count: int, monkeypatch: pytest.MonkeyPatch) -> tuple[list[UUID], list[list[UUID]]]:
    """Marks so many, goes round in one lane, and gives whom it marked and whom each batch held."""
    monkeypatch.setattr(rounds, "LANES", 1)
    ids, batches = new_ids(NOW, count), list[list[UUID]]()
    await mark(db, ids)

    async def changed(round_: Round, tx: Tx, marked: Mapping[UUID, int]) -> None:
        assert list(marked) == sorted(marked)
        batches.append(list(marked))

    assert await go(db, changed) == count
    assert await behind(db) == set()
    return ids, batches


async def test_where_many_changed_a_batch_holds_several_buckets(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds, "BATCH", 500)
    ids, batches = await sizes_of(db, 1_600, monkeypatch)
    assert sorted(id_ for batch in batches for id_ in batch) == sorted(ids)
    assert [len(batch) for batch in batches] == [500, 500, 500, 100]


async def test_where_few_changed_each_bucket_is_done_by_itself(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that what a round does for a few only is done for all of them."""
    ids, batches = await sizes_of(db, 300, monkeypatch)
    assert sorted(id_ for batch in batches for id_ in batch) == sorted(ids)
    assert all(len(batch) <= rounds.FEW for batch in batches)
    assert [len({bucket_of(id_) for id_ in batch}) for batch in batches] == [1] * len(batches)


async def test_who_changes_while_a_batch_of_several_buckets_is_done_is_done_again(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rounds, "LANES", 1)
    monkeypatch.setattr(rounds, "FEW", 0)  # or a bucket that happens to hold few is a batch by itself
    ids = new_ids(NOW, 1_200)
    await mark(db, ids)
    again, generations = [*ids[:5], *ids[-5:]], dict.fromkeys(ids, 0)

    async def changed(round_: Round, tx: Tx, marked: Mapping[UUID, int]) -> None:
        if not any(generations.values()):
            await mark(round_.db, again)
        generations.update(marked)

    assert await go(db, changed) == 1_210
    assert generations == {id_: 2 if id_ in set(again) else 1 for id_ in ids}
    assert await behind(db) == set()


@pytest.mark.parametrize("loops", [1, 2])
async def test_the_loop_goes_round_by_itself(workers: House, loops: int) -> None:
    ids = new_ids(NOW, 60)
    async with workers.db.transaction() as tx:
        await tx.execute("INSERT INTO effect (who, what) VALUES ($1, 'poison')", str(ids[5]))
    for _ in range(loops):
        workers.start("loop")
    await mark(workers.db, ids[:30])
    await workers.at_work(loops)
    await mark(workers.db, ids[30:])
    count = "SELECT count(*) FROM effect WHERE what = 'scored 1'"
    await workers.until(lambda: workers.number(count), 59)
    await asyncio.sleep(0.3)
    assert await workers.number(count) == 59
    assert await behind(workers.db) == {ids[5]}
