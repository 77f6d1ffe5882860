"""FIT_VALUE_MODEL on Postgres: the published table from orders, the days that a back-test sees, and who gets in use."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import pytest

from domain.analytics.commands_fitting import Calibration, calibration, fit_value_model
from domain.analytics.compute import here
from domain.database import Database, Tx
from domain.ids import new_id, new_ids
from tests.domain.analytics.facts import NOW, buyer, only_orders, order, town


async def models(tx: Tx) -> dict[str, dict[str, Any]]:
    rows = await tx.fetch("SELECT * FROM value_model ORDER BY fitted_at, in_use")
    return {row["family"]: dict(row) for row in rows}


@pytest.mark.shared
async def test_cdnow_orders_give_the_published_models_and_their_holdout(tx: Tx, shared_data: Path) -> None:
    people: dict[str, UUID] = {}
    bought = []
    for line in (shared_data / "cdnow_sample.txt").read_text().splitlines():
        _, name, day, _, dollars = line.split()
        at = datetime.strptime(day, "%Y%m%d").replace(tzinfo=UTC)
        bought.append((people.setdefault(name, new_id(at)), at, dollars))
    await only_orders(tx, bought)
    await fit_value_model(tx, here, until=date(1997, 9, 30), now=NOW)
    found = await models(tx)
    purchases, spending = found["BG_NBD"], found["GAMMA_GAMMA"]
    assert {name: f"{value:.6f}" for name, value in purchases["parameters"].items()} == {
        "r": "0.242595",
        "alpha": "4.413602",
        "a": "0.792922",
        "b": "2.425907",
    }
    assert f"{purchases['log_likelihood']:.1f}" == "-9582.4"
    assert purchases["customers"] == 2357
    assert purchases["calibrated_until"] == datetime(1997, 10, 1, tzinfo=UTC)
    assert {name: f"{value:.2f}" for name, value in spending["parameters"].items()} == {
        "p": "6.25",
        "q": "3.74",
        "gamma": "15.44",
    }
    assert (purchases["in_use"], spending["in_use"], purchases["warnings"]) == (True, True, [])
    holdout = purchases["holdout"]
    assert (holdout["from"], holdout["until"]) == ("1997-10-01T00:00:00+00:00", "1998-07-01T00:00:00+00:00")
    assert holdout["poissonDeviance"] == pytest.approx(1.599, abs=0.001)
    assert holdout["areaUnderCurve"] == pytest.approx(0.757, abs=0.001)
    assert holdout["meanAbsoluteError"] == pytest.approx(0.785, abs=0.001)


def test_a_back_test_ends_before_the_present() -> None:
    today, span = date(2026, 6, 30), (date(2025, 6, 30), date(2026, 6, 29))
    assert calibration(span, today, None, 180) == Calibration(today, today - timedelta(days=121), today)
    assert calibration(span, today, None, 60) == Calibration(today, today - timedelta(days=60), today)
    stated = calibration(span, today, date(2026, 3, 31), 180)
    assert stated == Calibration(date(2026, 3, 31), date(2026, 3, 31), date(2026, 6, 29))
    assert (stated.back_days, stated.cut_is_the_end) == (90, True)
    short = calibration((date(2026, 6, 1), today), today, None, 180)
    assert short.back_days == 0


async def test_too_few_who_came_back_make_no_model(tx: Tx) -> None:
    for _ in range(29):
        await buyer(tx, 200, 100)
    result = await fit_value_model(tx, here, until=None, now=NOW)
    assert result["models"] == []
    assert "30" in str(result["reason"])
    assert await models(tx) == {}


async def test_cancelled_and_future_orders_are_no_history(tx: Tx) -> None:
    people = new_ids(NOW, 40)
    await only_orders(tx, [(of, NOW - timedelta(days=ago), "20") for of in people for ago in (300, 200, 50)])
    for of in people:
        await order(tx, of, NOW - timedelta(days=20), cancelled_at=NOW)
        await order(tx, of, NOW + timedelta(days=2))
    await fit_value_model(tx, here, until=None, now=NOW)
    fresh = (await models(tx))["BG_NBD"]
    await tx.execute("DELETE FROM customer_order WHERE cancelled_at IS NOT NULL OR ordered_at > $1", NOW)
    await fit_value_model(tx, here, until=None, now=NOW)
    assert (await models(tx))["BG_NBD"]["log_likelihood"] == fresh["log_likelihood"]


async def test_a_degenerate_fit_replaces_no_good_one(db: Database) -> None:
    await town(db, np.random.default_rng(1), 300)
    async with db.transaction() as tx:
        await fit_value_model(tx, here, until=None, now=NOW)
        good = await tx.fetchval("SELECT value_model_id FROM value_model WHERE in_use AND family = 'BG_NBD'")
        await tx.execute("DELETE FROM customer_order")
        days = [NOW - timedelta(days=ago) for ago in range(5, 300, 10)]
        await only_orders(tx, [(of, day, "20") for of in new_ids(NOW, 60) for day in days])
        result = await fit_value_model(tx, here, until=None, now=NOW + timedelta(hours=1))
        assert all(str(warning).startswith("Degenerate: ") for warning in result["warnings"])  # type: ignore[attr-defined]
        assert result["warnings"]
        in_use = await tx.fetchval("SELECT value_model_id FROM value_model WHERE in_use AND family = 'BG_NBD'")
    assert in_use == good


async def test_the_newest_good_fit_is_the_only_one_in_use(db: Database) -> None:
    await town(db, np.random.default_rng(2), 300)
    async with db.transaction() as tx:
        await fit_value_model(tx, here, until=None, now=NOW)
        again = await fit_value_model(tx, here, until=None, now=NOW + timedelta(hours=1))
        rows = await tx.fetch("SELECT value_model_id FROM value_model WHERE in_use")
    assert sorted(f"vm_{row['value_model_id'].hex}" for row in rows) == sorted(again["models"])  # type: ignore[call-overload]


async def test_what_comes_back_later_had_not_come_back_yet(tx: Tx) -> None:
    """Profit of a calibration in the past is what it was then: a return counts from its own day."""
    ids = [await buyer(tx, 300, 250, 200, total=30 + n) for n in range(40)]
    until = (NOW - timedelta(days=150)).date()
    await fit_value_model(tx, here, until=until, now=NOW)
    before = (await models(tx))["GAMMA_GAMMA"]
    for of in ids:
        bought = await tx.fetchval(
            "SELECT order_id FROM customer_order WHERE customer_id = $1 ORDER BY ordered_at DESC LIMIT 1", of
        )
        await tx.execute("UPDATE customer_order SET returned = 10 WHERE order_id = $1", bought)
        await tx.execute(
            "INSERT INTO order_return (customer_id, return_id, recorded_for, source, external_id, returned_at,"
            " recorded_at, refund) VALUES ($1, $1, $1, 'test', 'r', $2, $2, 10)",
            of,
            NOW - timedelta(days=30),
        )
        await tx.execute(
            "INSERT INTO return_line (customer_id, return_id, position, recorded_for, product_id, order_id, quantity,"
            " refund) VALUES ($1, $1, 1, $1, $1, $2, 1, 10)",
            of,
            bought,
        )
    await fit_value_model(tx, here, until=until, now=NOW + timedelta(hours=1))
    assert (await models(tx))["GAMMA_GAMMA"]["log_likelihood"] == pytest.approx(before["log_likelihood"], rel=1e-12)
    await fit_value_model(tx, here, until=None, now=NOW + timedelta(hours=2))
    assert (await models(tx))["GAMMA_GAMMA"]["log_likelihood"] != pytest.approx(before["log_likelihood"], rel=1e-6)
