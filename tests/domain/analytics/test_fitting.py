"""FIT_VALUE_MODEL on Postgres: the published table from orders, the days that a back-test sees, and who gets in use."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import pytest

from domain.analytics.commands_fitting import Calibration, calibration, fit_value_model
from domain.analytics.compute import here
from domain.analytics.judging import evaluation
from domain.analytics.judging.fitting import Days
from domain.analytics.judging.purchase_days import PurchaseDays
from domain.analytics.models.families import FAMILIES
from domain.analytics.queries import model_in_use
from domain.analytics.scoring.foresight import Model
from domain.database import Database, Tx
from domain.ids import new_id, new_ids
from domain.vocabulary import ValueModelFamily
from tests.domain.analytics.facts import NOW, buyer, full_run, only_orders, order, scores, town


async def models(tx: Tx) -> dict[str, dict[str, Any]]:
    rows = await tx.fetch("SELECT * FROM value_model ORDER BY fitted_at, in_use")
    return {row["family"]: dict(row) for row in rows}


async def cdnow(tx: Tx, data: Path) -> None:
    people: dict[str, UUID] = {}
    bought = []
    for line in (data / "cdnow_sample.txt").read_text().splitlines():
        _, name, day, _, dollars = line.split()
        at = datetime.strptime(day, "%Y%m%d").replace(tzinfo=UTC)
        bought.append((people.setdefault(name, new_id(at)), at, dollars))
    await only_orders(tx, bought)


PUBLISHED = {
    "BG_NBD": ("-9582.4", 6, {"r": "0.242595", "alpha": "4.413602", "a": "0.792922", "b": "2.425907"}),
    "PARETO_NBD": ("-9595.0", 6, {"r": "0.553277", "alpha": "10.577683", "s": "0.606240", "beta": "11.668735"}),
    "MBG_NBD": ("-9582.1", 3, {"r": "0.525", "alpha": "6.183", "a": "0.891", "b": "1.614"}),
}
"""Fader, Hardie & Lee 2005a table 2, Fader & Hardie's note of 2005, Batislam et al. 2007."""


@pytest.mark.shared
async def test_cdnow_orders_give_the_published_models_of_every_family_and_their_holdout(
    tx: Tx, shared_data: Path
) -> None:
    await cdnow(tx, shared_data)
    result = await fit_value_model(tx, here, until=date(1997, 9, 30), now=NOW, family=ValueModelFamily.BG_NBD)
    found = await models(tx)
    assert len(result["models"]) == len(found) == 4  # type: ignore[arg-type]
    for family, (likelihood, digits, parameters) in PUBLISHED.items():
        fitted = found[family]
        assert f"{fitted['log_likelihood']:.1f}" == likelihood
        assert {name: f"{value:.{digits}f}" for name, value in fitted["parameters"].items()} == parameters
        assert fitted["customers"] == 2357
        assert fitted["calibrated_until"] == datetime(1997, 10, 1, tzinfo=UTC)
        assert fitted["warnings"] == []
        assert fitted["in_use"] == (family == "BG_NBD")
    spending = found["GAMMA_GAMMA"]
    assert {name: f"{value:.2f}" for name, value in spending["parameters"].items()} == {
        "p": "6.25",
        "q": "3.74",
        "gamma": "15.44",
    }
    assert (spending["in_use"], spending["holdout"], spending["back_test"]) == (True, None, None)
    holdout = found["PARETO_NBD"]["holdout"]
    assert (holdout["from"], holdout["until"]) == ("1997-10-01T00:00:00+00:00", "1998-07-01T00:00:00+00:00")
    assert f"{holdout['poissonDeviance']:.3f}" == "1.594"  # as when the models were chosen
    assert f"{holdout['areaUnderCurve']:.3f}" == "0.779"
    assert f"{holdout['meanAbsoluteError']:.4f}" == "0.7545"
    assert f"{holdout['rootMeanSquareError']:.3f}" == "1.603"
    assert found["BG_NBD"]["holdout"]["poissonDeviance"] == pytest.approx(1.599, abs=0.001)
    back = found["PARETO_NBD"]["back_test"]
    assert (back["from"], back["until"]) == ("1997-07-03T00:00:00+00:00", "1997-10-01T00:00:00+00:00")


