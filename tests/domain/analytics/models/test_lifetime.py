"""Lifetime value: discounting to the moment of purchase, and an interval that covers what it says."""

import numpy as np
import pytest

from domain.analytics.models import bg_nbd_forecast, gamma_gamma, lifetime
from domain.analytics.models.bg_nbd import BgNbd
from domain.analytics.models.gamma_gamma import GammaGamma
from tests.domain.analytics.simulated import ages, live

BUYING, SPENDING = BgNbd(0.55, 6, 0.6, 2.5), GammaGamma(6.25, 3.74, 15.44)


def test_twelve_months_are_a_year_and_cost_a_year_of_interest() -> None:
    horizon = lifetime.horizon(12, 0.10)
    assert horizon.weeks * 7 == pytest.approx(365.25)
    assert np.exp(-horizon.interest * horizon.weeks) == pytest.approx(1 / 1.10)


def test_discounting_agrees_with_a_fine_sum_over_short_periods() -> None:
    x, t_x, T = (np.array([value]) for value in (2.0, 30.43, 38.86))
    horizon = lifetime.horizon(12, 0.10)
    edges = np.linspace(0, horizon.weeks, 401)
    bought = [bg_nbd_forecast.expected_purchases(BUYING, x, t_x, T, week)[0] if week else 0.0 for week in edges]
    middle = np.exp(-horizon.interest * (edges[1:] + edges[:-1]) / 2)
    told = bg_nbd_forecast.forecast(BUYING, x, t_x, T, horizon)
    assert told.discounted[0] == pytest.approx(float(np.diff(bought) @ middle), rel=1e-6)
    assert told.discounted[0] < told.purchases[0]


@pytest.fixture(scope="module")
def world() -> tuple[bg_nbd_forecast.Forecast, lifetime.Spend, np.ndarray, np.ndarray]:
    """Forecasts of simulated people, what they then spent (undiscounted), and their x."""
    rng = np.random.default_rng(21)
    horizon = lifetime.horizon(12, 0.0)
    lives = live(BUYING, ages(60_000, rng), horizon.weeks, rng)
    rate = rng.gamma(SPENDING.q, 1 / SPENDING.gamma, len(lives.x))
    m = np.where(lives.x > 0, rng.gamma(SPENDING.p * np.maximum(lives.x, 1), 1 / rate) / np.maximum(lives.x, 1), 0.0)
    spent = np.where(lives.later > 0, rng.gamma(SPENDING.p * np.maximum(lives.later, 1), 1 / rate), 0.0)
    told = bg_nbd_forecast.forecast(BUYING, lives.x, lives.t_x, lives.T, horizon)
    mean = gamma_gamma.conditional_mean(SPENDING, lives.x, m)
    return told, lifetime.Spend(mean, *gamma_gamma.spread(SPENDING, lives.x, m)), spent, lives.x


def test_the_interval_covers_eight_in_ten_where_the_future_is_not_a_lump_at_zero(
    world: tuple[bg_nbd_forecast.Forecast, lifetime.Spend, np.ndarray, np.ndarray],
) -> None:
    told, spend, spent, x = world
    low, high = lifetime.interval(told, spend)
    for group in (x == 0, x == 1, (x > 2) & (x < 6), x >= 10):
        assert (spent > high)[group].mean() == pytest.approx(0.1, abs=0.03)
        assert (spent < low)[group].mean() <= 0.13
    sure = told.none < 0.05
    assert ((low <= spent) & (spent <= high))[sure].mean() == pytest.approx(0.8, abs=0.06)


def test_predicted_adds_up_to_what_everybody_spent(
    world: tuple[bg_nbd_forecast.Forecast, lifetime.Spend, np.ndarray, np.ndarray],
) -> None:
    told, spend, spent, _ = world
    foretold = lifetime.predicted(told, spend)
    low, high = lifetime.interval(told, spend)
    assert foretold.sum() == pytest.approx(spent.sum(), rel=0.02)
    assert ((low <= foretold) & (foretold <= high)).all()


def test_who_loses_money_at_each_purchase_has_the_mirrored_interval() -> None:
    x, t_x, T = (np.array([value]) for value in (9.0, 30.0, 32.0))
    told = bg_nbd_forecast.forecast(BUYING, x, t_x, T, lifetime.horizon(12, 0.1))
    earned, lost = (
        lifetime.interval(told, lifetime.Spend(np.array([mean]), np.array([30.0]), np.array([4.0])))
        for mean in (12.0, -12.0)
    )
    assert (lost[0], lost[1]) == (-earned[1], -earned[0])
    assert lost[1] <= 0


def test_a_customer_who_is_certainly_gone_is_worth_nothing_more() -> None:
    x, t_x, T = (np.array([value]) for value in (300.0, 1.0, 150.0))
    told = bg_nbd_forecast.forecast(BUYING, x, t_x, T, lifetime.horizon(12, 0.1))
    low, high = lifetime.interval(told, lifetime.Spend(np.array([12.0]), np.array([30.0]), np.array([4.0])))
    assert low[0] == 0
    assert high[0] == pytest.approx(0, abs=1e-20)
