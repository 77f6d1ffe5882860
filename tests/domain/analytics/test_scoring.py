"""Scores on Postgres, customer by customer: what counts as a purchase, what is absent and why, who stands where."""

from datetime import timedelta
from decimal import Decimal

import numpy as np
import pytest

from domain.analytics import entity
from domain.analytics.commands_fitting import fit_value_model
from domain.analytics.compute import here
from domain.analytics.scoring import rfm
from domain.database import Database, Tx
from domain.vocabulary import LifecycleStage
from tests.domain.analytics.facts import NOW, buyer, changed_pass, customer, full_run, line, order, score, scores, town


async def fitted_town(db: Database, people: int = 250) -> None:
    await town(db, np.random.default_rng(7), people)
    async with db.transaction() as tx:
        await fit_value_model(tx, here, until=None, now=NOW)


async def test_a_changed_customer_gets_what_a_full_run_gives_it(db: Database) -> None:
    await fitted_town(db)
    async with db.transaction() as tx:
        await customer(tx)
        await buyer(tx, 700, 650, 600, 10, total=-5)
    await full_run(db)
    whole = await scores(db)
    async with db.transaction() as tx:
        await tx.execute("UPDATE customer_mark SET wanted = wanted + 1")
    assert await changed_pass(db) == len(whole)
    changed = await scores(db)
    for id_, row in whole.items():
        differing = {name for name in row if row[name] != changed[id_][name]}
        assert differing == {"generation", "rank_exact"}
        assert (row["rank_exact"], changed[id_]["rank_exact"]) == (True, False)


async def test_the_summary_counts_standing_orders_of_days_before_the_as_of(db: Database) -> None:
    async with db.transaction() as tx:
        await tx.execute("UPDATE settings SET time_zone = 'Pacific/Auckland'")  # UTC+12 in June
        of = await customer(tx)
        for hours in (20 * 24, 20 * 24 - 3, 6 * 24):
            await order(tx, of, NOW - timedelta(hours=hours), 30, cost=10, discount=2 if hours == 6 * 24 else 0)
        await order(tx, of, NOW - timedelta(days=3), 99, cancelled_at=NOW)
        await order(tx, of, NOW + timedelta(hours=1), 77)
    await full_run(db)
    row = await score(db, of)
    assert row["order_count"] == 3
    assert row["repeat_purchases"] == 1, "two orders of one day in Auckland are one purchase"
    assert row["recency_weeks"] == pytest.approx(14 / 7)
    assert row["age_weeks"] == pytest.approx(20 / 7)
    assert row["repeat_profit_mean"] == 20
    assert row["median_gap_days"] == 14
    assert row["average_order_value"] == 30
    assert row["discount_share"] == pytest.approx(1 / 3)
    assert row["first_order_at"] == NOW - timedelta(days=20)
    assert row["last_order_at"] == NOW - timedelta(days=6)
    assert row["next_order_expected_at"] is None or row["next_order_expected_at"] >= NOW


async def test_profit_is_exact_and_takes_off_every_cost(db: Database) -> None:
    async with db.transaction() as tx:
        of = await buyer(tx, 40, 10, total="12345678901.123457", cost="0.000001")
        await tx.execute(
            "UPDATE customer_month SET returns = 1.5, cost_to_serve = 0.25, marketing_cost = 0.125"
            " WHERE customer_id = $1 AND month = (SELECT min(month) FROM customer_month)",
            of,
        )
    await full_run(db)
    row = await score(db, of)
    assert row["revenue"] == Decimal("24691357802.246914")
    assert row["returns"] == Decimal("1.5")
    assert row["cost_of_goods"] == Decimal("0.000002")
    assert row["profit"] == Decimal("24691357800.371912")
    assert row["return_rate"] == pytest.approx(1.5 / 24691357802.246914)