@pytest.mark.shared
@pytest.mark.proof
async def test_the_job_chooses_the_family_that_the_evaluation_chooses(tx: Tx, shared_data: Path) -> None:
    await cdnow(tx, shared_data)
    said = [line.split()[1:3] for line in (shared_data / "cdnow_sample.txt").read_text().splitlines()]
    customer = np.array([int(name) for name, _ in said])
    day = np.array([date.fromisoformat(day).toordinal() for _, day in said])
    until = date(1997, 9, 30)
    expected = evaluation.evaluate(PurchaseDays.of(customer, day), until.toordinal())
    result = await fit_value_model(tx, here, until=until, now=NOW)
    found = await models(tx)
    assert result["chosen"] == expected.chosen
    assert [family for family in PUBLISHED if found[family]["in_use"]] == [expected.chosen]
    for family, one in expected.judged.items():
        assert one.back_test is not None
        stored = found[family]["back_test"]
        assert stored["poissonDeviance"] == pytest.approx(one.back_test.figures.poisson_deviance, rel=1e-9)
        assert stored["areaUnderCurve"] == pytest.approx(one.back_test.figures.area_under_curve, rel=1e-9)
        assert found[family]["holdout"]["totalError"] == pytest.approx(one.holdout.figures.total_error, rel=1e-6)


@pytest.mark.shared
@pytest.mark.proof
async def test_what_corrects_the_chosen_family_is_stored_told_and_judged_with_it(tx: Tx, shared_data: Path) -> None:
    await cdnow(tx, shared_data)
    await fit_value_model(tx, here, until=date(1997, 9, 30), now=NOW)
    found = await models(tx)
    used = next(row for family, row in found.items() if row["in_use"] and family != "GAMMA_GAMMA")
    assert [row["residual"] for row in found.values() if row is not used] == [None] * 3
    assert "by a factor of" in used["warnings"][0]
    model = await model_in_use(tx)
    assert isinstance(model, Model)
    assert model.residual is not None
    assert model.residual.as_json() == used["residual"]
    assert model.residual.weeks == 90 / 7
    pinned = await fit_value_model(
        tx, here, until=date(1997, 9, 30), now=NOW + timedelta(hours=1), family=ValueModelFamily(used["family"])
    )
    alone = (await models(tx))[used["family"]]
    assert (pinned["warnings"], alone["residual"], alone["in_use"]) == ([], None, True)
    assert used["holdout"]["poissonDeviance"] < alone["holdout"]["poissonDeviance"] - 0.01
    assert used["back_test"] == alone["back_test"]


def test_a_back_test_ends_before_the_present() -> None:
    today, span = date(2026, 6, 30), (date(2025, 6, 30), date(2026, 6, 29))
    assert calibration(span, today, None, 180) == Calibration(today, today - timedelta(days=121), today)
    assert calibration(span, today, None, 60) == Calibration(today, today - timedelta(days=60), today)
    assert calibration(span, today, None, 7) == Calibration(today, today - timedelta(days=14), today)
    short = calibration((date(2026, 6, 1), today), today, None, 180)
    assert short.days == Days(0, 0)


def test_days_after_a_stated_end_judge_the_fit_and_choose_nothing() -> None:
    until, span = date(2026, 3, 31), (date(2025, 6, 30), date(2026, 6, 29))
    stated = calibration(span, date(2026, 6, 30), until, 180)
    assert stated == Calibration(until, until - timedelta(days=91), date(2026, 6, 29))
    assert stated.days == Days(91, 90)
    late = calibration(span, date(2026, 6, 30), date(2026, 6, 20), 180)
    assert (late.end, late.days.ahead) == (date(2026, 6, 20), 0)


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


IN_USE = "SELECT value_model_id FROM value_model WHERE in_use AND family <> 'GAMMA_GAMMA'"


async def never_leave(tx: Tx, people: int = 60) -> None:
    days = [NOW - timedelta(days=ago) for ago in range(5, 300, 10)]
    await only_orders(tx, [(of, day, "20") for of in new_ids(NOW, people) for day in days])


async def test_a_degenerate_fit_replaces_no_good_one(db: Database) -> None:
    await town(db, np.random.default_rng(1), 300)
    async with db.transaction() as tx:
        await fit_value_model(tx, here, until=None, now=NOW)
        good = await tx.fetchval(IN_USE)
        assert good
        await tx.execute("DELETE FROM customer_order")
        await never_leave(tx)
        result = await fit_value_model(tx, here, until=None, now=NOW + timedelta(hours=1))
        assert all(str(warning).startswith("Degenerate: ") for warning in result["warnings"])  # type: ignore[attr-defined]
        assert result["warnings"]
        in_use = await tx.fetch(IN_USE)
        assert [row["value_model_id"] for row in in_use] == [good]
        model = await model_in_use(tx)
    assert isinstance(model, Model)
    assert model.id == good


