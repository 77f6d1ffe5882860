"""CDNOW and Online Retail on reduced sizes, committed beside the tests: the papers' tables, and what a holdout found.

The figures of holdouts are what was found when the models were chosen: they guard against regress and prove nothing
of other data."""

import numpy as np
import pytest

from domain.analytics.judging import evaluation
from domain.analytics.judging.evaluation import Evaluation
from domain.analytics.judging.purchase_days import Known
from domain.analytics.models import families, gamma_gamma
from domain.vocabulary import ValueModelFamily
from tests.domain.analytics import samples

HELD_OUT_DAYS = 273
BG_NBD, MBG_NBD, PARETO_NBD = families.FAMILIES


@pytest.fixture(scope="module")
def cdnow() -> Known:
    return samples.cdnow()[0]


@pytest.mark.parametrize(
    ("family", "parameters", "likelihood"),
    [
        # Fader, Hardie & Lee (2005a), table 2; MBG/NBD as fitted to the same, in the order of the paper's parameters.
        (BG_NBD, {"r": "0.242595", "alpha": "4.413602", "a": "0.792922", "b": "2.425907"}, "-9582.4"),
        (PARETO_NBD, {"r": "0.553277", "alpha": "10.577683", "s": "0.606240", "beta": "11.668735"}, "-9595.0"),
        (MBG_NBD, {"r": "0.525", "alpha": "6.183", "a": "0.891", "b": "1.614"}, "-9582.1"),
    ],
)
def test_cdnow_s_histories_give_the_published_models(
    cdnow: Known, family: ValueModelFamily, parameters: dict[str, str], likelihood: str
) -> None:
    fit = families.fit(family, cdnow.histories())
    told = {name: f"{fit.model.parameters[name]:.{len(value.split('.')[1])}f}" for name, value in parameters.items()}
    assert told == parameters
    assert f"{fit.log_likelihood:.1f}" == likelihood
    assert fit.gradient_norm <= 1e-8
    assert not fit.degenerate


def test_cdnow_s_repeats_give_the_published_gamma_gamma() -> None:
    """Fader & Hardie (2013), "The Gamma-Gamma Model of Monetary Value": 946 customers who bought again."""
    known, mean = samples.cdnow()
    fit = gamma_gamma.fit(known.x.astype(np.float64), mean)
    assert fit is not None
    assert fit.customers == 946
    assert (f"{fit.model.p:.2f}", f"{fit.model.q:.2f}", f"{fit.model.gamma:.2f}") == ("6.25", "3.74", "15.44")


def test_cdnow_s_holdout_has_the_known_figures(cdnow: Known) -> None:
    assert (len(cdnow.x), cdnow.later.sum()) == (2_357, 1_882)
    held = evaluation.held_against(families.fit(PARETO_NBD, cdnow.histories()), cdnow, HELD_OUT_DAYS).figures
    assert f"{held.mean_absolute_error:.4f}" == "0.7545"
    assert f"{held.root_mean_squared_error:.3f}" == "1.603"
    assert f"{held.poisson_deviance:.3f}" == "1.594"
    assert f"{held.area_under_curve:.3f}" == "0.779"
    assert held.total_error == pytest.approx(-0.115, abs=5e-4)


def test_cdnow_s_counts_lie_in_their_intervals_nearly_as_often_as_in_exact_ones(cdnow: Known) -> None:
    """With so many who buy nothing even the exact 80 % interval covers 94.5 %."""
    model = families.fit(BG_NBD, cdnow.histories()).model
    low, high = model.purchase_quantiles(*cdnow.in_weeks(), HELD_OUT_DAYS / 7, (0.1, 0.9))
    assert ((low <= cdnow.later) & (cdnow.later <= high)).mean() == pytest.approx(0.93, abs=0.015)
    none = model.p_none(*cdnow.in_weeks(), HELD_OUT_DAYS / 7)
    assert none.mean() == pytest.approx((cdnow.later == 0).mean(), abs=0.04)


@pytest.fixture(scope="module")
def retail() -> Evaluation:
    return evaluation.evaluate(samples.online_retail(), samples.ONLINE_RETAIL_UNTIL.toordinal())


def test_an_eighth_of_online_retail_shows_no_drop_out_either_and_every_family_says_so(retail: Evaluation) -> None:
    assert (retail.customers, retail.repeaters, retail.purchases) == (415, 243, 579)
    assert all(one.fit.degenerate for one in retail.judged.values())
    assert any("no drop-out" in warning for warning in retail.judged[PARETO_NBD].fit.warnings)


def test_an_eighth_of_online_retail_is_foretold_no_worse_than_before(retail: Evaluation) -> None:
    for one in retail.judged.values():
        assert one.holdout.figures.poisson_deviance < 1.61
        assert one.holdout.figures.root_mean_squared_error < 1.55
        assert one.holdout.figures.area_under_curve is not None
        assert one.holdout.figures.area_under_curve > 0.74
