"""Whether the processes that customers meet work, of all of them or by who had to do with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

from domain.portfolio import fragments
from domain.portfolio.dimensions import ProcessDimension as D
from domain.portfolio.fragments import filled, spanned
from domain.portfolio.queries_grouping import EQUAL, WORDS
from domain.portfolio.queries_whom import OF_GROUP, WEIGHT
from domain.query.asking import Asked, Given, Tree
from domain.query.declare import part, real, whole
from domain.query.entity import Entity, Relation, Shape
from domain.query.fetch import Found
from domain.query.paging import alone, limit
from domain.touchpoints.queries_cases import turns

_sql: Final = partial(fragments.part, "quality")
_KEY: Final = "jsonb_build_array(g.key)"


@dataclass(frozen=True, slots=True)
class By:
    """How rows fall into groups: what a touchpoint's group is, the join that tells it, and what an order's is.

    `about`: touchpoints are grouped by the order or product that they are about, so that complaints are held against
    the group's own orders; else against all orders, so that what groups have adds up to what all have.
    """

    touchpoint: str
    order: str = ""
    touchpoint_join: str = ""
    about: bool = False
    # A select of orders by group, where an order may be in several.
    ordered: str = ""
    label: str = "g.key"
    # A group's touchpoints and orders as TouchpointFilter and OrderFilter say it; or a CustomerFilter of them.
    touchpoints: str = ""
    orders: str = ""
    customers: str = ""


def _field(name: str, value: str) -> str:
    return f"jsonb_build_object('{name}', {value})"


def _of_category() -> str:
    bought = f"{_field('product', _field('category', EQUAL))} || {spanned('at')}"
    of = f"{_field('product', _field('category', EQUAL))} || {spanned('occurredAt')}"
    touched = _field("touchpoints", _field("where", of))
    return _field("any", f"jsonb_build_array({_field('bought', bought)}, {touched})")


def _both(name: str, value: str, label: str = "g.key") -> By:
    column = {"handledBy": "handled_by"}.get(name, name)
    said = _field(name, value)
    return By(f"t.{column}", f"o.{column}", label=label, touchpoints=said, orders=said)


ALL: Final = By("''::text", "''::text", about=True)
BY: Final[Mapping[D, By]] = {
    D.FUNCTION: By("t.function", label=WORDS.format("g.key"), touchpoints=_field("function", _KEY)),
    D.CHANNEL: _both("channel", _KEY, WORDS.format("g.key")),
    D.HANDLED_BY: _both("handledBy", EQUAL),
    D.SOURCE: _both("source", EQUAL),
    D.TRADING_FORM: By(
        *("g.trading_form", "o.trading_form", _sql("of_order")),
        about=True,
        label=WORDS.format("g.key"),
        orders=_field("tradingForm", _KEY),
    ),
    D.PRODUCT_CATEGORY: By(
        "CASE WHEN t.product_id IS NULL THEN g.category ELSE p.category END",
        touchpoint_join=_sql("of_product"),
        about=True,
        ordered=_sql("ordered_by_category"),
        customers=_of_category(),
    ),
}
_NONE: Final = "SELECT ''::text AS key, 0 AS orders, 0 AS on_time, 0 AS due WHERE false"
_OF_ALL: Final = "nullif((SELECT o.orders FROM everything o), 0)"


def quality(by: By) -> str:
    """A select of a row a group, of one row where all are one: key, opened, resolved, hours, on_time, complaints,
    satisfaction, recommend.
    """
    made = (
        {"touched": _sql("touched"), "named": _sql("named")}
        | _cases(by)
        | {
            "answered": filled(_sql("answered"), key=by.touchpoint, join=by.touchpoint_join),
            "ordered": by.ordered or (filled(_sql("ordered"), key=by.order) if by.order else _NONE),
        }
    )
    if not by.about:
        made["everything"] = filled(_sql("ordered"), key="''::text")
    named = ", ".join(f"{name} AS ({text})" for name, text in made.items())
    # A constant in a row of its own, which Postgres leaves a row: it drops only joins to rows.
    keys = "(SELECT ''::text OFFSET 0)" if by is ALL else _sql("keys")
    orders = "nullif(n.orders, 0)" if by.about else _OF_ALL
    return f"WITH {named} " + filled(_sql("quality"), keys=keys, orders=orders)


def _cases(by: By) -> dict[str, str]:
    """Cases are of whom their opening and their resolving were; else of the order or product that either names."""
    rows = filled(_sql("case_rows"), key="NULL::text" if by.touchpoint_join else by.touchpoint)
    made = {"turn": turns("true", "t.customer_id", rows=rows, more=_sql("of_turn"))}
    for name in ("opened", "resolved"):
        key = by.touchpoint if by.touchpoint_join else f"t.{name}_key"
        made[name] = filled(_sql(name), key=key, join=by.touchpoint_join)
    return made


def _where(by: By) -> str:
    """As JSON: whoever had a touchpoint or an order of the group, over the portfolio's period."""
    if by.customers:
        return by.customers
    found = [
        _field(name, _field("where", f"{said} || {spanned(at)}"))
        for name, said, at in (("touchpoints", by.touchpoints, "occurredAt"), ("orders", by.orders, "orderedAt"))
        if said
    ]
    return found[0] if len(found) == 1 else _field("any", f"jsonb_build_array({', '.join(found)})")


def _find(asked: Asked, arguments: Mapping[str, Tree]) -> Found:
    """Most discontent first, those of whom that is not known last."""
    given = alone(arguments, "dimension")
    assert given is not None
    by = BY[D(asked.word(given))]
    count = limit(asked, alone(arguments, "first") or Given(50))
    source = (
        f"(SELECT g.*, g.key AS group_key, {by.label} AS group_label, {_where(by)} AS group_where"
        f" FROM ({quality(by)}) g) {{b}}"
    )
    return Found(source=source, limit=count, rows=count)


QUALITY: Final = Entity(
    name="ProcessQuality",
    key="key",
    columns={
        "casesOpened": whole("opened"),
        "casesResolved": whole("resolved"),
        "medianHoursToResolve": real("hours"),
        "ordersOnTime": real("on_time"),
        "complaintsPerThousandOrders": real("complaints"),
        "averageSatisfaction": real("satisfaction"),
        "recommendScore": real("recommend"),
    },
)
QUALITY_GROUP: Final = Entity(
    name="ProcessQualityGroup", key="key", relations={"group": OF_GROUP, "quality": part("ProcessQuality")}
)

OF_PORTFOLIO: Final[Mapping[str, Relation]] = {
    "processQuality": Relation(
        entity="ProcessQuality", shape=Shape.ONE, source=f"({quality(ALL)}) {{b}}", weight=WEIGHT
    ),
    "processQualityBy": Relation(
        entity="ProcessQualityGroup",
        shape=Shape.MANY,
        find=_find,
        order='{a}.satisfaction NULLS LAST, {a}.key COLLATE "C"',
        rows=50,
        weight=WEIGHT,
    ),
}

ENTITIES = (QUALITY, QUALITY_GROUP)
