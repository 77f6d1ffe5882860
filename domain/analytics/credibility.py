"""The credibility mean (Bühlmann & Straub): how far a customer's own mean is believed, for money that may be negative.

w m + (1 - w) mean of all, w = x / (x + k), k the variance within customers over the variance between them."""

from dataclasses import dataclass

import numpy as np

from domain.analytics.histories import Floats


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


def fit(x: Floats, m: Floats, squares: Floats) -> Credibility:
    """From x repeat purchases, their mean and the sum of their squares; customers without a repeat count not."""
    chosen = x >= 1
    x, m, squares = x[chosen], m[chosen], squares[chosen]
    total = float(x.sum())
    if total == 0:
        return Credibility(0.0, 0.0, 0.0)
    mean = float(x @ m / total)
    degrees = total - len(x)
    within = max(0.0, float((squares - x * m**2).sum() / degrees)) if degrees > 0 else 0.0
    spread_of_x = total - float(x @ x) / total
    between = float(x @ (m - mean) ** 2 - (len(x) - 1) * within) / spread_of_x if spread_of_x > 0 else 0.0
    return Credibility(mean, within, max(0.0, between))
