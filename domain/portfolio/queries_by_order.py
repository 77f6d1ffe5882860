"""Profit by what was sold, how, and over which channel: facts are in groups, and customers may be in several."""

from typing import Final

from domain.ids import Prefix
from domain.portfolio.queries_earning import Over, between, earned, fact, served, union
from domain.portfolio.queries_grouping import EQUAL, EVERYBODY, WORDS, Groups, of_facts
from domain.query.declare import public_id
from domain.vocabulary import ProfitabilityDimension

_NO_PRODUCT: Final = "'00000000-0000-0000-0000-000000000000'::uuid"
D = ProfitabilityDimension
_ORDERS: Final = "SELECT o.customer_id, {0} AS key FROM customer_order o {1} WHERE o.cancelled_at IS NULL"
_LINES: Final = (
    "SELECT l.customer_id, {0} AS key FROM order_line l JOIN customer_order o ON o.customer_id = l.customer_id"
    " AND o.order_id = l.order_id {1} WHERE o.cancelled_at IS NULL"
)


def _ordered(over: Over, name: str) -> str:
    """The filter of who has an order such as the key, in the period."""
    where = f"jsonb_build_object('{name}', jsonb_build_array(g.key)) || {over.named('orderedAt')}"
    return f"jsonb_build_object('orders', jsonb_build_object('where', {where}))"


def _of_channel(over: Over) -> Groups:
    facts = earned(over, key="m.channel", of_order="o.channel", of_touch="t.channel")
    months = "SELECT m.customer_id, m.channel AS key FROM customer_month m WHERE (m.orders > 0 OR m.touches > 0)"
    parts = [] if over.months is None else [months + over.months]
    for edge in over.edges:
        parts.append(_ORDERS.format("o.channel", "") + between("o.ordered_at", *edge))
        touched = "SELECT t.customer_id, t.channel AS key FROM touchpoint t WHERE true"
        parts.append(touched + between("t.occurred_at", *edge))
    touches = f"jsonb_build_object('channel', jsonb_build_array(g.key)) || {over.named('occurredAt')}"
    touches = f"jsonb_build_object('touchpoints', jsonb_build_object('where', {touches}))"
    where = f"jsonb_build_object('any', jsonb_build_array({_ordered(over, 'channel')}, {touches}))"
    return Groups(of_facts(facts, union(parts), "NULL"), WORDS.format("g.key"), where)


def _of_trading_form(over: Over) -> Groups:
    form, sold, back = "o.trading_form", over.within("o.ordered_at"), over.within("r.returned_at")
    facts = [fact("sold", form, sold), fact("returned", f"coalesce({form}, '')", back), served(over, "''")]
    label = f"CASE WHEN g.key = '' THEN 'Of no order' ELSE {WORDS.format('g.key')} END"
    where = f"CASE WHEN g.key = '' THEN {EVERYBODY} ELSE {_ordered(over, 'tradingForm')} END"
    return Groups(of_facts(union(facts), _ORDERS.format(form, "") + sold), label, where)


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
    grouped = of_facts(union([*facts, served(over, "''")]), _ORDERS.format("p.method", _PAID) + sold)
    return Groups(grouped, label, where)


def _by_line(over: Over, key: str, joined: str, nothing: str) -> str:
    sold, back = over.within("o.ordered_at"), over.within("r.returned_at")
    facts = [fact("lines", key, sold, joined), fact("returned", key, back, joined)]
    facts += [fact("shipped", nothing, sold), served(over, nothing)]
    return of_facts(union(facts), _LINES.format(key, joined) + sold, nothing)


def _bought(over: Over, product: str) -> str:
    bought = f"jsonb_build_object('product', {product}) || {over.named('at')}"
    return f"jsonb_build_object('bought', {bought})"


def _of_product(over: Over) -> Groups:
    grouped = _by_line(over, "l.product_id", "", _NO_PRODUCT)
    id_ = f"jsonb_build_object('eq', {public_id(Prefix.PRODUCT, 'p.product_id')})"
    where = _bought(over, f"jsonb_build_object('id', {id_})")
    where = f"CASE WHEN p.product_id IS NULL THEN {EVERYBODY} ELSE {where} END"
    label, joined = "coalesce(p.name, 'Of no product')", "LEFT JOIN product p ON p.product_id = g.key"
    return Groups(grouped, label, where, "coalesce(p.sku, '')", joined)


def _of_category(over: Over) -> Groups:
    product = "JOIN product p ON p.product_id = l.product_id"
    grouped = _by_line(over, "coalesce(p.category, '')", product, "''")
    where = _bought(over, f"jsonb_build_object('category', {EQUAL})")
    label = "CASE WHEN g.key = '' THEN 'Of no category' ELSE g.key END"
    return Groups(grouped, label, f"CASE WHEN g.key = '' THEN {EVERYBODY} ELSE {where} END")


OF_ORDERS: Final = {
    D.CHANNEL: _of_channel,
    D.TRADING_FORM: _of_trading_form,
    D.PAYMENT_METHOD: _of_payment,
    D.PRODUCT: _of_product,
    D.PRODUCT_CATEGORY: _of_category,
}
