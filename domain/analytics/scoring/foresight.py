"""From summaries and a fitted model to value and churn: where the pure parts meet, for everybody or for a few."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import numpy as np

from domain.analytics.judging.residual import Residual
from domain.analytics.models import gamma_gamma, lifetime, outlook
from domain.analytics.models.bg_nbd_forecast import Forecast
from domain.analytics.models.families import PurchaseModel
from domain.analytics.models.gamma_gamma import GammaGamma
from domain.analytics.models.histories import DAYS_A_WEEK, Floats
from domain.analytics.models.lifetime import Spend
from domain.analytics.scoring.churn import Calibration
from domain.analytics.scoring.population import Means
from domain.analytics.scoring.summaries import Summaries

AHEAD = 6
"""Numbers of an outlook."""
MANY_LOSE = 0.01
"""The share of customers whose repeat purchases lose money from which on a purchase is taken to lose or to gain."""


@dataclass(frozen=True, slots=True)
class Model:
    """The fitted models in use. Without a gamma-gamma everybody's profit is the credibility mean.

    The residual corrects expected purchases, and so value and its interval; the risk is the family's, calibrated.
    """

    id: UUID
    purchases: PurchaseModel
    spending: GammaGamma | None
    calibration: Calibration
    residual: Residual | None


@dataclass(frozen=True, slots=True)
class Terms:
    """As of when, for which horizons, by which model; `missing` says why there is none (reason and detail).

    `then`: as it would have been told at that time, among those who had come by then.
    """

    as_of: datetime
    horizon_months: int
    churn_horizon_days: int
    discount_rate: float
    model: Model | None
    missing: tuple[str, str] | None
    then: bool = False


@dataclass(frozen=True, slots=True)
class Foresight:
    """NaN for who cannot be foretold. `none` is the churn risk as modelled, `if_alive` for who certainly still is a
    customer, `risk` as calibrated."""

    purchases: Floats
    profit: Floats
    predicted: Floats
    low: Floats
    high: Floats
    revenue: Floats
    alive: Floats
    if_alive: Floats
    none: Floats
    risk: Floats


@dataclass(frozen=True, slots=True)
class Outlook:
    """What the model alone foretells: it needs nobody else's figures, so that it can be worked out while they come."""

    forecast: Forecast
    if_alive: Floats

    @classmethod
    def of(cls, some: Summaries, model: Model, terms: Terms) -> "Outlook":
        x, t_x, T = some.x, some.t_x, some.T
        horizon = lifetime.horizon(terms.horizon_months, terms.discount_rate)
        buying = outlook.kept(model.purchases)
        forecast = (model.residual or Residual(0)).corrected(buying, x, t_x, T, horizon)
        return cls(forecast, outlook.p_none_if_alive(model.purchases, x, T, terms.churn_horizon_days / DAYS_A_WEEK))

    def table(self) -> Floats:
        """A row a customer."""
        told = self.forecast
        return np.stack([told.alive, told.none, told.purchases, told.discounted, told.second, self.if_alive], axis=1)

    @classmethod
    def read(cls, table: Floats) -> "Outlook":
        *forecast, if_alive = np.ascontiguousarray(table.T)
        return cls(Forecast(*forecast), if_alive)


def look_ahead(summaries: Summaries, terms: Terms) -> Floats:
    """The outlook, a row for each who has a purchase and lets it; none without a model."""
    bought = summaries.profiled
    if terms.model is None or not bought.any():
        return np.empty((0, AHEAD))
    return Outlook.of(Summaries(summaries.rows[bought]), terms.model, terms).table()


def foresee(summaries: Summaries, terms: Terms, means: Means | None, ahead: Floats | None = None) -> Foresight:
    """Of every customer with a purchase who lets it, where there is a model and the means of a full run.

    `ahead`: as `look_ahead` has told it, if it has been asked.
    """
    told = Foresight(*(np.full(len(summaries), np.nan) for _ in range(10)))
    bought = summaries.profiled
    if terms.model is None or means is None or not bought.any():
        return told
    some, model = Summaries(summaries.rows[bought]), terms.model
    seen = Outlook.of(some, model, terms) if ahead is None else Outlook.read(ahead)
    buying, spend = seen.forecast, _spend(some, model.spending, means)
    low, high = lifetime.interval(buying, spend)
    silent = 1 - buying.alive * (1 - seen.if_alive)
    found = Foresight(
        buying.purchases,
        spend.mean,
        lifetime.predicted(buying, spend),
        low,
        high,
        buying.purchases * means.revenue.expected(some.x, some.repeat_mean("revenue")),
        buying.alive,
        seen.if_alive,
        silent,
        model.calibration.of(terms.churn_horizon_days).applied(silent),
    )
    for name in Foresight.__slots__:
        getattr(told, name)[bought] = getattr(found, name)
    return told


def _spend(some: Summaries, spending: GammaGamma | None, means: Means) -> Spend:
    """Gamma-gamma for who has a repeat purchase and a profit, the credibility mean for everybody else."""
    x, m = some.x, some.repeat_mean("profit")
    mean, (within, between) = means.profit.expected(x, m), means.profit.spread(x)
    usual = np.full_like(mean, means.profit.mean)
    if means.losing >= MANY_LOSE:
        usual = np.copysign(np.maximum(np.abs(usual), np.sqrt(within + between)), usual)
    if spending is None:
        return Spend(mean, within, between, usual)
    fit_for = gamma_gamma.usable(x, m)
    mean[fit_for] = gamma_gamma.conditional_mean(spending, x[fit_for], m[fit_for])
    spread = gamma_gamma.spread(spending, x[fit_for], m[fit_for])
    within[fit_for] = np.where(np.isfinite(spread[1]), spread[0], within[fit_for])
    between[fit_for] = np.where(np.isfinite(spread[1]), spread[1], between[fit_for])
    usual[fit_for] = mean[fit_for]
    return Spend(mean, within, between, usual)
