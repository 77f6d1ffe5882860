"""Figures by weights are those of customers who are there that often; intervals say what is sure and what is not."""

import numpy as np
import pytest

from domain.analytics.judging import bootstrap, holdout
from domain.analytics.judging.bootstrap import Prepared
from domain.analytics.models.histories import Floats

MEANS = np.random.default_rng(1).gamma(0.8, 1.5, 1_500)
CAME = np.random.default_rng(2).poisson(MEANS).astype(np.float64)


def by_hand(foretold: Floats, came: Floats) -> Floats:
    error = foretold - came
    area = holdout.area_under_curve(foretold, came > 0)
    assert area is not None
    deviance = holdout.poisson_deviance(foretold, came)
    return np.array(
        [deviance, np.abs(error).mean(), np.sqrt((error**2).mean()), error.sum() / came.sum(), area], dtype=np.float64
    )


def test_weights_are_so_many_customers() -> None:
    foretold = np.round(MEANS, 1) + 0.05
    weights = np.random.default_rng(3).poisson(1.0, len(MEANS))
    drawn = np.repeat(np.arange(len(MEANS)), weights)
    told = Prepared.of(foretold, CAME).figures(weights.astype(np.float64))
    np.testing.assert_allclose(told, by_hand(foretold[drawn], CAME[drawn]), rtol=1e-12)


def test_the_true_means_surely_beat_a_forecast_that_knows_nothing_and_not_one_that_is_nearly_as_good() -> None:
    best, alike = (Prepared.of(foretold, CAME) for foretold in (MEANS, MEANS * 1.001))
    flat = Prepared.of(np.full_like(MEANS, MEANS.mean()), CAME)
    _, high = bootstrap.paired(best, flat)
    assert (high[:3] < 0).all()
    low, _ = bootstrap.paired(best, flat)
    assert low[4] > 0.1
    low, high = bootstrap.paired(Prepared.of(MEANS + np.random.default_rng(4).normal(0, 0.01, 1_500) ** 2, CAME), best)
    assert low[0] < 0 < high[0]
    assert alike.figures(np.ones_like(CAME))[4] == pytest.approx(best.figures(np.ones_like(CAME))[4])


def test_the_interval_is_as_wide_as_the_standard_error_says() -> None:
    one, other = Prepared.of(MEANS, CAME), Prepared.of(np.full_like(MEANS, MEANS.mean()), CAME)
    low, high = bootstrap.paired(one, other)
    error = (one.deviances - other.deviances).std() / np.sqrt(len(CAME))
    assert high[0] - low[0] == pytest.approx(2 * 1.96 * error, rel=0.15)


def test_where_nobody_bought_again_there_is_no_area() -> None:
    told = Prepared.of(MEANS, np.zeros_like(MEANS)).figures(np.ones_like(MEANS))
    assert np.isnan(told[4])
    assert not np.isfinite(told[3])
