"""The number of purchases itself, of every family: its distribution, its quantiles, its silence."""

import mpmath  # type: ignore[import-untyped]
import numpy as np
import pytest

from domain.analytics.models import counts, families
from domain.analytics.models.bg_nbd import BgNbd
from domain.analytics.models.bg_nbd_forecast import Horizon
from domain.analytics.models.families import PurchaseModel
from domain.analytics.models.histories import Floats, distinct_histories
from domain.analytics.models.mbg_nbd import MbgNbd
from domain.analytics.models.pareto_nbd import ParetoNbd
from domain.vocabulary import ValueModelFamily
from tests.domain.analytics.simulated import Lives, ages, live, live_and_die, live_from_the_first

BG = families.model(ValueModelFamily.BG_NBD, {"r": 0.6, "alpha": 6.0, "a": 0.6, "b": 2.5})
MBG = families.model(ValueModelFamily.MBG_NBD, {"r": 0.6, "alpha": 6.0, "a": 0.6, "b": 2.5})
PARETO = families.model(ValueModelFamily.PARETO_NBD, {"r": 0.6, "alpha": 6.0, "s": 0.8, "beta": 20.0})
EVERY = [BG, MBG, PARETO]
SHARES = (0.1, 0.9)


def lived(model: PurchaseModel, people: int, weeks: float) -> Lives:
    rng = np.random.default_rng(11)
    T = ages(people, rng)
    if model is BG:
        return live(BgNbd(**model.parameters), T, weeks, rng)
    if model is MBG:
        return live_from_the_first(MbgNbd(**model.parameters), T, weeks, rng)
    return live_and_die(ParetoNbd(**model.parameters), T, weeks, rng)


def one(x: float, t_x: float, T: float) -> tuple[Floats, Floats, Floats]:
    return np.array([float(x)]), np.array([float(t_x)]), np.array([float(T)])


def reached(model: PurchaseModel, x: Floats, T: Floats, most: int, weeks: float = 39) -> list[float]:
    steps = zip(range(most), model.cumulative_if_alive(x, T, weeks), strict=False)
    return [float(step[0]) for _, step in steps]


@pytest.mark.parametrize("model", EVERY)
@pytest.mark.parametrize("history", [(0, 0, 5), (1, 4, 30), (2, 30.43, 38.86), (12, 20, 30)])
def test_the_distribution_of_purchases_has_the_moments_that_the_forecast_tells(
    model: PurchaseModel, history: tuple[float, float, float]
) -> None:
    x, t_x, T = one(*history)
    told = model.forecast(x, t_x, T, Horizon(39))
    chance = np.diff([0.0, *reached(model, x, T, 1_500)])
    n = np.arange(len(chance))
    alive = told.alive[0]
    assert chance.sum() == pytest.approx(1, abs=1e-9)
    assert alive * (chance @ n) == pytest.approx(told.purchases[0], rel=1e-8)
    assert alive * (chance @ (n * (n - 1))) == pytest.approx(told.second[0], rel=1e-7)
    assert 1 - alive + alive * chance[0] == pytest.approx(told.none[0], rel=1e-12)
    assert model.p_none(x, t_x, T, 39) == pytest.approx(told.none, rel=1e-12)
    assert model.p_none_if_alive(x, T, 39)[0] == pytest.approx(chance[0], rel=1e-12)


