"""BG/NBD against the published table, mpmath, its own derivatives, and lives that are as it says."""

from pathlib import Path

import mpmath  # type: ignore[import-untyped]
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from domain.analytics.models import bg_nbd
from domain.analytics.models import bg_nbd_forecast as forecast
from domain.analytics.models.bg_nbd import BgNbd
from domain.analytics.models.histories import aggregate, singles
from tests.domain.analytics import published
from tests.domain.analytics.models.claims import check_derivatives, check_foretold, check_recovered, one
from tests.domain.analytics.simulated import ages, live

PUBLISHED = BgNbd(0.242595, 4.413602, 0.792922, 2.425907)
"""CDNOW, exact day grid."""


def refereed(model: BgNbd, x: int, t_x: float, T: float, t: float) -> float:
    """Equation 10 of Fader, Hardie & Lee (2005a) as it is printed, to forty digits."""
    with mpmath.workdps(40):
        r, alpha, a, b, X, tx, age, ahead = (
            mpmath.mpf(v) for v in (model.r, model.alpha, model.a, model.b, x, t_x, T, t)
        )
        grown = ((alpha + age) / (alpha + age + ahead)) ** (r + X)
        curve = mpmath.hyp2f1(r + X, b + X, a + b + X - 1, ahead / (alpha + age + ahead))
        gone = a / (b + X - 1) * ((alpha + age) / (alpha + tx)) ** (r + X) if x else 0
        return float((a + b + X - 1) / (a - 1) * (1 - grown * curve) / (1 + gone))


def test_the_published_single_case_comes_out() -> None:
    expected = forecast.expected_purchases(PUBLISHED, *one(2, 30.43, 38.86), 39)
    assert f"{expected[0]:.3f}" == "1.226"  # Fader, Hardie & Lee 2005a, section 4


@pytest.mark.shared
def test_the_published_table_comes_out_digit_for_digit(shared_data: Path) -> None:
    """Fader, Hardie & Lee (2005a), table 2, BG/NBD: r .243, alpha 4.414, a .793, b 2.426, LL -9582.4."""
    fit = bg_nbd.fit(published.cdnow(shared_data).histories())
    assert [f"{value:.6f}" for value in fit.model.vector()] == ["0.242595", "4.413602", "0.792922", "2.425907"]
    assert f"{fit.log_likelihood:.1f}" == "-9582.4"
    assert fit.customers == 2357
    assert fit.gradient_norm <= 1e-8
    assert fit.warnings == ()


whole = st.integers(1, 20).map(float)  # where r - a is whole, 2F1 is a limit that most ways to it lose digits at
parameters = st.builds(
    BgNbd,
    r=st.floats(0.05, 20) | whole,
    alpha=st.floats(0.2, 100),
    a=st.floats(0.01, 20) | whole,
    b=st.floats(0.05, 50) | whole,
)


@example(model=BgNbd(r=1, alpha=1, a=2, b=1), x=300, T=1, share=1, t=39)
@example(model=BgNbd(r=0.05, alpha=0.25, a=0.05, b=4.0), x=0, T=0.5, share=1.0, t=520.0)
@example(model=BgNbd(r=0.0500001, alpha=0.2, a=0.05, b=0.05), x=5, T=0.1, share=1.0, t=520.0)
@example(model=BgNbd(r=1.0, alpha=1.0, a=4.0, b=37.0), x=5, T=1.0, share=1.0, t=39.0)
@example(model=BgNbd(r=2.0, alpha=1.0, a=20.0, b=10.0), x=30, T=1.0, share=1.0, t=22.0)
@example(model=BgNbd(r=20.0, alpha=0.2, a=20.0, b=50.0), x=0, T=0.1, share=1.0, t=8.0)
@example(model=BgNbd(r=18.0, alpha=1.81, a=20.0, b=50.0), x=2, T=3.09, share=1.0, t=52.0)
@settings(deadline=None)
@given(
    model=parameters,
    x=st.sampled_from([0, 1, 2, 5, 30, 300]),
    T=st.floats(0.1, 200),
    share=st.floats(0.05, 1),
    t=st.sampled_from([4.0, 39.0, 52.0, 156.0, 520.0]),
)
def test_the_expectation_agrees_with_the_printed_equation_over_its_whole_range(
    model: BgNbd, x: int, T: float, share: float, t: float
) -> None:
    if min(abs(model.a - 1), abs(model.a + model.b + x - 1)) < 1e-6:
        return  # the printed form divides by either; the next test looks there
    t_x = T * share if x else 0.0
    ours = forecast.expected_purchases(model, *one(x, t_x, T), t)[0]
    assert ours == pytest.approx(refereed(model, x, t_x, T, t), rel=1e-10, abs=1e-250)


@pytest.mark.parametrize(("a", "b", "history"), [(1.0, 2.5, (3, 20, 30)), (0.5, 0.5, (0, 0, 30))])
def test_the_expectation_is_continuous_where_the_printed_equation_divides_by_zero(
    a: float, b: float, history: tuple[int, float, float]
) -> None:
    at, beside = (forecast.expected_purchases(BgNbd(0.5, 5, a_, b), *one(*history), 52)[0] for a_ in (a, a + 1e-9))
    assert at == pytest.approx(beside, rel=1e-8)


