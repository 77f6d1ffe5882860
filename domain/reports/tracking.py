"""The model held against what it was calibrated on and what came after: by frequency and by week; pure.

A newcomer, of whom nothing is known yet, is a history of x = 0, t_x = 0, T = 0: so every family answers for it."""

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import CubicSpline

from domain.analytics.judging.evaluation import FEWEST_REPEATERS
from domain.analytics.models import families
from domain.analytics.models.bg_nbd_forecast import Horizon
from domain.analytics.models.families import PurchaseModel
from domain.analytics.models.histories import DAYS_A_WEEK, Floats, Histories, Ints
from domain.reports.facts import Portrait, Purchases
from domain.vocabulary import ValueModelFamily

MOST = 7
"""So many repeat purchases and more are one group."""
_DAILY = 28
_NOBODY = np.zeros(1)


@dataclass(frozen=True, slots=True)
class ByFrequency:
    """Arrays of MOST + 1: customers with 0, 1, ... repeat purchases in the calibration, seen and expected by the model;
    of those seen, mean purchases held out with the standard error of chance, and the mean that was expected (not a
    number where nobody is in the group)."""

    customers: Floats
    expected_customers: Floats
    later: Floats
    error: Floats
    expected_later: Floats


@dataclass(frozen=True, slots=True)
class ByWeek:
    """Repeat purchases in each whole week since the first purchase of all, seen and expected, and where the cut lies.

    Expected is what the model says of newcomers, from the days on which they first bought."""

    observed: Floats
    expected: Floats
    cut: float

    @property
    def weeks(self) -> Floats:
        return np.arange(1, len(self.observed) + 1, dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Held:
    """A model and what it said. Totals are of purchases held out."""

    model: PurchaseModel
    by_frequency: ByFrequency
    by_week: ByWeek
    actual: float
    foretold: float


def hold(family: ValueModelFamily, purchases: Purchases) -> Held:
    """Fits the family to what was known at the cut, as the back-test did, and holds it against the rest."""
    model = families.fit(family, _histories(purchases)).model
    by_frequency = _by_frequency(model, purchases)
    foretold = np.nansum(by_frequency.expected_later * by_frequency.customers)
    actual = float((purchases.later * purchases.n).sum())
    return Held(model, by_frequency, _by_week(model, purchases), actual, float(foretold))


def held_against(portrait: Portrait) -> Held | None:
    """The family in use against its calibration and holdout; None where there is none, or too few had bought again."""
    used, purchases = portrait.in_use(), portrait.purchases
    if used is None or purchases is None or purchases.n[purchases.x > 0].sum() < FEWEST_REPEATERS:
        return None
    return hold(used.family, purchases)


def _histories(purchases: Purchases) -> Histories:
    days = np.stack([purchases.x, purchases.t_x, purchases.T])
    alike, which = np.unique(days, axis=1, return_inverse=True)
    n = _sum(which.ravel(), purchases.n)
    x, t_x, T = alike.astype(np.float64)
    return Histories(x, t_x / DAYS_A_WEEK, T / DAYS_A_WEEK, n)


def _by_frequency(model: PurchaseModel, purchases: Purchases) -> ByFrequency:
    group, n = np.minimum(purchases.x, MOST), purchases.n.astype(np.float64)
    later = purchases.later.astype(np.float64)
    weeks = (purchases.x.astype(np.float64), purchases.t_x / DAYS_A_WEEK, purchases.T / DAYS_A_WEEK)
    horizon = Horizon(purchases.span.held_out / DAYS_A_WEEK)
    foretold = model.forecast(*weeks, horizon).purchases if horizon.weeks else np.zeros_like(later)
    customers, came, squares, expected = (
        _sum(group, n * values, MOST + 1) for values in (np.ones_like(n), later, later**2, foretold)
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = came / customers
        spread = np.maximum(squares / customers - mean**2, 0.0) / np.maximum(customers - 1, 1)
        return ByFrequency(customers, _newcomers(model, purchases), mean, np.sqrt(spread), expected / customers)


def _newcomers(model: PurchaseModel, purchases: Purchases) -> Floats:
    """How many customers were to make 0, 1, ... repeat purchases in the time that each was watched."""
    days, which = np.unique(purchases.T, return_inverse=True)
    n = _sum(which, purchases.n)
    expected = np.zeros(MOST + 1)
    for day, count in zip(days, n, strict=True):
        expected += count * counts_of_newcomer(model, day / DAYS_A_WEEK)
    return expected


def counts_of_newcomer(model: PurchaseModel, weeks: float) -> Floats:
    """P(X = 0), ..., P(X = MOST - 1), P(X >= MOST) within the weeks after a first purchase."""
    if weeks == 0:
        return np.array([1.0] + [0.0] * MOST)
    gone = 1 - float(model.p_alive(_NOBODY, _NOBODY, _NOBODY)[0])
    ahead = model.cumulative_if_alive(_NOBODY, _NOBODY, weeks)
    reached = [gone + (1 - gone) * float(next(ahead)[0]) for _ in range(MOST)]
    return np.diff(np.array([0.0, *reached, 1.0]))


def _sum(group: Ints, values: Ints | Floats, groups: int = 0) -> Floats:
    sums: Floats = np.bincount(group, values.astype(np.float64), groups).astype(np.float64)
    return sums


def _by_week(model: PurchaseModel, purchases: Purchases) -> ByWeek:
    days = len(purchases.repeats)
    calibrated = (purchases.span.cut - purchases.first).days
    first_purchases = _sum(calibrated - purchases.T, purchases.n, days)
    # Expected until the end of each day; the first day itself holds no repeat.
    grown = np.diff(purchases_of_newcomer(model, days), prepend=0.0)
    expected = np.convolve(first_purchases, grown)[:days]
    # Day 0 holds no repeat: weeks begin on the day after it.
    whole = (days - 1) // int(DAYS_A_WEEK)
    observed, foreseen = (
        values[1 : 1 + whole * 7].reshape(whole, 7).sum(axis=1) for values in (purchases.repeats, expected)
    )
    return ByWeek(observed, foreseen, calibrated / DAYS_A_WEEK)


def purchases_of_newcomer(model: PurchaseModel, days: int) -> Floats:
    """E[X(t)] for t of 0, 1, ... days - 1 days: exact daily at first and weekly later, a cubic spline between."""
    at = np.unique([*range(min(days, _DAILY)), *range(0, days, int(DAYS_A_WEEK)), max(days - 1, 1)])
    exact = [
        float(model.forecast(_NOBODY, _NOBODY, _NOBODY, Horizon(day / DAYS_A_WEEK)).purchases[0]) if day else 0.0
        for day in at
    ]
    between: Floats = np.asarray(CubicSpline(at, exact)(np.arange(days)), dtype=np.float64)
    return between
