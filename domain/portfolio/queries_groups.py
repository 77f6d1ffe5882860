"""Figures of a group over time: who belonged to it at the end of each row, and what they earned in the row.

Who belongs is a parameter: a select of customer_id, entered_at and left_at (infinity: not yet), one row a stay, of the
segment's, or of everybody's. What nobody asks for is not computed: Postgres drops joins whose columns are not told.
"""

import re
from collections.abc import Callable

from domain.consents.entity import willing
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
        "profitPerCustomer": Column(sql="round({a}.gain / nullif({a}.shown, 0), 6)", kind=Kind.MONEY),
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

# Rows count from 1; whoever came in row `lo` and went in row `hi` belonged to the group at the ends of those between.
# Merged customers may have belonged to it several times over: of each stay counts what no earlier one reached, so no
# two of one customer overlap. In the order of their ids, as most of what is read of them lies.
_WHO = f"""who AS MATERIALIZED (
  SELECT w.customer_id, {_AFTER.format("w.entered_at")} AS came, {_AFTER.format("w.left_at")} AS went FROM (%s) w
),
span AS MATERIALIZED (
  SELECT w.customer_id, w.lo, w.hi FROM (
    SELECT w.customer_id, w.went AS hi, greatest(w.came, 1, max(w.went) OVER (
      PARTITION BY w.customer_id ORDER BY w.came ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    )) AS lo FROM who w
  ) w WHERE w.lo < w.hi ORDER BY w.customer_id
)"""
# Those whose amounts stay, and who belong to no group: a span from the first row to the last.
_ERASED = f"erased AS MATERIALIZED (SELECT e.customer_id, 1 AS lo, {_ROWS} + 1 AS hi FROM (%s) e)"

_MEMBERS = f"""SELECT g.n, sum(s.many)::bigint AS customers FROM generate_series(1, {_ROWS}) AS g (n)
JOIN (SELECT s.lo, s.hi, count(*) AS many FROM span s GROUP BY s.lo, s.hi) s ON s.lo <= g.n AND s.hi > g.n
GROUP BY g.n"""
_CAME = "SELECT w.came AS n, count(*) AS entered FROM who w GROUP BY w.came"
_WENT = "SELECT w.went AS n, count(*) AS gone FROM who w GROUP BY w.went"

_EARNED = f"""SELECT f.n, {", ".join(f"sum(f.{name}) AS {name}" for name in AMOUNTS)}
FROM (%s) f (n, {", ".join(AMOUNTS)}) GROUP BY f.n"""
# Looked up customer by customer: of who is in `span` Postgres knows no number, and a small group's months are few.
# Summed by month first: the calendar and the zone are asked about some months, not about each of their rows.
_MONTHS = f"""SELECT %s, {", ".join(AMOUNTS)} FROM (
  SELECT m.month, {", ".join(f"sum(m.{name}) AS {name}" for name in AMOUNTS)}
  FROM span s CROSS JOIN LATERAL (
    SELECT m.month, {", ".join("m." + name for name in AMOUNTS)} FROM customer_month m
    WHERE m.customer_id = s.customer_id%s OFFSET 0
  ) m GROUP BY m.month
) m"""
# A month lies whole in one row, so its middle tells which, but for the month that is running, which is of the last; of
# the rows of a span none but its months are read.
_ROW_OF_MONTH = f"""least({_FROM.format("(m.month + interval '14 days') AT TIME ZONE {zone}")}, {_ROWS})"""
_DAYS = """(SELECT array_agg((e.at AT TIME ZONE {zone})::date ORDER BY e.n)
FROM unnest({edges}) WITH ORDINALITY AS e (at, n))"""
_BETWEEN = f""" AND m.month >= {{month_from}} AND m.month < {{month_until}}
AND m.month >= {_DAYS}[s.lo] AND m.month < CASE WHEN s.hi > {_ROWS} THEN {{month_until}} ELSE {_DAYS}[s.hi] END"""
# Read of everybody where the planner deems that less than to look for each: what is left at the ends is short.
_EDGE = f"""SELECT e.n, {", ".join("e." + name for name in AMOUNTS)}
FROM (SELECT e.*, {_FROM.format("e.at")} AS n FROM (%s) e (customer_id, at, {", ".join(AMOUNTS)})) e
JOIN span s ON s.customer_id = e.customer_id AND e.n >= s.lo AND e.n < s.hi"""
# What lies ahead of now in the month that is running: next to nothing, whereas until now it is a month of everybody's.
_AHEAD = f"""SELECT {_ROWS}, {", ".join(f"-e.{name}" for name in AMOUNTS)}
FROM (%s) e (customer_id, at, {", ".join(AMOUNTS)}) JOIN span s ON s.customer_id = e.customer_id AND s.hi > {_ROWS}"""
_OF_ERASED = re.compile(r"\bspan s\b")
_NOTHING = f"SELECT 0, {', '.join('0::numeric' for _ in AMOUNTS)} WHERE false"

