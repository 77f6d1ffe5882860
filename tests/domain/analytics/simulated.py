"""Customers who live as the models say they do: the world in which fits and forecasts are held to account."""

from dataclasses import dataclass

import numpy as np

from domain.analytics.bg_nbd import BgNbd
from domain.analytics.histories import Floats


@dataclass(frozen=True, slots=True)
class Lives:
    """Histories in weeks on a grid of days, and the purchases of the `weeks` that followed."""

    x: Floats
    t_x: Floats
    T: Floats
    later: Floats


def live(model: BgNbd, T: Floats, weeks: float, rng: np.random.Generator) -> Lives:
    """Each customer buys at a rate of its own and may leave after any purchase."""
    people = len(T)
    rate, leaves = rng.gamma(model.r, 1 / model.alpha, people), rng.beta(model.a, model.b, people)
    clock, x, t_x, later = np.zeros(people), np.zeros(people), np.zeros(people), np.zeros(people)
    here = np.arange(people)
    while here.size:
        clock[here] += rng.exponential(1 / rate[here])
        here = here[clock[here] < T[here] + weeks]
        past = clock[here] < T[here]
        x[here[past]] += 1
        t_x[here[past]] = clock[here[past]]
        later[here[~past]] += 1
        here = here[rng.random(here.size) >= leaves[here]]
    return Lives(x, np.floor(t_x * 7) / 7, T, later)


def ages(people: int, rng: np.random.Generator, *, least: int = 100, most: int = 600) -> Floats:
    """T, of whole days, in weeks."""
    days: Floats = rng.integers(least, most, people) / 7
    return days