@pytest.mark.parametrize("history", [(0, 30.0), (2, 38.86), (300, 100.0)])
@pytest.mark.parametrize("parameters", [(0.6, 6.0, 0.8, 20.0), (0.5, 0.1, 3.0, 40.0), (2.0, 40.0, 1.5, 0.5)])
def test_of_pareto_it_is_the_mean_over_the_moment_of_death(
    parameters: tuple[float, ...], history: tuple[int, float]
) -> None:
    r, alpha, s, beta = parameters
    x, T = history
    model = families.model(ValueModelFamily.PARETO_NBD, dict(zip(("r", "alpha", "s", "beta"), parameters, strict=True)))
    m, a, b, ahead = r + x, alpha + T, beta + T, 39.0

    def bought_at_most(n: int, u: mpmath.mpf) -> mpmath.mpf:
        return mpmath.betainc(m, n + 1, 0, a / (a + u), regularized=True)

    found = reached(model, *one(x, 0, T)[::2], 150)
    for n in (0, 4, 149):
        with mpmath.workdps(15):
            died = mpmath.quad(
                lambda u, n=n: s / b * (b / (b + u)) ** (s + 1) * bought_at_most(n, u), [0, 0.5, 3, 10, 20, 39]
            )
            expected = died + (b / (b + ahead)) ** s * bought_at_most(n, mpmath.mpf(ahead))
        assert found[n] == pytest.approx(float(expected), abs=1e-9)


@pytest.mark.parametrize("model", EVERY)
def test_a_quantile_is_the_least_count_that_reaches_its_share(model: PurchaseModel) -> None:
    lives = lived(model, 3_000, 26)
    history = (lives.x, lives.t_x, lives.T)
    alive = model.p_alive(*history)
    for share, quantile in zip(SHARES, model.purchase_quantiles(*history, 26, SHARES), strict=True):
        below, up_to = model.chances(*history, 26, quantile.astype(float))
        assert (up_to >= share - 1e-9).all()
        assert (below < share).all()
        assert (up_to[quantile == 0] >= 1 - alive[quantile == 0]).all()
        assert quantile.max() > 5 or share < 0.5


@pytest.mark.parametrize("model", EVERY)
def test_what_comes_in_simulated_lives_falls_into_the_quantiles_and_is_as_silent_as_foretold(
    model: PurchaseModel,
) -> None:
    lives = lived(model, 30_000, 26)
    history = (lives.x, lives.t_x, lives.T)
    least, most = model.purchase_quantiles(*history, 26, SHARES)
    none = model.p_none(*history, 26)
    assert (lives.later < least).mean() < 0.1
    assert (lives.later > most).mean() < 0.1
    for group in (lives.x == 0, lives.x == 1, lives.x > 4, lives.T - lives.t_x > 30):
        assert abs((lives.later == 0)[group].mean() - none[group].mean()) < 4 * 0.5 / np.sqrt(group.sum())


@pytest.mark.parametrize("model", EVERY)
def test_somebody_busier_than_floating_point_has_a_quantile_too(model: PurchaseModel) -> None:
    """The chance of silence after four purchases a week is below what floating point can hold."""
    least, most = model.purchase_quantiles(*one(1_500, 364.9, 365.0), 400, SHARES)
    expected = 1_500 * 400 / 365
    assert 200 < least[0] < expected < most[0] < expected * 1.2


def test_a_model_is_whole_in_its_name_and_parameters() -> None:
    for model in EVERY:
        again = families.model(model.family, model.parameters)
        x, t_x, T = one(3, 20, 30)
        assert again.p_alive(x, t_x, T) == model.p_alive(x, t_x, T)
    with pytest.raises(ValueError, match="no model of purchases"):
        families.model(ValueModelFamily.GAMMA_GAMMA, {})


def test_histories_that_are_alike_are_told_once_and_everybody_gets_the_own_answer() -> None:
    rng = np.random.default_rng(4)
    x = rng.integers(0, 5, 5_000).astype(float)
    T = rng.integers(10, 60, 5_000) / 7
    t_x = np.minimum(x, np.floor(T * 7 / 2) / 7)
    *parts, which = distinct_histories(x, t_x, T)
    assert len(parts[0]) < 1_000
    for part, whole in zip(parts, (x, t_x, T), strict=True):
        np.testing.assert_array_equal(part[which], whole)
    asked = []

    def told(of_x: Floats, of_T: Floats) -> Floats:
        asked.append(len(of_x))
        return of_x * 100 + of_T

    np.testing.assert_allclose(counts.once_for_alike(told, x, T), x * 100 + T)
    assert asked == [len(np.unique(x * 100 + T))]
