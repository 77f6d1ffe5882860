"""Rules that name a person who is erased name nobody from then on."""

from collections.abc import Iterable

from domain.database import Tx

# What somebody was known by, as JSON writes it and as words tell it.
_FORGET = """
UPDATE segment_version v SET rule = replace(v.rule::text, n.json, '"(erased)"')::jsonb,
  filter = replace(v.filter::text, n.json, '"(erased)"')::jsonb,
  definition = replace(v.definition, n.value, '(erased)')
FROM (SELECT value, to_jsonb(value)::text AS json FROM (SELECT $1::text AS value) AS one) n
WHERE v.personal AND strpos(v.rule::text, n.json) > 0
"""


async def forget(tx: Tx, values: Iterable[str]) -> None:
    """`values` are what the person was known by."""
    for value in values:
        await tx.execute(_FORGET, value)
