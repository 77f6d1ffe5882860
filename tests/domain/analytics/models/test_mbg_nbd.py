"""MBG/NBD against the published table, mpmath, its own derivatives, and lives that are as it says."""

from pathlib import Path

import mpmath  # type: ignore[import-untyped]
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.analytics.models import mbg_nbd
from domain.analytics.models.bg_nbd_forecast import Horizon
from domain.analytics.models.histories import singles
from domain.analytics.models.mbg_nbd import MbgNbd
from tests.domain.analytics import published
from tests.domain.analytics.models.claims import check_derivatives, check_foretold, check_recovered, one
from tests.domain.analytics.simulated import Lives, ages, live_from_the_first

PUBLISHED = MbgNbd(0.525, 6.183, 0.891, 1.614)
"""CDNOW."""


def exact(*values: float) -> list[mpmath.mpf]:
    return [mpmath.mpf(value) for value in values]


def refereed_alive(model: MbgNbd, x: int, t_x: float, T: float) -> mpmath.mpf:
    r, alpha, a, b, X, tx, age = exact(model.r, model.alpha, model.a, model.b, x, t_x, T)
    return 1 / (1 + a / (b + X) * ((alpha + age) / (alpha + tx)) ** (r + X))


def refereed(model: MbgNbd, x: int, t_x: float, T: float, t: float) -> float:
    """E[Y(t) | x, t_x, T] as Batislam, Denizel & Filiztekin print it, to forty digits."""
    with mpmath.workdps(40):
        r, alpha, a, b, X, age, ahead = exact(model.r, model.alpha, model.a, model.b, x, T, t)
        grown = ((alpha + age) / (alpha + age + ahead)) ** (r + X)
        curve = mpmath.hyp2f1(r + X, b + X + 1, a + b + X, ahead / (alpha + age + ahead))
        return float((a + b + X) / (a - 1) * (1 - grown * curve) * refereed_alive(model, x, t_x, T))


@pytest.mark.shared
def test_the_published_table_comes_out_digit_for_digit(shared_data: Path) -> None:
    """MBG/NBD (Batislam et al. 2007) on CDNOW."""
    known = published.cdnow(shared_data)
    fit = mbg_nbd.fit(known.histories())
    assert [f"{value:.3f}" for value in fit.model.vector()] == ["0.525", "6.183", "0.891", "1.614"]
    assert f"{fit.log_likelihood:.1f}" == "-9582.1"
    assert fit.customers == 2357
    assert fit.gradient_norm <= 1e-8
    assert fit.warnings == ()


whole = st.integers(1, 20).map(float)  # see test_bg_nbd.py
parameters = st.builds(
    MbgNbd,
    r=st.floats(0.05, 20) | whole,
    alpha=st.floats(0.2, 100),
    a=st.floats(0.01, 20) | whole,
    b=st.floats(0.05, 50) | whole,
)


@settings(deadline=None)
@given(
    model=parameters,
    x=st.sampled_from([0, 1, 2, 5, 30, 300]),
    T=st.floats(0.1, 200),
    share=st.floats(0.05, 1),
    t=st.sampled_from([4.0, 39.0, 52.0, 156.0, 520.0]),
)
def test_forecasts_agree_with_the_printed_equations_over_their_whole_range(
    model: MbgNbd, x: int, T: float, share: float, t: float
) -> None:
    if abs(model.a - 1) < 1e-6:
        return  # the printed form divides by a - 1
    history = (x, T * share if x else 0.0, T)
    told = mbg_nbd.forecast(model, *one(*history), Horizon(t))
    with mpmath.workdps(40):
        alive = float(refereed_alive(model, *history))
    assert told.alive[0] == pytest.approx(alive, rel=1e-10, abs=1e-250)
    assert told.purchases[0] == pytest.approx(refereed(model, *history, t), rel=1e-10, abs=1e-250)


@pytest.mark.parametrize("history", [(0, 0, 5), (1, 4, 30), (2, 30.43, 38.86), (12, 20, 30)])
def test_the_likelihood_is_the_printed_one(history: tuple[int, float, float]) -> None:
    with mpmath.workdps(40):
        r, alpha, a, b, x, tx, T = exact(*(float(v) for v in PUBLISHED.vector()), *history)
        still = mpmath.beta(a, b + x + 1) / (alpha + T) ** (r + x)
        gone = mpmath.beta(a + 1, b + x) / (alpha + tx) ** (r + x)
        whole = mpmath.gamma(r + x) * alpha**r / mpmath.gamma(r) / mpmath.beta(a, b) * (still + gone)
        assert mbg_nbd.log_likelihood(PUBLISHED, singles(*history)) == pytest.approx(
            float(mpmath.log(whole)), rel=1e-12
        )


def lives_of(truth: MbgNbd, people: int, seed: int, weeks: float = 1) -> Lives:
    rng = np.random.default_rng(seed)
    return live_from_the_first(truth, ages(people, rng, least=300, most=900), weeks, rng)


def test_gradient_and_hessian_are_those_of_the_likelihood() -> None:
    lives = lives_of(MbgNbd(0.5, 5, 0.7, 2.5), 500, 5)
    prepared = mbg_nbd.Prepared.of(singles(lives.x, lives.t_x, lives.T))
    check_derivatives(prepared.slope, np.array([0.6, 4.0, 0.9, 2.0]))


@pytest.mark.parametrize("truth", [PUBLISHED, MbgNbd(1.4, 8.0, 0.4, 3.0)])
def test_what_was_simulated_is_recovered_within_three_standard_errors(truth: MbgNbd) -> None:
    lives = lives_of(truth, 20_000, 2024)
    histories = singles(lives.x, lives.t_x, lives.T)
    fit = mbg_nbd.fit(histories)
    check_recovered(fit, mbg_nbd.slope(fit.model, histories), truth)


def test_foretold_silence_and_purchases_are_what_comes_in_simulated_lives() -> None:
    truth = MbgNbd(0.6, 6, 0.6, 2.5)
    lives = lives_of(truth, 40_000, 11, weeks=26)
    told = mbg_nbd.forecast(truth, lives.x, lives.t_x, lives.T, Horizon(26))
    check_foretold(told, lives)


def test_people_who_never_leave_make_a_degenerate_fit_that_is_told() -> None:
    lives = lives_of(MbgNbd(0.8, 8, 1e-9, 1), 3000, 9)
    fit = mbg_nbd.fit(singles(lives.x, lives.t_x, lives.T))
    assert fit.degenerate
    assert any("no drop-out" in warning for warning in fit.warnings)


def test_people_who_never_come_back_make_a_degenerate_fit_that_is_told() -> None:
    fit = mbg_nbd.fit(singles(np.zeros(50), np.zeros(50), np.full(50, 30.0)))
    assert any("Nobody bought again" in warning for warning in fit.warnings)


def test_nobody_is_nothing_to_fit_to() -> None:
    with pytest.raises(ValueError, match="nobody"):
        mbg_nbd.fit(singles([], [], []))
