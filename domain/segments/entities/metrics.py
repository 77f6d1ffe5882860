"""What a segment earns, now and over time: the figures of a group, of those who are and were in it."""

from collections.abc import Mapping

from domain.portfolio.queries_groups import figures
from domain.query.asking import Asked, Tree
from domain.query.entity import Relation, Shape
from domain.query.fetch import Found
from domain.query.stretches import Read, read_stretches, running_month
from domain.segments.entities.withheld import FEWEST, floored, veiled

# Of who was merged since, the survivor; what the merged were in has ended.
_STAYS = """SELECT k.customer_id, k.entered_at[array_position(k.segments, {a}.number)] AS entered_at,
  'infinity'::timestamptz AS left_at
FROM customer_segment k WHERE k.segments @> ARRAY[{a}.number]
UNION ALL
SELECT coalesce(l.survivor_id, k.customer_id), k.entered_at, k.left_at
FROM segment_stay k LEFT JOIN customer_alias l ON l.customer_id = k.customer_id
WHERE k.segment_id = {a}.segment_id AND k.left_at > ({edges})[1]"""


_SELF = "{a}.segment_id"


def _told(number: str) -> str:
    return f"CASE WHEN {{reads}} THEN {number} ELSE {floored(number, _SELF)} END"


def _hides(customers: str) -> str:
    return f"NOT {{reads}} AND {customers} < {FEWEST} AND {veiled(_SELF)}"


def _figures(rows: Read | None) -> str:
    return figures(_STAYS, rows, told=_told, hides=_hides)


def _now(asked: Asked, _: Mapping[str, Tree]) -> Found:
    edges = asked.slot("timestamptz[]", turn=lambda occasion: list(running_month(occasion).edges))
    before = asked.slot("timestamptz", turn=lambda occasion: running_month(occasion).before)
    return Found(source=_figures(None), slots=(("edges", edges), ("before", before)))


def _history(asked: Asked, arguments: Mapping[str, Tree]) -> Found:
    """Of what was before the segment was saved there is no row."""
    rows = read_stretches(asked, arguments)
    # What ends before it is one row less to tell, not one less to price.
    return Found("{b}.as_of >= {a}.created_at", _figures(rows), rows.slots, rows=rows.rows)


RELATIONS = {
    "metrics": Relation(entity="GroupMetrics", shape=Shape.ONE, find=_now, weight=50.0),
    "history": Relation(entity="GroupMetrics", shape=Shape.MANY, find=_history, order="{a}.n", rows=12, weight=100.0),
}
