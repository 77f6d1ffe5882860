"""Lifetime value: expected discounted profit over a horizon of months, and the interval it will probably fall into.

Months of 30.4375 days; a yearly rate discounts every purchase by the moment at which it is expected."""

from dataclasses import dataclass

import numpy as np
from scipy.special import gammainc, gammaincinv

from domain.analytics.models.bg_nbd_forecast import Forecast, Horizon
from domain.analytics.models.histories import DAYS_A_WEEK, Floats

DAYS_A_MONTH = 30.4375
INTERVAL = (0.1, 0.9)
_MONTHS_A_YEAR = 12


def horizon(months: int, discount_rate: float) -> Horizon:
    """A purchase t years ahead is worth (1 + discount_rate) ** -t of one today."""
    weeks_a_month = DAYS_A_MONTH / DAYS_A_WEEK
    return Horizon(months * weeks_a_month, float(np.log1p(discount_rate)) / (_MONTHS_A_YEAR * weeks_a_month))


@dataclass(frozen=True, slots=True)
class Spend:
    """Of one purchase of each customer: expected profit, variance about the customer's mean, variance of that mean.

    `usual`: what a purchase would be expected to earn that varies so much and only one way, up from 0 or down from it;
    a smaller profit that varies as much is both gained and lost. None: what is expected of each customer.
    """

    mean: Floats
    within: Floats
    between: Floats
    usual: Floats | None = None


def predicted(forecast: Forecast, spend: Spend) -> Floats:
    """Expected discounted profit: rate of purchase and profit of a purchase are independent in these models."""
    return forecast.discounted * spend.mean


def interval(forecast: Forecast, spend: Spend) -> tuple[Floats, Floats]:
    """The 10 % and 90 % quantiles of the discounted profit to come, never leaving out its mean.

    No purchase has its exact probability and brings 0. Given a purchase, the sum of profits is taken as gamma (mirrored
    where a purchase usually loses money) with the exact mean and variance of the compound: of the count, of single
    purchases and of what is not known about the customer's mean. It is shifted where less is expected than is usual.
    Discounting scales it by E[discounted] / E[count].
    """
    usual = spend.mean if spend.usual is None else spend.usual
    losing = usual < 0
    mean = np.where(losing, -spend.mean, spend.mean)
    expected = forecast.discounted * mean
    low, high = np.minimum(expected, 0.0), np.maximum(expected, 0.0)
    likely = forecast.none < INTERVAL[1]
    lump = _compound(*(part[likely] for part in _parts(forecast, spend, mean, np.maximum(np.abs(usual), mean))))
    none = forecast.none[likely]
    lost = _lost(none, *lump)
    ends = [_quantile(share, none, lost, *lump) for share in INTERVAL]
    low[likely] = np.minimum(ends[0], expected[likely])
    high[likely] = np.maximum(ends[1], expected[likely])
    return np.where(losing, -high, low), np.where(losing, -low, high)


def _parts(forecast: Forecast, spend: Spend, mean: Floats, usual: Floats) -> tuple[Floats, ...]:
    counts = (forecast.none, forecast.purchases, forecast.second, forecast.discounted)
    return (*counts, mean, usual, spend.within, spend.between)


def _compound(
    none: Floats,
    purchases: Floats,
    second: Floats,
    discounted: Floats,
    mean: Floats,
    usual: Floats,
    within: Floats,
    between: Floats,
) -> tuple[Floats, Floats, Floats]:
    """Shape, scale and shift of the gamma that is the discounted sum of profits, given a purchase at all."""
    some = 1 - none
    count, square = purchases / some, (second + purchases) / some
    total = count * usual
    variance = count * within + square * (mean**2 + between) - (count * mean) ** 2
    with np.errstate(divide="ignore", invalid="ignore"):
        discount = discounted / purchases
        scale = np.where(total > 0, variance / total, 0.0) * discount
        shape = np.where(variance > 0, total**2 / variance, np.inf)
    return shape, scale, count * (mean - usual) * discount


def _lost(none: Floats, shape: Floats, scale: Floats, shift: Floats) -> Floats:
    """The chance of a sum below 0."""
    lost, both = np.zeros_like(none), np.isfinite(shape) & np.isfinite(scale) & (shape > 0) & (scale > 0) & (shift < 0)
    lost[both] = (1 - none[both]) * gammainc(shape[both], -shift[both] / scale[both])
    return lost


def _quantile(share: float, none: Floats, lost: Floats, shape: Floats, scale: Floats, shift: Floats) -> Floats:
    """Of 0 with probability `none`, else shift + gamma(shape, scale)."""
    quantile, below = np.zeros_like(none), share < lost
    reached = (below | (lost + none < share)) & np.isfinite(shape) & np.isfinite(scale) & (shape > 0)
    rest = np.where(below, share, share - none)[reached] / (1 - none[reached])
    quantile[reached] = gammaincinv(shape[reached], rest) * scale[reached] + shift[reached]
    return quantile
