"""One customer in a hundred changed: an order of one line each, and the product's round over what changed."""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import UTC, datetime

from domain.database import Database
from domain.deployment import Deployment, Secret
from jobs.cpu import Calculator
from jobs.keeper import Keeper
from jobs.registry import product
from jobs.rounds import Round, Rounds
from tests.bench.read.servers import SECRET

_CHOSEN = """
CREATE TEMPORARY TABLE chosen ON COMMIT DROP AS
SELECT customer_id, uuidv7() AS order_id, $1::timestamptz AS at, product_id, category
FROM customer
JOIN (SELECT product_id, category, row_number() OVER (ORDER BY sku) - 1 AS n, count(*) OVER () AS many FROM product)
  AS offered ON n = abs(hashtextextended(customer_id::text, $2 + 1)) % many
WHERE abs(hashtextextended(customer_id::text, $2)) % 100 = 0
"""
_ORDER = """
INSERT INTO customer_order (customer_id, order_id, recorded_for, source, external_id, ordered_at, recorded_at, channel,
  trading_form, currency, total, total_in_currency, cost_of_goods, known_revenue)
SELECT customer_id, order_id, customer_id, 'shop', order_id::text, at, at, 'WEB', 'E_COMMERCE', 'USD', 50, 50, 20, 50
FROM chosen ORDER BY customer_id
"""
_LINE = """
INSERT INTO order_line (customer_id, order_id, position, recorded_for, product_id, quantity, unit_price, unit_cost,
  total, discount, category)
SELECT customer_id, order_id, 0, customer_id, product_id, 1, 50, 20, 50, 0, category FROM chosen ORDER BY customer_id
"""
_MONTH = """
INSERT INTO customer_month AS month (customer_id, month, channel, category, orders, category_orders, units, revenue,
  known_revenue, cost_of_goods)
SELECT customer_id, date_trunc('month', at)::date, 'WEB', '', 1, 0, 0, 0, 0, 0 FROM chosen
UNION ALL
SELECT customer_id, date_trunc('month', at)::date, 'WEB', category, 0, 1, 1, 50, 50, 20 FROM chosen
ORDER BY 1, 4
ON CONFLICT (customer_id, month, channel, category) DO UPDATE SET orders = month.orders + excluded.orders,
  category_orders = month.category_orders + excluded.category_orders, units = month.units + excluded.units,
  revenue = month.revenue + excluded.revenue, known_revenue = month.known_revenue + excluded.known_revenue,
  cost_of_goods = month.cost_of_goods + excluded.cost_of_goods
"""
_MARK = """
UPDATE customer_mark AS mark SET wanted = wanted + 1, changed_at = at FROM chosen
WHERE mark.customer_id = chosen.customer_id
"""


async def measure(url: str, redis_url: str, turns: Iterable[int]) -> list[tuple[int, float]]:
    """Of rounds one after the other in one worker, other customers each: how many changed, and the seconds until all of
    them were scored again. The first one pays for its process, and for memory that its connections never saw.
    """
    db, keeper, calculator = Database(url, size=12), Keeper(url), Calculator()
    deployment = Deployment(url, redis_url, Secret.parse(SECRET))
    keeper.start()
    try:
        found = []
        for turn in turns:
            await _change(db, turn)
            begun = time.perf_counter()
            rounds = Rounds(keeper, product().rounds["changed-customers"])
            count = await rounds.go(Round(db, deployment, datetime.now(UTC), calculator))
            found.append((count, time.perf_counter() - begun))
        return found
    finally:
        keeper.stop()
        await calculator.close()
        await db.close()


async def _change(db: Database, turn: int) -> None:
    async with db.transaction() as tx:
        await tx.execute("SET LOCAL statement_timeout = 0")
        await tx.execute(_CHOSEN, datetime.now(UTC), turn)
        for step in (_ORDER, _LINE, _MONTH, _MARK):
            await tx.execute(step)
