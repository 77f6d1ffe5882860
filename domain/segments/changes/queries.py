"""Who entered which segment, and who left it, since an instant: what the history has of it."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from domain.database import Tx
from domain.segments.membership.causes import CAUSES

# Whoever changed lately is found by when that was, but for those whom a rule brought in when it took its place.
_LATELY = "k.refreshed_at >= $2 AND"
_SINCE = f"""
SELECT v.segment_id, c.customer_id, c.entered, c.at, c.cause
FROM segment v CROSS JOIN LATERAL (
  SELECT k.customer_id, true AS entered, k.entered_at[p.place] AS at, ({CAUSES})[k.causes[p.place]::int] AS cause
  FROM customer_segment k CROSS JOIN LATERAL (SELECT array_position(k.segments, v.number) AS place) p
  WHERE {{lately}} k.segments @> ARRAY[v.number] AND k.entered_at[p.place] >= $2
  UNION ALL
  SELECT k.customer_id, true, k.entered_at, k.entered_cause FROM segment_stay k
  WHERE k.segment_id = v.segment_id AND k.left_at >= $2 AND k.entered_at >= $2
  UNION ALL
  SELECT k.customer_id, false, k.left_at, k.left_cause FROM segment_stay k
  WHERE k.segment_id = v.segment_id AND k.left_at >= $2
  LIMIT $3
) c
WHERE v.segment_id = ANY ($1::uuid[])
"""
_NUMBERS = "SELECT v.segment_id, v.number FROM segment v WHERE v.segment_id = ANY ($1::uuid[])"
_REPLACED = "SELECT v.retired_at FROM segment_version v WHERE v.number = $1"
_KNOWN = "SELECT EXISTS (SELECT FROM segment v WHERE v.segment_id = $1)"


class Change(NamedTuple):
    """That a customer entered a segment, or left it."""

    segment: UUID
    customer: UUID
    entered: bool
    at: datetime
    cause: str


async def changes_since(
    tx: Tx, segments: Sequence[UUID], since: datetime, most: int, *, lately: bool = True
) -> list[Change]:
    """At most so many of each segment, in no order; `lately`: by what changed of customers, not by new rules."""
    text = _SINCE.format(lately=_LATELY if lately else "")
    return [Change(*row) for row in await tx.fetch(text, list(segments), since, most)]


async def numbers(tx: Tx, segments: Sequence[UUID]) -> dict[UUID, int | None]:
    """The versions that their members follow; None where everybody has yet to be looked at."""
    return {row[0]: row[1] for row in await tx.fetch(_NUMBERS, list(segments))}


async def replaced(tx: Tx, number: int) -> datetime | None:
    """When another version took the place of this one."""
    found: datetime | None = await tx.fetchval(_REPLACED, number)
    return found


async def is_there(tx: Tx, segment: UUID) -> bool:
    return bool(await tx.fetchval(_KNOWN, segment))


TOLD = (
    "(SELECT {segment} AS segment_id, {customer} AS customer_id, {entered} AS entered, {at} AS at, {cause} AS cause"
    " WHERE EXISTS (SELECT FROM customer c WHERE c.customer_id = {customer} AND c.erased_at IS NULL)) {b}"
)
"""One of them as a row to be asked of, as long as there is such a customer."""
