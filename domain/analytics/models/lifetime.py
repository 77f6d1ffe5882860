"""Lifetime value: expected discounted profit over a horizon of months, and the interval it will probably fall into.

Months of 30.4375 days; a yearly rate discounts every purchase by the moment at which it is expected."""

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaincinv

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
    """Of one purchase of each customer: expected profit, variance about the customer's mean, variance of that mean."""

    mean: Floats
    within: Floats
    between: Floats


def predicted(forecast: Forecast, spend: Spend) -> Floats:
    """Expected discounted profit: rate of purchase and profit of a purchase are independent in these models."""
    return forecast.discounted * spend.mean


def interval(forecast: Forecast, spend: Spend) -> tuple[Floats, Floats]:
    """The 10 % and 90 % quantiles of the discounted profit to come, never leaving out its mean.

    No purchase has its exact probability and brings 0. Given a purchase, the sum of profits is taken as gamma (mirrored
    where a purchase is expected to lose money) with the exact mean and variance of the compound: of the count, of
    single purchases and of what is not known about the customer's mean. Discounting scales it by
    E[discounted] / E[count].
    """
    low, high = np.zeros_like(spend.mean), np.abs(predicted(forecast, spend))
    likely = forecast.none < INTERVAL[1]
    shape, scale = _compound(*(part[likely] for part in _parts(forecast, spend)))
    ends = [_quantile(share, forecast.none[likely], shape, scale) for share in INTERVAL]
    low[likely], high[likely] = np.minimum(ends[0], high[likely]), np.maximum(ends[1], high[likely])
    losing = spend.mean < 0
    return np.where(losing, -high, low), np.where(losing, -low, high)


def _parts(forecast: Forecast, spend: Spend) -> tuple[Floats, ...]:
    return (
        forecast.none,
        forecast.purchases,
        forecast.second,
        forecast.discounted,
        spend.mean,
        spend.within,
        spend.between,
    )


def _compound(
    none: Floats, purchases: Floats, second: Floats, discounted: Floats, mean: Floats, within: Floats, between: Floats
) -> tuple[Floats, Floats]:
    """Shape and scale of the gamma that stands for the discounted sum of profits, given a purchase at all."""
    some = 1 - none
    count, square = purchases / some, (second + purchases) / some
    total = count * np.abs(mean)
    variance = count * within + square * (mean**2 + between) - total**2
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = np.where(total > 0, variance / total, 0.0) * discounted / purchases
        shape = np.where(variance > 0, total**2 / variance, np.inf)
    return shape, scale


def _quantile(share: float, none: Floats, shape: Floats, scale: Floats) -> Floats:
    """Of 0 with probability `none`, else gamma(shape, scale)."""
    quantile = np.zeros_like(none)
    reached = (none < share) & np.isfinite(shape) & np.isfinite(scale) & (shape > 0)
    rest = (share - none[reached]) / (1 - none[reached])
    quantile[reached] = gammaincinv(shape[reached], rest) * scale[reached]
    return quantile
