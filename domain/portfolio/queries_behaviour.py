"""How the customers of a portfolio buy: how many buy again, buy several things, and how often."""

from collections.abc import Mapping
from typing import Final

from domain.portfolio.fragments import IN_TIME, OF_ORDER, filled, part
from domain.portfolio.queries_whom import WEIGHT, over_of
from domain.query.asking import Asked, Tree
from domain.query.declare import money, real, whole
from domain.query.entity import Column, Entity, Kind, Relation, Shape
from domain.query.fetch import Found
from domain.query.periods import WHOLE

_PARTS: Final = ("bought", "rebought", "gaps", "several")


def _rate(some: str, of: str) -> Column:
    return Column(sql=f"({{a}}.{some}::float8 / nullif({{a}}.{of}, 0))", kind=Kind.FLOAT)


PURCHASE_BEHAVIOUR: Final = Entity(
    name="PurchaseBehaviour",
    columns={
        "customers": whole("customers"),
        "buyers": whole("buyers"),
        "repeatRate": _rate("repeaters", "buyers"),
        "repurchaseRate": _rate("again", "before"),
        "multiProductRate": _rate("several", "buyers"),
        "medianDaysBetweenOrders": real("median_days"),
        "averageOrderValue": money("average_total"),
        "ordersPerBuyer": _rate("orders", "buyers"),
    },
)

# Few lines have none of their own: what these have today is looked up one by one.
_CATEGORY: Final = (
    "(nullif(coalesce(l.category, (SELECT p.category FROM product p WHERE p.product_id = l.product_id)), '')"
    ' COLLATE "C")'
)


def _source(**instead: str) -> str:
    parts = {name: part("behaviour", instead.get(name, name)) for name in _PARTS}
    text = filled(part("behaviour", "behaviour"), **parts)
    return filled(text, in_time=IN_TIME.format("o.ordered_at"), category=_CATEGORY, of_order=OF_ORDER)


_EVER: Final = _source(bought="bought_ever", several="several_ever")
_OVER: Final = _source()


def _behaviour(asked: Asked, _: Mapping[str, Tree]) -> Found:
    return Found(source=_EVER if over_of(asked) == WHOLE else _OVER)


OF_PORTFOLIO: Final = {
    "purchaseBehaviour": Relation(entity="PurchaseBehaviour", shape=Shape.ONE, find=_behaviour, weight=WEIGHT)
}

ENTITIES: Final = (PURCHASE_BEHAVIOUR,)
