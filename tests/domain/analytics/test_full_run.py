"""A full run while the house goes on: what happens during it ends in the scores of a fresh computation."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from io import BytesIO
from typing import Any
from uuid import UUID
from zipfile import ZipFile

import asyncpg
import numpy as np
import pytest

from domain.analytics import commands_switch, queries_tallies
from domain.analytics.commands_fitting import fit_value_model
from domain.analytics.commands_full_run import House, score_everybody
from domain.analytics.commands_switch import live_twin, switch
from domain.analytics.compute import here
from domain.backup.queries import write_tables
from domain.database import Database, Tx
from domain.deployment import Secret
from domain.errors import Refused
from domain.identity.commands_merging import merge
from domain.identity.commands_unmerging import unmerge
from domain.ledger import JobCancelled, leases
from domain.ledger.commands import enqueue, mark_customers
from tests.domain.analytics.facts import NOW, buyer, changed_pass, customer, full_run, order, quiet, score, scores, town
from tests.support.occasions import occasion


class Bustle:
    """Other people's deeds, a few whenever the full run comes up for breath."""

    def __init__(self, db: Database, seed: int, people: list[UUID]) -> None:
        self.db, self.chance, self.people = db, random.Random(seed), people
        self.gone: set[UUID] = set()
        self.merged: list[UUID] = []
        self.deeds = 0

    async def breath(self, share: float, detail: str) -> None:
        for _ in range(self.chance.randrange(1, 5)):
            await self.deed()

    async def deed(self) -> None:
        self.deeds += 1
        one, other = self.chance.sample(self.people, 2)
        kind = self.chance.choice(["order", "order", "cancel", "newcomer", "merge", "unmerge", "erase", "pass"])
        if kind == "pass":
            await changed_pass(self.db)
            return
        async with self.db.transaction() as tx:
            if kind == "order":
                await order(tx, one, NOW - timedelta(days=self.chance.uniform(0, 30)), self.chance.uniform(1, 90))
            elif kind == "cancel":
                await tx.execute("UPDATE customer_order SET cancelled_at = $2 WHERE customer_id = $1", one, NOW)
                await mark_customers(tx, [one], NOW)
            elif kind == "newcomer":
                self.people.append(await buyer(tx, 30, 4))
            elif kind == "unmerge":
                await self._come_back(tx)
            else:
                await self._leave(tx, one, other, kind)

    async def _leave(self, tx: Tx, one: UUID, other: UUID, kind: str) -> None:
        if kind == "merge":
            await merge(tx, one, other, occasion=occasion(NOW))
            self.merged.append(other)
        else:
            await tx.execute("UPDATE customer SET erased_at = $2 WHERE customer_id = $1", other, NOW)
            await tx.execute("DELETE FROM customer_score WHERE customer_id = $1", other)
            await mark_customers(tx, [other], NOW)
        self.people.remove(other)
        self.gone.add(other)

    async def _come_back(self, tx: Tx) -> None:
        """Unless the survivor was erased."""
        if not self.merged:
            return
        one = self.merged.pop(self.chance.randrange(len(self.merged)))
        with suppress(Refused):
            async with tx.transaction():
                await unmerge(tx, one, one, occasion=occasion(NOW))
            self.people.append(one)
            self.gone.remove(one)


OF_A_COMPUTATION = {"generation", "rank_exact"}
"""What tells how a row was made, not what is so."""
OF_EVERYBODY = {"rfm_recency", "rfm_frequency", "rfm_monetary", "predicted", "predicted_low", "predicted_high"}
OF_EVERYBODY |= {"lifetime_value", "expected_revenue", "expected_profit", "churn_reasons", "value_decile", "value_tier"}
OF_EVERYBODY |= {"rank_by_revenue", "rank_by_profit", "rank_by_value", "rank_by_churn", "ranked_of"}
"""What moves with the cut points and means of the nightly run, so a later run may place differently."""


def without(rows: dict[UUID, dict[str, Any]], names: set[str]) -> dict[UUID, dict[str, Any]]:
    return {id_: {name: row[name] for name in row.keys() - names} for id_, row in rows.items()}


