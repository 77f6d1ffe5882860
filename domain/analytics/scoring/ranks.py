"""Competition ranks, deciles and tiers over everybody, and the quantiles that place a changed customer between runs."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from domain.analytics.models.histories import Floats, Ints
from domain.vocabulary import ValueTier

QUANTILES = 1_001
HIGH_SHARE, MEDIUM_SHARE = 0.20, 0.50


def competition(values: Floats) -> Ints:
    """1 for the largest; who ties shares the best place, and the next place counts them all (1, 2, 2, 4)."""
    order = np.argsort(values)
    ordered = values[order]
    last = np.flatnonzero(np.append(ordered[1:] != ordered[:-1], True))  # of those who tie, in rising order
    ranks = np.empty(len(values), dtype=np.int64)
    ranks[order] = np.repeat(len(values) - last, np.diff(last, prepend=-1))
    return ranks


def deciles(ranks: Ints, of: int) -> Ints:
    """Of ten equal groups, 1 the best; who ties shares the better one."""
    tenth: Ints = np.minimum(10, 1 + (ranks - 1) * 10 // max(of, 1))
    return tenth


@dataclass(frozen=True, slots=True)
class Scale:
    """Quantiles of a measure, from the largest to the smallest, that stand for everybody's ranks between runs."""

    quantiles: tuple[float, ...]
    of: int

    def place(self, values: Floats) -> Ints:
        """About the rank that the value would have had; exact at the quantiles."""
        if not self.of:
            return np.ones(len(values), dtype=np.int64)
        falling = -np.asarray(self.quantiles)
        places = np.linspace(1, self.of, len(falling))
        above = np.searchsorted(falling, -values, side="left")
        inside = np.clip(above, 1, len(falling) - 1)
        left, right = falling[inside - 1], falling[inside]
        with np.errstate(divide="ignore", invalid="ignore"):
            share = np.where(right > left, (-values - left) / (right - left), 1.0)
        between = places[inside - 1] + np.clip(share, 0, 1) * (places[inside] - places[inside - 1])
        ranks: Ints = np.rint(np.where(above == 0, 1, between)).astype(np.int64)
        return ranks


def scale(values: Floats) -> Scale:
    if not len(values):
        return Scale((), 0)
    count = min(QUANTILES, len(values))
    at = np.rint(np.linspace(0, len(values) - 1, count)).astype(np.int64)
    return Scale(tuple(float(value) for value in -np.sort(-values)[at]), len(values))


@dataclass(frozen=True, slots=True)
class TierBorders:
    """The least value of the top fifth, and of the half that it and the next 30 % make."""

    high: float
    medium: float


def borders(values: Floats) -> TierBorders:
    falling = -np.sort(-values)
    high, medium = (float(falling[int(np.ceil(len(values) * share)) - 1]) for share in (HIGH_SHARE, MEDIUM_SHARE))
    return TierBorders(high, medium)


def tiers(values: Floats, found: TierBorders) -> npt.NDArray[np.object_]:
    """UNPROFITABLE below 0, whatever the borders; who ties shares a tier."""
    tier = np.select([values < 0, values >= found.high, values >= found.medium], [0, 1, 2], default=3)
    names = [ValueTier.UNPROFITABLE, ValueTier.HIGH, ValueTier.MEDIUM, ValueTier.LOW]
    named: npt.NDArray[np.object_] = np.array(names, dtype=object)[tier]
    return named
