"""How a customer buys: exact, from the customer's own orders."""

from domain.query.declare import first_of, instant, money, real, text, whole
from domain.query.entity import Column, Entity, Kind, Relation, Shape

# An order may be dated ahead, and then has not been placed yet.
_STANDING = "o.customer_id = {owner} AND o.cancelled_at IS NULL AND o.ordered_at < {now}"
_OPEN = "o.paid_at IS NULL"
_OWED = "greatest(o.total - o.returned - o.paid, 0)"
_DAY = "(o.ordered_at AT TIME ZONE {zone})::date"
_LINES = (
    "order_line l JOIN customer_order o ON o.customer_id = l.customer_id AND o.order_id = l.order_id"
    " JOIN product p ON p.product_id = l.product_id"
)
_BOUGHT = f"{_STANDING} AND l.customer_id = {{owner}}"
# The product's on the day it was bought, as everywhere: what a product is made to be later changes no past.
_CATEGORY = "nullif(coalesce(l.category, p.category), '')"
_FIGURES = (
    "count(DISTINCT l.order_id) AS orders, sum(l.quantity) AS units, sum(l.total - l.discount) AS revenue,"
    " max(o.ordered_at) AS last_order_at"
)

# Unused columns cost nothing: Postgres leaves out what the select around it does not name.
_SUMMARY = f"""(SELECT count(*) AS order_count, min(o.ordered_at) AS first_order_at, max(o.ordered_at) AS last_order_at,
 round(sum(o.total) / nullif(count(*), 0), 6) AS average_order_value,
 count(*) FILTER (WHERE o.discount > 0)::float8 / nullif(count(*), 0) AS discount_share,
 (sum(o.total) FILTER (WHERE {_DAY} > {{today}} - interval '12 months')
  / nullif(sum(o.total) FILTER (WHERE {_DAY} > {{today}} - interval '24 months'
  AND {_DAY} <= {{today}} - interval '12 months'), 0))::float8 AS revenue_trend,
 coalesce(sum({_OWED}) FILTER (WHERE {_OPEN}), 0) AS outstanding,
 coalesce(sum({_OWED}) FILTER (WHERE {_OPEN} AND o.due_at < {{now}}), 0) AS overdue,
 mode() WITHIN GROUP (ORDER BY o.trading_form) AS trading_form
 FROM customer_order o WHERE {_STANDING}) {{b}}"""

_MEDIAN_GAP = f"""(SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY g.days) FROM
 (SELECT d.day - lag(d.day) OVER (ORDER BY d.day) AS days FROM
 (SELECT DISTINCT (o.ordered_at AT TIME ZONE {{zone}})::date AS day FROM customer_order o WHERE {_STANDING}) d) g)"""

_METHOD = f"""(SELECT mode() WITHIN GROUP (ORDER BY m.method) FROM order_payment m
 JOIN customer_order o ON o.customer_id = m.customer_id AND o.order_id = m.order_id
 WHERE {_STANDING} AND m.customer_id = {{owner}} AND m.amount > 0)"""

# Of all revenue, also what came back out of no order that is known.
_RETURN_RATE = """(SELECT (sum(m.returns) / nullif(sum(m.revenue), 0))::float8
 FROM customer_month m WHERE m.customer_id = {owner})"""

PURCHASING = Entity(
    name="Purchasing",
    key="order_count",
    columns={
        "orderCount": whole("order_count"),
        "firstOrderAt": instant("first_order_at"),
        "lastOrderAt": instant("last_order_at"),
        "averageOrderValue": money("average_order_value"),
        "medianDaysBetweenOrders": Column(sql=_MEDIAN_GAP, kind=Kind.FLOAT, weight=1.0),
        "nextOrderExpectedAt": Column(
            sql="(SELECT s.next_order_expected_at FROM customer_score s WHERE s.customer_id = {owner})",
            kind=Kind.INSTANT,
        ),
        "returnRate": Column(sql=_RETURN_RATE, kind=Kind.FLOAT),
        "discountShare": real("discount_share"),
        "revenueTrend": real("revenue_trend"),
        "outstanding": money("outstanding"),
        "overdue": money("overdue"),
        "productCount": Column(
            sql=f"(SELECT count(DISTINCT l.product_id) FROM {_LINES} WHERE {_BOUGHT})", kind=Kind.INT, weight=2.0
        ),
        "categoryCount": Column(
            sql=f"(SELECT count(DISTINCT {_CATEGORY}) FROM {_LINES} WHERE {_BOUGHT})", kind=Kind.INT, weight=2.0
        ),
        "preferredTradingForm": text("trading_form"),
        "preferredPaymentMethod": Column(sql=_METHOD, weight=1.0),
    },
    relations={
        "categories": Relation(
            entity="CategoryPurchases",
            shape=Shape.MANY,
            source=f"(SELECT {_CATEGORY} AS category, {_FIGURES} FROM {_LINES}"
            f" WHERE {_BOUGHT} AND {_CATEGORY} IS NOT NULL GROUP BY 1) {{b}}",
            order='{a}.revenue DESC, {a}.category COLLATE "C"',
            kin=True,
            rows=10,
            weight=2.0,
        ),
        "products": Relation(
            entity="ProductPurchases",
            shape=Shape.MANY,
            source=f"(SELECT l.product_id, {_FIGURES} FROM {_LINES} WHERE {_BOUGHT} GROUP BY l.product_id) {{b}}",
            order="{a}.revenue DESC, {a}.product_id",
            find=first_of,
            kin=True,
            rows=10,
            weight=2.0,
        ),
    },
)

_COLUMNS = {
    "orders": whole("orders"),
    "units": whole("units"),
    "revenue": money("revenue"),
    "lastOrderAt": instant("last_order_at"),
}

CATEGORY_PURCHASES = Entity(
    name="CategoryPurchases", key="category", columns={"category": text("category"), **_COLUMNS}
)

PRODUCT_PURCHASES = Entity(
    name="ProductPurchases",
    key="product_id",
    columns=_COLUMNS,
    relations={"product": Relation(entity="Product", shape=Shape.ONE, on="{b}.product_id = {a}.product_id")},
)

OF_CUSTOMER = Relation(entity="Purchasing", shape=Shape.ONE, source=_SUMMARY, kin=True, weight=1.0)

ENTITIES = (PURCHASING, CATEGORY_PURCHASES, PRODUCT_PURCHASES)
