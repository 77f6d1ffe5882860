"""Rules that name a person who is erased name nobody from then on, however they spell it."""

from collections.abc import Collection, Iterable, Sequence
from typing import Final
from uuid import UUID

from domain.database import Tx
from domain.folding import fold
from domain.identity.normalise import Unreadable, normalise
from domain.ids import Prefix, parse_id, to_public
from domain.segments.rule import Json, named, told
from domain.segments.words import in_words
from domain.vocabulary import IdentityKind

ERASED: Final = "(erased)"
_KNOWN_BY = "SELECT DISTINCT i.kind, i.value FROM customer_identity i WHERE i.customer_id = ANY ($1::uuid[])"
# What else rules may ask for; what others have as well does not name the person.
_CALLED = """
SELECT DISTINCT n.value FROM customer c CROSS JOIN LATERAL (
  VALUES (c.display_name_fold), (lower(c.email)), (c.phone)
) n (value) WHERE c.customer_id = ANY ($1::uuid[]) AND n.value <> '' AND NOT EXISTS (
  SELECT FROM customer o WHERE o.display_name_fold = n.value AND o.customer_id <> ALL ($1::uuid[])
    AND o.merged_into IS NULL AND o.erased_at IS NULL
)
UNION SELECT a.text_fold FROM customer_attribute a
WHERE a.customer_id = ANY ($1::uuid[]) AND a.personal AND a.text_fold <> '' AND NOT EXISTS (
  SELECT FROM customer_attribute o WHERE o.name = a.name AND o.text_fold = a.text_fold
    AND o.customer_id <> ALL ($1::uuid[])
)
"""
_RULES = "SELECT v.number, v.rule FROM segment_version v WHERE v.personal AND v.rule IS NOT NULL ORDER BY v.number"
_NAMES = "SELECT s.segment_id, s.name FROM segment s WHERE s.segment_id = ANY ($1::uuid[])"
_FORGET = "UPDATE segment_version v SET rule = $2, filter = $3, definition = $4 WHERE v.number = $1"


async def forget(tx: Tx, customers: Sequence[UUID]) -> None:
    """Of these customers, whose rows are still there, no rule says who they were."""
    rows = await tx.fetch(_KNOWN_BY, list(customers))
    spellings = {fold(row["value"]) for row in rows}
    spellings |= {fold(row["value"]) for row in await tx.fetch(_CALLED, list(customers))}
    if spellings:
        await forget_values(tx, spellings)


async def forget_values(tx: Tx, spellings: Collection[str]) -> None:
    """`spellings` are folded; addresses and numbers as identities are kept."""
    for row in await tx.fetch(_RULES):
        rule = without(row["rule"], spellings)
        if rule != row["rule"]:
            names = await _names(tx, rule)
            await tx.execute(_FORGET, row["number"], rule, told(rule), in_words(rule, names=names))


def without(rule: Json, spellings: Collection[str]) -> Json:
    """The rule with each value that is one of these replaced, however it is spelt."""
    if isinstance(rule, list):
        return [without(item, spellings) for item in rule]
    if isinstance(rule, dict):
        return {name: without(held, spellings) for name, held in rule.items()}
    if isinstance(rule, str) and any(one in spellings for one in _spelt(rule)):
        return ERASED
    return rule


def _spelt(value: str) -> Iterable[str]:
    """As it may be kept: as it is, as an address, as a number."""
    yield fold(value)
    yield fold(value.strip())
    for kind in (IdentityKind.EMAIL, IdentityKind.PHONE):
        try:
            yield fold(normalise(kind, value, None).value)
        except Unreadable:
            continue


async def _names(tx: Tx, rule: Json) -> dict[str, str]:
    ids = sorted({parse_id(Prefix.SEGMENT, id_) for id_ in named(rule)})
    return {to_public(Prefix.SEGMENT, row["segment_id"]): row["name"] for row in await tx.fetch(_NAMES, ids)}