async def test_overdue_and_trend_follow_the_clock(db: Database) -> None:
    async with db.transaction() as tx:
        of = await buyer(tx, 500, 450, 100, total=10)
        await order(tx, of, NOW - timedelta(days=30), 30, due_at=NOW - timedelta(days=1))
        await order(tx, of, NOW - timedelta(days=30), 40, due_at=NOW + timedelta(days=1))
        await order(tx, of, NOW + timedelta(days=1), 50, due_at=NOW - timedelta(days=1))
        part = [await order(tx, of, NOW - timedelta(days=400), 8, due_at=NOW - timedelta(days=1)) for _ in range(2)]
        await tx.execute("UPDATE customer_order SET returned = 3, paid = 4 WHERE order_id = $1", part[0])
        await tx.execute("UPDATE customer_order SET returned = 3, paid = 7 WHERE order_id = $1", part[1])
    await full_run(db)
    row = await score(db, of)
    assert row["overdue"] == 30 + 1
    assert row["revenue_trend"] == pytest.approx((10 + 30 + 40) / (20 + 2 * 8))


@pytest.mark.parametrize(
    ("days_ago", "stage"),
    [
        ((), LifecycleStage.PROSPECT),
        ((40,), LifecycleStage.NEW),
        ((200, 150), LifecycleStage.ACTIVE),
        ((300, 250, 200, 150, 100), LifecycleStage.LOYAL),
        ((900, 850, 800, 750, 100), LifecycleStage.WON_BACK),
        ((500, 80), LifecycleStage.WON_BACK),
        ((450, 80), LifecycleStage.WON_BACK),
        ((440, 80), LifecycleStage.ACTIVE),
        ((400,), LifecycleStage.LAPSED),
        ((600, 400, 200), LifecycleStage.ACTIVE),
        ((230, 215, 200), LifecycleStage.LAPSED),
    ],
)
async def test_the_stage_of_a_life(db: Database, days_ago: tuple[int, ...], stage: LifecycleStage) -> None:
    if days_ago == (900, 850, 800, 750, 100):
        days_ago = (900, 850, 800, 750, 60)
    async with db.transaction() as tx:
        of = await buyer(tx, *days_ago)
    await full_run(db)
    assert (await score(db, of))["lifecycle_stage"] == stage


async def test_a_stage_keeps_its_time_until_another_holds(db: Database) -> None:
    async with db.transaction() as tx:
        of = await buyer(tx, 40)
    await full_run(db)
    new = await score(db, of)
    assert (new["lifecycle_stage"], new["lifecycle_since"]) == ("NEW", NOW - timedelta(days=40))
    later = NOW + timedelta(days=60)
    await full_run(db, later)
    active = await score(db, of)
    assert (active["lifecycle_stage"], active["lifecycle_since"]) == ("ACTIVE", NOW + timedelta(days=50))
    await full_run(db, later + timedelta(days=1))
    assert (await score(db, of))["lifecycle_since"] == NOW + timedelta(days=50)
    await full_run(db, later + timedelta(days=400))
    lapsed = await score(db, of)
    assert (lapsed["lifecycle_stage"], lapsed["lifecycle_since"]) == ("LAPSED", NOW + timedelta(days=325))


async def absences(db: Database, of: object) -> dict[str, str]:
    row = (await scores(db))[of]  # type: ignore[index]
    return {told["score"]: told["reason"] for told in row["absences"]}


