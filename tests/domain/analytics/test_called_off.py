"""Called off at any step that is told, a run leaves what is live as it was, and the next one is whole."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from domain.analytics import queries_tallies
from domain.analytics.commands_fitting import fit_value_model
from domain.analytics.compute import here
from domain.database import Database
from domain.ledger import JobCancelled
from tests.domain.analytics.facts import NOW, buyer, full_run, scores, town

LATER = NOW + timedelta(days=1)
Progress = Callable[[float, str], Awaitable[None]]


class Ear:
    """Hears of each step, and calls the run off at one of them."""

    def __init__(self, at: int | None) -> None:
        self.at, self.told = at, list[tuple[float, str]]()

    async def hear(self, share: float, detail: str) -> None:
        self.told.append((share, detail))
        if len(self.told) - 1 == self.at:
            raise JobCancelled


async def at_every_step(run: Callable[[Progress], Awaitable[None]], stays: Callable[[], Awaitable[Any]]) -> list[str]:
    """Calls it off once at each step, then lets it end; what the steps were."""
    before, at = await stays(), 0
    while True:
        ear = Ear(at)
        try:
            await run(ear.hear)
        except JobCancelled:
            assert await stays() == before, f"after {ear.told[-1]}"
            at += 1
            continue
        shares = [share for share, _ in ear.told]
        assert shares == sorted(shares)
        assert len(ear.told) <= at  # what an attempt before has kept need not be read again
        return [detail.split(":")[0] for _, detail in ear.told]


async def models(db: Database) -> list[Any]:
    async with db.transaction() as tx:
        return [dict(row) for row in await tx.fetch("SELECT * FROM value_model ORDER BY value_model_id")]


async def test_a_full_run_called_off_at_any_step(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries_tallies, "BATCH", 5_000)
    await town(db, np.random.default_rng(9), 60)
    await full_run(db)
    async with db.transaction() as tx:
        for days in (3, 30, 300):
            await buyer(tx, days)
    steps = await at_every_step(lambda hear: full_run(db, LATER, hear), lambda: scores(db))
    assert set(steps) >= {"Reading", "Foreseeing", "Writing", "Making indexes"}
    assert steps.count("Writing") > 1, "in the middle of writing, too"
    found = await scores(db)
    assert {row["as_of"] for row in found.values()} == {LATER}
    assert len(found) == 63


@pytest.mark.proof
async def test_a_fit_called_off_at_any_step(db: Database) -> None:
    await town(db, np.random.default_rng(9), 150)

    async def fit(hear: Progress) -> None:
        async with db.transaction() as tx:
            await fit_value_model(tx, here, until=None, now=LATER, progress=hear)

    async with db.transaction() as tx:
        await fit_value_model(tx, here, until=None, now=NOW)
    before = await models(db)
    steps = await at_every_step(fit, lambda: models(db))
    after = await models(db)
    assert len(steps) > 2
    assert len(after) > len(before)
    assert {row["fitted_at"] for row in after if row["in_use"]} == {LATER}
