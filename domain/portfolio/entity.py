"""What can be asked of earnings: profit and what it is made of, over the whole relationship or over a period."""

import re
from collections.abc import Mapping

from domain.query.asking import Asked, Tree
from domain.query.declare import money
from domain.query.entity import Column, Compare, Entity, Filter, Kind, Own, Reading, Relation, Shape
from domain.query.fetch import Found
from domain.query.paging import present
from domain.query.periods import Periods, read_period
from domain.query.predicate import Around, Every, Grouped, Predicate, Slot

AMOUNTS = ("revenue", "known_revenue", "returns", "cost_of_goods", "cost_to_serve", "marketing_cost")
SUMS = ", ".join(f"coalesce(sum(f.{name}), 0) AS {name}" for name in AMOUNTS)
PROFIT = "({a}.revenue - {a}.returns - {a}.cost_of_goods - {a}.cost_to_serve - {a}.marketing_cost)"
_MARGIN = (
    f"(CASE WHEN {{a}}.revenue > 0 AND {{a}}.revenue <> {{a}}.returns"
    f" THEN ({PROFIT} / ({{a}}.revenue - {{a}}.returns))::float8 END)"
)

PROFITABILITY = Entity(
    name="Profitability",
    key="revenue",
    columns={
        "revenue": money("revenue"),
        "returns": money("returns"),
        "costOfGoods": money("cost_of_goods"),
        "costToServe": money("cost_to_serve"),
        "marketingCost": money("marketing_cost"),
        "profit": Column(sql=PROFIT, kind=Kind.MONEY),
        "margin": Column(sql=_MARGIN, kind=Kind.FLOAT),
        "costCoverage": Column(
            sql="(CASE WHEN {a}.revenue > 0 THEN ({a}.known_revenue / {a}.revenue)::float8 END)", kind=Kind.FLOAT
        ),
    },
)

_MONTHS = (
    f"SELECT m.customer_id, {', '.join('m.' + name for name in AMOUNTS)} FROM customer_month m"
    " WHERE m.customer_id = {owner}"
)

_EDGE = """SELECT o.customer_id, {o}o.total, o.known_revenue, 0, o.cost_of_goods, 0, 0 FROM customer_order o
 WHERE o.customer_id = {{owner}} AND o.cancelled_at IS NULL AND o.ordered_at >= {{{0}}} AND o.ordered_at < {{{1}}}
 UNION ALL SELECT l.customer_id, {r}0, 0, l.refund, -l.returned_cost, 0, 0 FROM order_return r
 JOIN return_line l ON l.customer_id = r.customer_id AND l.return_id = r.return_id
 LEFT JOIN customer_order o ON o.customer_id = l.customer_id AND o.order_id = l.order_id
 WHERE r.customer_id = {{owner}} AND l.customer_id = {{owner}} AND o.cancelled_at IS NULL
 AND r.returned_at >= {{{0}}} AND r.returned_at < {{{1}}}
 UNION ALL SELECT t.customer_id, {t}0, 0, 0, 0, CASE WHEN t.campaign_id IS NULL THEN t.cost ELSE 0 END,
 CASE WHEN t.campaign_id IS NULL THEN 0 ELSE t.cost END FROM touchpoint t
 WHERE t.customer_id = {{owner}} AND t.cost <> 0 AND t.occurred_at >= {{{0}}} AND t.occurred_at < {{{1}}}"""


def edge(start: str, end: str, *, timed: bool = False) -> str:
    """The facts between two instants, by the names of their slots; timed: each with when it was, after its customer."""
    when = ("o.ordered_at, ", "r.returned_at, ", "t.occurred_at, ") if timed else ("", "", "")
    return _EDGE.format(start, end, o=when[0], r=when[1], t=when[2])


OF_ONE = re.compile(r"\b(\w)\.customer_id = \{owner\}")
COLUMNS = f"(customer_id, {', '.join(AMOUNTS)})"
_LESS = ", ".join(f"-e.{name}" for name in AMOUNTS)
_NOTHING = f"(SELECT {', '.join(f'0::numeric AS {name}' for name in AMOUNTS)}) {{b}}"
_FIGURES = tuple((name, f"sum({{c}}.{name})") for name in AMOUNTS)


