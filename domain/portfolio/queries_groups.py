"""Figures of a group over time: who belonged to it at the end of each row, and what they earned in the row.

Who belongs is a parameter: a select of customer_id, entered_at and left_at (infinity: not yet), one row a stay, of the
segment's, or of everybody's. What nobody asks for is not computed: Postgres drops joins whose columns are not told.
"""

from collections.abc import Callable

from domain.analytics.entity import UNWILLING
from domain.portfolio.entity import AMOUNTS, OF_ONE, PROFIT, edge
from domain.query.declare import instant, money, part, real, whole
from domain.query.entity import Column, Entity, Kind
from domain.query.stretches import Read

_FLOAT = "({{a}}.{0}::float8 / nullif({{a}}.{1}, 0))"

GROUP_METRICS = Entity(
    name="GroupMetrics",
    key="n",
    columns={
        "asOf": instant("as_of"),
        "customers": whole("customers"),
        "entered": whole("entered"),
        "left": whole("gone"),
        "profitPerCustomer": Column(sql=f"round({PROFIT} / nullif({{a}}.shown, 0), 6)", kind=Kind.MONEY),
        "lifetimeValue": money("lifetime_value"),
        "repeatRate": Column(sql=_FLOAT.format("repeaters", "shown"), kind=Kind.FLOAT),
        "repurchaseRate": Column(sql=_FLOAT.format("rebuyers", "shown"), kind=Kind.FLOAT),
        "churnProbability": real("churn_probability"),
        "responseRate": Column(sql=_FLOAT.format("responses", "contacts"), kind=Kind.FLOAT),
    },
    relations={"profitability": part("Profitability")},
)

ENTITIES = (GROUP_METRICS,)

# The row that an instant lies in: from its beginning until before its end, or from after its beginning until its end.
_FROM = "width_bucket({0}, {{edges}})"
_AFTER = "width_bucket({0} - interval '1 microsecond', {{edges}})"
_ROWS = "(cardinality({edges}) - 1)"
_END = "({edges})[cardinality({edges})]"
_THEIRS = "IN (SELECT customer_id FROM span)"

# Rows count from 1; whoever came in row `lo` and went in row `hi` belonged to the group at the ends of those between.
# Merged customers may have belonged to it several times over: they count once. In the order of their ids, as most of
# what is read of them lies.
_WHO = f"""who AS MATERIALIZED (
  SELECT w.customer_id, {_AFTER.format("w.entered_at")} AS came, {_AFTER.format("w.left_at")} AS went FROM (%s) w
),
span AS MATERIALIZED (
  SELECT r.customer_id, lower(r.rows) AS lo, upper(r.rows) AS hi FROM (
    SELECT w.customer_id, unnest(range_agg(int4range(greatest(w.came, 1), w.went))) AS rows
    FROM who w WHERE greatest(w.came, 1) < w.went GROUP BY w.customer_id ORDER BY w.customer_id
  ) r
)"""

_MEMBERS = f"""SELECT g.n, sum(s.many)::bigint AS customers FROM generate_series(1, {_ROWS}) AS g (n)
JOIN (SELECT s.lo, s.hi, count(*) AS many FROM span s GROUP BY s.lo, s.hi) s ON s.lo <= g.n AND s.hi > g.n
GROUP BY g.n"""
_CAME = "SELECT w.came AS n, count(*) AS entered FROM who w GROUP BY w.came"
_WENT = "SELECT w.went AS n, count(*) AS gone FROM who w GROUP BY w.went"

