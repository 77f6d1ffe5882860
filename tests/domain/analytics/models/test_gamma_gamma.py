"""Gamma-gamma against the published table and simulated spending; the credibility mean against its own definition."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from domain.analytics.models import credibility, gamma_gamma
from domain.analytics.models.gamma_gamma import GammaGamma

TRUTH = GammaGamma(6.25, 3.74, 15.44)
"""CDNOW."""


def spending(people: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    x = rng.integers(1, 12, people).astype(float)
    rate = rng.gamma(TRUTH.q, 1 / TRUTH.gamma, people)
    return x, rng.gamma(TRUTH.p * x, 1 / rate) / x, TRUTH.p / rate


@pytest.mark.shared
def test_the_published_table_comes_out_digit_for_digit(shared_data: Path) -> None:
    """Fader & Hardie (2013), the gamma-gamma of CDNOW: p 6.25, q 3.74, gamma 15.44."""
    spent: dict[str, dict[date, float]] = {}
    for line in (shared_data / "cdnow_sample.txt").read_text().splitlines():
        _, customer, day, _, dollars = line.split()
        days = spent.setdefault(customer, {})
        days[date.fromisoformat(day)] = days.get(date.fromisoformat(day), 0) + float(dollars)
    repeats = [[days[day] for day in sorted(days) if day <= date(1997, 9, 30)][1:] for days in spent.values()]
    x = np.array([len(days) for days in repeats], dtype=float)
    m = np.array([sum(days) / max(len(days), 1) for days in repeats])
    fit = gamma_gamma.fit(x, m)
    assert fit is not None
    assert [f"{value:.2f}" for value in fit.model.vector()] == ["6.25", "3.74", "15.44"]
    assert fit.customers == 946
    assert fit.gradient_norm <= 1e-8
    assert fit.warnings == ()


def test_what_was_simulated_is_recovered_within_three_standard_errors() -> None:
    x, m, _ = spending(30_000, np.random.default_rng(3))
    fit = gamma_gamma.fit(x, m)
    assert fit is not None
    errors = np.sqrt(np.diag(np.linalg.inv(-gamma_gamma.slope(fit.model, x, m).hessian)))
    assert fit.gradient_norm <= 1e-8
    assert (np.abs(fit.model.vector() - TRUTH.vector()) < 3 * errors).all()


def test_gradient_and_hessian_are_those_of_the_likelihood() -> None:
    x, m, _ = spending(400, np.random.default_rng(4))
    here = np.array([5.0, 4.2, 14.0])
    slope = gamma_gamma.slope(GammaGamma(*here), x, m)
    for which in range(3):
        step = np.zeros(3)
        step[which] = 1e-5 * here[which]
        up, down = (gamma_gamma.slope(GammaGamma(*(here + way * step)), x, m) for way in (1, -1))
        assert (up.value - down.value) / (2 * step[which]) == pytest.approx(slope.gradient[which], rel=1e-5)
        np.testing.assert_allclose((up.gradient - down.gradient) / (2 * step[which]), slope.hessian[which], rtol=1e-4)


def test_the_unit_of_money_changes_gamma_and_nothing_else() -> None:
    x, m, _ = spending(2_000, np.random.default_rng(5))
    dollars, cents = gamma_gamma.fit(x, m), gamma_gamma.fit(x, 100 * m)
    assert dollars is not None
    assert cents is not None
    np.testing.assert_allclose(cents.model.vector(), dollars.model.vector() * [1, 1, 100], rtol=1e-6)


def test_profits_at_or_below_zero_and_customers_without_a_repeat_stay_out() -> None:
    x, m, _ = spending(500, np.random.default_rng(6))
    with_others = gamma_gamma.fit(np.append(x, [3, 2, 0]), np.append(m, [-4.0, 0.0, 25.0]))
    alone = gamma_gamma.fit(x, m)
    assert with_others == alone


def test_too_few_are_not_fitted_to() -> None:
    assert gamma_gamma.fit(np.ones(9), np.ones(9)) is None


def test_the_conditional_mean_and_its_spread_hold_in_simulated_spending() -> None:
    x, m, means = spending(100_000, np.random.default_rng(7))
    expected = gamma_gamma.conditional_mean(TRUTH, x, m)
    _, between = gamma_gamma.spread(TRUTH, x, m)
    for group in (x == 1, x > 8):
        missed = (means - expected)[group]
        assert abs(missed.mean()) < 4 * missed.std() / np.sqrt(group.sum())
        assert missed.var() == pytest.approx(between[group].mean(), rel=0.15)


def test_everybody_alike_is_degenerate_and_told() -> None:
    fit = gamma_gamma.fit(np.arange(1.0, 40.0), np.full(39, 20.0))
    assert fit is not None
    assert fit.degenerate


def test_the_credibility_mean_finds_the_variances_and_may_be_negative() -> None:
    rng = np.random.default_rng(8)
    x = rng.integers(0, 10, 50_000).astype(float)
    own = rng.normal(5, 3, len(x))
    purchases = [rng.normal(mean, 6, int(n)) for mean, n in zip(own, x, strict=True)]
    m = np.array([values.mean() if len(values) else 0.0 for values in purchases])
    squares = np.array([values @ values for values in purchases])
    parts = [credibility.Sums.of(x[part], m[part], squares[part]) for part in (slice(0, 7_000), slice(7_000, None))]
    fit = credibility.fit(parts[0] + parts[1])
    assert fit.mean == pytest.approx(5, abs=0.1)
    assert fit.within == pytest.approx(36, rel=0.03)
    assert fit.between == pytest.approx(9, rel=0.05)
    k = fit.within / fit.between
    expected = fit.expected(np.array([0.0, 4.0]), np.array([0.0, -30.0]))
    assert expected[0] == fit.mean
    assert expected[1] == pytest.approx(4 / (4 + k) * -30 + k / (4 + k) * fit.mean)
    assert expected[1] < 0


def test_where_nobody_differs_everybody_is_expected_to_spend_the_mean_of_all() -> None:
    fit = credibility.fit(credibility.Sums.of(np.array([2.0, 2.0]), np.array([5.0, 5.0]), np.array([82.0, 82.0])))
    assert fit.between == 0
    assert fit.expected(np.array([2.0]), np.array([5.0]))[0] == 5