# What is the same from row `lo` until before row `hi` is summed once, not once a row; the two are told as one number,
# of which Postgres believes that there are few, so that it need not sort.
_FEW = "({0}) * 1000 + ({1}) AS rows"
_EACH = "CROSS JOIN LATERAL generate_series(g.rows / 1000, g.rows % 1000 - 1) AS r (n) GROUP BY r.n"

# What the scores were: the latest snapshot at the end of the row, or the live score where the row ends now. Once there
# is one of everybody, nobody's from before it counts: who is not in it had no scores. So each is read from there on.
_KEPT = f"(CASE WHEN {_END} = {{now}} THEN {_ROWS} ELSE {_ROWS} + 1 END)"
_PAST = """past AS MATERIALIZED (
  SELECT array_agg(coalesce((SELECT max(l.as_of) FROM snapshot_of_all l WHERE l.as_of <= e.at), '-infinity')
    ORDER BY e.n) AS of_all FROM unnest({edges}) WITH ORDINALITY AS e (at, n)
)"""
_OF_ALL = "(SELECT p.of_all FROM past p)"
_SCORES = f"""SELECT r.n, sum(g.lifetime_value) AS lifetime_value,
  sum(g.churn) / nullif(sum(g.scored), 0) AS churn_probability
FROM (
  SELECT g.rows, sum(g.lifetime_value) AS lifetime_value, sum(g.churn) AS churn, count(g.churn) AS scored FROM (
    SELECT {_FEW.format("greatest(s.lo, h.n)", "least(s.hi, h.next)")}, h.lifetime_value,
      h.churn_probability::float8 AS churn
    FROM (SELECT s.* FROM span s WHERE s.lo < {_KEPT} AND {willing("s.customer_id")} OFFSET 0) s CROSS JOIN LATERAL (
      SELECT h.lifetime_value, h.churn_probability, h.n,
        least(width_bucket(h.as_of, {_OF_ALL}), lead(h.n, 1, {_KEPT}) OVER (ORDER BY h.as_of)) AS next
      FROM (
        SELECT h.as_of, h.lifetime_value, h.churn_probability, greatest({_AFTER.format("h.as_of")}, 1) AS n
        FROM score_snapshot h WHERE h.customer_id = s.customer_id
          AND h.as_of >= {_OF_ALL}[s.lo + 1] AND h.as_of <= ({{edges}})[least(s.hi, {_KEPT})]
      ) h OFFSET 0
    ) h WHERE s.lo < h.next AND s.hi > h.n
    UNION ALL
    SELECT {_FEW.format(_ROWS, _ROWS + " + 1")}, c.lifetime_value, c.churn_probability::float8 FROM customer_score c
    JOIN span s ON s.customer_id = c.customer_id AND s.hi > {_ROWS} WHERE {_END} = {{now}}
  ) g GROUP BY g.rows
) g {_EACH}"""

_STANDING = "FROM customer_order o WHERE o.customer_id = s.customer_id AND o.cancelled_at IS NULL"
_LOCAL = "({0} AT TIME ZONE {{zone}})::date"
# Since when they had bought on two days: two looks into each one's orders, whose other days are not read.
_REPEATED = f"""SELECT r.n, sum(g.repeaters)::bigint AS repeaters FROM (
  SELECT g.rows, count(*) AS repeaters FROM (
    SELECT {_FEW.format("greatest(s.lo, t.n)", "s.hi")} FROM span s
    CROSS JOIN LATERAL (
      SELECT o.ordered_at AS at {_STANDING} AND o.ordered_at < ({{edges}})[s.hi] ORDER BY o.ordered_at LIMIT 1
    ) f
    CROSS JOIN LATERAL (
      SELECT {_FROM.format("o.ordered_at")} AS n {_STANDING} AND o.ordered_at > f.at
        AND o.ordered_at < ({{edges}})[s.hi] AND {_LOCAL.format("o.ordered_at")} <> {_LOCAL.format("f.at")}
      ORDER BY o.ordered_at LIMIT 1
    ) t
  ) g GROUP BY g.rows
) g {_EACH}"""