_EARNED = f"""SELECT f.n, {", ".join(f"sum(f.{name}) AS {name}" for name in AMOUNTS)}
FROM (%s) f (n, {", ".join(AMOUNTS)}) GROUP BY f.n"""
_MONTHS = f"""SELECT %s, {", ".join("m." + name for name in AMOUNTS)}
FROM span s JOIN customer_month m ON m.customer_id = s.customer_id"""
# A month lies whole in one row, so its middle tells which; of the rows of a span none but its months are read.
_ROW_OF_MONTH = _FROM.format("(m.month + interval '14 days') AT TIME ZONE {zone}")
_DAY = "(({{edges}})[{0}] AT TIME ZONE {{zone}})::date"
_BETWEEN = f""" AND m.month >= greatest({{month_from}}, {_DAY.format("s.lo")})
AND m.month < least({{month_until}}, {_DAY.format("s.hi")})"""
_EDGE = f"""SELECT e.n, {", ".join("e." + name for name in AMOUNTS)}
FROM (SELECT e.*, {_FROM.format("e.at")} AS n FROM (%s) e (customer_id, at, {", ".join(AMOUNTS)})) e
JOIN span s ON s.customer_id = e.customer_id AND e.n >= s.lo AND e.n < s.hi"""
_NOTHING = f"SELECT 0, {', '.join('0::numeric' for _ in AMOUNTS)} WHERE false"

_WILLING = "NOT EXISTS ({})".format(UNWILLING.replace("{owner}", "h.customer_id"))
# What the scores were: the latest snapshot at the end of the row, or the live score where the row ends now.
_SCORES = f"""SELECT g.n, sum(g.lifetime_value) AS lifetime_value, avg(g.churn_probability::float8) AS churn_probability
FROM (
  SELECT r.n, h.lifetime_value, h.churn_probability FROM (
    SELECT h.customer_id, h.lifetime_value, h.churn_probability, h.n,
      lead(h.n, 1, CASE WHEN {_END} = {{now}} THEN {_ROWS} ELSE {_ROWS} + 1 END)
        OVER (PARTITION BY h.customer_id ORDER BY h.as_of) AS next
    FROM (
      SELECT h.*, greatest({_AFTER.format("h.as_of")}, 1) AS n FROM score_snapshot h
      WHERE h.customer_id {_THEIRS} AND h.as_of <= {_END} AND {_WILLING}
    ) h
  ) h JOIN span s ON s.customer_id = h.customer_id AND s.lo < h.next AND s.hi > h.n
  CROSS JOIN LATERAL generate_series(greatest(s.lo, h.n), least(s.hi, h.next) - 1) AS r (n)
  UNION ALL
  SELECT {_ROWS}, c.lifetime_value, c.churn_probability FROM customer_score c
  JOIN span s ON s.customer_id = c.customer_id AND s.hi > {_ROWS} WHERE {_END} = {{now}}
) g GROUP BY g.n"""

# Since when they had bought on two days.
_REPEATED = f"""SELECT r.n, count(*) AS repeaters FROM (
  SELECT d.customer_id, greatest({_FROM.format("(array_agg(d.at ORDER BY d.at))[2]")}, 1) AS n FROM (
    SELECT o.customer_id, min(o.ordered_at) AS at FROM customer_order o
    WHERE o.customer_id {_THEIRS} AND o.cancelled_at IS NULL AND o.ordered_at < {_END}
    GROUP BY o.customer_id, (o.ordered_at AT TIME ZONE {{zone}})::date
  ) d GROUP BY d.customer_id HAVING count(*) > 1
) t JOIN span s ON s.customer_id = t.customer_id AND s.hi > t.n
CROSS JOIN LATERAL generate_series(greatest(s.lo, t.n), s.hi - 1) AS r (n) GROUP BY r.n"""

_REBOUGHT = f"""SELECT b.n, count(*) AS rebuyers FROM (
  SELECT o.customer_id, o.n, lag(o.n) OVER (PARTITION BY o.customer_id ORDER BY o.n) AS before FROM (
    SELECT DISTINCT o.customer_id, {_FROM.format("o.ordered_at")} AS n FROM customer_order o
    WHERE o.customer_id {_THEIRS} AND o.cancelled_at IS NULL
      AND o.ordered_at >= {{before}} AND o.ordered_at < {_END}
  ) o
) b JOIN span s ON s.customer_id = b.customer_id AND b.n >= s.lo AND b.n < s.hi
WHERE b.before = b.n - 1 GROUP BY b.n"""