async def test_where_every_family_is_degenerate_none_is_in_use_and_each_says_why(tx: Tx) -> None:
    await never_leave(tx)
    result = await fit_value_model(tx, here, until=None, now=NOW)
    assert result["warnings"]
    found = await models(tx)
    assert not any(row["in_use"] for row in found.values())
    told = await model_in_use(tx)
    assert isinstance(told, tuple)
    assert [line.split(":")[0] for line in told] == ["BG_NBD", "MBG_NBD", "PARETO_NBD"]
    assert all(len(line) > 20 for line in told)


@pytest.mark.proof
async def test_nobody_is_foretold_anything_by_degenerate_models_and_each_is_told_why(db: Database) -> None:
    async with db.transaction() as tx:
        people = [await buyer(tx, *range(10, 300, 20)) for _ in range(35)]
        await fit_value_model(tx, here, until=None, now=NOW)
    await full_run(db)
    for of, row in (await scores(db)).items():
        assert of in people
        told = {absence["score"]: absence for absence in row["absences"]}
        assert {score: absence["reason"] for score, absence in told.items()} == dict.fromkeys(
            ("CHURN_RISK", "LIFETIME_VALUE"), "MODEL_DEGENERATE"
        )
        assert all(family in told["CHURN_RISK"]["detail"] for family in FAMILIES)
        assert (row["predicted"], row["churn_probability"], row["value_model_id"]) == (None, None, None)
        assert row["rfm_recency"] is not None


async def test_a_family_that_is_asked_for_is_in_use_whatever_the_back_test_says(db: Database) -> None:
    await town(db, np.random.default_rng(5), 400)
    async with db.transaction() as tx:
        for hours, family in enumerate(FAMILIES):
            at = NOW + timedelta(hours=hours)
            result = await fit_value_model(tx, here, until=None, now=at, family=family)
            assert result["chosen"] == family
            rows = await tx.fetch("SELECT family, fitted_at FROM value_model WHERE in_use AND family <> 'GAMMA_GAMMA'")
            assert [(row["family"], row["fitted_at"]) for row in rows] == [(family, at)]
            model = await model_in_use(tx)
            assert isinstance(model, Model)
            assert model.purchases.family is family


async def test_the_newest_good_fit_is_the_only_one_in_use_and_older_ones_stay(db: Database) -> None:
    await town(db, np.random.default_rng(2), 300)
    async with db.transaction() as tx:
        first = await fit_value_model(tx, here, until=None, now=NOW)
        again = await fit_value_model(tx, here, until=None, now=NOW + timedelta(hours=1))
        rows = await tx.fetch("SELECT value_model_id, in_use, family FROM value_model")
    in_use = {f"vm_{row['value_model_id'].hex}": row["family"] for row in rows if row["in_use"]}
    assert set(in_use) <= set(again["models"])  # type: ignore[call-overload]
    assert sorted(in_use.values()) == sorted(["GAMMA_GAMMA", str(again["chosen"])])
    assert {f"vm_{row['value_model_id'].hex}" for row in rows} == {*first["models"], *again["models"]}  # type: ignore[misc]


@pytest.mark.proof
@pytest.mark.shared
async def test_the_same_purchases_give_the_same_models_whoever_made_them_and_whatever_was_fitted_before(
    tx: Tx, shared_data: Path
) -> None:
    found = []
    for hour, until in enumerate((date(1997, 9, 30), date(1997, 8, 31), date(1997, 9, 30))):
        await tx.execute("DELETE FROM customer_order")
        await cdnow(tx, shared_data)  # with other ids each time
        await fit_value_model(tx, here, until=until, now=NOW + timedelta(hours=hour))
        found.append(await models(tx))
    for family in FAMILIES:
        once, other, again = ({name: of[family][name] for name in WHAT_WAS_LEARNT} for of in found)
        assert once == again
        assert once != other


WHAT_WAS_LEARNT = ("parameters", "log_likelihood", "in_use", "warnings", "holdout", "back_test", "residual")


async def test_the_back_test_of_a_fit_to_the_present_is_its_holdout(db: Database) -> None:
    await town(db, np.random.default_rng(3), 300)
    async with db.transaction() as tx:
        await fit_value_model(tx, here, until=None, now=NOW)
        found = await models(tx)
    for family in FAMILIES:
        back, holdout = found[family]["back_test"], found[family]["holdout"]
        taught = back.pop("calibration")
        assert set(taught) == {"shift", "stretch", "days"}
        assert 14 <= taught["days"] <= 180
        assert back == holdout
        assert holdout["until"] == "2026-06-30T12:00:00+00:00"
        assert all(value is None or isinstance(value, str) or np.isfinite(value) for value in holdout.values())
