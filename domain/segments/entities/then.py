"""Who was in a segment at a moment: of who was merged since, the survivor."""

from collections.abc import Mapping
from typing import Final

from domain.query.asking import Asked, Tree
from domain.query.fetch import Found
from domain.query.paging import alone
from domain.query.predicate import Part

_IS_IN = "k.segments @> ARRAY[{a}.number] AND k.entered_at[array_position(k.segments, {a}.number)] <= {at}"
_WAS_IN = "k.segment_id = {a}.segment_id AND k.entered_at <= {at} AND k.left_at > {at}"
# What the merged were in has ended: they are found by whom they lead to.
_TEST = (
    f"(EXISTS (SELECT 1 FROM customer_segment k WHERE k.customer_id = {{key}} AND {_IS_IN})"
    " OR EXISTS (SELECT 1 FROM segment_stay k WHERE k.customer_id IN (SELECT {key} UNION ALL"
    f" SELECT l.customer_id FROM customer_alias l WHERE l.survivor_id = {{key}}) AND {_WAS_IN}))"
)
_IDS = (
    f"SELECT k.customer_id FROM customer_segment k WHERE {_IS_IN}"
    " UNION ALL SELECT coalesce(l.survivor_id, k.customer_id) FROM segment_stay k"
    f" LEFT JOIN customer_alias l ON l.customer_id = k.customer_id WHERE {_WAS_IN}"
)
MEMBERS_THEN: Final = Part(
    few=f"{{key}} = ANY (ARRAY({_IDS}))",
    many=_TEST,
    # As many as there are now: where they were far fewer or more, the page only takes longer.
    count="{a}.member_count",
)


def members_then(asked: Asked, arguments: Mapping[str, Tree]) -> Found:
    at = alone(arguments, "at")
    assert at is not None
    return Found(f"{{b}}.customer_id IN ({_IDS})", slots=(("at", asked.slot("timestamptz", at)),))
