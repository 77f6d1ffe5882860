"""Pareto/NBD against the published table and cases, mpmath, its own derivatives, and lives that are as it says."""

from pathlib import Path

import mpmath  # type: ignore[import-untyped]
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from domain.analytics.models import pareto_nbd
from domain.analytics.models import pareto_nbd_forecast as forecast
from domain.analytics.models.bg_nbd_forecast import Horizon
from domain.analytics.models.histories import singles
from domain.analytics.models.pareto_nbd import ParetoNbd
from tests.domain.analytics import published
from tests.domain.analytics.models.claims import check_derivatives, check_foretold, check_recovered, one
from tests.domain.analytics.simulated import Lives, ages, live_and_die

PUBLISHED = ParetoNbd(0.553277, 10.577683, 0.606240, 11.668735)
"""CDNOW, exact day grid."""


def test_the_published_single_case_comes_out() -> None:
    """E[Y(52) | 26, 30.86, 31] and P(alive), Fader & Hardie's note on the Pareto/NBD (2005)."""
    case = one(26, 30.86, 31)
    assert f"{forecast.expected_purchases(PUBLISHED, *case, 52)[0]:.2f}" == "25.46"
    assert f"{forecast.p_alive(PUBLISHED, *case)[0]:.3f}" == "0.998"


@pytest.mark.shared
def test_the_published_table_comes_out_digit_for_digit(shared_data: Path) -> None:
    """Fader, Hardie & Lee (2005a), table 2, Pareto/NBD: r .553, alpha 10.578, s .606, beta 11.669, LL -9595.0."""
    known = published.cdnow(shared_data)
    fit = pareto_nbd.fit(known.histories())
    assert [f"{value:.3f}" for value in fit.model.vector()] == ["0.553", "10.578", "0.606", "11.669"]
    np.testing.assert_allclose(fit.model.vector(), PUBLISHED.vector(), atol=1e-6)
    assert f"{fit.log_likelihood:.1f}" == "-9595.0"
    assert fit.customers == 2357
    assert fit.gradient_norm <= 1e-8
    assert fit.warnings == ()


def A_0(model: ParetoNbd, x: int, t_x: float, T: float) -> mpmath.mpf:
    """Fader & Hardie's note, with the hypergeometric function for alpha >= beta and for alpha <= beta."""
    r, alpha, s, beta, X, tx, age = (mpmath.mpf(v) for v in (model.r, model.alpha, model.s, model.beta, x, t_x, T))
    total = r + s + X
    larger, second = (alpha, s + 1) if alpha >= beta else (beta, r + X)

    def term(moment: mpmath.mpf) -> mpmath.mpf:
        z = abs(alpha - beta) / (larger + moment)
        return mpmath.hyp2f1(total, second, total + 1, z) / (larger + moment) ** total

    return term(tx) - term(age)


def referee(model: ParetoNbd, x: int, t_x: float, T: float) -> tuple[mpmath.mpf, mpmath.mpf]:
    """The log-likelihood and P(alive) as they are printed."""
    r, alpha, s, beta, X, age = (mpmath.mpf(v) for v in (model.r, model.alpha, model.s, model.beta, x, T))
    still = 1 / ((alpha + age) ** (r + X) * (beta + age) ** s)
    both = still + s / (r + s + X) * A_0(model, x, t_x, T)
    front = mpmath.loggamma(r + X) - mpmath.loggamma(r) + r * mpmath.log(alpha) + s * mpmath.log(beta)
    return front + mpmath.log(both), still / both


parameters = st.builds(
    ParetoNbd, r=st.floats(0.05, 20), alpha=st.floats(0.2, 100), s=st.floats(0.01, 20), beta=st.floats(0.2, 100)
)


@example(model=ParetoNbd(1, 5, 1, 5), x=300, T=100, share=0.9, t=39)
@example(model=ParetoNbd(0.5, 100, 0.5, 0.01), x=0, T=200, share=1, t=39)
@example(model=ParetoNbd(0.5, 0.01, 0.5, 100), x=1, T=500, share=0.01, t=39)
@settings(deadline=None)
@given(
    model=parameters,
    x=st.sampled_from([0, 1, 2, 5, 30, 300]),
    T=st.floats(0.1, 200),
    share=st.floats(0.05, 1),
    t=st.sampled_from([4.0, 39.0, 52.0, 156.0, 520.0]),
)
def test_likelihood_chances_and_expectations_agree_with_the_printed_equations(
    model: ParetoNbd, x: int, T: float, share: float, t: float
) -> None:
    t_x = T * share if x else 0.0
    with mpmath.workdps(120):
        likelihood, alive = referee(model, x, t_x, T)
        s, age, ahead = mpmath.mpf(model.s), model.beta + mpmath.mpf(T), mpmath.mpf(t)
        left = 1 - (age / (age + ahead)) ** (s - 1) if s != 1 else mpmath.log(1 + ahead / age)
        expected = alive * (model.r + mpmath.mpf(x)) * age / (model.alpha + mpmath.mpf(T)) * left / (s - 1 or 1)
    case = one(x, t_x, T)
    assert pareto_nbd.log_likelihood(model, singles(*case)) == pytest.approx(float(likelihood), rel=1e-10, abs=1e-10)
    assert forecast.p_alive(model, *case)[0] == pytest.approx(float(alive), rel=1e-10, abs=1e-250)
    assert forecast.expected_purchases(model, *case, t)[0] == pytest.approx(float(expected), rel=1e-10, abs=1e-250)


