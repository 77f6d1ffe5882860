"""The deed on summaries: what filters over everybody look in, brought up to date for customers who changed."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from domain.advice.fragments import CHANNELS, of_many
from domain.customers.entities.satisfaction import answers, cases
from domain.database import Tx

_THEIRS = "t.customer_id = ANY ($1)"

_FIGURES = (
    "preferred_channel",
    "recommend_score",
    "average_satisfaction",
    "open_cases",
    "complaints",
    "median_hours_to_resolve",
)
_NAMES, _MADE = ", ".join(_FIGURES), ", ".join(f"made.{name}" for name in _FIGURES)
# A row that stays as it is is not even locked: that would be written down, too.
_SUMMARISE = f"""
INSERT INTO customer_summary AS s (customer_id, {_NAMES}, as_of)
SELECT made.customer_id, {_MADE}, $2::timestamptz
FROM (
  SELECT c.customer_id, p.channel AS preferred_channel, a.recommend_score, a.average_satisfaction,
    coalesce(k.open_cases, 0) AS open_cases, coalesce(a.complaints, 0) AS complaints, k.median_hours_to_resolve
  FROM customer c
  LEFT JOIN ({of_many(CHANNELS, "preferred")}) p ON p.customer_id = c.customer_id
  LEFT JOIN ({answers(_THEIRS, "t.customer_id")}) a ON a.customer_id = c.customer_id
  LEFT JOIN ({cases(_THEIRS, "t.customer_id")}) k ON k.customer_id = c.customer_id
  WHERE c.customer_id = ANY ($1) AND c.merged_into IS NULL AND c.erased_at IS NULL
) made
LEFT JOIN customer_summary w ON w.customer_id = made.customer_id AND w.customer_id = ANY ($1)
WHERE w.customer_id IS NULL OR ({_MADE})
  IS DISTINCT FROM ({", ".join(f"w.{name}" for name in _FIGURES)})
ORDER BY made.customer_id
ON CONFLICT (customer_id) DO UPDATE
SET {", ".join(f"{name} = excluded.{name}" for name in _FIGURES)}, as_of = excluded.as_of
WHERE ({", ".join(f"s.{name}" for name in _FIGURES)})
  IS DISTINCT FROM ({", ".join(f"excluded.{name}" for name in _FIGURES)})
"""

_FORGET = """
DELETE FROM customer_summary s USING customer c
WHERE s.customer_id = ANY ($1) AND c.customer_id = ANY ($1) AND c.customer_id = s.customer_id
  AND (c.merged_into IS NOT NULL OR c.erased_at IS NOT NULL)
"""

_WITHOUT = """
SELECT c.customer_id FROM customer c LEFT JOIN customer_summary s ON s.customer_id = c.customer_id
WHERE s.customer_id IS NULL AND c.merged_into IS NULL AND c.erased_at IS NULL ORDER BY c.customer_id LIMIT $1
"""


async def summarise(tx: Tx, customers: Sequence[UUID], *, now: datetime) -> None:
    """The summaries of these customers; who was merged or erased has none any more."""
    ids = sorted(set(customers))
    await tx.execute(_SUMMARISE, ids, now)
    await tx.execute(_FORGET, ids)


async def without_summary(tx: Tx, most: int) -> list[UUID]:
    """Customers who have none yet, such as those of a release that kept none."""
    return [row["customer_id"] for row in await tx.fetch(_WITHOUT, most)]
