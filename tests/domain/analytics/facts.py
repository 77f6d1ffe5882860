"""Facts straight into the tables, as their owners would write them: a customer, its orders, its month, its mark."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from domain.database import Tx
from domain.ids import new_id
from domain.ledger.commands import mark_customers

NOW = datetime(2026, 6, 30, 12, tzinfo=UTC)

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
    await tx.execute("INSERT INTO customer (customer_id, created_at, updated_at) VALUES ($1, $2, $2)", id_, created_at)
    await tx.execute("INSERT INTO customer_score (customer_id, lifecycle_since) VALUES ($1, $2)", id_, created_at)
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


async def buyer(tx: Tx, *days_ago: float, total: object = 20, cost: object = 0) -> UUID:
    """A customer with an order so many days before NOW, each."""
    id_ = await customer(tx, created_at=NOW - timedelta(days=max(days_ago, default=0)))
    for days in days_ago:
        await order(tx, id_, NOW - timedelta(days=days), total, cost=cost)
    return id_
