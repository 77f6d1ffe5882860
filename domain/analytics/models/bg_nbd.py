"""BG/NBD (Fader, Hardie & Lee 2005a): gamma-distributed rates, beta-distributed chances to drop out after a purchase.

Letters and equation numbers are the paper's. Times in weeks. The forecasts are in `bg_nbd_forecast.py`."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln, psi, zeta

from domain.analytics.models.fitted import Fit, fitted
from domain.analytics.models.histories import Floats, Histories
from domain.analytics.models.newton import Optimum, Slope, climb, summed

# Small enough to stay in the cache, and for BLAS to leave it to one thread.
CHUNK = 1 << 13
LOWEST = np.array([1e-5, 1e-5, 1e-6, 1e-5])
HIGHEST = np.array([1e4, 1e6, 1e4, 1e4])
SMALL_SAMPLE = 4_000


@dataclass(frozen=True, slots=True)
class BgNbd:
    """r, alpha: shape and rate of the gamma over purchase rates; a, b: the beta over drop-out chances."""

    r: float
    alpha: float
    a: float
    b: float

    def vector(self) -> Floats:
        return np.array([self.r, self.alpha, self.a, self.b])


def log_likelihood(model: BgNbd, histories: Histories) -> float:
    """Equation 6, summed over customers."""
    return slope(model, histories).value


def slope(model: BgNbd, histories: Histories) -> Slope:
    """Log-likelihood with gradient and Hessian in (r, alpha, a, b)."""
    return Prepared.of(histories).slope(model.vector())


@dataclass(frozen=True, slots=True)
class Prepared:
    """Histories cut where the likelihood needs them: counts by x, counts by T of those without a repeat, the rest."""

    xs: Floats
    n_of_x: Floats
    T0: Floats
    n_of_T0: Floats
    repeaters: Histories

    @classmethod
    def of(cls, histories: Histories) -> "Prepared":
        xs, of_x = np.unique(histories.x, return_inverse=True)
        none = histories.x == 0
        T0, of_T0 = np.unique(histories.T[none], return_inverse=True)
        return cls(
            xs,
            np.bincount(of_x, histories.n, len(xs)).astype(np.float64),
            T0,
            np.bincount(of_T0, histories.n[none], len(T0)).astype(np.float64),
            histories.rows(~none),
        )

    def slope(self, parameters: Floats) -> Slope:
        everybody = counted(parameters, self.xs, self.xs, self.n_of_x)
        once = _without_repeat(parameters, self.T0, self.n_of_T0)
        again = (mixture(parameters, chunk, chunk.x) for chunk in self.repeaters.chunks(CHUNK))
        return summed((everybody, once, *again))


def counted(parameters: Floats, x: Floats, chances: Floats, n: Floats) -> Slope:
    """A1 and A2 of the paper's note on the likelihood: what depends on x and on the chances to leave alone."""
    r, alpha, a, b = parameters
    total = float(n.sum())
    value = float(
        n @ (gammaln(r + x) - gammaln(r) + gammaln(b + chances) - gammaln(b))
        + n @ (gammaln(a + b) - gammaln(a + b + chances))
        + total * r * np.log(alpha)
    )
    psi_r, psi_b, psi_ab = psi(r + x) - psi(r), psi(b + chances) - psi(b), psi(a + b) - psi(a + b + chances)
    gradient = np.array([n @ psi_r + total * np.log(alpha), total * r / alpha, n @ psi_ab, n @ (psi_b + psi_ab)])
    tri_r, tri_b = zeta(2, r + x) - zeta(2, r), zeta(2, b + chances) - zeta(2, b)
    tri_ab = n @ (zeta(2, a + b) - zeta(2, a + b + chances))
    hessian = np.zeros((4, 4))
    hessian[0, 0] = n @ tri_r
    hessian[0, 1] = hessian[1, 0] = total / alpha
    hessian[1, 1] = -total * r / alpha**2
    hessian[2, 2] = hessian[2, 3] = hessian[3, 2] = tri_ab
    hessian[3, 3] = n @ tri_b + tri_ab
    return Slope(value, gradient, hessian)


def _without_repeat(parameters: Floats, T: Floats, n: Floats) -> Slope:
    """x = 0: nobody drops out before a repeat, so only -r ln(alpha + T) is left."""
    r, alpha = parameters[:2]
    logs, inverse = np.log(alpha + T), 1 / (alpha + T)
    gradient, hessian = np.zeros(4), np.zeros((4, 4))
    gradient[:2] = -(n @ logs), -r * (n @ inverse)
    hessian[0, 1] = hessian[1, 0] = -(n @ inverse)
    hessian[1, 1] = r * (n @ inverse**2)
    return Slope(float(-r * (n @ logs)), gradient, hessian)


