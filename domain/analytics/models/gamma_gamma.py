"""Gamma-gamma (Fader & Hardie 2013): a purchase's profit varies about the customer's mean, the means among customers.

x is the number of repeat purchase days, m their mean profit (above 0); letters and equations are the note's."""

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln, psi, zeta

from domain.analytics.models.histories import Floats
from domain.analytics.models.newton import Optimum, Slope, climb

LOWEST = np.array([1e-3, 1e-3, 1e-6])
HIGHEST = np.array([1e5, 1e5, 1e6])
FEWEST = 10


@dataclass(frozen=True, slots=True)
class GammaGamma:
    """p: shape of a purchase's profit; q, gamma: the gamma over its rate among customers (gamma in money)."""

    p: float
    q: float
    gamma: float

    def vector(self) -> Floats:
        return np.array([self.p, self.q, self.gamma])


@dataclass(frozen=True, slots=True)
class GammaGammaFit:
    """A fit as a value. Warnings name what makes it degenerate; an empty tuple is a fit to trust."""

    model: GammaGamma
    log_likelihood: float
    customers: int
    gradient_norm: float
    warnings: tuple[str, ...]

    @property
    def degenerate(self) -> bool:
        return bool(self.warnings)


def slope(model: GammaGamma, x: Floats, m: Floats) -> Slope:
    """Equation 1a of the note, its logarithm summed over customers, with gradient and Hessian in (p, q, gamma)."""
    xs, which = np.unique(x, return_inverse=True)
    return _slope(model.vector(), xs, np.bincount(which).astype(np.float64), x, m)


def _slope(parameters: Floats, xs: Floats, n: Floats, x: Floats, m: Floats) -> Slope:
    p, q, gamma = parameters
    sums = gamma + x * m
    logs, inverse = np.log(sums), 1 / sums
    total, shape = float(len(x)), p * x + q
    value = float(
        n @ (gammaln(p * xs + q) - gammaln(p * xs) + p * xs * np.log(xs))
        + total * (q * np.log(gamma) - gammaln(q))
        + (p * x - 1) @ np.log(m)
        - shape @ logs
    )
    psi_q, psi_p = psi(p * xs + q), psi(p * xs)
    by_p = n @ (xs * (psi_q - psi_p + np.log(xs))) + x @ np.log(m) - x @ logs
    by_q = n @ psi_q + total * (np.log(gamma) - psi(q)) - logs.sum()
    gradient = np.array([by_p, by_q, total * q / gamma - shape @ inverse])
    tri_q, tri_p = zeta(2, p * xs + q), zeta(2, p * xs)
    pq, p_gamma, q_gamma = n @ (xs * tri_q), -(x @ inverse), total / gamma - inverse.sum()
    hessian = np.array(
        [
            [n @ (xs**2 * (tri_q - tri_p)), pq, p_gamma],
            [pq, n @ tri_q - total * zeta(2, q), q_gamma],
            [p_gamma, q_gamma, shape @ inverse**2 - total * q / gamma**2],
        ]
    )
    return Slope(value, gradient, hessian)


def usable(x: Floats, m: Floats) -> "np.typing.NDArray[np.bool_]":
    """Who may be fitted to and judged by it: a repeat purchase at least, and a profit."""
    chosen: np.typing.NDArray[np.bool_] = (x >= 1) & (m > 0)
    return chosen


def fit(x: Floats, m: Floats, *, warm: GammaGamma | None = None) -> GammaGammaFit | None:
    """Maximum likelihood among the usable; None where there are too few of them.

    The fit runs in units of the mean profit, so that bounds and starts mean the same in every currency.
    """
    chosen = usable(x, m)
    x, m = x[chosen], m[chosen]
    if len(x) < FEWEST:
        return None
    unit = float(m.mean())
    xs, which = np.unique(x, return_inverse=True)
    n, scaled = np.bincount(which).astype(np.float64), m / unit

    def slope_at(parameters: Floats) -> Slope:
        return _slope(parameters, xs, n, x, scaled)

    starts = [np.array([p, q, (q - 1) / p]) for p, q in ((6.0, 4.0), (2.0, 2.0))]
    starts += [warm.vector() / np.array([1, 1, unit])] if warm else []
    start = max(starts, key=lambda candidate: slope_at(candidate).value)
    best = climb(slope_at, start, float(len(x)), (LOWEST, HIGHEST))
    p, q, gamma = (float(value) for value in best.parameters)
    likelihood = best.value - len(x) * float(np.log(unit))
    return GammaGammaFit(GammaGamma(p, q, gamma * unit), likelihood, len(x), best.gradient_norm, _warnings(best))


def _warnings(best: Optimum) -> tuple[str, ...]:
    p, q, _ = best.parameters
    found = []
    if not best.converged:
        found.append(f"The fit did not settle: gradient {best.gradient_norm:.1e} for each customer.")
    names = ("p", "q", "gamma")
    found += [f"{name} hit its bound." for name, held in zip(names, best.at_bound, strict=True) if held]
    if q <= 1:
        found.append("q is at most 1: the mean profit of a purchase is infinite.")
    if p > 1e4 or q > 1e4:
        found.append("p or q runs away: the data show no differences in profit.")
    return tuple(found)


def conditional_mean(model: GammaGamma, x: Floats, m: Floats) -> Floats:
    """E(M | p, q, gamma, m, x), equation 5: the customer's own mean, shrunk towards everybody's."""
    mean: Floats = model.p * (model.gamma + x * m) / (model.p * x + model.q - 1)
    return mean


def spread(model: GammaGamma, x: Floats, m: Floats) -> tuple[Floats, Floats]:
    """Variance of one purchase about the customer's mean, and of that mean itself; infinite where shape <= 2.

    The rate of a purchase's profit is gamma(p x + q, gamma + x m) given the history.
    """
    shape, rate = model.p * x + model.q, model.gamma + x * m
    with np.errstate(divide="ignore", invalid="ignore"):
        square = np.where(shape > 2, rate**2 / ((shape - 1) * (shape - 2)), np.inf)
        between = np.where(shape > 2, model.p**2 * (square - (rate / (shape - 1)) ** 2), np.inf)
    return model.p * square, between
