"""Facts straight into the tables, as their owners would write them: a customer, its orders, its month, its mark."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import numpy as np

from domain.analytics.commands_full_run import House, Progress, score_everybody
from domain.analytics.commands_scoring import score_changed
from domain.analytics.commands_switch import catch_up, switch
from domain.analytics.compute import here
from domain.database import Database, Tx
from domain.ids import new_id
from domain.ledger import marks
from domain.ledger.commands import mark_customers

NOW = datetime(2026, 6, 30, 12, tzinfo=UTC)

_CUSTOMER = "INSERT INTO customer (customer_id, created_at, updated_at) VALUES ($1, $2, $2)"
_SKELETON = "INSERT INTO customer_score (customer_id, lifecycle_since) VALUES ($1, $2)"
_ORDER = """
INSERT INTO customer_order (customer_id, order_id, recorded_for, source, external_id, ordered_at, recorded_at, channel,
  trading_form, currency, discount, total, total_in_currency, cost_of_goods, known_revenue, due_at, cancelled_at)
VALUES ($1, $2, $1, 'test', $2::uuid::text, $3, $3, 'WEB', 'DIRECT', 'USD', $4, $5, $5, $6, $5, $7, $8)
"""
_MONTH = """
INSERT INTO customer_month (customer_id, month, channel, category, orders, revenue, cost_of_goods)
VALUES ($1, date_trunc('month', $2::timestamptz)::date, 'WEB', '', 1, $3, $4)
ON CONFLICT (customer_id, month, channel, category) DO UPDATE SET orders = customer_month.orders + 1,
  revenue = customer_month.revenue + excluded.revenue,
  cost_of_goods = customer_month.cost_of_goods + excluded.cost_of_goods
"""


async def customer(tx: Tx, *, created_at: datetime = NOW) -> UUID:
    """A prospect with its skeleton row, marked."""
    id_ = new_id(created_at)
    await tx.execute(_CUSTOMER, id_, created_at)
    await tx.execute(_SKELETON, id_, created_at)
    await mark_customers(tx, [id_], created_at)
    return id_


async def order(
    tx: Tx,
    of: UUID,
    at: datetime,
    total: object = 20,
    *,
    cost: object = 0,
    discount: object = 0,
    due_at: datetime | None = None,
    cancelled_at: datetime | None = None,
) -> UUID:
    """A standing order, in its month unless it is cancelled; its customer marked."""
    id_, amount, unit_costs = new_id(at), Decimal(str(total)), Decimal(str(cost))
    given = Decimal(str(discount))
    await tx.execute(_ORDER, of, id_, at, given, amount, unit_costs, due_at, cancelled_at)
    if cancelled_at is None:
        await tx.execute(_MONTH, of, at, amount, unit_costs)
    await mark_customers(tx, [of], NOW)
    return id_


async def only_orders(tx: Tx, bought: Sequence[tuple[UUID, datetime, str]]) -> None:
    """Many orders of customers who are known by nothing else: all that a fit reads."""
    rows = [(of, new_id(at), at, Decimal(0), Decimal(total), Decimal(0), None, None) for of, at, total in bought]
    await tx.executemany(_ORDER, rows)


async def buyer(tx: Tx, *days_ago: float, total: object = 20, cost: object = 0) -> UUID:
    """A customer with an order so many days before NOW, each."""
    id_ = await customer(tx, created_at=NOW - timedelta(days=max(days_ago, default=0)))
    for days in days_ago:
        await order(tx, id_, NOW - timedelta(days=days), total, cost=cost)
    return id_


async def quiet(share: float, detail: str) -> None:
    """A door that wants to know nothing of progress."""


async def full_run(db: Database, as_of: datetime = NOW, progress: Progress = quiet, *, then: bool = False) -> None:
    """Score everybody and switch, as the job does; `then` is how it replays the past."""
    run = await score_everybody(House(db.transaction, db.transaction, here, progress), as_of=as_of, then=then)
    async with db.transaction() as tx:
        await switch(tx, run, now=as_of)
    async with db.transaction() as tx:
        while await catch_up(tx):
            pass


async def changed_pass(db: Database, as_of: datetime = NOW) -> int:
    """One round over the marks, as the worker makes it; how many customers it scored."""
    scored = 0
    async with db.transaction() as tx:
        for bucket in await marks.buckets_behind(tx):
            batch = await marks.lease_batch(tx, bucket, 500)
            await score_changed(tx, here, batch.ids, now=as_of)
            await marks.done(tx, batch)
            scored += len(batch)
    return scored


async def scores(db: Database) -> dict[UUID, dict[str, Any]]:
    async with db.transaction() as tx:
        rows = await tx.fetch("SELECT * FROM customer_score")
    assert len({row["customer_id"] for row in rows}) == len(rows)
    return {row["customer_id"]: dict(row) for row in rows}


async def score(db: Database, of: UUID) -> dict[str, Any]:
    return (await scores(db))[of]


async def town(db: Database, rng: np.random.Generator, people: int) -> list[UUID]:
    """Customers who buy, leave and spend as the models say."""
    lives = {new_id(NOW): (_life(rng), Decimal(f"{rng.gamma(3, 10):.2f}")) for _ in range(people)}
    orders = [
        (of, new_id(NOW), NOW - timedelta(days=days), Decimal(0), total, Decimal(0), None, None)
        for of, (life, total) in lives.items()
        for days in life
    ]
    began = [(of, NOW - timedelta(days=life[0])) for of, (life, _) in lives.items()]
    async with db.transaction() as tx:
        await tx.executemany(_CUSTOMER, began)
        await tx.executemany(_SKELETON, began)
        await tx.executemany(_ORDER, orders)
        await tx.executemany(_MONTH, [(order[0], order[2], order[4], order[5]) for order in orders])
        await mark_customers(tx, lives, NOW)
    return list(lives)


def _life(rng: np.random.Generator) -> list[float]:
    """Days before NOW of a customer's purchases, a first and whatever follows until it leaves."""
    rate, leaves, at = rng.gamma(0.8, 1 / 40), rng.beta(0.8, 2.5), float(rng.uniform(60, 500))
    days = [at]
    while (at := at - rng.exponential(1 / rate)) > 0:
        days.append(at)
        if rng.random() < leaves:
            break
    return days


async def line(tx: Tx, of: UUID, order_id: UUID, position: int, category: str | None) -> None:
    """One unit of a product of its own; as it is recorded, with its category of that day."""
    product = new_id(NOW)
    await tx.execute(
        "INSERT INTO product (product_id, sku, name, name_fold, category, created_at, updated_at)"
        " VALUES ($1, $1::uuid::text, 'x', 'x', $2, $3, $3)",
        product,
        category,
        NOW,
    )
    await tx.execute(
        "INSERT INTO order_line (customer_id, order_id, position, recorded_for, product_id, quantity, unit_price,"
        " total, category) VALUES ($1, $2, $3, $1, $4, 1, 1, 1, $5)",
        of,
        order_id,
        position,
        product,
        category or "",
    )
