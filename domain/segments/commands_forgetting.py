"""Rules that name a person who is erased name nobody from then on, however they spell it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from domain.customers.entities.filters import FILTERS
from domain.customers.queries import attributes_declared
from domain.database import Tx
from domain.folding import fold
from domain.identity.normalise import Unreadable, normalise
from domain.orders.entities.order import ORDER_FILTERS
from domain.query.entity import Compare, Filter, Inside, Kind, Own
from domain.segments.commands_ruling import one_at_a_time
from domain.segments.queries_named import names_in
from domain.segments.rule import Json, told
from domain.segments.wording.words import in_words
from domain.touchpoints.entity import TOUCHPOINT
from domain.vocabulary import IdentityKind

ERASED: Final = "(erased)"
ROWS: Final[Mapping[str, Mapping[str, Filter]]] = {"orders": ORDER_FILTERS, "touchpoints": TOUCHPOINT.filters}
"""Filters of other rows, below `where`."""
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
_FORGET = "UPDATE segment_version v SET rule = $2, filter = $3, definition = $4 WHERE v.number = $1"


async def forget(tx: Tx, customers: Sequence[UUID]) -> None:
    """Of these customers, whose rows are still there, no rule says who they were."""
    rows = await tx.fetch(_KNOWN_BY, list(customers))
    spellings = {fold(row["value"]) for row in rows}
    spellings |= {fold(row["value"]) for row in await tx.fetch(_CALLED, list(customers))}
    if spellings:
        await forget_values(tx, spellings)


async def forget_values(tx: Tx, spellings: Collection[str]) -> None:
    """`spellings` are folded; addresses and numbers as identities are kept. Whoever saves a rule meanwhile is waited
    for: theirs may name the person, too.
    """
    await one_at_a_time(tx)
    declared = await attributes_declared(tx)
    plain = {name for name, personal in declared.items() if not personal}
    for row in await tx.fetch(_RULES):
        rule = without(row["rule"], spellings, plain)
        if rule != row["rule"]:
            words = in_words(rule, names=await names_in(tx, rule))
            await tx.execute(_FORGET, row["number"], rule, told(rule), words)


def without(rule: Json, spellings: Collection[str], plain: Collection[str] = ()) -> Json:
    """The rule with each personal text that is one of these replaced, however it is spelt. `plain`: the names of
    attributes that are not personal.

    All else stays as it is, though it may be spelt alike: an amount, a choice, a name, an id. Any text can stand where
    a text stood, so the rule is read as before.
    """
    return _Rewriting(spellings, plain).object(FILTERS, rule)


@dataclass(frozen=True, slots=True)
class _Rewriting:
    spellings: Collection[str]
    plain: Collection[str]

    def object(self, fields: Mapping[str, Filter], rule: Json) -> Json:
        if not isinstance(rule, dict):
            return rule
        return {name: self._field(fields, name, held) for name, held in rule.items()}

    def _field(self, fields: Mapping[str, Filter], name: str, held: Json) -> Json:
        if name in ("all", "any") and isinstance(held, list):
            return [self.object(fields, one) for one in held]
        if name == "not":
            return self.object(fields, held)
        if name in ROWS and isinstance(held, dict):
            return {key: self.object(ROWS[name], told) if key == "where" else told for key, told in held.items()}
        declared = fields.get(name)
        if isinstance(declared, Inside):
            return self.object(declared.fields, held)
        if isinstance(declared, Compare) and declared.personal and declared.kind is Kind.TEXT:
            return self._texts(held)
        if isinstance(declared, Own) and isinstance(held, list):
            if declared is FILTERS["attributes"]:
                return [self._named(one, self.plain) for one in held]
            if declared.personal:
                return [self._named(one) for one in held]
        return held

    def _named(self, item: Json, plain: Collection[str] = ()) -> Json:
        """A named value: where it is text."""
        if not isinstance(item, dict) or item.get("name") in plain:
            return item
        return {key: self._texts(held) if key == "string" else held for key, held in item.items()}

    def _texts(self, held: Json) -> Json:
        """What a text is compared with, by whatever operator."""
        if isinstance(held, list):
            return [self._texts(one) for one in held]
        if isinstance(held, dict):
            return {operator: self._texts(one) for operator, one in held.items()}
        return ERASED if isinstance(held, str) and any(one in self.spellings for one in _spelt(held)) else held


def _spelt(value: str) -> Iterable[str]:
    """As it may be kept: as it is, as an address, as a number."""
    yield fold(value)
    yield fold(value.strip())
    for kind in (IdentityKind.EMAIL, IdentityKind.PHONE):
        try:
            yield fold(normalise(kind, value, None).value)
        except Unreadable:
            continue
