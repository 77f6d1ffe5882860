"""A seeded population for segments: customers with ten touchpoints and three orders each, of the two years before the
database is loaded. A few have very many, many have none; what is later happens more often.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

SEED = 20261205
TOUCHPOINTS_EACH, ORDERS_EACH, DAYS = 10, 3, 730
PRODUCTS, CATEGORIES, SUPPLIERS = 2_000, 40, 17
KINDS = ("VISIT", "VIEW", "CLICK", "OPEN", "CALL", "MESSAGE", "BASKET", "COMPLAINT", "DELIVERY", "CAMPAIGN_SENT")
_KINDS = (0.3, 0.2, 0.12, 0.12, 0.04, 0.05, 0.05, 0.01, 0.06, 0.05)
CHANNELS = ("WEB", "EMAIL", "PHONE", "MOBILE_APP", "IN_PERSON", "SOCIAL")
_CHANNELS = (0.45, 0.2, 0.05, 0.2, 0.05, 0.05)
_MICROSECONDS_A_DAY = 86_400_000_000

Ints = NDArray[np.int64]
Ids = NDArray[np.void]
Facts = dict[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Population:
    """Columns by fact, each in the order of time: of what is stored, so that a loaded database lies as a lived one.

    Times are microseconds since 1970, money is in cents, kinds and channels are places in the tuples above, from 1.
    """

    customers: Facts
    touched: Facts
    ordered: Facts
    lines: Facts
    prices: Ints


def population(customers: int, end: int) -> Population:
    """What happened until `end`, drawn from the seed."""
    rng = np.random.default_rng(SEED)
    joined = np.sort(end - (rng.random(customers) * 900 * _MICROSECONDS_A_DAY).astype(np.int64))
    owners = _ids(1, joined)
    prices = rng.integers(199, 19_999, PRODUCTS)
    touched = _facts(rng, owners, customers * TOUCHPOINTS_EACH, end, kind=2, shape=0.6)
    count = len(touched["at"])
    touched |= {
        "what": 1 + rng.choice(len(KINDS), count, p=_KINDS),
        "channel": 1 + rng.choice(len(CHANNELS), count, p=_CHANNELS),
        "cost": np.where(rng.random(count) < 0.2, rng.integers(5, 900, count), 0),
    }
    ordered = _facts(rng, owners, customers * ORDERS_EACH, end, kind=3, shape=0.7)
    lines = _lines(rng, ordered, prices)
    return Population({"customer_id": owners, "at": joined}, touched, ordered, lines, prices)


def _facts(rng: np.random.Generator, owners: Ids, count: int, end: int, *, kind: int, shape: float) -> Facts:
    weight = rng.gamma(shape, size=len(owners))
    whose = np.searchsorted(np.cumsum(weight) / weight.sum(), rng.random(count)).clip(max=len(owners) - 1)
    ago = (rng.random(count) ** 1.4 * DAYS * _MICROSECONDS_A_DAY).astype(np.int64)
    at = end - np.sort(ago)[::-1]
    return {"customer_id": owners[whose], "id": _ids(kind, at), "at": at}


def _lines(rng: np.random.Generator, ordered: Facts, prices: Ints) -> Facts:
    """Adds the sums of its lines to each order."""
    orders = len(ordered["at"])
    many = 1 + rng.poisson(0.5, orders)
    order = np.repeat(np.arange(orders), many)
    place = np.arange(len(order)) - np.repeat(np.cumsum(many) - many, many)
    # Cubed, so that some products sell a hundred times as often as others.
    product = (rng.random(len(order)) ** 3 * PRODUCTS).astype(np.int64)
    quantity = 1 + rng.poisson(0.4, len(order))
    goods = quantity * prices[product]
    off = np.where((rng.random(orders) < 0.2)[order], goods // 10, 0)
    cost = (goods * rng.uniform(0.4, 0.9, len(order))).astype(np.int64)
    ordered |= {
        "channel": 1 + rng.choice(len(CHANNELS), orders, p=_CHANNELS),
        "total": np.bincount(order, weights=goods - off).astype(np.int64),
        "discount": np.bincount(order, weights=off).astype(np.int64),
        "cost": np.bincount(order, weights=cost).astype(np.int64),
        "back": np.where(rng.random(orders) < 0.05, 1, 0),
    }
    told = {"customer_id": ordered["customer_id"][order], "order_id": ordered["id"][order], "at": ordered["at"][order]}
    return told | {"place": place, "product": product, "quantity": quantity, "price": prices[product], "off": off}


def _ids(kind: int, times: Ints) -> Ids:
    """UUIDv7s: the millisecond, the kind of row, and its number."""
    parts = np.empty((len(times), 2), dtype=">u8")
    parts[:, 0] = (times // 1000).astype(np.uint64) << np.uint64(16) | np.uint64(0x7000 + kind)
    parts[:, 1] = np.arange(len(times), dtype=np.uint64) | np.uint64(1 << 63)
    return parts.view("V16").reshape(-1)