def mixture(parameters: Floats, rows: Histories, chances: Floats) -> Slope:
    """ln(e^A3 + e^A4): A3 still a customer, A4 gone at the last of at least one chance, w the share of A4."""
    r, alpha, a, b = parameters
    x, n = rows.x, rows.n
    m, v = r + x, 1 / (b + chances - 1)
    iT, it = 1 / (alpha + rows.T), 1 / (alpha + rows.t_x)
    log_T = np.log(alpha + rows.T)
    d_r = log_T + np.log(it)
    d = np.log(a * v) + m * d_r
    gone = 1 / (1 + np.exp(-d))
    value = float(n @ (np.logaddexp(0.0, d) - m * log_T))
    d_alpha = m * (iT - it)
    w, u = n * gone, n * gone * (1 - gone)
    gradient = np.array([w @ d_r - n @ log_T, w @ d_alpha - n @ (m * iT), w.sum() / a, -(w @ v)])
    steps = np.stack([d_r, d_alpha, np.full_like(v, 1 / a), -v])
    hessian: Floats = (steps * u) @ steps.T
    r_alpha = w @ (iT - it) - n @ iT
    hessian[0, 1] += r_alpha
    hessian[1, 0] += r_alpha
    hessian[1, 1] += w @ (m * (it**2 - iT**2)) + n @ (m * iT**2)
    hessian[2, 2] -= w.sum() / a**2
    hessian[3, 3] += w @ v**2
    return Slope(value, gradient, hessian)


def fit(histories: Histories, *, warm: BgNbd | None = None) -> Fit[BgNbd]:
    """Maximum likelihood."""
    best = summit(lambda rows: Prepared.of(rows).slope, histories, warm.vector() if warm else None)
    model = BgNbd(*(float(value) for value in best.parameters))
    return fitted(model, best, histories, warnings_of(best, histories), notes_of(best))


def summit(
    prepared: Callable[[Histories], Callable[[Floats], Slope]], histories: Histories, warm: Floats | None
) -> Optimum:
    """The highest point of a likelihood in (r, alpha, a, b).

    Starts compete on a small sample; only the best climbs with everybody.
    """
    if histories.customers == 0:
        raise ValueError("nobody to fit to")
    sample = _sample(histories)
    starts = [*([warm] if warm is not None else []), *_starts(histories)]
    if len(sample.x) < len(histories.x) or warm is None:
        trial = prepared(sample)
        ends = [climb(trial, start, sample.customers, (LOWEST, HIGHEST)) for start in starts]
        starts = [max(ends, key=lambda end: end.value).parameters]
    return climb(prepared(histories), starts[0], histories.customers, (LOWEST, HIGHEST))


def _sample(histories: Histories) -> Histories:
    """Every so-manieth row: rows are sorted, so the sample is spread over x, t_x and T."""
    return histories.rows(slice(None, None, max(1, len(histories.x) // SMALL_SAMPLE)))


def _starts(histories: Histories) -> list[Floats]:
    rate = max(float(histories.n @ histories.x), 0.5) / max(float(histories.n @ histories.T), 1e-3)
    return [np.array([r, r / rate, a, b]) for r, a, b in ((0.25, 0.8, 2.5), (1.0, 0.3, 3.0), (3.0, 1.5, 1.5))]


def warnings_of(best: Optimum, histories: Histories) -> tuple[str, ...]:
    """What makes a fit of (r, alpha, a, b) degenerate."""
    r, _, a, b = best.parameters
    found = []
    if not float(histories.n @ histories.x):
        found.append("Nobody bought again: there is nothing to fit to.")
    if not best.converged:
        found.append(f"The fit did not settle: gradient {best.gradient_norm:.1e} for each customer.")
    held = [best.at_bound[0], best.at_bound[1], *(~_alike(best) & np.array(best.at_bound[2:]))]
    names = ("r", "alpha", "a", "b")
    found += [f"{name} hit its bound." for name, stuck in zip(names, held, strict=True) if stuck]
    if a / (a + b) < 1e-3:
        found.append("a is at 0: the data show no drop-out, the model is an NBD and its P(alive) is 1 for everybody.")
    if r > 1e3:
        found.append("r and alpha run away: the data show no differences in purchase rates.")
    return tuple(found)


def _alike(best: Optimum) -> "np.typing.NDArray[np.bool_]":
    """Whether a and b have grown to their upper bounds: the beta has shrunk to one chance that holds for everybody."""
    return best.parameters[2:] >= HIGHEST[2:] * (1 - 1e-12)


def notes_of(best: Optimum) -> tuple[str, ...]:
    """The limit of a and b that grow together is a sound model: its forecasts differ from the next ones by 1 / b."""
    _, _, a, b = best.parameters
    if not _alike(best).any():
        return ()
    chance = f"after a purchase anybody leaves with a chance of {a / (a + b):.4f}."
    return (f"The data show no differences in drop-out: {chance}",)
