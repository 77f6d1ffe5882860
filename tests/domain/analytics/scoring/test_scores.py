"""The pure rules of scores: quintiles, ranks and tiers, churn and its reasons, life cycle, the back-test's figures."""

from dataclasses import asdict, replace

import numpy as np
import pytest

from domain.analytics.judging import holdout
from domain.analytics.judging.purchase_days import PurchaseDays
from domain.analytics.models import bg_nbd_forecast, families
from domain.analytics.models.bg_nbd import BgNbd
from domain.analytics.models.histories import Floats
from domain.analytics.scoring import churn, lifecycle, ranks, rfm
from domain.vocabulary import LifecycleStage, RiskBand, ValueModelFamily, ValueTier
from tests.domain.analytics.generated import FIRST_DAY, regular
from tests.domain.analytics.simulated import ages, live


def test_quintiles_are_cut_at_fifths_and_few_days_are_the_best_recency() -> None:
    days, rising = np.arange(1.0, 101.0), np.arange(1.0, 101.0)
    found = rfm.cuts(days, rising, rising)
    recency, frequency, monetary = rfm.quintiles(found, days, rising, rising)
    assert np.bincount(frequency).tolist() == [0, 20, 20, 20, 20, 20]
    assert (recency == 6 - frequency).all()
    assert (monetary == frequency).all()


def test_who_ties_shares_a_quintile() -> None:
    frequency = np.array([1.0] * 70 + [2.0] * 20 + [9.0] * 10)
    found = rfm.cuts(frequency, frequency, frequency)
    _, places, _ = rfm.quintiles(found, frequency, frequency, frequency)
    assert [set(places[frequency == value]) for value in (1, 2, 9)] == [{1}, {4}, {5}]


def test_every_cell_has_a_customary_name() -> None:
    names = {rfm.label(r, f, m) for r in range(1, 6) for f in range(1, 6) for m in range(1, 6)}
    assert names == {name for name, *_ in rfm.LABELS}
    assert rfm.label(5, 5, 5) == "Champions"
    assert rfm.label(5, 1, 1) == "New customers"
    assert rfm.label(1, 5, 5) == "Cannot lose them"
    assert rfm.label(1, 1, 1) == "Lost"


def test_competition_ranks_leave_room_for_ties() -> None:
    assert ranks.competition(np.array([10.0, 30.0, 20.0, 20.0, -5.0])).tolist() == [4, 1, 2, 2, 5]
    assert ranks.competition(np.array([])).tolist() == []
    assert ranks.competition(np.full(3, 7.0)).tolist() == [1, 1, 1]
    tied = np.random.default_rng(3).integers(-20, 20, 300).astype(float)
    assert ranks.competition(tied).tolist() == [1 + int((tied > value).sum()) for value in tied]
    assert ranks.deciles(np.array([1, 10, 11, 100]), 100).tolist() == [1, 1, 2, 10]


def test_a_changed_customer_is_placed_where_the_run_would_have_put_it() -> None:
    values = np.random.default_rng(1).lognormal(3, 2, 20_000)
    placed = ranks.scale(values).place(values)
    assert np.abs(placed - ranks.competition(values)).max() <= 20_000 / 1_000
    few = np.array([5.0, 3.0, 3.0, 1.0])
    assert ranks.scale(few).place(np.array([9.0, 5.0, 3.0, 1.0, 0.0])).tolist() == [1, 1, 2, 4, 4]
    assert ranks.scale(np.empty(0)).place(np.array([3.0])).tolist() == [1]


def test_tiers_are_a_fifth_and_the_next_three_tenths_and_losses_come_first() -> None:
    values = np.append(np.arange(1.0, 100.0), -1.0)
    tier = ranks.tiers(values, ranks.borders(values))
    counted = {name: int((tier == name).sum()) for name in ValueTier}
    assert counted == {ValueTier.HIGH: 20, ValueTier.MEDIUM: 30, ValueTier.LOW: 49, ValueTier.UNPROFITABLE: 1}
    assert ranks.tiers(np.array([-2.0, -1.0]), ranks.borders(np.array([-2.0, -1.0]))).tolist() == ["UNPROFITABLE"] * 2


