"""The credibility mean (Bühlmann & Straub): how far a customer's own mean is believed, for money that may be negative.

w m + (1 - w) mean of all, w = x / (x + k), k the variance within customers over the variance between them."""

from dataclasses import astuple, dataclass

import numpy as np

from domain.analytics.models.histories import Floats


@dataclass(frozen=True, slots=True)
class Credibility:
    """mean of all purchases; within: variance about a customer's mean; between: variance of the means."""

    mean: float
    within: float
    between: float

    def weight(self, x: Floats) -> Floats:
        """w; 0 for everybody where customers do not differ."""
        if self.between <= 0:
            return np.zeros_like(x)
        w: Floats = x / (x + self.within / self.between) if self.within > 0 else np.where(x > 0, 1.0, 0.0)
        return w

    def expected(self, x: Floats, m: Floats) -> Floats:
        w = self.weight(x)
        mean: Floats = w * m + (1 - w) * self.mean
        return mean

    def spread(self, x: Floats) -> tuple[Floats, Floats]:
        """Variance of one purchase about the customer's mean, and of that mean itself given the history."""
        return np.full_like(x, self.within), self.between * (1 - self.weight(x))


@dataclass(frozen=True, slots=True)
class Sums:
    """What the fit needs of customers with a repeat purchase; additive, so that batches and shards can be summed."""

    customers: float = 0.0
    x: float = 0.0
    x_squared: float = 0.0
    total: float = 0.0
    total_by_mean: float = 0.0
    squares: float = 0.0

    @classmethod
    def of(cls, x: Floats, m: Floats, squares: Floats) -> "Sums":
        """x repeat purchases, their mean and the sum of their squares; customers without a repeat count not."""
        chosen = x >= 1
        x, m, squares = x[chosen], m[chosen], squares[chosen]
        sums = (len(x), x.sum(), x @ x, x @ m, x @ m**2, squares.sum())
        return cls(*(float(value) for value in sums))

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(*(left + right for left, right in zip(astuple(self), astuple(other), strict=True)))


def fit(sums: Sums) -> Credibility:
    """The unbiased estimators of Bühlmann and Straub; 0 between customers where theirs is negative."""
    if sums.x == 0:
        return Credibility(0.0, 0.0, 0.0)
    mean = sums.total / sums.x
    degrees = sums.x - sums.customers
    within = max(0.0, (sums.squares - sums.total_by_mean) / degrees) if degrees > 0 else 0.0
    spread_of_x = sums.x - sums.x_squared / sums.x
    if spread_of_x <= 0:
        return Credibility(mean, within, 0.0)
    about_mean = sums.total_by_mean - mean * sums.total
    return Credibility(mean, within, max(0.0, (about_mean - (sums.customers - 1) * within) / spread_of_x))
