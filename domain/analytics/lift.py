"""What a campaign changed: treated against held out, out of six sums an arm that one GROUP BY gives.

y is what is measured of each customer (a visit as 0 or 1, purchases, profit), x what was known of the same customer
before the draw (or the denominator of a ratio). Units are those of y. Everybody who was drawn counts, sent or not."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import hypot, inf, log, log1p, sqrt

import numpy as np
from scipy.special import chdtrc, stdtr, stdtrit

from domain.analytics.models.histories import Floats

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Arm:
    """Sums over the n customers of an arm; those of parts of it (of shards, of days) add up.

    Squares lose digits where the mean is 1e7 times the spread or more: take a constant off y first.
    """

    n: float
    y: float
    yy: float
    x: float = 0.0
    xy: float = 0.0
    xx: float = 0.0

    @classmethod
    def of(cls, y: Floats, x: Floats | None = None) -> "Arm":
        """From the customers themselves, arrays of shape (n,)."""
        x = np.zeros_like(y) if x is None else x
        return cls(len(y), float(y.sum()), float(y @ y), float(x.sum()), float(x @ y), float(x @ x))

    def __add__(self, other: "Arm") -> "Arm":
        sums = zip(self._sums(), other._sums(), strict=True)
        return Arm(*(mine + theirs for mine, theirs in sums))

    def _sums(self) -> tuple[float, ...]:
        return self.n, self.y, self.yy, self.x, self.xy, self.xx

    @property
    def mean(self) -> float:
        return self.y / self.n

    @property
    def mean_x(self) -> float:
        return self.x / self.n

    @property
    def variance(self) -> float:
        """Of one customer's y, unbiased."""
        return max(self.yy - self.y * self.mean, 0.0) / (self.n - 1)

    @property
    def variance_x(self) -> float:
        return max(self.xx - self.x * self.mean_x, 0.0) / (self.n - 1)

    @property
    def covariance(self) -> float:
        return (self.xy - self.x * self.mean) / (self.n - 1)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its standard error, degrees of freedom, interval, and the chance of one as far from 0 by luck."""

    value: float
    standard_error: float
    freedom: float
    low: float
    high: float
    p_value: float


def difference(treated: Arm, control: Arm, *, confidence: float = CONFIDENCE) -> Estimate:
    """Mean of the treated less mean of the control, by Welch (1947): variances may differ, so may sizes.

    Raises ValueError for an arm of fewer than two. Where nobody differs from anybody the spread is unknown, and the
    interval endless.
    """
    _check(treated, control)
    parts = treated.variance / treated.n, control.variance / control.n
    freedom = _welch(parts, (treated.n - 1, control.n - 1))
    return _estimate(treated.mean - control.mean, sqrt(sum(parts)), freedom, confidence)


def adjusted_difference(treated: Arm, control: Arm, *, confidence: float = CONFIDENCE) -> Estimate:
    """The difference for equal x: a slope of its own in each arm (Lin 2013), so that x can only help in large samples.

    The interval holds for the population that the customers were drawn from: it has the part that x's own mean is
    uncertain by (Negi & Wooldridge 2021). x must have been known before the draw. Raises ValueError for an arm of
    fewer than three.
    """
    _check(treated, control, fewest=3)
    slopes = _slope(treated), _slope(control)
    everybody = (treated.x + control.x) / (treated.n + control.n)
    ends = [arm.mean - slope * (arm.mean_x - everybody) for arm, slope in zip((treated, control), slopes, strict=True)]
    parts = _left(treated, slopes[0]) / treated.n, _left(control, slopes[1]) / control.n
    spread = ((treated.n - 1) * treated.variance_x + (control.n - 1) * control.variance_x) / (treated.n + control.n)
    moved = (slopes[0] - slopes[1]) * sqrt(spread / (treated.n + control.n))
    freedom = _welch(parts, (treated.n - 2, control.n - 2))
    return _estimate(ends[0] - ends[1], hypot(sqrt(sum(parts)), moved), freedom, confidence)


def relative_difference(treated: Arm, control: Arm, *, confidence: float = CONFIDENCE) -> Estimate | None:
    """(treated − control) / control of the means, by the delta method; None where the control's mean is 0.

    Trust it where the control's mean is many standard errors away from 0.
    """
    _check(treated, control)
    if control.mean == 0:
        return None
    ratio = treated.mean / control.mean
    parts = (
        treated.variance / treated.n / control.mean**2,
        ratio**2 * control.variance / control.n / control.mean**2,
    )
    return _estimate(ratio - 1, sqrt(sum(parts)), _welch(parts, (treated.n - 1, control.n - 1)), confidence)


def ratio(arm: Arm, *, confidence: float = CONFIDENCE) -> Estimate | None:
    """Σy / Σx of an arm, such as profit a visit, by the delta method; None where Σx is 0."""
    _check(arm)
    if arm.x == 0:
        return None
    return _estimate(arm.y / arm.x, sqrt(_of_ratio(arm)), arm.n - 1, confidence)


def ratio_difference(treated: Arm, control: Arm, *, confidence: float = CONFIDENCE) -> Estimate | None:
    """Σy / Σx of the treated less that of the control; None where either Σx is 0."""
    _check(treated, control)
    if treated.x == 0 or control.x == 0:
        return None
    parts = _of_ratio(treated), _of_ratio(control)
    value = treated.y / treated.x - control.y / control.x
    return _estimate(value, sqrt(sum(parts)), _welch(parts, (treated.n - 1, control.n - 1)), confidence)


def always_valid(found: Estimate, share: float, *, confidence: float = CONFIDENCE) -> Estimate:
    """The same figure for who looks every day: the interval holds at all looks together, and the p-value with it.

    Robbins' normal mixture (Waudby-Smith et al. 2024, asymptotic confidence sequences), tightest where all that was
    planned is in. share: customers measured so far ÷ those planned before the first look; it may pass 1. It rests on
    the central limit: begin to look where each arm has some dozens of responses.
    """
    if not 0 < share < inf:
        raise ValueError("share is of the customers planned, and above 0")
    miss = 1 - confidence
    grown = share * (-2 * log(miss) + log(1 - 2 * log(miss)))
    reach = found.standard_error * sqrt((1 + 1 / grown) * (log1p(grown) - 2 * log(miss)))
    if found.standard_error == 0:
        return replace(found, low=-inf, high=inf, p_value=1.0)
    z = (found.value / found.standard_error) ** 2 * grown / (1 + grown)
    p_value = min(1.0, sqrt(1 + grown) * float(np.exp(-z / 2)))
    return replace(found, low=found.value - reach, high=found.value + reach, p_value=p_value, freedom=inf)


def sample_ratio(counts: Sequence[int], shares: Sequence[float]) -> float:
    """The chance of arms so far from the planned shares by luck (Pearson 1900). Below .001 the draw is broken.

    counts: how many are in each arm; shares: what was planned, any positive numbers in proportion.
    """
    seen, planned = np.asarray(counts, dtype=np.float64), np.asarray(shares, dtype=np.float64)
    if len(seen) != len(planned) or len(seen) < 2 or (planned <= 0).any() or seen.sum() <= 0:
        raise ValueError("two arms or more, each with a planned share above 0, and somebody in them")
    expected = seen.sum() * planned / planned.sum()
    return float(chdtrc(len(seen) - 1, ((seen - expected) ** 2 / expected).sum()))


def _check(*arms: Arm, fewest: int = 2) -> None:
    if min(arm.n for arm in arms) < fewest:
        raise ValueError(f"an arm needs {fewest} customers for a spread to be seen")


def _slope(arm: Arm) -> float:
    return arm.covariance / arm.variance_x if arm.variance_x > 0 else 0.0


def _left(arm: Arm, slope: float) -> float:
    """Variance of y that x leaves, n − 2 degrees of freedom."""
    return max(arm.variance - slope * arm.covariance, 0.0) * (arm.n - 1) / (arm.n - 2)


def _of_ratio(arm: Arm) -> float:
    of = arm.y / arm.x
    spread = arm.variance - 2 * of * arm.covariance + of**2 * arm.variance_x
    return max(spread, 0.0) / arm.n / arm.mean_x**2


def _welch(parts: tuple[float, float], freedoms: tuple[float, float]) -> float:
    """Welch and Satterthwaite's degrees of freedom."""
    whole = sum(parts)
    if whole == 0:
        return min(freedoms)
    return 1 / sum((part / whole) ** 2 / freedom for part, freedom in zip(parts, freedoms, strict=True))


def _estimate(value: float, error: float, freedom: float, confidence: float) -> Estimate:
    if error == 0:
        return Estimate(value, 0.0, freedom, -inf, inf, 1.0)
    reach = error * float(stdtrit(freedom, (1 + confidence) / 2))
    p_value = 2 * float(stdtr(freedom, -abs(value / error)))
    return Estimate(value, error, freedom, value - reach, value + reach, p_value)
