"""How the customers of a portfolio buy: how many buy again, buy several things, and how often."""

from typing import Final

from domain.portfolio.fragments import IN_TIME, filled, part
from domain.portfolio.queries_whom import WEIGHT
from domain.query.declare import money, real, whole
from domain.query.entity import Column, Entity, Kind, Relation, Shape

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

_SOURCE: Final = filled(
    part("behaviour", "behaviour"),
    **{name: part("behaviour", name) for name in _PARTS},
).replace("{in_time}", IN_TIME.format("o.ordered_at"))

OF_PORTFOLIO: Final = {
    "purchaseBehaviour": Relation(entity="PurchaseBehaviour", shape=Shape.ONE, source=_SOURCE, weight=WEIGHT)
}

ENTITIES: Final = (PURCHASE_BEHAVIOUR,)
