"""The life cycle on Postgres, day by day at its borders, and against the contract's words read anew."""

from datetime import timedelta
from itertools import pairwise
from statistics import median
from typing import Any
from uuid import UUID

import numpy as np
import pytest

from domain.analytics.commands_fitting import fit_value_model
from domain.analytics.compute import here
from domain.database import Database, Tx
from domain.ids import new_id
from tests.domain.analytics.facts import NOW, buyer, changed_pass, customer, full_run, scores, town

BORDERS = {
    (): "PROSPECT",
    (89,): "NEW",
    (90,): "ACTIVE",
    (89, 1, 0): "NEW",
    # Fewer than 3 purchases: a year.
    (365,): "ACTIVE",
    (366,): "LAPSED",
    (400, 365): "ACTIVE",
    (400, 366): "LAPSED",
    # Half a year at least.
    (200, 190, 180): "ACTIVE",
    (201, 191, 181): "LAPSED",
    # Three times the median gap, of gaps of 100 and of gaps of 10, 100 and 100.
    (500, 400, 300): "ACTIVE",
    (501, 401, 301): "LAPSED",
    (510, 500, 400, 300): "ACTIVE",
    (511, 501, 401, 301): "LAPSED",
    # Back after a lapse: by what was known then, and less than 90 days ago.
    (454, 89): "ACTIVE",
    (455, 89): "WON_BACK",
    (456, 90): "ACTIVE",
    (500, 455, 89): "WON_BACK",
    (500, 454, 89): "ACTIVE",
    (290, 280, 270, 89): "WON_BACK",
    (289, 279, 269, 89): "ACTIVE",
    (290, 280, 270, 89, 60, 1): "WON_BACK",
    (590, 490, 390, 89): "WON_BACK",
    (589, 489, 389, 89): "ACTIVE",
    # Five purchase days, four of them within 365.
    (400, 364, 300, 200, 100): "LOYAL",
    (400, 365, 300, 200, 100): "ACTIVE",
    (364, 300, 200, 100): "ACTIVE",
}


async def test_the_stage_at_every_border(db: Database) -> None:
    async with db.transaction() as tx:
        people = {await buyer(tx, *days) if days else await customer(tx): days for days in BORDERS}
    await full_run(db)
    found = await scores(db)
    assert {days: found[of]["lifecycle_stage"] for of, days in people.items()} == BORDERS


async def days_of(tx: Tx) -> dict[UUID, list[int]]:
    """Purchase days of each, as days ago, the first one first."""
    rows = await tx.fetch(
        "SELECT customer_id, array_agg(DISTINCT $1::date - (ordered_at AT TIME ZONE 'UTC')::date) AS ago"
        " FROM customer_order WHERE cancelled_at IS NULL AND ordered_at < $2 GROUP BY 1",
        NOW.date(),
        NOW,
    )
    return {row["customer_id"]: sorted(row["ago"], reverse=True) for row in rows}


def lapse(ago: list[int]) -> float:
    gaps = [before - after for before, after in pairwise(ago)]
    return max(180, 3 * median(gaps)) if len(ago) >= 3 else 365


def stage(ago: list[int], band: str | None) -> str:
    """What LifecycleStage says in the contract, word by word."""
    if not ago:
        return "PROSPECT"
    for known, (before, after) in enumerate(pairwise(ago), 1):
        if after < 90 and before - after > lapse(ago[:known]):
            return "WON_BACK"
    if ago[-1] > lapse(ago):
        return "LAPSED"
    if band == "HIGH":
        return "AT_RISK"
    if ago[0] < 90:
        return "NEW"
    return "LOYAL" if len(ago) >= 5 and sum(day < 365 for day in ago) >= 4 else "ACTIVE"


async def refuse(tx: Tx, of: UUID) -> None:
    await tx.execute(
        "INSERT INTO customer_consent (customer_id, consent_id, channel, purpose, status, recorded_at, recorded_for,"
        " holds) VALUES ($1, $2, 'EMAIL', 'PROFILING', 'WITHDRAWN', $3, $1, true)",
        of,
        new_id(NOW),
        NOW,
    )


async def random_lives(tx: Tx, rng: np.random.Generator, people: int) -> list[UUID]:
    """Lives with silences of every length, which a model's people seldom have."""
    ids = []
    for _ in range(people):
        gaps = rng.choice([1, 10, 40, 100, 170, 180, 181, 300, 365, 366, 400], rng.integers(0, 6))
        last = int(rng.choice([0, 30, 89, 90, 179, 180, 181, 300, 365, 366]))
        ids.append(await buyer(tx, *(int(day) for day in last + np.append(np.cumsum(gaps[::-1])[::-1], 0))))
    return ids


@pytest.mark.proof
async def test_any_life_has_the_stage_that_the_words_give_it(db: Database) -> None:
    await town(db, np.random.default_rng(11), 250)
    async with db.transaction() as tx:
        await fit_value_model(tx, here, until=None, now=NOW)
        people = await random_lives(tx, np.random.default_rng(12), 150)
        for of in people[:20]:
            await refuse(tx, of)
        ago = await days_of(tx)
    await full_run(db)
    found = await scores(db)
    told = {of: row["lifecycle_stage"] for of, row in found.items()}
    assert told == {of: stage(ago.get(of, []), row["risk_band"]) for of, row in found.items()}
    assert set(told.values()) == {"WON_BACK", "LAPSED", "AT_RISK", "NEW", "LOYAL", "ACTIVE"}


SCORED = (
    *("rfm_recency", "rfm_frequency", "rfm_monetary", "predicted", "predicted_low", "predicted_high"),
    *("lifetime_value", "expected_revenue", "expected_purchases", "expected_profit", "probability_alive"),
    *("horizon_months", "value_model_id", "churn_probability", "risk_band", "value_tier", "value_decile"),
    *("rank_by_value", "rank_by_churn"),
)


def unscored(row: dict[str, Any]) -> bool:
    told = {absence["score"]: absence["reason"] for absence in row["absences"]}
    refused = dict.fromkeys(("RFM", "CHURN_RISK", "LIFETIME_VALUE"), "NO_CONSENT_TO_PROFILING")
    return told == refused and row["churn_reasons"] == [] and not any(row[name] is not None for name in SCORED)


async def test_who_refuses_to_be_profiled_has_facts_and_no_scores(db: Database) -> None:
    people = await town(db, np.random.default_rng(13), 250)
    async with db.transaction() as tx:
        await fit_value_model(tx, here, until=None, now=NOW)
        prospect = await customer(tx)
        refusing = [people[0], await buyer(tx, 50, 40, 30, 20, 10, total=1_000), prospect]
        for of in refusing:
            await refuse(tx, of)
    await full_run(db)
    whole = await scores(db)
    assert {of for of, row in whole.items() if unscored(row)} == set(refusing)
    rich = whole[refusing[1]]
    assert (rich["order_count"], rich["revenue"], rich["rank_by_revenue"]) == (5, 5_000, 1)
    assert (rich["lifecycle_stage"], whole[prospect]["lifecycle_stage"]) == ("NEW", "PROSPECT")
    async with db.transaction() as tx:
        await tx.execute("UPDATE customer_mark SET wanted = wanted + 1")
        await tx.execute("UPDATE customer_consent SET status = 'GRANTED' WHERE customer_id = $1", refusing[1])
    await changed_pass(db, NOW + timedelta(minutes=1))
    changed = await scores(db)
    assert {of for of, row in changed.items() if unscored(row)} == {people[0], prospect}
    assert changed[refusing[1]]["lifetime_value"] > rich["profit"]