_ANSWERED = f"""SELECT t.n, count(*) FILTER (WHERE t.kind = 'CAMPAIGN_SENT') AS contacts,
  count(*) FILTER (WHERE t.kind = 'CAMPAIGN_RESPONSE') AS responses
FROM (
  SELECT t.customer_id, t.kind, {_FROM.format("t.occurred_at")} AS n FROM touchpoint t
  WHERE t.customer_id {_THEIRS} AND t.kind IN ('CAMPAIGN_SENT', 'CAMPAIGN_RESPONSE')
    AND t.occurred_at >= ({{edges}})[1] AND t.occurred_at < {_END}
) t JOIN span s ON s.customer_id = t.customer_id AND t.n >= s.lo AND t.n < s.hi GROUP BY t.n"""

# Where a group is too small to be told of, its numbers are the smallest that is told, and there are no figures.
_ALL = """(WITH {who}
SELECT p.n, ({{edges}})[p.n + 1] AS as_of, {numbers}, CASE WHEN NOT h.hidden THEN c.customers END AS shown, {amounts},
  CASE WHEN h.hidden THEN 0 ELSE coalesce(v.lifetime_value, 0) END AS lifetime_value,
  CASE WHEN NOT h.hidden THEN v.churn_probability END AS churn_probability,
  coalesce(d.repeaters, 0) AS repeaters, coalesce(b.rebuyers, 0) AS rebuyers, t.responses,
  CASE WHEN NOT h.hidden THEN t.contacts END AS contacts
FROM generate_series(1, {rows}) AS p (n)
LEFT JOIN ({members}) c ON c.n = p.n
LEFT JOIN ({came}) i ON i.n = p.n
LEFT JOIN ({went}) o ON o.n = p.n
LEFT JOIN ({earned}) f ON f.n = p.n
LEFT JOIN ({scores}) v ON v.n = p.n
LEFT JOIN ({repeated}) d ON d.n = p.n
LEFT JOIN ({rebought}) b ON b.n = p.n
LEFT JOIN ({answered}) t ON t.n = p.n
CROSS JOIN LATERAL (SELECT {hidden} AS hidden) h
) {{b}}"""


Say = Callable[[str], str]


def _as_it_is(number: str) -> str:
    return number


def _never(_: str) -> str:
    return "false"


def figures(who: str, rows: Read | None, *, told: Say = _as_it_is, hides: Say = _never) -> str:
    """A source of GroupMetrics; rows None: one, of the running month, whose earnings are of the whole relationship.

    `told` is SQL of a number of customers as the caller is told it, `hides` whether it is too small for figures. The
    source names {edges} and {before}, and what else is read of the rows.
    """
    facts = [_MONTHS % "1"] if rows is None else _facts(rows)
    numbers = (("c", "customers"), ("i", "entered"), ("o", "gone"))
    return _ALL.format(
        who=_WHO % who,
        rows=_ROWS,
        numbers=", ".join(f"{told(f'coalesce({of}.{name}, 0)')} AS {name}" for of, name in numbers),
        hidden=hides("coalesce(c.customers, 0)"),
        amounts=", ".join(f"CASE WHEN h.hidden THEN 0 ELSE coalesce(f.{name}, 0) END AS {name}" for name in AMOUNTS),
        members=_MEMBERS,
        came=_CAME,
        went=_WENT,
        earned=_EARNED % " UNION ALL ".join(facts or [_NOTHING]),
        scores=_SCORES,
        repeated=_REPEATED,
        rebought=_REBOUGHT,
        answered=_ANSWERED,
    )


def _facts(rows: Read) -> list[str]:
    facts = [_MONTHS % _ROW_OF_MONTH + _BETWEEN] if rows.months else []
    for start, end in rows.sides:
        facts.append(_EDGE % OF_ONE.sub(rf"\1.customer_id {_THEIRS}", edge(start, end, timed=True)))
    return facts