@pytest.mark.parametrize("history", [(0, 0, 5), (1, 4, 30), (2, 30.43, 38.86), (40, 20, 30)])
@pytest.mark.parametrize("model", [PUBLISHED, ParetoNbd(2, 5, 1.5, 60)])
def test_silence_and_moments_are_the_integrals_that_they_stand_for(
    model: ParetoNbd, history: tuple[int, float, float]
) -> None:
    x, _, T = history
    m, a, b, s, t, rate = model.r + x, model.alpha + T, model.beta + T, model.s, 39.0, 0.002
    told = forecast.forecast(model, *one(*history), Horizon(t, rate))

    def lives(u: mpmath.mpf) -> mpmath.mpf:
        return (b / (b + u)) ** s

    with mpmath.workdps(30):
        died = mpmath.quad(lambda u: (a / (a + u)) ** m * s / (b + u) * lives(u), [0, 1, 5, t])
        silent = float((mpmath.mpf(a) / (a + t)) ** m * lives(mpmath.mpf(t)) + died)
        discounted = float(m / a * mpmath.quad(lambda u: mpmath.exp(-rate * u) * lives(u), [0, t]))
        second = float(m * (m + 1) / a**2 * 2 * mpmath.quad(lambda u: u * lives(u), [0, t]))
    alive = told.alive[0]
    assert told.none[0] == pytest.approx(1 - alive + alive * silent, rel=1e-10)
    assert told.discounted[0] == pytest.approx(alive * discounted, rel=1e-10)
    assert told.second[0] == pytest.approx(alive * second, rel=1e-10)


def test_the_expectation_is_continuous_where_the_printed_equation_divides_by_zero() -> None:
    at, beside = (forecast.expected_purchases(ParetoNbd(0.5, 5, s, 8), *one(3, 20, 30), 52)[0] for s in (1.0, 1 + 1e-9))
    assert at == pytest.approx(beside, rel=1e-8)


def lives_of(truth: ParetoNbd, people: int, seed: int, weeks: float = 1) -> Lives:
    rng = np.random.default_rng(seed)
    return live_and_die(truth, ages(people, rng, least=300, most=900), weeks, rng)


@pytest.mark.parametrize("here", [(0.6, 4.0, 0.9, 9.0), (0.6, 9.0, 1.4, 4.0)])
def test_gradient_and_hessian_are_those_of_the_likelihood(here: tuple[float, ...]) -> None:
    lives = lives_of(PUBLISHED, 500, 5)
    histories = singles(lives.x, lives.t_x, lives.T)
    check_derivatives(lambda place: pareto_nbd.slope(ParetoNbd(*place), histories), np.array(here))


@pytest.mark.parametrize("truth", [PUBLISHED, ParetoNbd(1.4, 8.0, 2.0, 60.0)])
def test_what_was_simulated_is_recovered_within_three_standard_errors(truth: ParetoNbd) -> None:
    lives = lives_of(truth, 6_000, 2024)
    histories = singles(lives.x, lives.t_x, lives.T)
    fit = pareto_nbd.fit(histories)
    check_recovered(fit, pareto_nbd.slope(fit.model, histories), truth)


def test_foretold_silence_and_purchases_are_what_comes_in_simulated_lives() -> None:
    truth = ParetoNbd(0.6, 6, 0.8, 20)
    lives = lives_of(truth, 30_000, 11, weeks=26)
    told = forecast.forecast(truth, lives.x, lives.t_x, lives.T, Horizon(26))
    check_foretold(told, lives)
    variance = told.second + told.purchases - told.purchases**2
    assert ((lives.later - told.purchases) ** 2).mean() == pytest.approx(variance.mean(), rel=0.1)


def test_people_who_never_leave_make_a_degenerate_fit_that_is_told() -> None:
    lives = lives_of(ParetoNbd(0.8, 8, 1e-9, 10), 1000, 9)
    fit = pareto_nbd.fit(singles(lives.x, lives.t_x, lives.T))
    assert fit.degenerate
    assert any("no drop-out" in warning for warning in fit.warnings)


@pytest.mark.proof
def test_people_who_leave_alike_make_a_sound_fit_that_says_so() -> None:
    """s and beta run away together: the limit is a model with one death rate for everybody."""
    rng = np.random.default_rng(1)
    lives = live_and_die(ParetoNbd(1.4, 2, 1e6, 3e7), ages(800, rng, least=300, most=365), 1, rng)
    fit = pareto_nbd.fit(singles(lives.x, lives.t_x, lives.T))
    rate = fit.model.s / fit.model.beta
    assert rate == pytest.approx(1 / 30, rel=0.1)
    assert fit.notes == (f"The data show no differences in drop-out: anybody leaves at a rate of {rate:.5f} a week.",)
    assert not fit.degenerate


def test_people_who_never_come_back_make_a_degenerate_fit_that_is_told() -> None:
    fit = pareto_nbd.fit(singles(np.zeros(50), np.zeros(50), np.full(50, 30.0)))
    assert any("Nobody bought again" in warning for warning in fit.warnings)
