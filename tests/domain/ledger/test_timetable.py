"""The timetable in the database: seeded as often as wanted, fired once however many look."""

import asyncio
from datetime import UTC, datetime, time, timedelta

from domain.database import Database, Tx
from domain.ledger import list_jobs
from domain.ledger.commands import enqueue
from domain.ledger.rules import Entry
from domain.ledger.timetable import TIMETABLE, Firing, fire_next, postpone, seed
from domain.vocabulary import JobKind

NIGHTLY = Entry("nightly", JobKind.SCORE_CUSTOMERS, at=time(3, 0))
OFTEN = Entry("often", every=timedelta(hours=1))


async def make_due(tx: Tx, name: str) -> None:
    await tx.execute("UPDATE schedule SET next_at = now() - interval '3 days' WHERE name = $1", name)


async def test_seeding_again_changes_nothing(tx: Tx) -> None:
    await seed(tx)
    await tx.execute("UPDATE schedule SET enabled = false, at_time = '04:00' WHERE name = 'score-customers'")
    before = await tx.fetch("SELECT * FROM schedule ORDER BY name")
    await seed(tx)
    assert await tx.fetch("SELECT * FROM schedule ORDER BY name") == before
    assert len(before) == len(TIMETABLE)


async def test_times_are_those_of_the_organization(tx: Tx) -> None:
    await tx.execute("UPDATE settings SET time_zone = 'Asia/Kolkata'")
    await seed(tx, [NIGHTLY])
    next_at: datetime = await tx.fetchval("SELECT next_at FROM schedule")
    assert (next_at.astimezone(UTC).hour, next_at.minute) == (21, 30)  # 03:00 in Kolkata
    assert next_at > datetime.now(UTC)


async def test_what_was_missed_comes_once(tx: Tx) -> None:
    await seed(tx, [NIGHTLY])
    assert await fire_next(tx) is None
    await make_due(tx, "nightly")
    firing = await fire_next(tx)
    assert firing is not None
    assert firing.entry == NIGHTLY
    assert await fire_next(tx) is None
    assert [job.kind for job in await list_jobs(tx)] == ["SCORE_CUSTOMERS"]
    assert await tx.fetchval("SELECT next_at > now() AND last_at IS NOT NULL FROM schedule")


async def test_a_job_that_waits_already_is_enough(tx: Tx) -> None:
    await seed(tx, [NIGHTLY])
    await enqueue(tx, JobKind.SCORE_CUSTOMERS, {}, principal=None, now=datetime.now(UTC))
    await make_due(tx, "nightly")
    assert await fire_next(tx) is not None
    assert len(await list_jobs(tx)) == 1


async def test_ten_that_look_at_once_fire_once(db: Database) -> None:
    async with db.transaction() as tx:
        await seed(tx, [NIGHTLY, OFTEN])
        await make_due(tx, "nightly")
        await make_due(tx, "often")

    async def look() -> list[Firing]:
        firings = []
        for _ in range(3):
            async with db.transaction() as tx:
                if firing := await fire_next(tx):
                    firings.append(firing)
                await asyncio.sleep(0.01)
        return firings

    fired = [firing.entry.name for firings in await asyncio.gather(*(look() for _ in range(10))) for firing in firings]
    assert sorted(fired) == ["nightly", "often"]
    async with db.transaction() as tx:
        assert len(await list_jobs(tx)) == 1


async def test_a_firing_that_is_rolled_back_is_still_due(db: Database) -> None:
    async with db.transaction() as tx:
        await seed(tx, [OFTEN])
    async with db.connection() as connection:
        transaction = connection.transaction()
        await transaction.start()
        assert await fire_next(connection) is not None
        await transaction.rollback()
    async with db.transaction() as tx:
        assert await fire_next(tx, but_not=["often"]) is None
        assert await fire_next(tx) is not None


async def test_a_failed_firing_is_postponed(tx: Tx) -> None:
    await seed(tx, [OFTEN])
    await postpone(tx, "often", timedelta(minutes=1))
    assert await fire_next(tx) is None


async def test_a_disabled_entry_rests(tx: Tx) -> None:
    await seed(tx, [OFTEN])
    await tx.execute("UPDATE schedule SET enabled = false")
    assert await fire_next(tx) is None


async def test_a_month_comes_round_on_its_day(tx: Tx) -> None:
    monthly = Entry("monthly", JobKind.SNAPSHOT_METRICS, at=time(4, 0), day=1)
    await seed(tx, [monthly])
    assert await tx.fetchval("SELECT (next_at AT TIME ZONE 'UTC')::text LIKE '%-01 04:00:00' FROM schedule")
    await make_due(tx, "monthly")
    firing = await fire_next(tx)
    assert firing is not None
    assert firing.entry == monthly
    assert await tx.fetchval("SELECT extract(day FROM next_at) = 1 AND next_at > now() FROM schedule")
    assert [job.kind for job in await list_jobs(tx)] == ["SNAPSHOT_METRICS"]