def test_gradient_and_hessian_are_those_of_the_likelihood() -> None:
    rng = np.random.default_rng(5)
    lives = live(BgNbd(0.5, 5, 0.7, 2.5), ages(500, rng), 1, rng)
    prepared = bg_nbd.Prepared.of(singles(lives.x, lives.t_x, lives.T))
    check_derivatives(prepared.slope, np.array([0.6, 4.0, 0.9, 2.0]))


def test_counting_alike_histories_once_changes_no_digit() -> None:
    rng = np.random.default_rng(6)
    lives = live(PUBLISHED, ages(3000, rng), 1, rng)
    days = [np.rint(v).astype(np.int64) for v in (lives.x, lives.t_x * 7, lives.T * 7)]
    together, single = (
        bg_nbd.log_likelihood(PUBLISHED, histories)
        for histories in (aggregate(*days), singles(lives.x, lives.t_x, lives.T))
    )
    assert together == pytest.approx(single, rel=1e-12)


@pytest.mark.parametrize("truth", [PUBLISHED, BgNbd(1.4, 8.0, 0.3, 4.0)])
def test_what_was_simulated_is_recovered_within_three_standard_errors(truth: BgNbd) -> None:
    rng = np.random.default_rng(2024)
    lives = live(truth, ages(40_000, rng, least=300, most=900), 1, rng)
    histories = singles(lives.x, lives.t_x, lives.T)
    fit = bg_nbd.fit(histories)
    check_recovered(fit, bg_nbd.slope(fit.model, histories), truth)


def test_a_warm_start_ends_at_the_same_place() -> None:
    rng = np.random.default_rng(8)
    lives = live(PUBLISHED, ages(5000, rng), 1, rng)
    histories = singles(lives.x, lives.t_x, lives.T)
    cold, warm = bg_nbd.fit(histories), bg_nbd.fit(histories, warm=BgNbd(1, 1, 1, 1))
    np.testing.assert_allclose(cold.model.vector(), warm.model.vector(), rtol=1e-6)


def test_people_who_never_leave_make_a_degenerate_fit_that_is_told() -> None:
    rng = np.random.default_rng(9)
    lives = live(BgNbd(0.8, 8, 1e-9, 1), ages(4000, rng), 1, rng)
    fit = bg_nbd.fit(singles(lives.x, lives.t_x, lives.T))
    assert fit.degenerate
    assert any("no drop-out" in warning for warning in fit.warnings)


def test_people_who_leave_alike_make_a_sound_fit_that_says_so() -> None:
    """a and b run away together: the limit is a model with one chance for everybody, and forecasts hardly move."""
    rng = np.random.default_rng(3)
    lives = live(BgNbd(1.4, 4, 200, 1e4), ages(3000, rng, least=300, most=365), 1, rng)
    fit = bg_nbd.fit(singles(lives.x, lives.t_x, lives.T))
    assert fit.model.b == pytest.approx(1e4)
    assert fit.gradient_norm <= 1e-8
    assert not fit.degenerate
    assert fit.notes == (
        "The data show no differences in drop-out: after a purchase anybody leaves with a chance of"
        f" {fit.model.a / (fit.model.a + fit.model.b):.4f}.",
    )
    assert fit.model.a / (fit.model.a + fit.model.b) == pytest.approx(0.02, rel=0.1)


def test_people_who_never_come_back_make_a_degenerate_fit_that_is_told() -> None:
    fit = bg_nbd.fit(singles(np.zeros(50), np.zeros(50), np.full(50, 30.0)))
    assert any("Nobody bought again" in warning for warning in fit.warnings)


def test_foretold_silence_purchases_and_intervals_are_what_comes_in_simulated_lives() -> None:
    rng = np.random.default_rng(11)
    truth = BgNbd(0.6, 6, 0.6, 2.5)
    lives = live(truth, ages(60_000, rng), 26, rng)
    told = forecast.forecast(truth, lives.x, lives.t_x, lives.T, forecast.Horizon(26))
    least, most = forecast.purchase_quantiles(truth, lives.x, lives.t_x, lives.T, 26, (0.1, 0.9))
    check_foretold(told, lives)
    assert (lives.later < least).mean() < 0.1
    assert (lives.later > most).mean() < 0.1


@pytest.mark.parametrize("model", [BgNbd(0.8, 8, 1e-6, 4e5), BgNbd(0.8, 8, 5e3, 1e6), BgNbd(5e3, 1e5, 0.5, 2)])
def test_runaway_parameters_still_give_finite_expectations(model: BgNbd) -> None:
    """A degenerate fit is judged by its back-test before it is refused."""
    x, t_x, T = (np.array(values, dtype=float) for values in ([0, 1, 9], [0, 5, 50], [60, 60, 60]))
    told = forecast.expected_purchases(model, x, t_x, T, 26)
    np.testing.assert_allclose(told, [refereed(model, *each, 26) for each in zip(x, t_x, T, strict=True)], rtol=1e-6)
