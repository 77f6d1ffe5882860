"""Profit by what was sold, how, and over which channel: facts are in groups, and customers may be in several."""

from typing import Final

from domain.ids import Prefix
from domain.portfolio.dimensions import ProfitabilityDimension
from domain.portfolio.queries_earning import Over, between, by_channel, fact, lines_of, served, union
from domain.portfolio.queries_grouping import EVERYBODY, WORDS, Groups, of_facts
from domain.query.declare import public_id

_NO_PRODUCT: Final = "'00000000-0000-0000-0000-000000000000'::uuid"
D = ProfitabilityDimension
_ORDERS: Final = "SELECT o.customer_id, {0} AS key FROM customer_order o {1} WHERE {{in_o}} AND o.cancelled_at IS NULL"


def _ordered(over: Over, name: str) -> str:
    """The filter of who has an order such as the key, in the period."""
    where = f"jsonb_build_object('{name}', jsonb_build_array(g.key)) || {over.named('orderedAt')}"
    return f"jsonb_build_object('orders', jsonb_build_object('where', {where}))"


def _of_channel(over: Over) -> Groups:
    months = (
        "SELECT m.customer_id, m.channel AS key FROM customer_month m WHERE {in_m} AND (m.orders > 0 OR m.touches > 0)"
    )
    parts = [] if over.months is None else [months + over.months]
    for edge in over.edges:
        parts.append(_ORDERS.format("o.channel", "") + between("o.ordered_at", *edge))
        touched = "SELECT t.customer_id, t.channel AS key FROM touchpoint t WHERE {in_t}"
        parts.append(touched + between("t.occurred_at", *edge))
    touches = f"jsonb_build_object('channel', jsonb_build_array(g.key)) || {over.named('occurredAt')}"
    touches = f"jsonb_build_object('touchpoints', jsonb_build_object('where', {touches}))"
    where = f"jsonb_build_object('any', jsonb_build_array({_ordered(over, 'channel')}, {touches}))"
    grouped = of_facts(by_channel(over), union(parts), nothing="NULL")
    return Groups(grouped, WORDS.format("g.key"), where, adds_up=True)


def _of_trading_form(over: Over) -> Groups:
    form, sold, back = "o.trading_form", over.within("o.ordered_at"), over.within("r.returned_at")
    facts = [fact("sold", form, sold), fact("returned", f"coalesce({form}, '')", back), *served(over, "''")]
    label = f"CASE WHEN g.key = '' THEN 'Of no order' ELSE {WORDS.format('g.key')} END"
    where = f"CASE WHEN g.key = '' THEN {EVERYBODY} ELSE {_ordered(over, 'tradingForm')} END"
    return Groups(of_facts(facts, _ORDERS.format(form, "") + sold), label, where, adds_up=True)


_PAID: Final = (
    "JOIN (SELECT DISTINCT p.customer_id, p.order_id, p.method FROM order_payment p) p"
    " ON p.customer_id = o.customer_id AND p.order_id = o.order_id"
)


def _of_payment(over: Over) -> Groups:
    sold, back = over.within("o.ordered_at"), over.within("r.returned_at")
    method = "coalesce(p.method, '')"
    facts = [fact("sold", method, sold, f"LEFT {_PAID}"), fact("returned", method, back, f"LEFT {_PAID}")]
    label = f"CASE WHEN g.key = '' THEN 'No payment told' ELSE {WORDS.format('g.key')} END"
    where = f"CASE WHEN g.key = '' THEN {EVERYBODY} ELSE {_ordered(over, 'paymentMethod')} END"
    grouped = of_facts([*facts, *served(over, "''")], _ORDERS.format(method, f"LEFT {_PAID}") + sold)
    return Groups(grouped, label, where)


def _by_product(over: Over) -> list[str]:
    sold, back = over.within("o.ordered_at"), over.within("r.returned_at")
    joined, counts = lines_of(over)
    facts = [fact("lines", "l.product_id", counts, joined), fact("returned", "l.product_id", back)]
    return [*facts, fact("shipped", _NO_PRODUCT, sold), *served(over, _NO_PRODUCT)]


_LINES_OF_WHO: Final = "order_line l JOIN {who} w ON w.customer_id = l.customer_id"


def _buyers(over: Over, key: str, joined: str = "") -> str:
    orders, counts = lines_of(over)
    lines, are = ("{lines}", "{are_theirs}") if over.is_whole else (_LINES_OF_WHO, "true")
    return f"SELECT l.customer_id, {key} AS key FROM {lines} {joined} {orders} WHERE {are} AND {counts}"


def _bought(over: Over, product: str) -> str:
    bought = f"jsonb_build_object('product', {product}) || {over.named('at')}"
    return f"jsonb_build_object('bought', {bought})"


def _of_product(over: Over) -> Groups:
    grouped = of_facts(_by_product(over), _buyers(over, "l.product_id"), nothing=_NO_PRODUCT, many=True)
    id_ = f"jsonb_build_object('eq', {public_id(Prefix.PRODUCT, 'p.product_id')})"
    where = _bought(over, f"jsonb_build_object('id', {id_})")
    where = f"CASE WHEN p.product_id IS NULL THEN {EVERYBODY} ELSE {where} END"
    label, joined = "coalesce(p.name, 'Of no product')", "LEFT JOIN product p ON p.product_id = g.key"
    return Groups(grouped, label, where, "coalesce(p.sku, '')", joined, adds_up=True)


# Numbered, for texts take long to compare; 0: none.
_CATEGORIES: Final = (
    "(SELECT p.product_id, p.category, CASE WHEN coalesce(p.category, '') = '' THEN 0"
    ' ELSE dense_rank() OVER (ORDER BY p.category COLLATE "C") END AS n FROM product p) p'
)


def _of_category(over: Over) -> Groups:
    buyers = _buyers(over, "p.n", f"JOIN {_CATEGORIES} ON p.product_id = l.product_id")
    joined = f"LEFT JOIN {_CATEGORIES} ON p.product_id = f.key"
    grouped = of_facts(_by_product(over), buyers, nothing="0", key="coalesce(p.n, 0)", joined=joined, many=True)
    named = f"LEFT JOIN (SELECT p.n, min(p.category) AS category FROM {_CATEGORIES} GROUP BY p.n) p"
    where = _bought(over, "jsonb_build_object('category', jsonb_build_object('eq', p.category))")
    where = f"CASE WHEN g.key = 0 THEN {EVERYBODY} ELSE {where} END"
    key, label = (f"CASE WHEN g.key = 0 THEN '{none}' ELSE p.category END" for none in ("", "Of no category"))
    return Groups(grouped, label, where, key, f"{named} ON p.n = g.key", adds_up=True)


OF_ORDERS: Final = {
    D.CHANNEL: _of_channel,
    D.TRADING_FORM: _of_trading_form,
    D.PAYMENT_METHOD: _of_payment,
    D.PRODUCT: _of_product,
    D.PRODUCT_CATEGORY: _of_category,
}