@pytest.mark.parametrize(
    ("risk", "band"),
    [
        (0.0, RiskBand.LOW),
        (0.3499, RiskBand.LOW),
        (0.35, RiskBand.MEDIUM),
        (0.6999, RiskBand.MEDIUM),
        (0.7, RiskBand.HIGH),
    ],
)
def test_risk_bands_begin_at_their_borders(risk: float, band: RiskBand) -> None:
    assert churn.bands(np.array([risk])).tolist() == [band]


def test_calibration_turns_what_was_foretold_into_what_happened() -> None:
    rng = np.random.default_rng(4)
    modelled = rng.uniform(0.05, 0.95, 40_000)
    silent = rng.random(40_000) < modelled**2
    calibrated = churn.calibrate(modelled, silent).applied(modelled)
    assert calibrated.mean() == pytest.approx(silent.mean(), abs=1e-6)
    for low, high in ((0, 0.3), (0.3, 0.6), (0.6, 1)):
        group = (modelled >= low) & (modelled < high)
        assert calibrated[group].mean() == pytest.approx(silent[group].mean(), abs=0.03)


def test_calibration_needs_enough_of_both_and_never_turns_the_order_round() -> None:
    modelled = np.linspace(0.1, 0.9, 100)
    assert churn.calibrate(modelled, modelled > 0.9) == churn.Calibration()
    assert churn.calibrate(modelled, modelled < 0.5) == churn.Calibration()


def test_what_one_length_of_time_taught_is_not_said_of_quite_another() -> None:
    taught = churn.Calibration(0.7, 1.3, 180)
    assert [days for days in (30, 119, 120, 180, 360, 361) if taught.of(days) == taught] == [120, 180, 360]
    assert taught.of(30) == churn.Calibration()
    unwritten = churn.Calibration(0.7, 1.3)
    assert unwritten.of(30) == unwritten, "a model of an earlier release serves on"


@pytest.mark.parametrize("days", [30, 150])
def test_a_lesson_makes_no_risk_worse_whatever_the_horizon(days: int) -> None:
    """In a world that the family does not know, taught by a back-test of five months."""
    bought = PurchaseDays.of(*regular(4_000, 3))
    now = FIRST_DAY + 330
    before, known = bought.known(now - 150, now), bought.known(now, now + days)
    at_cut = families.fit(ValueModelFamily.BG_NBD, before.histories()).model
    lesson = replace(churn.calibrate(at_cut.p_none(*before.in_weeks(), 150 / 7), before.later == 0), days=150)
    fit = families.fit(ValueModelFamily.BG_NBD, known.histories()).model
    modelled = fit.p_none(*known.in_weeks(), days / 7)
    plain, told = (_surprise(risk, known.later == 0) for risk in (modelled, lesson.of(days).applied(modelled)))
    assert told <= plain
    always = _surprise(lesson.applied(modelled), known.later == 0)
    assert always > 1.2 * plain if days == 30 else always < plain


def _surprise(risk: Floats, silent: "np.typing.NDArray[np.bool_]") -> float:
    """Mean log loss."""
    return float(-np.log(np.clip(np.where(silent, risk, 1 - risk), 1e-9, 1)).mean())


def test_the_reasons_of_a_churn_risk_sum_to_it() -> None:
    rng = np.random.default_rng(5)
    model = BgNbd(0.55, 6, 0.6, 2.5)
    lives = live(model, ages(2_000, rng), 26, rng)
    told = bg_nbd_forecast.forecast(model, lives.x, lives.t_x, lives.T, bg_nbd_forecast.Horizon(26))
    risk = churn.Calibration(0.2, 0.9).applied(told.none)
    if_alive = bg_nbd_forecast.p_none_if_alive(model, lives.x, lives.T, 26)
    parts = churn.effects(0.6, if_alive, told.none, risk)
    np.testing.assert_allclose(parts.typical + parts.purchase_rate + parts.silence + parts.experience, risk, atol=1e-12)
    assert (parts.silence >= -1e-12).all()
    assert (np.abs(parts.silence[lives.x == 0]) < 1e-12).all()


