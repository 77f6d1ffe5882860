"""A back-test on real orders: recommendations of one day against what was bought next, beside simpler ways."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import NAMESPACE_OID, UUID, uuid5

import numpy as np
from numpy.typing import NDArray

from domain.affinity.queries import recommended_to_many
from domain.database import Tx
from tests.support import online_retail

_NO_GOODS = frozenset({"POST", "M", "DOT", "C2", "D", "S", "CRUK", "PADS", "BANK CHARGES", "AMAZONFEE"})
_NOW = datetime(2011, 12, 10, tzinfo=UTC)
_NEXT = """
SELECT o.customer_id, l.product_id, sum(l.total) * 0.3 AS profit
FROM (
  SELECT customer_id, min(ordered_at::date) AS day FROM customer_order
  WHERE ordered_at >= $1 AND ordered_at < $2 AND cancelled_at IS NULL GROUP BY 1
) n
JOIN customer_order o ON o.customer_id = n.customer_id AND o.ordered_at::date = n.day
JOIN order_line l ON l.customer_id = o.customer_id AND l.order_id = o.order_id
WHERE EXISTS (SELECT FROM customer_order b WHERE b.customer_id = o.customer_id AND b.ordered_at < $1)
GROUP BY 1, 2
"""
_OWNED = """
SELECT o.customer_id, l.product_id, max(o.ordered_at) AS last_at FROM customer_order o
JOIN order_line l ON l.customer_id = o.customer_id AND l.order_id = o.order_id
WHERE o.ordered_at < $1 AND o.cancelled_at IS NULL GROUP BY 1, 2
"""


async def load(tx: Tx, data: Path, *, every: int) -> int:
    """The orders of one customer in so many, by COPY; how many lines."""
    orders: dict[str, tuple[str, datetime, list[tuple[str, int, Decimal]]]] = {}
    for row in online_retail.rows(data):
        customer, quantity, price = row["CustomerID"], int(row["Quantity"]), Decimal(row["UnitPrice"])
        wanted = customer and int(customer) % every == 0 and row["StockCode"] not in _NO_GOODS
        if wanted and quantity > 0 and price > 0:
            at = datetime.fromisoformat(row["InvoiceDate"]).replace(tzinfo=UTC)
            orders.setdefault(row["InvoiceNo"], (customer, at, []))[2].append((row["StockCode"], quantity, price))
    people = _numbered(customer for customer, _, _ in orders.values())
    goods = _numbered(sku for _, _, lines in orders.values() for sku, _, _ in lines)
    made = [(id_, _NOW, _NOW) for id_ in people.values()]
    await _copy(tx, "customer", ("customer_id", "created_at", "updated_at"), made)
    told = [(id_, sku, sku, sku.casefold(), _NOW, _NOW) for sku, id_ in goods.items()]
    await _copy(tx, "product", ("product_id", "sku", "name", "name_fold", "created_at", "updated_at"), told)
    ids = _numbered(orders)
    heads = [
        (people[who], ids[number], people[who], "shop", number, at, at, "WEB", "DIRECT", "GBP", 0, 0)
        for number, (who, at, _) in orders.items()
    ]
    await _copy(tx, "customer_order", _HEAD, heads)
    lines = [
        (people[who], ids[number], place, people[who], goods[sku], quantity, price, quantity * price)
        for number, (who, _, lines) in orders.items()
        for place, (sku, quantity, price) in enumerate(lines)
    ]
    await _copy(tx, "order_line", _LINE, lines)
    await tx.execute("ANALYZE customer; ANALYZE product; ANALYZE customer_order; ANALYZE order_line")
    return len(lines)


_HEAD = (
    *("customer_id", "order_id", "recorded_for", "source", "external_id", "ordered_at", "recorded_at", "channel"),
    *("trading_form", "currency", "total", "total_in_currency"),
)
_LINE = ("customer_id", "order_id", "position", "recorded_for", "product_id", "quantity", "unit_price", "total")


def _numbered(names: Iterable[str]) -> dict[str, UUID]:
    """Ids that are the same each time: whom a run takes to test by depends on them."""
    return {name: uuid5(NAMESPACE_OID, name) for name in sorted(set(names))}


async def _copy(tx: Tx, table: str, columns: tuple[str, ...], rows: Sequence[tuple[object, ...]]) -> None:
    await tx.copy_records_to_table(table, columns=columns, records=rows)


@dataclass(frozen=True, slots=True)
class Figures:
    """Of the five that a way offers: customers of whom one came true, and the profit of those that did, a customer."""

    hits: float
    profit: float


@dataclass(slots=True)
class Compared:
    customers: int
    ways: dict[str, Figures] = field(default_factory=dict)
    # Of everything that was told with a probability: what was told, and whether it came true; new products first.
    told: dict[str, tuple[NDArray[np.float64], NDArray[np.bool_]]] = field(default_factory=dict)

    def groups(self, name: str, count: int) -> list[tuple[float, float]]:
        """Mean probability and share that came true, in so many equal groups by probability."""
        told, came_true = self.told[name]
        parts = np.array_split(np.argsort(told), count)
        return [(float(told[part].mean()), float(came_true[part].mean())) for part in parts]


async def compare(tx: Tx, cut: datetime, days: int) -> Compared:
    """The tables are of `cut`; what is bought in so many days from it is what they are held against."""
    basket: dict[UUID, dict[UUID, float]] = defaultdict(dict)
    for row in await tx.fetch(_NEXT, cut, cut + timedelta(days=days)):
        basket[row["customer_id"]][row["product_id"]] = float(row["profit"])
    owned: dict[UUID, dict[UUID, datetime]] = defaultdict(dict)
    for row in await tx.fetch(_OWNED, cut):
        owned[row["customer_id"]][row["product_id"]] = row["last_at"]
    told = Compared(len(basket))
    await _ours(tx, cut, basket, told)
    offers = await tx.fetch(
        "SELECT product_id, base, profit_per_purchase FROM product_offer WHERE place IS NOT NULL ORDER BY place"
    )
    popular = [row["product_id"] for row in offers if row["profit_per_purchase"] > 0]
    told.ways["most popular"] = _figures(basket, lambda who: [p for p in popular if p not in owned[who]][:5])
    profit = {row["product_id"]: float(row["profit_per_purchase"]) / (1 + np.exp(-row["base"])) for row in offers}
    rules: dict[UUID, list[tuple[float, UUID]]] = defaultdict(list)
    for row in await tx.fetch("SELECT product_id, offered_id, lift FROM product_affinity ORDER BY 1, 2"):
        rules[row["product_id"]].append((row["lift"] * profit.get(row["offered_id"], 0.0), row["offered_id"]))
    told.ways["one rule"] = _figures(basket, lambda who: _by_one_rule(owned[who], rules))
    return told


def _by_one_rule(owned: dict[UUID, datetime], rules: dict[UUID, list[tuple[float, UUID]]]) -> list[UUID]:
    """By the lift of the product that was bought last, times chance times profit."""
    last = max(owned, key=lambda product: (owned[product], product))
    return [product for _, product in sorted(rules[last], reverse=True) if product not in owned][:5]


async def _ours(tx: Tx, cut: datetime, basket: dict[UUID, dict[UUID, float]], told: Compared) -> None:
    await tx.execute(
        "CREATE TEMP TABLE t_asked ON COMMIT DROP AS SELECT unnest($1::uuid[]) AS customer_id", list(basket)
    )
    await tx.execute("ANALYZE t_asked")
    text = recommended_to_many(
        "SELECT customer_id FROM t_asked", now="$1::timestamptz", today="$2::date", zone="'UTC'", most=60
    )
    rows = await tx.fetch(
        f"SELECT customer_id, product_id, is_new, probability FROM ({text}) r ORDER BY customer_id, place",
        cut,
        _day(cut),
    )
    offered: dict[UUID, list[UUID]] = defaultdict(list)
    new: dict[UUID, list[UUID]] = defaultdict(list)
    for row in rows:
        offered[row["customer_id"]].append(row["product_id"])
        if row["is_new"]:
            new[row["customer_id"]].append(row["product_id"])
    told.ways["recommended"] = _figures(basket, lambda who: offered[who][:5])
    told.ways["recommended, new ones only"] = _figures(basket, lambda who: new[who][:5])
    for name, is_new in (("new", True), ("again", False)):
        of = [row for row in rows if row["is_new"] is is_new]
        came_true = np.array([row["product_id"] in basket[row["customer_id"]] for row in of])
        told.told[name] = (np.array([row["probability"] for row in of]), came_true)


def _day(cut: datetime) -> date:
    return cut.date()


def _figures(basket: dict[UUID, dict[UUID, float]], offered: Callable[[UUID], list[UUID]]) -> Figures:
    held = [[basket[who][product] for product in offered(who) if product in basket[who]] for who in basket]
    return Figures(sum(map(bool, held)) / len(basket), sum(map(sum, held)) / len(basket))
