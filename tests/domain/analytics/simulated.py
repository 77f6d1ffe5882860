"""Customers who live as the models say they do: the world in which fits and forecasts are held to account."""

from dataclasses import dataclass

import numpy as np

from domain.analytics.models.bg_nbd import BgNbd
from domain.analytics.models.histories import Floats, Ints
from domain.analytics.models.mbg_nbd import MbgNbd
from domain.analytics.models.pareto_nbd import ParetoNbd


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


def live_from_the_first(model: MbgNbd, T: Floats, weeks: float, rng: np.random.Generator) -> Lives:
    """As `live`, but the first purchase is a chance to leave, too."""
    rate, leaves = rng.gamma(model.r, 1 / model.alpha, len(T)), rng.beta(model.a, model.b, len(T))
    chances = np.where(leaves > 0, rng.geometric(np.maximum(leaves, 1e-12)), np.iinfo(np.int64).max)
    return _bought(rate, T, weeks, chances - 1, np.full(len(T), np.inf), rng)


def live_and_die(model: ParetoNbd, T: Floats, weeks: float, rng: np.random.Generator) -> Lives:
    """Each customer buys at a rate of its own until a death that comes at a rate of its own."""
    rate, death = rng.gamma(model.r, 1 / model.alpha, len(T)), rng.gamma(model.s, 1 / model.beta, len(T))
    lasts = rng.exponential(1, len(T)) / np.maximum(death, 1e-12)
    return _bought(rate, T, weeks, np.full(len(T), np.iinfo(np.int64).max), lasts, rng)


def _bought(rate: Floats, T: Floats, weeks: float, most: Ints, lasts: Floats, rng: np.random.Generator) -> Lives:
    """Purchases at a rate, at most so many, none after the end."""
    clock, x, t_x, later = (np.zeros(len(T)) for _ in range(4))
    here = np.flatnonzero(most > 0)
    while here.size:
        clock[here] += rng.exponential(1 / rate[here])
        here = here[clock[here] < np.minimum(T[here] + weeks, lasts[here])]
        past = clock[here] < T[here]
        x[here[past]] += 1
        t_x[here[past]] = clock[here[past]]
        later[here[~past]] += 1
        here = here[(x + later)[here] < most[here]]
    return Lives(x, t_x, T, later)