@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.proof) for seed in (0, 2, 3, 4, 5))])
async def test_what_happens_during_a_full_run_ends_in_the_scores(
    db: Database, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries_tallies, "BATCH", 3_000)
    people = await town(db, np.random.default_rng(seed), 60)
    async with db.transaction() as tx:
        await fit_value_model(tx, here, until=None, now=NOW)
    if seed % 2:
        await full_run(db)
    bustle = Bustle(db, seed, people)
    run = await score_everybody(House(db.transaction, db.transaction, here, bustle.breath), as_of=NOW)
    await bustle.breath(1, "before the switch")
    async with db.transaction() as tx:
        await switch(tx, run, now=NOW)
    while await changed_pass(db):
        pass
    settled = await scores(db)
    assert bustle.deeds > 5
    assert set(settled) == set(people)
    assert not bustle.gone & set(settled)

    async with db.transaction() as tx:
        await tx.execute("UPDATE customer_mark SET wanted = wanted + 1")
    await changed_pass(db)
    assert without(await scores(db), OF_A_COMPUTATION) == without(settled, OF_A_COMPUTATION)

    await full_run(db)
    fresh = without(await scores(db), OF_A_COMPUTATION | OF_EVERYBODY)
    assert fresh == without(settled, OF_A_COMPUTATION | OF_EVERYBODY)


async def test_who_comes_back_during_a_full_run_has_scores_of_now(db: Database) -> None:
    """Read before the merge, scored in the run, back before the switch: what was bought while merged is counted."""
    async with db.transaction() as tx:
        one, other = await buyer(tx, 90, 30), await buyer(tx, 80, 20)
    for _ in range(3):
        async with db.transaction() as tx:
            await mark_customers(tx, [other], NOW)
        await changed_pass(db)

    async def breath(share: float, detail: str) -> None:
        if share < 1 and not told:
            told.append(detail)
            async with db.transaction() as tx:
                await merge(tx, one, other, occasion=occasion(NOW))
            async with db.transaction() as tx:
                bought = await order(tx, one, NOW - timedelta(days=3))
                await tx.execute("UPDATE customer_order SET recorded_for = $1 WHERE order_id = $2", other, bought)
                await unmerge(tx, one, other, occasion=occasion(NOW))

    told: list[str] = []
    run = await score_everybody(House(db.transaction, db.transaction, here, breath), as_of=NOW)
    async with db.transaction() as tx:
        await switch(tx, run, now=NOW)
    while await changed_pass(db):
        pass
    assert told
    assert (await score(db, other))["order_count"] == 3
    assert (await score(db, one))["order_count"] == 2


async def test_writers_are_waited_for_and_readers_are_not_in_the_way(db: Database) -> None:
    async with db.transaction() as tx:
        first = await buyer(tx, 30)
    run = await score_everybody(House(db.transaction, db.transaction, here, quiet), as_of=NOW)
    async with db.transaction() as writer:
        late = await customer(writer)
        with pytest.raises(asyncpg.LockNotAvailableError):
            async with db.transaction() as tx:
                await switch(tx, run, now=NOW)
    assert set(await scores(db)) == {first, late}
    async with db.transaction() as tx:
        await switch(tx, run, now=NOW)
        async with db.transaction() as reader:
            waiting = asyncio.create_task(reader.fetch("SELECT customer_id FROM customer_score"))
            await asyncio.sleep(0.05)
            assert not waiting.done(), "a reader waits for the commit, so it never sees half a switch"
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
    assert set(await scores(db)) == {first, late}
    assert (await score(db, first))["as_of"] == NOW


async def test_progress_told_during_the_run_does_not_upset_the_fence(db: Database) -> None:
    """The job's row, which the fence locks at each commit, changes all the time: leases, progress."""
    async with db.transaction() as tx:
        of = await buyer(tx, 30)
        await enqueue(tx, "SCORE_CUSTOMERS", {}, principal=None, now=NOW)
    async with db.transaction() as tx:
        job = await leases.lease_next(tx, ["SCORE_CUSTOMERS"])
        assert job is not None

    @asynccontextmanager
    async def fenced() -> AsyncIterator[Tx]:
        async with db.transaction() as tx:
            yield tx
            await leases.confirm(tx, job.job_id, job.attempt)

    async def tell(share: float, detail: str) -> None:
        async with db.transaction() as tx:
            await leases.tell_progress(tx, job.job_id, job.attempt, share, detail)

    run = await score_everybody(House(db.transaction, fenced, here, tell), as_of=NOW)
    async with fenced() as tx:
        await switch(tx, run, now=NOW)
    assert (await score(db, of))["as_of"] == NOW


