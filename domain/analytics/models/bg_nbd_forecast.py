"""What a fitted BG/NBD says of the weeks after T: P(alive), P(no purchase), expected purchases, their distribution.

Everything but P(alive) depends on (x, T) alone, so it is worked out once for each pair that occurs.
While alive, the rate is gamma(r + x, alpha + T) and the drop-out chance beta(a, b + x): the paper's posterior."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.special import betaln, expit, hyp2f1

from domain.analytics.models import counts
from domain.analytics.models.bg_nbd import BgNbd
from domain.analytics.models.histories import Floats, Ints, distinct

NODES = 28
MOST_PURCHASES = 2_000
_NEAR_ONE, _BESIDE, _DEPTH = 0.9, 1e-4, 28.0


@dataclass(frozen=True, slots=True)
class Forecast:
    """Of each customer over one horizon. `second` is E[Y(Y-1)]; `discounted` weighs each purchase by its moment."""

    alive: Floats
    none: Floats
    purchases: Floats
    discounted: Floats
    second: Floats

    def of_alive(self, alive: Floats, which: Ints) -> "Forecast":
        """From a forecast given alive: of customers by the chance to be one still, each at some place in it."""
        none, purchases = 1 - alive * (1 - self.none[which]), alive * self.purchases[which]
        return Forecast(alive, none, purchases, alive * self.discounted[which], alive * self.second[which])


@dataclass(frozen=True, slots=True)
class Horizon:
    """So many weeks ahead, at a continuous interest rate a week."""

    weeks: float
    interest: float = 0.0


def p_alive(model: BgNbd, x: Floats, t_x: Floats, T: Floats) -> Floats:
    """P(alive | x, t_x, T), from equation 6; 1 for everybody without a repeat, so never a churn risk by itself."""
    r, alpha, a, b = model.vector()
    again = np.maximum(x, 1.0)
    odds = np.log(a / (b + again - 1)) + (r + x) * np.log((alpha + T) / (alpha + t_x))
    alive: Floats = np.where(x > 0, expit(-odds), 1.0)
    return alive


def p_none_if_alive(model: BgNbd, x: Floats, T: Floats, weeks: float) -> Floats:
    """P(no purchase in (T, T + weeks] | alive): drop-out follows a purchase, so only the rate speaks here."""
    held: Floats = np.exp(-(model.r + x) * np.log1p(weeks / (model.alpha + T)))
    return held


def p_none(model: BgNbd, x: Floats, t_x: Floats, T: Floats, weeks: float) -> Floats:
    """P(Y(t) = 0 | x, t_x, T): gone, or alive and silent."""
    return 1 - p_alive(model, x, t_x, T) * (1 - p_none_if_alive(model, x, T, weeks))


def expected_purchases(model: BgNbd, x: Floats, t_x: Floats, T: Floats, weeks: float) -> Floats:
    """E[Y(t) | x, t_x, T], equation 10 of the paper, by a quadrature that is steady where its 2F1 is not."""
    return forecast(model, x, t_x, T, Horizon(weeks)).purchases


def forecast(model: BgNbd, x: Floats, t_x: Floats, T: Floats, horizon: Horizon) -> Forecast:
    of_x, of_T, which = distinct(x, T)
    return if_alive(model, of_x, of_T, horizon).of_alive(p_alive(model, x, t_x, T), which)


def if_alive(model: BgNbd, x: Floats, T: Floats, horizon: Horizon) -> Forecast:
    """Of somebody who certainly is a customer still."""
    none = p_none_if_alive(model, x, T, horizon.weeks)
    return Forecast(np.ones_like(x), none, *_moments_if_alive(model, x, T, horizon))


def _moments_if_alive(model: BgNbd, x: Floats, T: Floats, horizon: Horizon) -> tuple[Floats, Floats, Floats]:
    """E[Y], E[discounted Y], E[Y(Y-1)] given alive, each the integral over the horizon of a rate.

    E[lambda e^(-lambda p s)] over the posterior is (m/beta) 2F1(m+1, a; a+b+x; -s/beta), m = r+x, beta = alpha+T. In v,
    s = beta (e^v - 1), it is analytic for |Im v| < pi, so Gauss and Legendre need few nodes.
    E[Y(Y-1)] is twice the integral of s E[lambda^2 (1-p) e^(-lambda p s)], in the same way.
    """
    r, alpha, a, b = model.vector()
    beta, m = alpha + T, r + x
    longest = np.minimum(np.log1p(horizon.weeks / beta), _until(m + 1, a, b + x))
    purchases, discounted, second = np.zeros_like(x), np.zeros_like(x), np.zeros_like(x)
    for node, weight in zip(*np.polynomial.legendre.leggauss(NODES), strict=True):
        v = longest * (1 + node) / 2
        step, grown = weight / 2 * longest * np.exp(v), np.expm1(v)
        rate = step * m * _decline(m + 1, a, a + b + x, v)
        purchases += rate
        discounted += rate * np.exp(-horizon.interest * beta * grown)
        survived = _decline(m + 2, a, a + b + x + 1, v) * (b + x) / (a + b + x)
        second += 2 * step * m * (m + 1) * grown * survived
    return purchases, discounted, second


def _until(M: Floats, a: float, stayed: Floats) -> Floats:
    """The v behind which there is nothing worth adding: less than e^-28 of what the integrands begin with.

    (1 + pw)^-M is at most (pw)^-k for any k <= M, so its mean over beta(a, stayed) at most w^-k B(a - k, stayed) /
    B(a, stayed) where k < a. The integrands grow like w^2 beside it: where k is not above 2 there is no such v.
    """
    k = np.minimum(M, a) - 0.5
    above = betaln(a - k, stayed) - betaln(a, stayed)
    until: Floats = np.where(k > 2, (_DEPTH + above) / np.maximum(k - 2, 1e-3), np.inf)
    return until


def _decline(M: Floats, a: float, C: Floats, v: Floats) -> Floats:
    """2F1(M, a; C; 1 - e^v), by whichever of Pfaff's transformations takes the smaller of M and a to the front.

    With a in front the numerators no longer grow with x, with M they no longer grow with a.
    """
    z, few = -np.expm1(-v), a > M
    front = np.exp(-np.minimum(M, a) * v)
    decline: Floats = front * _curve(np.where(few, M, C - M), np.where(few, C - a, a), C, z)
    return decline


def _curve(A: Floats, B: Floats, C: Floats, z: Floats) -> Floats:
    """2F1(A, B; C; z) for 0 <= z < 1. Where C - A - B is a large whole number scipy's overflows; there Gauss's own
    series ends after a few terms."""
    curve = np.asarray(hyp2f1(A, B, C, z), dtype=np.float64)
    gap = C - A - B
    lost = (z > _NEAR_ONE) & (np.abs(gap - np.rint(gap)) < _BESIDE / 2)
    if lost.any():
        curve[lost] = _between(*(np.broadcast_to(part, z.shape)[lost] for part in (A, B, C, z)))
    broken = ~np.isfinite(curve)
    if broken.any():
        a, b, c, w = A[broken], B[broken], C[broken], z[broken]
        term, total = np.ones_like(w), np.ones_like(w)
        with np.errstate(over="ignore", invalid="ignore"):
            for k in range(500):
                term = term * (a + k) * (b + k) / ((c + k) * (k + 1)) * w
                total = total + term
        curve[broken] = total
    return curve


def _between(A: Floats, B: Floats, C: Floats, z: Floats) -> Floats:
    """From z = .9 on scipy loses up to ten digits where C - A - B is nearly whole: taken from C a little beside,
    on both sides and twice as far, so that what is left out is of the fourth order."""
    near, far = (hyp2f1(A, B, C + step, z) + hyp2f1(A, B, C - step, z) for step in (_BESIDE, 2 * _BESIDE))
    between: Floats = (4 * near - far) / 6
    return between


def purchase_quantiles(
    model: BgNbd, x: Floats, t_x: Floats, T: Floats, weeks: float, shares: tuple[float, float]
) -> tuple[Ints, Ints]:
    """The least counts whose P(Y <= count) reaches each share."""
    low, high = counts.quantiles(
        lambda x, T: cumulative_if_alive(model, x, T, weeks), p_alive(model, x, t_x, T), x, T, shares
    )
    return low, high


def cumulative_if_alive(model: BgNbd, x: Floats, T: Floats, weeks: float) -> Iterator[Floats]:
    """P(Y <= 0), P(Y <= 1), ... given alive.

    With w_n = E[(1-p)^n] over the posterior and N the purchases of somebody who never drops out (negative binomial):
    P(Y = n) = w_n P(N = n) + (w_(n-1) - w_n) P(N >= n): survived n chances to leave, or left at the n-th.
    Logarithms, because nobody so busy as to make P(N = 0) underflow may be told that N stays 0.
    """
    r, alpha, a, b = model.vector()
    m, ahead = r + x, np.log(weeks / (alpha + T + weeks))
    exactly = m * np.log((alpha + T) / (alpha + T + weeks))
    before, reached, w = np.zeros_like(x), np.exp(exactly), np.ones_like(x)
    yield reached
    for n in range(1, MOST_PURCHASES):
        before = before + np.exp(exactly)
        exactly = exactly + ahead + np.log((m + n - 1) / n)
        w_n = w * (b + x + n - 1) / (a + b + x + n - 1)
        reached = reached + w_n * np.exp(exactly) + (w - w_n) * np.maximum(1 - before, 0.0)
        w = w_n
        yield reached
