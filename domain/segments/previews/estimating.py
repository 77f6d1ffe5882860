"""How far an estimate from a sample may be off: pure arithmetic.

Of n customers drawn at random, `hits` are in. The interval is the exact one of C. J. Clopper and E. S. Pearson (The use
of confidence or fiducial limits illustrated in the case of the binomial, Biometrika 26 (1934), 404-413): whatever the
truth, it holds it 95 times in 100 at least, also where none or all of those who were drawn are in.
"""

from dataclasses import dataclass
from math import ceil, sqrt
from typing import Final

from scipy.special import betaincinv

Z: Final = 1.959963984540054
"""Of 100 normal variates 95 are nearer to their mean than so many standard deviations."""
_TAIL: Final = 0.025


@dataclass(frozen=True, slots=True)
class Estimate:
    """How many of all, and how far that may be off 95 times in 100."""

    count: int
    margin: int


def interval(hits: int, drawn: int) -> tuple[float, float]:
    """The shares of which so many of `drawn`, or more, or fewer, are not too seldom; as quantiles of the beta."""
    low = float(betaincinv(hits, drawn - hits + 1, _TAIL)) if hits else 0.0
    high = float(betaincinv(hits + 1, drawn - hits, 1 - _TAIL)) if hits < drawn else 1.0
    return low, high


def estimated(hits: int, drawn: int, of: int) -> Estimate:
    """Out of a sample of `drawn` of all, with the finite population correction 1 - f (W. G. Cochran, Sampling
    Techniques, 3rd ed. 1977, section 2.6). The margin is told to both sides alike, so it is the longer one's.
    """
    share = hits / drawn
    low, high = interval(hits, drawn)
    reach = max(share - low, high - share) * of * sqrt(max(1 - drawn / of, 0.0))
    count = min(max(round(share * of), hits), of - (drawn - hits))
    return Estimate(count, ceil(reach))
