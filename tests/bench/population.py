"""A seeded population to measure on: customers, products, orders with lines, touchpoints, months and scores.

At scale 1: 100,000 customers, 500,000 orders, 2,000,000 touchpoints, of two years. The same scale gives the same rows.
Facts are stored in the order in which they happened, as a deployment would have recorded them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

SEED = 20260601
START = datetime(2024, 6, 1, tzinfo=UTC)
END = datetime(2026, 6, 1, tzinfo=UTC)
CUSTOMERS, ORDERS, TOUCHPOINTS, PRODUCTS, CATEGORIES = 100_000, 500_000, 2_000_000, 2_000, 40

Ints = NDArray[np.int64]
_SPAN = int((END - START) / timedelta(microseconds=1))
_EPOCH = int(START.timestamp()) * 1_000_000


@dataclass(frozen=True, slots=True)
class Facts:
    """Columns by fact, in the order of time. Times are microseconds since 1970, money is in cents."""

    customers: int
    joined: Ints
    product_price: Ints
    product_cost: Ints
    order_customer: Ints
    order_time: Ints
    order_discount: Ints
    order_shipping: Ints
    order_returned: Ints
    order_total: Ints
    order_cost: Ints
    line_order: Ints
    line_product: Ints
    line_quantity: Ints
    line_discount: Ints
    touch_customer: Ints
    touch_time: Ints
    touch_cost: Ints


def _owners(rng: np.random.Generator, customers: int, count: int, shape: float) -> Ints:
    """Whose fact each of `count` is: a few customers have very many, many have none."""
    weight = rng.gamma(shape, size=customers)
    return rng.choice(customers, size=count, p=weight / weight.sum()).astype(np.int64)


def _times(rng: np.random.Generator, count: int) -> Ints:
    return np.sort(rng.integers(0, _SPAN, size=count)) + _EPOCH


def facts(scale: float = 1.0) -> Facts:
    """What happened, drawn from the seed."""
    rng = np.random.default_rng(SEED)
    customers, orders, touches = (max(20, int(count * scale)) for count in (CUSTOMERS, ORDERS, TOUCHPOINTS))
    price = rng.integers(199, 19_999, size=PRODUCTS)
    lines_of = 1 + rng.poisson(1.2, size=orders)
    line_order = np.repeat(np.arange(orders), lines_of)
    # Cubed, so that some products sell a hundred times as often as others.
    line_product = (rng.random(line_order.size) ** 3 * PRODUCTS).astype(np.int64)
    quantity = 1 + rng.poisson(0.4, size=line_order.size)
    cost = (price * rng.uniform(0.4, 0.8, size=PRODUCTS)).astype(np.int64)
    goods = np.bincount(line_order, weights=quantity * price[line_product]).astype(np.int64)
    discounted = rng.random(orders) < 0.2
    line_discount = np.where(discounted[line_order], quantity * price[line_product] // 10, 0)
    discount = np.bincount(line_order, weights=line_discount).astype(np.int64)
    shipping = np.where(rng.random(orders) < 0.5, 490, 0)
    return Facts(
        customers=customers,
        joined=_times(rng, customers),
        product_price=price,
        product_cost=cost,
        order_customer=_owners(rng, customers, orders, 0.8),
        order_time=_times(rng, orders),
        order_discount=discount,
        order_shipping=shipping,
        order_returned=np.where(rng.random(orders) < 0.05, goods // 3, 0),
        order_total=goods - discount + shipping,
        order_cost=np.bincount(line_order, weights=quantity * cost[line_product]).astype(np.int64),
        line_order=line_order,
        line_product=line_product,
        line_quantity=quantity,
        line_discount=line_discount,
        touch_customer=_owners(rng, customers, touches, 0.6),
        touch_time=_times(rng, touches),
        touch_cost=np.where(rng.random(touches) < 0.3, rng.integers(5, 900, size=touches), 0),
    )
