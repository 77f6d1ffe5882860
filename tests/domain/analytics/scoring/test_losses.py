"""Intervals of value where purchases lose money as well as gain it: they cover what they say, and only then reach below
nothing."""

from uuid import UUID

import numpy as np
import pytest

from domain.analytics.models import families
from domain.analytics.models.histories import Floats
from domain.analytics.scoring import foresight
from domain.analytics.scoring.churn import Calibration
from domain.analytics.scoring.foresight import Foresight, Model, Terms
from domain.analytics.scoring.population import Census
from domain.analytics.scoring.summaries import LAYOUT, Summaries
from domain.vocabulary import ValueModelFamily
from tests.domain.analytics.facts import NOW
from tests.domain.analytics.models.test_lifetime import BUYING
from tests.domain.analytics.simulated import Lives, ages, live

MODEL = families.model(
    ValueModelFamily.BG_NBD, {name: float(getattr(BUYING, name)) for name in ("r", "alpha", "a", "b")}
)
TERMS = Terms(NOW, 12, 180, 0.0, Model(UUID(int=1), MODEL, None, Calibration(), None), None)
WEEKS = 12 * 30.4375 / 7
PEOPLE = 12_000


def lived(rng: np.random.Generator) -> Lives:
    return live(BUYING, ages(PEOPLE, rng), WEEKS, rng)


def earning(rng: np.random.Generator, mean: Floats, within: float, times: Floats) -> tuple[Floats, Floats]:
    """The sum of so many profits about each customer's mean, and the sum of their squares."""
    total = np.where(times > 0, rng.normal(mean * times, within * np.sqrt(times)), 0.0)
    squares = total**2 / np.maximum(times, 1) + within**2 * np.maximum(times - 1, 0)
    return total, squares


def summaries(lives: Lives, profit: Floats, squares: Floats) -> Summaries:
    rows = np.zeros(len(lives.x), dtype=LAYOUT)
    rows["purchases"], rows["first_day"] = lives.x + 1, -np.rint(lives.T * 7)
    rows["last_day"] = rows["first_day"] + np.rint(lives.t_x * 7)
    rows["repeat_profit"], rows["repeat_profit_squares"] = profit, squares
    return Summaries(rows)


def foretold(people: Summaries) -> Foresight:
    census = Census()
    census.count(people)
    return foresight.foresee(people, TERMS, census.means())


@pytest.mark.parametrize("mean", [4.0, 0.5, -4.0, 25.0])
def test_eight_in_ten_are_covered_where_purchases_lose_as_well_as_gain(mean: float) -> None:
    rng = np.random.default_rng(41)
    lives = lived(rng)
    each = rng.normal(mean, 8, PEOPLE)
    people = summaries(lives, *earning(rng, each, 15, lives.x))
    earned, _ = earning(rng, each, 15, lives.later)
    seen = foretold(people)
    inside, sure = (seen.low <= earned) & (earned <= seen.high), (seen.alive > 0.9) & (lives.x >= 5)
    about_nothing = sure & (np.abs(seen.profit) < 4)
    assert about_nothing.sum() > 50 or mean == 25.0
    groups = [lives.x == 0, (lives.x > 2) & (lives.x < 6), sure, seen.profit < -4, about_nothing]
    for group in (some for some in groups if some.sum() > 50):
        assert 0.74 < inside[group].mean() < 0.93
        assert (earned < seen.low)[group].mean() < 0.16
        assert (earned > seen.high)[group].mean() < 0.16
    assert (seen.low <= seen.predicted).all()
    assert (seen.predicted <= seen.high).all()


def test_where_nobody_loses_nobody_is_told_a_loss_however_profits_vary() -> None:
    rng = np.random.default_rng(42)
    lives = lived(rng)
    total = np.where(lives.x > 0, rng.gamma(0.25 * np.maximum(lives.x, 1), 80), 0.0)
    seen = foretold(summaries(lives, total, total**2))
    assert (seen.low[lives.x == 0] == 0).all()


def test_who_alone_loses_among_many_who_gain_may_still_gain() -> None:
    rng = np.random.default_rng(43)
    lives = lived(rng)
    each = rng.normal(30, 8, PEOPLE)
    buys = np.flatnonzero((lives.x == 8) & (lives.T - lives.t_x < 5))[:20]
    each[buys] = -12.0
    seen = foretold(summaries(lives, *earning(rng, each, 12, lives.x)))
    lost = buys[seen.profit[buys] < 0]
    assert len(lost) > len(buys) / 2
    assert (seen.low[lost] < seen.predicted[lost]).all()
    assert (seen.high[lost] > 0).all()
