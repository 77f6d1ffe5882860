"""Whether one forecast is surely better than another: both judged by the same customers, drawn again and again."""

from dataclasses import dataclass

import numpy as np

from domain.analytics.judging import holdout
from domain.analytics.models.histories import Floats, Ints

DRAWS, MOST_DRAWN = 1_000, 100_000_000
SHARES = (0.025, 0.975)
FIGURES = 5
_SEED = 20_260_101


@dataclass(frozen=True, slots=True)
class Prepared:
    """A forecast of everybody and what came, so arranged that any weights of the customers are judged in one pass."""

    foretold: Floats
    actual: Floats
    deviances: Floats
    place: Ints

    @classmethod
    def of(cls, foretold: Floats, actual: Floats) -> "Prepared":
        _, place = np.unique(foretold, return_inverse=True)
        return cls(foretold, actual, holdout.deviances(foretold, actual), place.astype(np.int64))

    def figures(self, weights: Floats) -> Floats:
        """Poisson deviance, mean absolute error, root mean squared error, total error, area under the curve."""
        error = self.foretold - self.actual
        of, came = weights.sum(), weights @ self.actual
        squares = weights @ error**2
        total = weights @ error / came if came else np.nan
        deviance, absolute = weights @ self.deviances / of, weights @ np.abs(error) / of
        return np.array([deviance, absolute, np.sqrt(squares / of), total, self._area(weights)])

    def _area(self, weights: Floats) -> float:
        """Of every pair of one who bought again and one who did not; ties count half. NaN where there is no pair."""
        again = self.actual > 0
        yes, no = (np.bincount(self.place, weights * chosen) for chosen in (again, ~again))
        pairs = yes.sum() * no.sum()
        return float(yes @ (np.cumsum(no) - no / 2) / pairs) if pairs else float("nan")


def paired(one: Prepared, other: Prepared) -> tuple[Floats, Floats]:
    """The ends of the 95 % interval of each figure's difference, one less other; NaN where it cannot be told."""
    people = len(one.actual)
    rng = np.random.default_rng(_SEED)
    draws = max(100, min(DRAWS, MOST_DRAWN // max(people, 1)))
    differences = np.empty((draws, FIGURES))
    for draw in range(draws):
        weights = np.bincount(rng.integers(0, people, people), minlength=people).astype(np.float64)
        differences[draw] = one.figures(weights) - other.figures(weights)
    low, high = np.quantile(differences, SHARES, axis=0)
    return low, high
