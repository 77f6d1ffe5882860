"""Who was in a segment at a moment: of who was merged since, the survivor."""

from collections.abc import Mapping

from domain.query.asking import Asked, Tree
from domain.query.fetch import Found
from domain.query.paging import alone

# Stays of the merged have ended: they are found by whom they lead to.
_WAS_IN = (
    "(EXISTS (SELECT 1 FROM customer_segment k WHERE k.customer_id = {b}.customer_id"
    " AND k.segments @> ARRAY[{a}.number] AND k.entered_at[array_position(k.segments, {a}.number)] <= {at})"
    " OR EXISTS (SELECT 1 FROM segment_stay k WHERE k.customer_id IN (SELECT {b}.customer_id UNION ALL"
    " SELECT l.customer_id FROM customer_alias l WHERE l.survivor_id = {b}.customer_id)"
    " AND k.segment_id = {a}.segment_id AND k.entered_at <= {at} AND k.left_at > {at}))"
)


def members_then(asked: Asked, arguments: Mapping[str, Tree]) -> Found:
    at = alone(arguments, "at")
    assert at is not None
    return Found(_WAS_IN, slots=(("at", asked.slot("timestamptz", at)),))
