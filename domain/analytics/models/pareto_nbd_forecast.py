"""What a fitted Pareto/NBD says of the weeks after T: P(alive), P(no purchase), expected purchases.

While alive, the rate is gamma(r + x, alpha + T) and the death rate gamma(s, beta + T): the posterior of the papers."""

from collections.abc import Iterator

import numpy as np
from scipy.special import expit, exprel

from domain.analytics.models.bg_nbd_forecast import MOST_PURCHASES, Forecast, Horizon
from domain.analytics.models.histories import Floats, distinct, distinct_histories
from domain.analytics.models.pareto_integral import integral
from domain.analytics.models.pareto_nbd import CHUNK, ParetoNbd

NODES = 24
_DEPTH = 42.0


def p_alive(model: ParetoNbd, x: Floats, t_x: Floats, T: Floats) -> Floats:
    """P(alive | x, t_x, T): 1 / (1 + D), equation 11 of Schmittlein, Morrison & Colombo."""
    *alike, which = distinct_histories(x, t_x, T)
    return _p_alive(model, *alike)[which]


def _p_alive(model: ParetoNbd, x: Floats, t_x: Floats, T: Floats) -> Floats:
    m, alpha, beta = model.r + x, np.full_like(T, model.alpha), np.full_like(T, model.beta)
    alive = np.empty_like(T)
    for i in range(0, len(x), CHUNK):
        some = slice(i, i + CHUNK)
        alive[some] = expit(-integral(m[some], alpha[some], model.s, beta[some], t_x[some], T[some]).total())
    return alive


def expected_purchases(model: ParetoNbd, x: Floats, t_x: Floats, T: Floats, weeks: float) -> Floats:
    """E[Y(t) | x, t_x, T], equation 41 of Fader & Hardie's note, steady where s is 1."""
    return p_alive(model, x, t_x, T) * _purchases_if_alive(model, x, T, weeks)


def forecast(model: ParetoNbd, x: Floats, t_x: Floats, T: Floats, horizon: Horizon) -> Forecast:
    of_x, of_T, which = distinct(x, T)
    return if_alive(model, of_x, of_T, horizon).of_alive(p_alive(model, x, t_x, T), which)


def if_alive(model: ParetoNbd, x: Floats, T: Floats, horizon: Horizon) -> Forecast:
    """Of somebody who certainly is a customer still."""
    none, purchases = p_none_if_alive(model, x, T, horizon.weeks), _purchases_if_alive(model, x, T, horizon.weeks)
    return Forecast(np.ones_like(x), none, purchases, *_moments_if_alive(model, x, T, horizon))


def p_none_if_alive(model: ParetoNbd, x: Floats, T: Floats, weeks: float) -> Floats:
    """P(no purchase in (T, T + weeks] | alive): silent to its end, or dead before a first purchase."""
    m, alpha, beta = model.r + x, model.alpha + T, model.beta + T
    none = np.empty_like(T)
    for i in range(0, len(x), CHUNK):
        some = slice(i, i + CHUNK)
        start, end = np.zeros_like(T[some]), np.full_like(T[some], weeks)
        died = integral(m[some], alpha[some], model.s, beta[some], start, end).total()
        silent = -m[some] * np.log1p(weeks / alpha[some]) - model.s * np.log1p(weeks / beta[some])
        none[some] = np.exp(silent + np.logaddexp(0.0, died))
    return none


def _purchases_if_alive(model: ParetoNbd, x: Floats, T: Floats, weeks: float) -> Floats:
    grown = np.log1p(weeks / (model.beta + T))
    purchases: Floats = (model.r + x) / (model.alpha + T) * (model.beta + T) * grown * exprel((1 - model.s) * grown)
    return purchases


def _moments_if_alive(model: ParetoNbd, x: Floats, T: Floats, horizon: Horizon) -> tuple[Floats, Floats]:
    """E[discounted Y] and E[Y(Y-1)] given alive.

    Still alive u weeks on is ((beta + T) / (beta + T + u))^s, e^(-s v) in v = ln(1 + u / (beta + T)). E[Y(Y-1)] is
    E[lambda^2] times twice the integral of u over the lives that last that long.
    """
    m, alpha, beta = model.r + x, model.alpha + T, model.beta + T
    longest = np.log1p(horizon.weeks / beta)
    discounted, second = np.zeros_like(x), np.zeros_like(x)
    for node, weight in zip(*np.polynomial.legendre.leggauss(NODES), strict=True):
        v = longest * (1 + node) / 2
        u = beta * np.expm1(v)
        lives = weight / 2 * longest * beta * np.exp((1 - model.s) * v)
        discounted += lives * np.exp(-horizon.interest * u)
        second += lives * 2 * u
    return discounted * m / alpha, second * m * (m + 1) / alpha**2


def cumulative_if_alive(model: ParetoNbd, x: Floats, T: Floats, weeks: float) -> Iterator[Floats]:
    """P(Y <= 0), P(Y <= 1), ... given alive: the negative binomial up to the death, or to the end of the weeks.

    A mean over the moment of death by Gauss and Legendre; the busier somebody is, the steeper the integrand.
    """
    m, alpha = model.r + x, model.alpha + T
    u, weights = _moments_of_death(model, T, weeks, 32 + int(4 * np.sqrt(m.max())))
    u, weights = np.vstack([u, np.full_like(T, weeks)]), np.vstack([weights, _outlives(model, T, weeks)])
    ahead, exactly = np.log(u / (alpha + u)), m * np.log(alpha / (alpha + u))
    reached = np.einsum("ij,ij->j", weights, np.exp(exactly))
    yield reached
    for n in range(1, MOST_PURCHASES):
        exactly = exactly + (ahead + np.log((m + n - 1) / n))
        reached = reached + np.einsum("ij,ij->j", weights, np.exp(exactly))
        yield reached


def _outlives(model: ParetoNbd, T: Floats, weeks: float) -> Floats:
    lived: Floats = np.exp(-model.s * np.log1p(weeks / (model.beta + T)))
    return lived


def _moments_of_death(model: ParetoNbd, T: Floats, weeks: float, nodes: int) -> tuple[Floats, Floats]:
    """Moments within the weeks (rows) for each customer (columns), and how probable a death near each of them is.

    In v = ln(1 + u / kappa), kappa the smaller of alpha and beta, as in `pareto_integral`; so late that nobody is
    left, nothing is summed."""
    alpha, beta = model.alpha + T, model.beta + T
    kappa = np.minimum(alpha, beta)
    longest = np.minimum(np.log1p(weeks / kappa), _DEPTH * beta / (model.s * kappa))
    at, weight = np.polynomial.legendre.leggauss(nodes)
    v = longest * (1 + at[:, None]) / 2
    u = kappa * np.expm1(v)
    density = model.s * np.exp(-(model.s + 1) * np.log1p(u / beta)) / beta
    return u, weight[:, None] / 2 * longest * (kappa + u) * density
