"""Whether a forecast's uncertainty is what it says: of single customers by the randomised PIT, of groups by intervals.

At three zeros in four even the exact 80 % interval of a customer covers 94 %, so coverage of single ones tells nothing.
The PIT is the share of the foretold distribution below what came, drawn evenly where it jumps: even over 0 to 1 where
the forecast is right. Draws are seeded, so that the same inputs give the same answer."""

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaincinv

from domain.analytics.models.bg_nbd_forecast import Forecast
from domain.analytics.models.histories import Floats

BINS, GROUP, FEWEST_GROUPS = 10, 100, 500
INTERVAL = (0.1, 0.9)
_SEED = 20_260_102


@dataclass(frozen=True, slots=True)
class Reliability:
    """The share of customers whose PIT falls into each tenth; of totals of random hundreds, the share inside their
    80 % intervals, None for fewer than a hundred customers."""

    transformed: tuple[float, ...]
    totals_covered: float | None

    @classmethod
    def of(cls, told: Forecast, chances: tuple[Floats, Floats], actual: Floats) -> "Reliability":
        """`chances` are P(Y < actual) and P(Y <= actual)."""
        return cls(shares(transformed(*chances)), totals_covered(told, actual))

    @property
    def farthest(self) -> float:
        """By how many points, of a hundred, the worst tenth is off."""
        return max(abs(share - 1 / BINS) for share in self.transformed) * 100


def transformed(below: Floats, reached: Floats) -> Floats:
    """The randomised PIT, from P(Y < y) and P(Y <= y) of what came."""
    drawn: Floats = below + np.random.default_rng(_SEED).random(len(below)) * (reached - below)
    return drawn


def shares(values: Floats) -> tuple[float, ...]:
    """How many of the values fall into each tenth of 0 to 1."""
    tenth = np.minimum((values * BINS).astype(np.int64), BINS - 1)
    return tuple(float(count) / len(values) for count in np.bincount(tenth, minlength=BINS))


def totals_covered(told: Forecast, actual: Floats) -> float | None:
    """Totals are taken as gamma with the exact mean and variance of the sum of a hundred counts."""
    if len(actual) < GROUP:
        return None
    who = _hundreds(len(actual))
    variance = told.second + told.purchases - told.purchases**2
    mean, spread = (part[who].sum(axis=1) for part in (told.purchases, variance))
    low, high = (gammaincinv(mean**2 / spread, share) * spread / mean for share in INTERVAL)
    total = actual[who].sum(axis=1)
    return float(((low <= total) & (total <= high)).mean())


def _hundreds(people: int) -> "np.typing.NDArray[np.int64]":
    """Everybody parted into random hundreds, as often as it takes to have enough of them."""
    rng, groups = np.random.default_rng(_SEED), people // GROUP
    rounds = -(-FEWEST_GROUPS // groups)
    return np.concatenate([rng.permutation(people)[: groups * GROUP].reshape(groups, GROUP) for _ in range(rounds)])