async def test_a_backup_is_not_left_with_scores_that_its_snapshot_cannot_see(db: Database) -> None:
    async with db.transaction() as tx:
        await buyer(tx, 30)
    secret = Secret(bytes(32))
    async with db.connection() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        with ZipFile(BytesIO(), "w") as archive:
            manifest = await write_tables(connection, archive, secret=secret, now=NOW, progress=lambda *_: None)
        with pytest.raises(asyncpg.LockNotAvailableError):
            await full_run(db)
    assert {entry.name: entry.rows for entry in manifest.tables}["customer_score_a"] == 1
    await full_run(db)


async def test_a_run_that_is_called_off_changes_nothing_and_the_next_one_is_whole(db: Database) -> None:
    async with db.transaction() as tx:
        await buyer(tx, 30)
    before = await scores(db)

    async def call_off(share: float, detail: str) -> None:
        if detail == "Making indexes":
            raise JobCancelled

    with pytest.raises(JobCancelled):
        await full_run(db, progress=call_off)
    assert await scores(db) == before
    await full_run(db)
    await full_run(db)
    async with db.transaction() as tx:
        indexes = [
            {
                row["indexname"].replace(twin, "")
                for row in await tx.fetch("SELECT indexname FROM pg_indexes WHERE tablename = $1", twin)
            }
            for twin in ("customer_score_a", "customer_score_b")
        ]
        assert await live_twin(tx) == "customer_score_a"
    assert indexes[0] == indexes[1]
    assert len(indexes[0]) > 5


async def test_exact_ranks_stay_where_a_round_has_seen_no_more(db: Database) -> None:
    async with db.transaction() as tx:
        of = await buyer(tx, 30)
    run = await score_everybody(House(db.transaction, db.transaction, here, quiet), as_of=NOW)
    async with db.transaction() as tx:
        await switch(tx, run, now=NOW)
    assert await changed_pass(db) == 1, "the marks are not caught up yet"
    assert (await score(db, of))["rank_exact"]


async def test_an_older_look_never_overwrites_a_newer_one(db: Database) -> None:
    async with db.transaction() as tx:
        of = await buyer(tx, 30)
        await tx.execute("UPDATE customer_score SET generation = 99, order_count = 7 WHERE customer_id = $1", of)
    await changed_pass(db)
    assert (await score(db, of))["order_count"] == 7
    await full_run(db)
    assert (await score(db, of))["order_count"] == 7


async def test_an_empty_house_is_scored_too(db: Database) -> None:
    await full_run(db)
    assert await scores(db) == {}
    async with db.transaction() as tx:
        of = await buyer(tx, 30)
    await changed_pass(db)
    assert (await score(db, of))["order_count"] == 1


@pytest.mark.parametrize("few", [100, 0])
async def test_few_or_many_marks_that_the_run_has_answered_are_done_and_no_others(
    db: Database, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands_switch, "_FEW", few)
    monkeypatch.setattr(commands_switch, "_BATCH", 2)
    async with db.transaction() as tx:
        people = [await buyer(tx, days) for days in (10, 20, 30, 40, 50)]
    run = await score_everybody(House(db.transaction, db.transaction, here, quiet), as_of=NOW)
    async with db.transaction() as tx:
        await switch(tx, run, now=NOW)
        await mark_customers(tx, people[:2], NOW)
    done = list[int]()
    while not done or done[-1]:
        async with db.transaction() as tx:
            done.append(await commands_switch.catch_up(tx))
    assert done == [2, 2, 1, 0]
    async with db.transaction() as tx:
        behind = await tx.fetch("SELECT customer_id FROM customer_mark WHERE done < wanted")
    assert {row["customer_id"] for row in behind} == set(people[:2])
