"""History is kept: who has changed each night, everybody each month, and of the past whatever the order."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from itertools import permutations
from typing import Any
from uuid import UUID

import numpy as np
import pytest

from domain.analytics import commands_snapshots as history
from domain.analytics.commands_fitting import fit_value_model
from domain.analytics.commands_snapshots import Pen
from domain.analytics.compute import here
from domain.database import Database, Tx
from domain.ids import new_id
from domain.ledger import JobCancelled, mark_customers
from tests.domain.analytics.facts import NOW, buyer, changed_pass, customer, full_run, order, quiet, score, scores, town

DAY = timedelta(days=1)


def pen(db: Database) -> Pen:
    return Pen(db.transaction, quiet)


async def night(db: Database, as_of: datetime) -> int:
    """The nightly run, as the job does it; how many snapshots came of it."""
    await full_run(db, as_of)
    return await history.keep_changes(pen(db), as_of)


async def month(db: Database, as_of: datetime) -> int:
    return await history.keep_all(pen(db), as_of, as_they_stand=True)


async def replay(db: Database, as_of: datetime) -> int:
    """SCORE_CUSTOMERS with an as-of."""
    await full_run(db, as_of, then=True)
    return await history.keep_all(pen(db), as_of, as_they_stand=False)


async def kept(db: Database) -> list[dict[str, Any]]:
    async with db.transaction() as tx:
        return [dict(row) for row in await tx.fetch("SELECT * FROM score_snapshot ORDER BY customer_id, as_of")]


async def stages(db: Database, of: UUID) -> list[tuple[datetime, str]]:
    return [(row["as_of"], row["lifecycle_stage"]) for row in await kept(db) if row["customer_id"] == of]


async def fitted(db: Database, people: int = 200) -> None:
    await town(db, np.random.default_rng(7), people)
    async with db.transaction() as tx:
        await fit_value_model(tx, here, until=None, now=NOW)


async def test_a_snapshot_is_what_the_scores_were(db: Database) -> None:
    await fitted(db)
    async with db.transaction() as tx:
        await customer(tx)
    live = {}
    for as_of in (NOW - 100 * DAY, NOW):
        await night(db, as_of)
        live[as_of] = await scores(db)
    rows = await kept(db)
    assert {row["as_of"] for row in rows} == set(live)
    assert {row["lifecycle_stage"] for row in rows} > {"PROSPECT", "NEW", "AT_RISK"}
    for row in rows:
        then = live[row["as_of"]][row["customer_id"]]
        digits = [then[name] for name in ("rfm_recency", "rfm_frequency", "rfm_monetary")]
        assert row["rfm"] == (None if digits[0] is None else int("".join(map(str, digits))))
        known = then["churn_probability"]
        assert row["churn_probability"] == (known if known is None else pytest.approx(known, rel=1e-6))
        for name in ("lifetime_value", "lifecycle_stage", "value_tier", "risk_band"):
            assert row[name] == then[name]


async def test_a_night_writes_whose_stage_tier_or_band_has_changed_and_who_is_new(db: Database) -> None:
    await fitted(db)
    async with db.transaction() as tx:
        same = await buyer(tx, 40)
    everybody = len(await scores(db))
    assert await night(db, NOW) == everybody
    then = await scores(db)
    async with db.transaction() as tx:
        came = await buyer(tx, 5)
    later = NOW + 45 * DAY
    written = await night(db, later)
    told = ("lifecycle_stage", "value_tier", "risk_band")
    differing = {
        id_ for id_, row in (await scores(db)).items() if id_ == came or any(row[n] != then[id_][n] for n in told)
    }
    assert {row["customer_id"] for row in await kept(db) if row["as_of"] == later} == differing
    assert written == len(differing)
    assert 0 < written < everybody
    assert len(await stages(db, same)) == 1 + (same in differing)


async def test_between_nights_nothing_is_written_and_the_night_sees_what_rounds_did(db: Database) -> None:
    async with db.transaction() as tx:
        of = await customer(tx, created_at=NOW - 9 * DAY)
    await night(db, NOW - 2 * DAY)
    async with db.transaction() as tx:
        await order(tx, of, NOW - timedelta(hours=25))
    await changed_pass(db, NOW - DAY)
    assert (await score(db, of))["lifecycle_stage"] == "NEW"
    assert await stages(db, of) == [(NOW - 2 * DAY, "PROSPECT")]
    await night(db, NOW)
    assert await stages(db, of) == [(NOW - 2 * DAY, "PROSPECT"), (NOW, "NEW")]


async def test_a_month_is_everybodys_and_the_night_after_it_again_of_changes_only(db: Database) -> None:
    async with db.transaction() as tx:
        people = [await buyer(tx, 40), await buyer(tx, 200, 150), await customer(tx)]
    for _ in range(2):
        assert await night(db, NOW) in (3, 0)
        assert await night(db, NOW + DAY) == 0
    assert await month(db, NOW + DAY) == 3
    async with db.transaction() as tx:
        assert await history.is_whole(tx, NOW + DAY)
        assert not await history.is_whole(tx, NOW)
    assert await month(db, NOW + DAY) == 0
    assert await night(db, NOW + 2 * DAY) == 0
    assert await night(db, NOW + 55 * DAY) == 1, "the newcomer of the first is new no more"
    assert [len(await stages(db, one)) for one in people] == [3, 2, 2]


async def test_who_was_scored_since_is_in_the_month_if_they_were_there(db: Database) -> None:
    async with db.transaction() as tx:
        of = await customer(tx, created_at=NOW - DAY)
    await night(db, NOW)
    async with db.transaction() as tx:
        await order(tx, of, NOW + timedelta(minutes=5))
        late = await customer(tx, created_at=NOW + timedelta(minutes=5))
    await changed_pass(db, NOW + timedelta(minutes=10))
    await month(db, NOW)
    assert await stages(db, of) == [(NOW, "NEW")]
    assert await stages(db, late) == []
    await night(db, NOW + DAY)
    assert await stages(db, late) == [(NOW + DAY, "PROSPECT")]


async def test_history_is_the_same_in_whatever_order_it_is_replayed(db: Database) -> None:
    await fitted(db, 80)
    moments = [NOW - 90 * DAY, NOW - 60 * DAY, NOW - 30 * DAY]
    found = []
    for way in permutations(moments):
        for as_of in way:
            await replay(db, as_of)
        found.append(await kept(db))
        assert {row["as_of"] for row in (await scores(db)).values()} == {way[-1]}, "live is what was replayed last"
        async with db.transaction() as tx:
            assert await tx.fetchval("SELECT array_agg(as_of ORDER BY as_of) FROM snapshot_of_all") == moments
            await tx.execute("TRUNCATE score_snapshot, snapshot_of_all")
    assert all(rows == found[0] for rows in found)
    async with db.transaction() as tx:
        came = [row[0] for row in await tx.fetch("SELECT created_at FROM customer")]
    assert len(found[0]) == sum(at <= as_of for as_of in moments for at in came) > 2 * len(came)
    assert len({row["lifecycle_stage"] for row in found[0]}) > 3


async def test_the_past_replayed_again_is_what_is_known_now(db: Database) -> None:
    async with db.transaction() as tx:
        of = await buyer(tx, 300)
    await replay(db, NOW - 60 * DAY)
    assert [stage for _, stage in await stages(db, of)] == ["ACTIVE"]
    async with db.transaction() as tx:
        await tx.execute("UPDATE customer_order SET cancelled_at = ordered_at")
        await mark_customers(tx, [of], NOW)
    await replay(db, NOW - 60 * DAY)
    assert [stage for _, stage in await stages(db, of)] == ["PROSPECT"]


async def test_who_changes_during_a_replay_is_left_out_of_the_past(db: Database) -> None:
    async with db.transaction() as tx:
        of, other = await buyer(tx, 300), await buyer(tx, 300)
    await full_run(db, NOW - 200 * DAY)
    async with db.transaction() as tx:
        await order(tx, of, NOW)
    await changed_pass(db, NOW)
    assert await history.keep_all(pen(db), NOW - 200 * DAY, as_they_stand=False) == 1
    assert (await stages(db, of), len(await stages(db, other))) == ([], 1)


async def test_who_came_later_has_no_score_of_the_past(db: Database) -> None:
    """However late somebody was recorded: who had been in touch or had bought by then was there."""
    then = NOW - 60 * DAY
    async with db.transaction() as tx:
        there = await customer(tx, created_at=then - DAY)
        late, recorded_late, bought = [await customer(tx, created_at=NOW) for _ in range(3)]
        told = [(late, then + DAY), (recorded_late, then - DAY)]
        await tx.executemany("UPDATE customer SET acquisition_at = $2 WHERE customer_id = $1", told)
        known = await order(tx, bought, then - DAY)
    await replay(db, then)
    assert [await stages(db, one) for one in (there, recorded_late, bought, late)] == [
        [(then, "PROSPECT")], [(then, "PROSPECT")], [(then, "NEW")], [],
    ]  # fmt: skip
    async with db.transaction() as tx:
        await tx.execute("UPDATE customer_order SET cancelled_at = ordered_at WHERE order_id = $1", known)
        await mark_customers(tx, [bought], NOW)
    await replay(db, then)
    assert (await stages(db, bought), await stages(db, there)) == ([], [(then, "PROSPECT")])
    await month(db, then)
    await night(db, NOW)
    assert len(await stages(db, late)) == 1


async def test_a_run_that_is_cut_off_goes_on_without_doubles(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "LOOKED_THROUGH", 7)
    await fitted(db, 50)
    await full_run(db, NOW)
    told: list[str] = []

    async def call_off(share: float, detail: str) -> None:
        told.append(detail)
        assert 0 <= share <= 1
        if len(told) == 4:
            raise JobCancelled

    with pytest.raises(JobCancelled):
        await history.keep_changes(Pen(db.transaction, call_off), NOW)
    assert len(await kept(db)) == 21
    assert told[-1] == "Keeping history: 21 customers seen, 21 snapshots written"
    assert await history.keep_changes(pen(db), NOW) == 29
    assert await history.keep_all(pen(db), NOW, as_they_stand=True) == 0
    assert len(await kept(db)) == 50


async def test_a_month_that_was_cut_off_is_not_whole(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "AT_ONCE", 2)
    async with db.transaction() as tx:
        for _ in range(5):
            await customer(tx)
    await full_run(db, NOW)
    batches = 0

    @asynccontextmanager
    async def failing() -> AsyncIterator[Tx]:
        nonlocal batches
        async with db.transaction() as tx:
            yield tx
            batches += 1
            if batches == 3:
                raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await history.keep_all(Pen(failing, quiet), NOW, as_they_stand=True)
    async with db.transaction() as tx:
        assert not await history.is_whole(tx, NOW)
    assert len(await kept(db)) == 2
    assert await month(db, NOW) == 3


async def snapshot(tx: Tx, of: UUID, as_of: datetime) -> None:
    await tx.execute(
        "INSERT INTO score_snapshot (customer_id, as_of, lifecycle_stage) VALUES ($1, $2, 'NEW')", of, as_of
    )
    await tx.execute(
        "INSERT INTO score_run (score_run_id, as_of, finished_at, customers) VALUES ($1, $2, $2, 1)", new_id(NOW), as_of
    )


async def of_all(tx: Tx, *days_ago: int) -> None:
    await tx.executemany("INSERT INTO snapshot_of_all VALUES ($1, $1)", [(NOW - days * DAY,) for days in days_ago])


async def left(tx: Tx, of: UUID) -> list[int]:
    rows = await tx.fetch("SELECT as_of FROM score_snapshot WHERE customer_id = $1 ORDER BY as_of", of)
    return [(NOW - row["as_of"]).days for row in rows]


async def test_months_stay_for_ever_and_nights_thirteen_months(tx: Tx) -> None:
    of = new_id(NOW)
    for days in (900, 899, 500, 460, 390, 30, 1):
        await snapshot(tx, of, NOW - days * DAY)
    assert await history.tidy(tx, NOW) == 0, "nobody stands in a snapshot of all yet"
    await of_all(tx, 900, 460, 30)
    assert await history.tidy(tx, NOW) == 2
    assert await left(tx, of) == [900, 460, 390, 30, 1]
    assert await history.tidy(tx, NOW) == 0


async def test_the_last_word_about_somebody_is_never_tidied_away(tx: Tx) -> None:
    """Merged since, or changing while the past was replayed: a night of long ago may be all that is known."""
    of, other = new_id(NOW), new_id(NOW)
    for days in (800, 750, 700):
        await snapshot(tx, of, NOW - days * DAY)
    await snapshot(tx, other, NOW - 600 * DAY)
    await of_all(tx, 750, 600)
    assert await history.tidy(tx, NOW) == 1
    assert (await left(tx, of), await left(tx, other)) == ([750, 700], [600])