def stage(**given: float) -> str:
    usual = {"purchases": 3, "in_window": 2, "silent": 30, "age": 400, "lapse": 180, "won_back": 0, "at_risk": 0}
    values = {name: np.array([value]) for name, value in (usual | given).items()}
    values |= {name: values[name].astype(bool) for name in ("won_back", "at_risk")}
    return str(lifecycle.stages(**values)[0])


def test_the_first_rule_that_holds_is_the_stage() -> None:
    assert stage(purchases=0, won_back=1) == LifecycleStage.PROSPECT
    assert stage(won_back=1, silent=200) == LifecycleStage.WON_BACK
    assert stage(silent=181, at_risk=1) == LifecycleStage.LAPSED
    assert stage(silent=180, at_risk=1, age=80) == LifecycleStage.AT_RISK
    assert stage(age=89, purchases=9, in_window=9) == LifecycleStage.NEW
    assert stage(age=90, purchases=5, in_window=4) == LifecycleStage.LOYAL
    assert stage(purchases=5, in_window=3) == LifecycleStage.ACTIVE
    assert stage(purchases=4, in_window=4) == LifecycleStage.ACTIVE


def test_a_lapse_is_three_own_gaps_but_half_a_year_at_least_and_a_year_for_newcomers() -> None:
    lapse = lifecycle.lapse_days(np.array([1.0, 2, 3, 3]), np.array([np.nan, 10, 10, 100]))
    assert lapse.tolist() == [365, 365, 180, 300]


def test_coming_back_is_judged_by_what_was_known_when_the_silence_ended() -> None:
    back = lifecycle.came_back(
        silence=np.array([366.0, 365, 400, 181, 400, np.nan]),
        purchases_before=np.array([1.0, 2, 3, 5, 5, 1]),
        gap_before=np.array([np.nan, 10, 150, 20, 20, np.nan]),
        days_since=np.array([0.0, 10, 10, 89, 90, 5]),
    )
    assert back.tolist() == [True, False, False, True, False, False]


def test_the_figures_of_a_back_test_are_their_definitions() -> None:
    foretold, actual = np.array([0.5, 1.0, 2.0, 0.1]), np.array([0.0, 2.0, 2.0, 0.0])
    judged = holdout.judge(foretold, (np.array([0, 0, 3, 0]), np.array([1, 1, 5, 0])), actual)
    assert judged.mean_absolute_error == pytest.approx(0.4)
    assert judged.root_mean_square_error == pytest.approx(np.sqrt((0.25 + 1 + 0.01) / 4))
    assert judged.poisson_deviance == pytest.approx(2 * (0.5 + (2 * np.log(2) - 1) + 0 + 0.1) / 4)
    assert judged.area_under_curve == 1, "ranked by what was foretold"
    assert judged.interval_coverage == 0.5
    assert judged.total_error == pytest.approx(-0.1)
    assert judged.correlation == pytest.approx(float(np.corrcoef(foretold, actual)[0, 1]))


def test_ties_count_half_in_the_area_under_the_curve() -> None:
    assert holdout.area_under_curve(np.array([1.0, 1, 1, 1]), np.array([True, False, True, False])) == 0.5
    assert holdout.area_under_curve(np.array([1.0, 2.0]), np.array([True, True])) is None


def test_a_back_test_in_a_world_that_is_as_the_model_says_finds_no_bias() -> None:
    rng = np.random.default_rng(6)
    bg = BgNbd(0.55, 6, 0.6, 2.5)
    lives = live(bg, ages(30_000, rng), 26, rng)
    model, history = families.model(ValueModelFamily.BG_NBD, asdict(bg)), (lives.x, lives.t_x, lives.T)
    foretold = model.forecast(*history, bg_nbd_forecast.Horizon(26)).purchases
    judged = holdout.judge(foretold, model.purchase_quantiles(*history, 26, holdout.INTERVAL), lives.later)
    assert judged.total_error == pytest.approx(0, abs=0.03)
    assert judged.interval_coverage is not None
    assert judged.interval_coverage > 0.8
    assert judged.area_under_curve is not None
    assert judged.area_under_curve > 0.65
