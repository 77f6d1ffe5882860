"""Purchases as pairs of a customer and a day, for whole evaluations: of lives as Pareto/NBD says, or at even gaps."""

import numpy as np

from domain.analytics.models.histories import Ints
from domain.analytics.models.pareto_nbd import ParetoNbd

FIRST_DAY, DAYS = 738_000, 500


def purchases(people: int, seed: int, model: ParetoNbd | None = None) -> tuple[Ints, Ints]:
    """Customers join in the first hundred of 500 days; several purchases a day may occur."""
    rng = np.random.default_rng(seed)
    truth = model or ParetoNbd(0.8, 6, 0.8, 15)
    pairs = []
    for customer in range(people):
        day = float(rng.integers(0, 100))
        rate, ends = rng.gamma(truth.r, 1 / truth.alpha), rng.exponential(1 / rng.gamma(truth.s, 1 / truth.beta))
        ends = min(DAYS, day + 7 * ends)
        while True:
            pairs.append((customer, FIRST_DAY + int(day)))
            day += 7 * rng.exponential(1 / rate)
            if day >= ends:
                break
    customers, days = np.array(pairs, dtype=np.int64).T
    return customers, days


def regular(people: int, seed: int) -> tuple[Ints, Ints]:
    """Customers who buy at even gaps of their own, which no family knows, until they stop."""
    rng = np.random.default_rng(seed)
    pairs = []
    for customer in range(people):
        day, gap = float(rng.integers(0, 100)), rng.gamma(2, 20) + 5
        ends = min(DAYS, day + rng.exponential(250))
        while day < ends:
            pairs.append((customer, FIRST_DAY + int(day)))
            day += rng.gamma(12, gap / 12)
    customers, days = np.array(pairs, dtype=np.int64).T
    return customers, days
