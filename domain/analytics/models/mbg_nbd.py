"""MBG/NBD (Batislam, Denizel & Filiztekin 2007): as BG/NBD, but the first purchase is a chance to leave already.

So somebody without a repeat may be gone, and everybody has had x + 1 chances where BG/NBD counts x."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from domain.analytics.models import bg_nbd, bg_nbd_forecast
from domain.analytics.models.bg_nbd import BgNbd
from domain.analytics.models.bg_nbd_forecast import Forecast, Horizon
from domain.analytics.models.fitted import Fit, fitted
from domain.analytics.models.histories import Floats, Histories, distinct
from domain.analytics.models.newton import Slope, summed


@dataclass(frozen=True, slots=True)
class MbgNbd:
    """r, alpha: shape and rate of the gamma over purchase rates; a, b: the beta over drop-out chances."""

    r: float
    alpha: float
    a: float
    b: float

    def vector(self) -> Floats:
        return np.array([self.r, self.alpha, self.a, self.b])


def log_likelihood(model: MbgNbd, histories: Histories) -> float:
    return slope(model, histories).value


def slope(model: MbgNbd, histories: Histories) -> Slope:
    """Log-likelihood with gradient and Hessian in (r, alpha, a, b)."""
    return Prepared.of(histories).slope(model.vector())


@dataclass(frozen=True, slots=True)
class Prepared:
    """Histories, and counts by x."""

    xs: Floats
    n_of_x: Floats
    histories: Histories

    @classmethod
    def of(cls, histories: Histories) -> "Prepared":
        xs, of_x = np.unique(histories.x, return_inverse=True)
        return cls(xs, np.bincount(of_x, histories.n, len(xs)).astype(np.float64), histories)

    def slope(self, parameters: Floats) -> Slope:
        everybody = bg_nbd.counted(parameters, self.xs, self.xs + 1, self.n_of_x)
        chunks = self.histories.chunks(bg_nbd.CHUNK)
        return summed((everybody, *(bg_nbd.mixture(parameters, chunk, chunk.x + 1) for chunk in chunks)))


def fit(histories: Histories, *, warm: MbgNbd | None = None) -> Fit[MbgNbd]:
    """Maximum likelihood."""
    best = bg_nbd.summit(lambda rows: Prepared.of(rows).slope, histories, warm.vector() if warm else None)
    model = MbgNbd(*(float(value) for value in best.parameters))
    return fitted(model, best, histories, bg_nbd.warnings_of(best, histories), bg_nbd.notes_of(best))


def p_alive(model: MbgNbd, x: Floats, t_x: Floats, T: Floats) -> Floats:
    """P(alive | x, t_x, T); below 1 for somebody without a repeat, too."""
    r, alpha, a, b = model.vector()
    alive: Floats = expit(-np.log(a / (b + x)) - (r + x) * np.log((alpha + T) / (alpha + t_x)))
    return alive


def expected_purchases(model: MbgNbd, x: Floats, t_x: Floats, T: Floats, weeks: float) -> Floats:
    """E[Y(t) | x, t_x, T]."""
    return forecast(model, x, t_x, T, Horizon(weeks)).purchases


def forecast(model: MbgNbd, x: Floats, t_x: Floats, T: Floats, horizon: Horizon) -> Forecast:
    of_x, of_T, which = distinct(x, T)
    return if_alive(model, of_x, of_T, horizon).of_alive(p_alive(model, x, t_x, T), which)


def if_alive(model: MbgNbd, x: Floats, T: Floats, horizon: Horizon) -> Forecast:
    """Of somebody who certainly is a customer still."""
    return bg_nbd_forecast.if_alive(_likewise(model), x, T, horizon)


def p_none_if_alive(model: MbgNbd, x: Floats, T: Floats, weeks: float) -> Floats:
    """P(no purchase in (T, T + weeks] | alive)."""
    return bg_nbd_forecast.p_none_if_alive(_likewise(model), x, T, weeks)


def cumulative_if_alive(model: MbgNbd, x: Floats, T: Floats, weeks: float) -> Iterator[Floats]:
    """P(Y <= 0), P(Y <= 1), ... given alive."""
    return bg_nbd_forecast.cumulative_if_alive(_likewise(model), x, T, weeks)


def _likewise(model: MbgNbd) -> BgNbd:
    """While alive, the rate is gamma(r + x, alpha + T) and the drop-out chance beta(a, b + x + 1).

    That is BG/NBD's posterior for b + 1, and from a purchase onwards the two models live alike.
    """
    return BgNbd(model.r, model.alpha, model.a, model.b + 1)
