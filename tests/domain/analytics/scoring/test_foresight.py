"""What is foretold of summaries: by any family, with and without what corrects it."""

from uuid import UUID

import numpy as np
import pytest

from domain.analytics.judging import residual
from domain.analytics.judging.purchase_days import Known
from domain.analytics.judging.residual import Residual
from domain.analytics.models import families
from domain.analytics.models.bg_nbd_forecast import Horizon
from domain.analytics.models.credibility import Credibility
from domain.analytics.models.families import FAMILIES, PurchaseModel
from domain.analytics.scoring import foresight
from domain.analytics.scoring.churn import Calibration
from domain.analytics.scoring.foresight import Foresight, Model, Terms
from domain.analytics.scoring.population import Means
from domain.analytics.scoring.summaries import LAYOUT, Summaries
from domain.vocabulary import ValueModelFamily
from tests.domain.analytics.facts import NOW
from tests.domain.analytics.models.test_outlook import LETTERS

MEANS = Means(Credibility(12.0, 30.0, 4.0), Credibility(30.0, 60.0, 9.0), 500)
PEOPLE = 4_000
HALF_A_YEAR = 180 / 7


def summaries(people: int, seed: int) -> Summaries:
    """Some without a purchase, some who refuse."""
    rng = np.random.default_rng(seed)
    rows = np.zeros(people, dtype=LAYOUT)
    rows["purchases"] = rng.poisson(rng.gamma(0.6, 3.0, people)) + (rng.random(people) < 0.95)
    rows["first_day"] = -rng.integers(1, 700, people)
    silent = np.floor(-rows["first_day"] * rng.random(people) ** 2)
    rows["last_day"] = np.where(rows["purchases"] > 1, -silent, rows["first_day"])
    rows["repeat_profit"] = np.maximum(rows["purchases"] - 1, 0) * rng.gamma(4, 3, people)
    rows["unwilling"] = rng.random(people) < 0.02
    return Summaries(rows)


def told(people: Summaries, model: PurchaseModel, corrected: Residual | None = None) -> Foresight:
    ours = Model(UUID(int=1), model, None, Calibration(), corrected)
    return foresight.foresee(people, Terms(NOW, 12, 180, 0.1, ours, None), MEANS)


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_is_asked_the_same_and_only_of_who_may_be_foretold(family: ValueModelFamily) -> None:
    people, model = summaries(PEOPLE, 1), families.model(family, LETTERS[family])
    found, some = told(people, model), people.profiled
    for name in Foresight.__slots__:
        assert (np.isnan(getattr(found, name)) == ~some).all()
    history = (people.x[some], people.t_x[some], people.T[some])
    year = Horizon(12 * 30.4375 / 7)
    np.testing.assert_allclose(found.purchases[some], model.forecast(*history, year).purchases, rtol=1e-12)
    np.testing.assert_allclose(found.alive[some], model.p_alive(*history), rtol=1e-12)
    np.testing.assert_allclose(found.none[some], model.p_none(*history, HALF_A_YEAR), rtol=1e-9)
    np.testing.assert_allclose(found.none[some], 1 - found.alive[some] * (1 - found.if_alive[some]), rtol=1e-12)
    assert (found.risk[some] == found.none[some]).all()
    assert (found.low[some] <= found.predicted[some]).all()
    assert (found.predicted[some] <= found.high[some]).all()
    assert (found.predicted[some] < found.purchases[some] * found.profit[some]).all(), "money later is worth less"


def learnt(people: Summaries, model: PurchaseModel) -> Residual:
    """Of a world in which who was silent for long buys less, and everybody else more, than the model thinks."""
    some = people.profiled
    x, t_x, T = people.x[some], people.t_x[some], people.T[some]
    expected = model.forecast(x, t_x, T, Horizon(20)).purchases
    later = np.random.default_rng(9).poisson(expected * np.where(T - t_x > T / 2, 0.3, 1.6)).astype(np.float64)
    repeats, days_of_t_x, days_of_T = (np.rint(values).astype(np.int64) for values in (x, t_x * 7, T * 7))
    return residual.learn(model, Known(repeats, days_of_t_x, days_of_T, later), 140).levelled(model, x, t_x, T)


def test_a_residual_moves_value_and_its_interval_within_its_weeks_and_leaves_the_risk() -> None:
    family = ValueModelFamily.PARETO_NBD
    people, model = summaries(PEOPLE, 2), families.model(family, LETTERS[family])
    some, ours = people.profiled, learnt(people, model)
    assert ours.helps
    plain, corrected = told(people, model), told(people, model, ours)
    history = (people.x[some], people.t_x[some], people.T[some])
    soon = model.forecast(*history, Horizon(20)).purchases
    factors = ours.factors(model, *history)
    expected = plain.purchases[some] + (factors - 1) * soon
    np.testing.assert_allclose(corrected.purchases[some], expected, rtol=1e-9)
    assert factors.min() < 0.7
    assert factors.max() > 1.2
    assert corrected.purchases[some].sum() == pytest.approx(plain.purchases[some].sum(), rel=1e-9)
    for name in ("alive", "if_alive", "none", "risk", "profit"):
        np.testing.assert_array_equal(getattr(corrected, name), getattr(plain, name))
    more = (factors > 1) & (plain.high[some] > 0)
    assert (corrected.predicted[some][more] > plain.predicted[some][more]).all()
    assert (corrected.high[some][more] >= plain.high[some][more] * (1 - 1e-9)).mean() > 0.99
    assert (corrected.low[some] <= corrected.predicted[some]).all()
    assert (corrected.predicted[some] <= corrected.high[some]).all()


@pytest.mark.parametrize("family", FAMILIES)
def test_what_was_looked_at_ahead_ends_in_the_very_same_figures(family: ValueModelFamily) -> None:
    people, model = summaries(500, 4), families.model(family, LETTERS[family])
    terms = Terms(NOW, 12, 180, 0.1, Model(UUID(int=1), model, None, Calibration(0.1, 1.2), None), None)
    ahead, at_once = foresight.look_ahead(people, terms), foresight.foresee(people, terms, MEANS)
    assert len(ahead) == people.profiled.sum() < len(people)
    later = foresight.foresee(people, terms, MEANS, ahead)
    for name in Foresight.__slots__:
        assert getattr(later, name).tobytes() == getattr(at_once, name).tobytes(), name


def test_whoever_is_not_foretold_at_all_is_told_nothing() -> None:
    people = summaries(50, 3)
    nothing = foresight.foresee(people, Terms(NOW, 12, 180, 0.1, None, ("NO_MODEL", "x")), MEANS)
    assert all(np.isnan(getattr(nothing, name)).all() for name in Foresight.__slots__)
