"""The seeded mix of a hundred rules, each beside the SQL that somebody who knows the tables would write for it.

Forty ask summaries, thirty windows of touchpoints, twenty what was bought, ten are nested and name other segments. The
SQL is put together here, by hand: nothing of the product's own translation is used.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from domain.clock import Duration
from tests.bench.segments.population import CATEGORIES, SUPPLIERS

SEED = 5
SIZES = {"summaries": 40, "windows": 30, "products": 20, "nested": 10}

Where = Mapping[str, object]
Atom = tuple[Where, str]


@dataclass(frozen=True, slots=True)
class Rule:
    """`where` as a CustomerFilter; what inSegment names are keys of others. `condition` is on c, s, m and {now}."""

    key: str
    group: str
    where: Where
    condition: str

    def statement(self, now: datetime) -> str:
        """Counts them."""
        condition = self.condition.replace("{now}", f"'{now.isoformat()}'::timestamptz")
        joins = " JOIN customer_score s ON s.customer_id = c.customer_id" if "s." in condition else ""
        joins += " LEFT JOIN customer_summary m ON m.customer_id = c.customer_id" if "m." in condition else ""
        return (
            f"SELECT count(*) FROM customer c{joins} WHERE c.merged_into IS NULL AND c.erased_at IS NULL"
            f" AND {condition}"
        )


def mix() -> list[Rule]:
    """The same hundred each time, those that others name before these."""
    chance = random.Random(SEED)
    ways: dict[str, Callable[[random.Random], Atom]] = {"summaries": _summary, "windows": _window, "products": _product}
    rules, seen = [], set[str]()
    for group, draw in ways.items():
        for at in range(SIZES[group]):
            where, condition = draw(chance)
            while condition in seen:
                where, condition = draw(chance)
            seen.add(condition)
            rules.append(Rule(f"{group}-{at}", group, where, condition))
    return rules + _nested({rule.key: rule for rule in rules})


def _days(count: int) -> Duration:
    return Duration.parse(f"P{count}D")


def _quoted(values: list[str]) -> str:
    return ", ".join(f"'{value}'" for value in values)


def _summary(chance: random.Random) -> Atom:
    """Two or three figures of one customer."""
    drawn = chance.sample(_FIGURES, chance.choice((2, 2, 3)))
    atoms = [draw(chance) for draw in drawn]
    where = {name: test for part, _ in atoms for name, test in part.items()}
    return where, " AND ".join(condition for _, condition in atoms)


def _at_least(name: str, column: str, values: tuple[float, ...], kind: type = float) -> Callable[[random.Random], Atom]:
    def draw(chance: random.Random) -> Atom:
        value = chance.choice(values)
        operator, sign = chance.choice((("gte", ">="), ("lt", "<")))
        return {name: {operator: kind(str(value)) if kind is Decimal else value}}, f"{column} {sign} {value}"

    return draw


def _one_of(name: str, column: str, values: tuple[str, ...], *, choice: bool) -> Callable[[random.Random], Atom]:
    def draw(chance: random.Random) -> Atom:
        some = sorted(chance.sample(values, chance.choice((1, 2))))
        return {name: some if choice else {"in": some}}, f"{column} IN ({_quoted(some)})"

    return draw


def _since(name: str, column: str, spans: tuple[int, ...]) -> Callable[[random.Random], Atom]:
    def draw(chance: random.Random) -> Atom:
        days = chance.choice(spans)
        if chance.random() < 0.5:
            return {name: {"olderThan": _days(days)}}, f"{column} < {{now}} - interval '{days} days'"
        return {name: {"within": _days(days)}}, f"{column} BETWEEN {{now}} - interval '{days} days' AND {{now}}"

    return draw


_FIGURES = (
    _one_of("valueTier", "s.value_tier", ("HIGH", "MEDIUM", "LOW"), choice=True),
    _one_of("riskBand", "s.risk_band", ("LOW", "MEDIUM", "HIGH"), choice=True),
    _one_of("lifecycleStage", "s.lifecycle_stage", ("PROSPECT", "NEW", "ACTIVE", "LOYAL", "LAPSED"), choice=True),
    _one_of("country", "c.country", ("GB", "DE", "FR", "NL", "SE", "ES"), choice=False),
    _one_of("preferredChannel", "m.preferred_channel", ("WEB", "EMAIL", "PHONE", "SOCIAL"), choice=True),
    _at_least("orderCount", "s.order_count", (1, 2, 3, 5, 8)),
    _at_least("categoryCount", "s.category_count", (1, 2, 4)),
    _at_least("valueDecile", "s.value_decile", (2, 3, 5)),
    _at_least("rfmRecency", "s.rfm_recency", (2, 4)),
    _at_least("churnProbability", "s.churn_probability", (0.3, 0.5, 0.8)),
    _at_least("discountShare", "s.discount_share", (0.01, 0.02, 0.05)),
    _at_least("averageOrderValue", "s.average_order_value", (50, 120, 300), Decimal),
    _at_least("lifetimeValue", "s.lifetime_value", (0, 150, 400), Decimal),
    _since("lastOrderAt", "s.last_order_at", (30, 90, 180, 365)),
    _since("firstOrderAt", "s.first_order_at", (60, 120, 365)),
    _since("createdAt", "c.created_at", (30, 90, 365)),
    _since("lastTouchpointAt", "c.last_touchpoint_at", (14, 60, 120)),
)


_ASKED = ("VISIT", "VIEW", "CLICK", "OPEN", "CALL", "BASKET", "COMPLAINT", "MESSAGE")


def _window(chance: random.Random) -> Atom:
    """Touchpoints of some kinds within the last days: any, so many, or none."""
    days = chance.choice((7, 14, 30, 60, 90, 180, 365))
    kinds = sorted(chance.sample(_ASKED, chance.choice((1, 2, 3))))
    rows: dict[str, object] = {"occurredAt": {"within": _days(days)}, "kind": kinds}
    sql = f"t.occurred_at BETWEEN {{now}} - interval '{days} days' AND {{now}} AND t.kind IN ({_quoted(kinds)})"
    if chance.random() < 0.4:
        channel = chance.choice(("WEB", "EMAIL", "MOBILE_APP"))
        rows["channel"] = [channel]
        sql += f" AND t.channel = '{channel}'"
    way = chance.random()
    if way < 0.4:
        least = chance.choice((2, 3, 5))
        counted = f"SELECT t.customer_id FROM touchpoint t WHERE {sql} GROUP BY 1 HAVING count(*) >= {least}"
        return {"touchpoints": {"where": rows, "count": {"gte": least}}}, f"c.customer_id IN ({counted})"
    exists = f"EXISTS (SELECT FROM touchpoint t WHERE t.customer_id = c.customer_id AND {sql})"
    if way < 0.75:
        return {"touchpoints": {"where": rows}}, exists
    return {"touchpoints": {"where": rows, "count": {"lt": 1}}}, f"NOT {exists}"


_LINES = (
    "order_line l JOIN customer_order o ON o.customer_id = l.customer_id AND o.order_id = l.order_id"
    " JOIN product p ON p.product_id = l.product_id WHERE o.cancelled_at IS NULL"
)


def _product(chance: random.Random) -> Atom:
    """What was bought, or was not, ever or within the last days; or what was ordered together."""
    if chance.random() < 0.2:
        return _ordered(chance)
    if chance.random() < 0.6:
        names = sorted(f"Category {n}" for n in chance.sample(range(CATEGORIES), chance.choice((1, 1, 3))))
        product: dict[str, object] = {"category": {"in": names}}
        sql = f"p.category IN ({_quoted(names)})"
    else:
        name = f"Supplier {chance.randrange(SUPPLIERS)}"
        product, sql = {"supplier": {"eq": name}}, f"p.supplier = '{name}'"
    bought: dict[str, object] = {"product": product}
    if chance.random() < 0.6:
        days = chance.choice((30, 90, 180, 365))
        bought["at"] = {"within": _days(days)}
        sql += f" AND o.ordered_at BETWEEN {{now}} - interval '{days} days' AND {{now}}"
    if chance.random() < 0.35:
        least = chance.choice((2, 3, 4))
        summed = f"SELECT l.customer_id FROM {_LINES} AND {sql} GROUP BY 1 HAVING sum(l.quantity) >= {least}"
        return {"bought": bought | {"units": {"gte": least}}}, f"c.customer_id IN ({summed})"
    exists = f"EXISTS (SELECT FROM {_LINES} AND l.customer_id = c.customer_id AND {sql})"
    return ({"notBought": bought}, f"NOT {exists}") if chance.random() < 0.3 else ({"bought": bought}, exists)


def _ordered(chance: random.Random) -> Atom:
    days, least = chance.choice((90, 180, 365)), chance.choice((200, 500, 1000))
    where = {"orderedAt": {"within": _days(days)}}
    summed = (
        f"SELECT o.customer_id FROM customer_order o WHERE o.ordered_at BETWEEN {{now}} - interval '{days} days' AND"
        f" {{now}} GROUP BY 1 HAVING sum(o.total) >= {least}"
    )
    return {"orders": {"where": where, "total": {"gte": Decimal(least)}}}, f"c.customer_id IN ({summed})"


def _nested(others: Mapping[str, Rule]) -> list[Rule]:
    """Of summaries, windows and products together, and of other segments."""
    rules = []
    for at in range(SIZES["nested"]):
        summary, window = others[f"summaries-{at}"], others[f"windows-{at * 2}"]
        product, second = others[f"products-{at}"], others[f"windows-{at * 2 + 1}"]
        where, condition = _WAYS[at % len(_WAYS)](summary, window, product, second)
        rules.append(Rule(f"nested-{at}", "nested", where, condition))
    return rules


def _either(one: Rule, two: Rule, three: Rule, four: Rule) -> Atom:
    where = {"any": [one.where, {"all": [two.where, three.where]}]}
    return where, f"(({one.condition}) OR (({two.condition}) AND ({three.condition})))"


def _inside(one: Rule, two: Rule, three: Rule, four: Rule) -> Atom:
    where = {"inSegment": [one.key, two.key], "notInSegment": [four.key]}
    return where, f"(({one.condition}) OR ({two.condition})) AND NOT ({four.condition})"


def _unless(one: Rule, two: Rule, three: Rule, four: Rule) -> Atom:
    where = {"inSegment": [two.key], "not": {"any": [three.where, four.where]}}
    return where, f"({two.condition}) AND NOT ({three.condition}) AND NOT ({four.condition})"


_WAYS = (_either, _inside, _unless)
