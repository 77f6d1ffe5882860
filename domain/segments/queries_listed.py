"""Who is on which list, as far as it counts: the groups of one discovery part customers, so nobody is in two of them.

What came along with somebody who was merged sleeps where the survivor has a group of their own, and wakes when the
merge is undone.
"""

from typing import Final


def _family(segment: str) -> str:
    """The beginning that the keys of one discovery's groups share."""
    return f"regexp_replace({segment}.key, '-[0-9][0-9]?$', '')"


LISTED: Final = f"""(SELECT l.customer_id, l.segment_id, l.listed_at FROM segment_listed l
WHERE l.recorded_for = l.customer_id OR NOT EXISTS (
  SELECT FROM segment_listed o JOIN segment t ON t.segment_id = o.segment_id
  JOIN segment f ON f.segment_id = l.segment_id
  WHERE o.customer_id = l.customer_id AND o.segment_id <> l.segment_id
    AND t.kind = 'DISCOVERED' AND f.kind = 'DISCOVERED' AND {_family("t")} = {_family("f")}
    AND (o.recorded_for = o.customer_id OR o.recorded_for < l.recorded_for)
))"""
"""Rows of customer_id, segment_id, listed_at. Of several who came along, the one who was recorded first counts."""