def months_of(periods: Periods) -> tuple[str | None, list[tuple[str, Slot]]]:
    """SQL that goes on: that m is one of the period's whole months (None: there are none); and its slots."""
    if periods.months is None:
        return None, []
    bounds = zip(("month_from", "month_until"), (">=", "<"), periods.months, strict=True)
    said = [(name, sign, slot) for name, sign, slot in bounds if slot]
    return "".join(f" AND m.month {sign} {{{name}}}" for name, sign, _ in said), [
        (name, slot) for name, _, slot in said
    ]


def facts_of(periods: Periods) -> tuple[str, tuple[tuple[str, Slot], ...]]:
    """What is to be summed over a period: whole months from customer_month, the edges from the facts; and its slots.

    Of {owner}; with OF_ONE replaced by true, of everybody, each row led by its customer.
    """
    months, slots = months_of(periods)
    parts = [] if months is None else [_MONTHS + months]
    for at, (start, end) in enumerate(periods.edges):
        parts.append(edge(f"from{at}", f"until{at}"))
        slots += [(f"from{at}", start), (f"until{at}", end)]
    if periods.ahead:
        parts.append(f"SELECT e.customer_id, {_LESS} FROM ({edge('ahead_from', 'ahead_until')}) e {COLUMNS}")
        slots += zip(("ahead_from", "ahead_until"), periods.ahead, strict=True)
    return " UNION ALL ".join(parts), tuple(slots)


def _over(asked: Asked, arguments: Mapping[str, Tree]) -> Found:
    facts, slots = facts_of(read_period(asked, present(arguments, "over")))
    return Found(source=f"(SELECT {SUMS} FROM ({facts}) f {COLUMNS}) {{b}}", slots=slots)


OF_CUSTOMER = Relation(entity="Profitability", shape=Shape.ONE, find=_over, kin=True, weight=1.0)


def _fields(alias: str, profit: str, margin: str) -> Mapping[str, Filter]:
    def money_of(name: str) -> Compare:
        return Compare(sql=f"{alias}.{name}", kind=Kind.MONEY)

    return {
        "revenue": money_of("revenue"),
        "returns": money_of("returns"),
        "costToServe": money_of("cost_to_serve"),
        "marketingCost": money_of("marketing_cost"),
        "profit": Compare(sql=profit, kind=Kind.MONEY),
        "margin": Compare(sql=margin, kind=Kind.FLOAT),
    }


# Over the whole relationship a list reads the summary of each customer; over a period, the months and the facts.
_WHOLE = _fields("{s}", "{s}.profit", _MARGIN.replace("{a}", "{s}"))
_SPAN = _fields("{a}", PROFIT, _MARGIN)


def _read(asked: Asked, name: str, tree: Tree, reading: Reading) -> Predicate:
    assert isinstance(tree, dict)
    tests = {key: held for key, held in tree.items() if key != "over"}
    if present(tree, "over") is None:
        return reading.objects(_WHOLE, tests)
    facts, slots = facts_of(read_period(asked, tree["over"]))
    facts = OF_ONE.sub("true", facts)
    # Summed for everybody at once: customer by customer, a rare answer would take a hundred times as long.
    sums = f"(SELECT f.customer_id, {SUMS} FROM ({facts}) f {COLUMNS} GROUP BY f.customer_id) {{b}}"
    found = f"{{owner}} IN (SELECT {{b}}.customer_id FROM {sums} WHERE {{test}})"
    those = f"SELECT f.customer_id FROM ({facts}) f {COLUMNS} GROUP BY f.customer_id"
    without = f"(SELECT {{test}} FROM {_NOTHING}) AND {{owner}} NOT IN ({those})"
    grouped = Grouped(f"({facts}) {{c}} {COLUMNS}", figures=_FIGURES)
    inner = reading.objects(_SPAN, tests)
    return Around(name, f"({found} OR ({without}))", inner, slots, rows=Every(()), grouped=grouped)


FILTER = Own(read=_read)

ENTITIES = (PROFITABILITY,)