async def test_what_cannot_be_given_yet_says_why(db: Database) -> None:
    async with db.transaction() as tx:
        prospect, bought = await customer(tx), await buyer(tx, 50, 20)
    await changed_pass(db)
    assert await absences(db, prospect) == dict.fromkeys(("RFM", "CHURN_RISK", "LIFETIME_VALUE"), "NO_PURCHASE")
    assert await absences(db, bought) == dict.fromkeys(("RFM", "CHURN_RISK", "LIFETIME_VALUE"), "NOT_YET_SCORED")
    await full_run(db)
    assert await absences(db, bought) == dict.fromkeys(("CHURN_RISK", "LIFETIME_VALUE"), "TOO_LITTLE_HISTORY")
    assert (await score(db, bought))["rfm_recency"] is not None
    await town(db, np.random.default_rng(3), 150)
    await full_run(db)
    assert await absences(db, bought) == dict.fromkeys(("CHURN_RISK", "LIFETIME_VALUE"), "NO_MODEL")
    async with db.transaction() as tx:
        await fit_value_model(tx, here, until=None, now=NOW)
    await full_run(db)
    assert await absences(db, bought) == {}
    async with db.transaction() as tx:
        await tx.execute("UPDATE value_model SET warnings = ARRAY['Degenerate: a hit its bound.']")
    await full_run(db)
    assert await absences(db, bought) == dict.fromkeys(("CHURN_RISK", "LIFETIME_VALUE"), "MODEL_DEGENERATE")
    row = await score(db, bought)
    assert (row["predicted"], row["churn_probability"], row["value_tier"]) == (None, None, None)


async def test_every_score_of_a_town_holds_together(db: Database) -> None:
    await fitted_town(db)
    await full_run(db)
    rows = list((await scores(db)).values())
    for row in rows:
        effects = sum(reason["effect"] for reason in row["churn_reasons"])
        assert round(effects, 9) == round(row["churn_probability"], 9)
        assert row["predicted_low"] <= row["predicted"] <= row["predicted_high"]
        assert row["lifetime_value"] == row["profit"] + row["predicted"]
        assert row["horizon_months"] == 12
        assert row["ranked_of"] == len(rows)
        assert (
            row["risk_band"]
            == ("LOW", "MEDIUM", "HIGH")[(row["churn_probability"] >= 0.35) + (row["churn_probability"] >= 0.7)]
        )
    for measure, rank in (("revenue", "rank_by_revenue"), ("lifetime_value", "rank_by_value")):
        for row in rows:
            assert row[rank] == 1 + sum(other[measure] > row[measure] for other in rows)
    tiers = [row["value_tier"] for row in sorted(rows, key=lambda row: -row["lifetime_value"])]
    assert tiers[: len(rows) // 5] == ["HIGH"] * (len(rows) // 5)
    assert [row["value_decile"] for row in rows].count(1) == pytest.approx(len(rows) / 10, abs=2)


async def test_products_and_categories_are_those_of_standing_orders(db: Database) -> None:
    async with db.transaction() as tx:
        of = await buyer(tx, 30)
        kept = await tx.fetchval("SELECT order_id FROM customer_order WHERE customer_id = $1", of)
        cancelled = await order(tx, of, NOW - timedelta(days=3), cancelled_at=NOW)
        for position, category in enumerate(["Food", "Food", "Toys", None]):
            await line(tx, of, kept, position, category)
        await line(tx, of, cancelled, 0, "Garden")
    for _ in range(2):
        await full_run(db)
        row = await score(db, of)
        assert (row["product_count"], row["category_count"]) == (4, 2)


async def test_long_silence_is_the_reason_of_who_has_gone_for_certain(db: Database) -> None:
    await fitted_town(db)
    async with db.transaction() as tx:
        gone = await buyer(tx, *range(2000, 2090, 3))
    await full_run(db)
    row = await score(db, gone)
    effects = {reason["factor"]: reason["effect"] for reason in row["churn_reasons"]}
    assert row["churn_probability"] > 0.99
    assert effects["PURCHASE_RATE"] < 0 < 0.5 < effects["SILENCE"]


async def test_the_label_that_is_told_is_the_label_of_the_table(tx: Tx) -> None:
    label = entity.RFM.columns["label"].sql.format(s="cell")
    cells = "(SELECT r AS rfm_recency, f AS rfm_frequency, m AS rfm_monetary FROM generate_series(1, 5) AS r, "
    cells += "generate_series(1, 5) AS f, generate_series(1, 5) AS m) AS cell"
    rows = await tx.fetch(f"SELECT cell.*, {label} AS label FROM {cells}")
    assert len(rows) == 125
    for row in rows:
        assert row["label"] == rfm.label(row["rfm_recency"], row["rfm_frequency"], row["rfm_monetary"])