# The first order of a row, where the one before it lies in the row before.
_REBOUGHT = f"""SELECT b.n, count(*) AS rebuyers FROM span s CROSS JOIN LATERAL (
  SELECT o.n, lag(o.n) OVER (ORDER BY o.ordered_at) AS before FROM (
    SELECT o.ordered_at, {_FROM.format("o.ordered_at")} AS n {_STANDING}
      AND o.ordered_at >= ({{before}} || {{edges}})[s.lo] AND o.ordered_at < ({{edges}})[s.hi]
  ) o
) b WHERE b.before = b.n - 1 AND b.n >= s.lo GROUP BY b.n"""

_ANSWERED = f"""SELECT t.n, count(*) FILTER (WHERE t.kind = 'CAMPAIGN_SENT') AS contacts,
  count(*) FILTER (WHERE t.kind = 'CAMPAIGN_RESPONSE') AS responses
FROM (
  SELECT t.kind, t.n FROM span s CROSS JOIN LATERAL (
    SELECT t.kind, {_FROM.format("t.occurred_at")} AS n FROM touchpoint t WHERE t.customer_id = s.customer_id
      AND t.occurred_at >= ({{edges}})[s.lo] AND t.occurred_at < ({{edges}})[s.hi]
      AND t.kind IN ('CAMPAIGN_SENT', 'CAMPAIGN_RESPONSE')
      AND t.occurred_at >= ({{edges}})[1] AND t.occurred_at < {_END} OFFSET 0
  ) t
) t GROUP BY t.n"""

# Where a group is too small to be told of, its numbers are the smallest that is told, and there are no figures.
_ALL = """(WITH {who}
SELECT p.n, ({{edges}})[p.n + 1] AS as_of, {numbers}, CASE WHEN NOT h.hidden THEN c.customers END AS shown, {amounts},
  {gain} AS gain,
  CASE WHEN h.hidden THEN 0 ELSE coalesce(v.lifetime_value, 0) END AS lifetime_value,
  CASE WHEN NOT h.hidden THEN v.churn_probability END AS churn_probability,
  coalesce(d.repeaters, 0) AS repeaters, coalesce(b.rebuyers, 0) AS rebuyers, t.responses,
  CASE WHEN NOT h.hidden THEN t.contacts END AS contacts
FROM generate_series(1, {rows}) AS p (n)
LEFT JOIN ({members}) c ON c.n = p.n
LEFT JOIN ({came}) i ON i.n = p.n
LEFT JOIN ({went}) o ON o.n = p.n
LEFT JOIN ({earned}) f ON f.n = p.n
{of_erased}LEFT JOIN ({scores}) v ON v.n = p.n
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


def figures(
    who: str, rows: Read | None, *, erased: str | None = None, told: Say = _as_it_is, hides: Say = _never
) -> str:
    """A source of GroupMetrics; rows None: one, of the running month, whose earnings are of the whole relationship.

    `told` is SQL of a number of customers as the caller is told it, `hides` whether it is too small for figures;
    `erased` selects whose amounts count besides, who are no customers any more. The source names {edges} and {before},
    and what else is read of the rows.
    """
    facts = [_MONTHS % ("1", "")] if rows is None else _facts(rows)
    earned = _EARNED % " UNION ALL ".join(facts or [_NOTHING])
    amount = "coalesce(f.{0}, 0)" if erased is None else "coalesce(f.{0}, 0) + coalesce(x.{0}, 0)"
    numbers = (("c", "customers"), ("i", "entered"), ("o", "gone"))
    return _ALL.format(
        who=", ".join([_WHO % who, _PAST, *([] if erased is None else [_ERASED % erased])]),
        rows=_ROWS,
        numbers=", ".join(f"{told(f'coalesce({of}.{name}, 0)')} AS {name}" for of, name in numbers),
        hidden=hides("coalesce(c.customers, 0)"),
        gain=f"CASE WHEN h.hidden THEN 0 ELSE coalesce({PROFIT.format(a='f')}, 0) END",
        amounts=", ".join(f"CASE WHEN h.hidden THEN 0 ELSE {amount.format(name)} END AS {name}" for name in AMOUNTS),
        members=_MEMBERS,
        came=_CAME,
        went=_WENT,
        earned=earned,
        of_erased="" if erased is None else f"LEFT JOIN ({_OF_ERASED.sub('erased s', earned)}) x ON x.n = p.n\n",
        scores=_SCORES,
        repeated=_REPEATED,
        rebought=_REBOUGHT,
        answered=_ANSWERED,
    )


def _facts(rows: Read) -> list[str]:
    facts = [_MONTHS % (_ROW_OF_MONTH, _BETWEEN)] if rows.months else []
    for start, end in rows.sides:
        facts.append(_EDGE % OF_ONE.sub("true", edge(start, end, timed=True)))
    if rows.ahead:
        facts.append(_AHEAD % OF_ONE.sub("true", edge(*rows.ahead, timed=True)))
    return facts
