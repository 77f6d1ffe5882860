"""Seeded lives of customers who buy, and leave: whose each order is, its time and its sums, in the order of time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SEED = 20261122
ORDERS_EACH = 10
DAYS = 900
"""Of the house; customers join in all but the last fifty of them."""
_GAMMA_RATE, _GAMMA_SHAPE, _LEAVES = 20.0, 1.1, (0.7, 7.0)
_MICROSECONDS = 86_400_000_000

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Lives:
    """Times are microseconds before the end, so at most 0; money is in cents."""

    customers: int
    joined: Ints
    owner: Ints
    at: Ints
    total: Ints
    cost: Ints
    discount: Ints


def lives(customers: int, seed: int = SEED) -> Lives:
    """Exactly ORDERS_EACH a customer on average: the house's history ends with the last that is wanted."""
    rng = np.random.default_rng(seed)
    joined = rng.uniform(0, DAYS - 50, customers)
    owner, at = _bought(rng, joined)
    first = np.argsort(at, kind="stable")[: customers * ORDERS_EACH]
    assert len(first) == customers * ORDERS_EACH, "too few purchases were drawn"
    owner, at = owner[first], at[first]
    end = at[-1]
    usual = rng.gamma(3, 1_500, customers)
    total = np.maximum(rng.gamma(6, usual[owner] / 6), 100).astype(np.int64)
    cost = (total * rng.uniform(0.3, 0.8, len(total))).astype(np.int64)
    discount = np.where(rng.random(len(total)) < 0.2, total // 10, 0)
    return Lives(customers, _micro(np.minimum(joined, end) - end), owner, _micro(at - end), total, cost, discount)


def _bought(rng: np.random.Generator, joined: Floats) -> tuple[Ints, Floats]:
    """Days of purchases as BG/NBD has them: a gamma rate each, and a chance to leave after every purchase."""
    rate = rng.gamma(_GAMMA_SHAPE, 1 / _GAMMA_RATE, len(joined))
    leaves = rng.beta(*_LEAVES, len(joined))
    owners, days = [], []
    here, at = np.arange(len(joined)), joined.copy()
    while here.size:
        owners.append(here)
        days.append(at)
        stays = rng.random(here.size) >= leaves[here]
        here, at = here[stays], at[stays]
        at = at + rng.exponential(1 / rate[here])
        here, at = here[at < DAYS], at[at < DAYS]
    return np.concatenate(owners), np.concatenate(days)


def _micro(days: Floats) -> Ints:
    moments: Ints = np.rint(days * _MICROSECONDS).astype(np.int64)
    return moments
