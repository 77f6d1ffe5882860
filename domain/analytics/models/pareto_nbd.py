"""Pareto/NBD (Schmittlein, Morrison & Colombo 1987): gamma-distributed rates of purchase and of death.

Letters as in Fader & Hardie's note (2005). Times in weeks. The forecasts are in `pareto_nbd_forecast.py`."""

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln, psi, zeta

from domain.analytics.models.fitted import Fit, fitted
from domain.analytics.models.histories import Floats, Histories
from domain.analytics.models.newton import Optimum, Slope, climb, summed
from domain.analytics.models.pareto_integral import integral

CHUNK = 1 << 13
LOWEST = np.array([1e-5, 1e-5, 1e-6, 1e-5])
HIGHEST = np.array([1e4, 1e6, 1e4, 1e9])
SMALL_SAMPLE = 1_000
NO_DROP_OUT = 0.01
"""Of a hundred customers fewer than one leaves within their mean T."""


@dataclass(frozen=True, slots=True)
class ParetoNbd:
    """r, alpha: the gamma over purchase rates; s, beta: the gamma over death rates."""

    r: float
    alpha: float
    s: float
    beta: float

    def vector(self) -> Floats:
        return np.array([self.r, self.alpha, self.s, self.beta])


def log_likelihood(model: ParetoNbd, histories: Histories) -> float:
    return slope(model, histories).value


def slope(model: ParetoNbd, histories: Histories) -> Slope:
    """Log-likelihood with gradient and Hessian in (r, alpha, s, beta)."""
    return _slope(model.vector(), histories)


def _slope(parameters: Floats, histories: Histories) -> Slope:
    ways = (_alive_throughout, _died_before)
    return summed(way(parameters, rows) for rows in histories.chunks(CHUNK) for way in ways)


def _alive_throughout(parameters: Floats, rows: Histories) -> Slope:
    """The logarithm of the likelihood of x purchases by somebody who is alive at T."""
    r, alpha, s, beta = parameters
    x, n = rows.x, rows.n
    m, total = r + x, float(n.sum())
    iT, jT = 1 / (alpha + rows.T), 1 / (beta + rows.T)
    log_alpha, log_beta = np.log(alpha * iT), np.log(beta * jT)
    value = n @ (gammaln(m) - gammaln(r) + r * log_alpha + x * np.log(iT) + s * log_beta)
    gradient = np.array(
        [
            n @ (psi(m) - psi(r) + log_alpha),
            total * r / alpha - n @ (m * iT),
            n @ log_beta,
            s * (total / beta - n @ jT),
        ]
    )
    hessian = np.zeros((4, 4))
    hessian[0, 0] = n @ (zeta(2, m) - zeta(2, r))
    hessian[0, 1] = hessian[1, 0] = total / alpha - n @ iT
    hessian[1, 1] = n @ (m * iT**2) - total * r / alpha**2
    hessian[2, 3] = hessian[3, 2] = total / beta - n @ jT
    hessian[3, 3] = s * (n @ jT**2 - total / beta**2)
    return Slope(float(value), gradient, hessian)


def _died_before(parameters: Floats, rows: Histories) -> Slope:
    """ln(1 + D), D the odds of having died between t_x and T: its derivatives are means over the moment of death."""
    r, alpha, s, beta = parameters
    n, m = rows.n, r + rows.x
    found = integral(m, np.full_like(m, alpha), s, np.full_like(m, beta), rows.t_x, rows.T)
    log_odds = np.logaddexp(0.0, found.total())
    w = np.exp(found.logs - log_odds)
    iy, jy, iT, jT = 1 / (alpha + found.y), 1 / (beta + found.y), 1 / (alpha + rows.T), 1 / (beta + rows.T)
    steps = np.stack(
        [np.log((alpha + rows.T) * iy), m * (iT - iy), 1 / s + np.log((beta + rows.T) * jy), s * jT - (s + 1) * jy]
    )
    mean = (w * steps).sum(axis=1)
    nw = n * w
    hessian: Floats = (steps * nw).reshape(4, -1) @ steps.reshape(4, -1).T - (mean * n) @ mean.T
    r_alpha, s_beta = (nw * (iT - iy)).sum(), (nw * (jT - jy)).sum()
    hessian[[0, 1], [1, 0]] += r_alpha
    hessian[1, 1] += (nw * m * (iy**2 - iT**2)).sum()
    hessian[2, 2] -= nw.sum() / s**2
    hessian[[2, 3], [3, 2]] += s_beta
    hessian[3, 3] += (nw * ((s + 1) * jy**2 - s * jT**2)).sum()
    return Slope(float(n @ log_odds), mean @ n, hessian)


def fit(histories: Histories, *, warm: ParetoNbd | None = None) -> Fit[ParetoNbd]:
    """Maximum likelihood. Starts compete on a small sample; only the best climbs with everybody."""
    if histories.customers == 0:
        raise ValueError("nobody to fit to")
    sample = histories.rows(slice(None, None, max(1, len(histories.x) // SMALL_SAMPLE)))
    starts = [warm.vector()] if warm else _starts(histories)
    ends = [
        climb(lambda at: _slope(at, sample), start, sample.customers, (LOWEST, HIGHEST), limit=100) for start in starts
    ]
    start = max(ends, key=lambda end: end.value).parameters
    best = climb(lambda at: _slope(at, histories), start, histories.customers, (LOWEST, HIGHEST), limit=100)
    model = ParetoNbd(*(float(value) for value in best.parameters))
    return fitted(model, best, histories, tuple(_warnings(best, histories)), tuple(_notes(best)))


def _starts(histories: Histories) -> list[Floats]:
    weeks = max(float(histories.n @ histories.T), 1e-3)
    rate = max(float(histories.n @ histories.x), 0.5) / weeks
    span = weeks / max(histories.customers, 1.0)
    return [np.array([r, r / rate, s, s * life * span]) for r, s, life in ((0.5, 0.6, 0.7), (1.0, 1.0, 3.0))]


def _warnings(best: Optimum, histories: Histories) -> list[str]:
    r, _, s, beta = best.parameters
    found = []
    if not float(histories.n @ histories.x):
        found.append("Nobody bought again: there is nothing to fit to.")
    if not best.converged:
        found.append(f"The fit did not settle: gradient {best.gradient_norm:.1e} for each customer.")
    names = ("r", "alpha") if s > 1e3 else ("r", "alpha", "s", "beta")
    found += [f"{name} hit its bound." for name, held in zip(names, best.at_bound, strict=False) if held]
    span = float(histories.n @ histories.T) / histories.customers
    if -np.expm1(-s * np.log1p(span / beta)) < NO_DROP_OUT:
        found.append("s is at 0: the data show no drop-out, the model is an NBD and its P(alive) is 1 for everybody.")
    if r > 1e3:
        found.append("r and alpha run away: the data show no differences in purchase rates.")
    return found


def _notes(best: Optimum) -> list[str]:
    """The limit of s and beta that grow together is a sound model: one death rate for everybody."""
    _, _, s, beta = best.parameters
    if s <= 1e3:
        return []
    return [f"The data show no differences in drop-out: anybody leaves at a rate of {s / beta:.5f} a week."]
