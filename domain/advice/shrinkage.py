"""Empirical Bayes for rates, pure: a beta prior by the method of moments, rates shrunk to it, and their intervals.

Kleinman, J. C. (1973): Proportions with extraneous variance, JASA 68: 46-54.
"""

from collections.abc import Sequence
from typing import NamedTuple

from scipy.special import betaincinv

LEVEL = 0.8
"""How often an interval holds the truth."""
FEWEST, MOST = 0.5, 1_000.0
"""Within what a prior's strength is kept: beyond, the data could not tell it from these."""
UNKNOWN_STRENGTH = 10.0
"""Where nobody was tried twice, nothing tells how much customers differ."""
GROUP_STRENGTH = 25.0
"""How many trials a group needs to weigh as much as the group above it."""


class Sums(NamedTuple):
    """Of customers with n trials and r successes each: how many, Σn, Σr, Σn², Σr²/n. Additive."""

    customers: int
    trials: float
    successes: float
    squares: float
    ratios: float


NOBODY = Sums(0, 0.0, 0.0, 0.0, 0.0)


class Prior(NamedTuple):
    """A beta distribution by its mean and how many trials it weighs: Beta(rate·strength, (1 − rate)·strength)."""

    rate: float
    strength: float


ASSUMED = Prior(0.02, GROUP_STRENGTH)
"""Of contacts, where nobody was ever contacted: what is customary of direct marketing."""
ASSUMED_RECOVERY = Prior(0.5, 2.0)
"""Of service that made good, where no case was ever resolved: nothing is known."""


def shrunk(successes: float, trials: float, prior: Prior) -> float:
    """The posterior mean."""
    return (successes + prior.rate * prior.strength) / (trials + prior.strength)


def interval(successes: float, trials: float, prior: Prior) -> tuple[float, float]:
    """What holds the rate with probability LEVEL, as much left out below as above."""
    a = successes + prior.rate * prior.strength
    b = trials - successes + (1 - prior.rate) * prior.strength
    tail = (1 - LEVEL) / 2
    return float(betaincinv(a, b, tail)), float(betaincinv(a, b, 1 - tail))


def strength(*kinds: Sums) -> float:
    """How many trials the prior of a customer weighs, out of how much customers differ beyond chance.

    Of several kinds that share their trials (a Dirichlet's), one strength for all.
    """
    explained, possible = 0.0, 0.0
    for sums in kinds:
        if sums.trials <= 0:
            continue
        rate = sums.successes / sums.trials
        chance, others = rate * (1 - rate), sums.customers - 1
        explained += sums.ratios - sums.trials * rate**2 - others * chance
        possible += chance * (sums.trials - sums.squares / sums.trials - others)
    if possible <= 1e-9:
        return UNKNOWN_STRENGTH
    correlation = min(max(explained / possible, 1 / (MOST + 1)), 1 / (FEWEST + 1))
    return 1 / correlation - 1


def of_group(sums: Sums, lean: Prior) -> Prior:
    """The prior of a group's customers: its rate leans where the group is small, its strength is its own."""
    return Prior(shrunk(sums.successes, sums.trials, lean), strength(sums))


def shares(kinds: Sequence[Sums]) -> tuple[list[float], float]:
    """Shares of kinds that share their trials, and one strength for all; never quite nothing of any kind."""
    trials = max((sums.trials for sums in kinds), default=0.0)
    told = [(sums.successes + 1 / len(kinds)) / (trials + 1) for sums in kinds]
    whole = sum(told)
    return [share / whole for share in told], strength(*kinds)
