"""Which rules a look needs: what they name, who names them, and what they read; so that no other is looked at with."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final
from uuid import UUID

from domain.customers.entities.customer import CUSTOMER
from domain.query.asking import Asked, Occasion
from domain.query.filters import FilterReader
from domain.query.predicate import Around, Denied, Either, Every, Predicate
from domain.segments.membership.queries import UNREADABLE, Rule
from domain.segments.rule import Json, thawed

SCORES, ADVICE, PRODUCTS, CAMPAIGNS = "scores", "advice", "products", "campaigns"
_SAYING: Final[Mapping[str, str]] = {PRODUCTS: "product", CAMPAIGNS: "contacts"}
"""The field by which a rule is known to read it."""
_COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {SCORES: ("{s}.",), ADVICE: ("{n}.", "{m}.preferred_channel")}
"""The columns that are worked out anew for everybody; with what is advised, which channel is preferred."""


def with_named(rules: Sequence[Rule], numbers: Collection[int]) -> list[Rule]:
    """Those of these numbers, and whatever they name by way of whomever: of a named segment the version that holds."""
    holding = {rule.segment_id: rule for rule in rules if rule.building}
    holding |= {rule.segment_id: rule for rule in rules if not rule.building}
    found = {rule.number: rule for rule in rules if rule.number in numbers}
    ahead = list(found.values())
    while ahead:
        named = [holding[id_] for id_ in ahead.pop().names() if id_ in holding]
        ahead += [rule for rule in named if rule.number not in found]
        found |= {rule.number: rule for rule in named}
    return [rule for rule in rules if rule.number in found]


def naming(rules: Sequence[Rule], segments: Collection[UUID]) -> list[Rule]:
    """Those whose answer hangs on one of these segments, by way of whomever."""
    hanging, found = set(segments), dict[int, Rule]()
    while more := [rule for rule in rules if rule.number not in found and rule.names() & hanging]:
        found |= {rule.number: rule for rule in more}
        hanging |= {rule.segment_id for rule in more}
    return [rule for rule in rules if rule.number in found]


def reading(rules: Sequence[Rule], what: str, occasion: Occasion) -> list[Rule]:
    """Those whose answer hangs on what was worked out anew: SCORES, ADVICE, PRODUCTS or CAMPAIGNS; and who names
    these.
    """
    found = [rule for rule in rules if _reads(rule, what, occasion)]
    segments = {rule.segment_id for rule in found}
    numbers = {rule.number for rule in (*found, *naming(rules, segments))}
    return [rule for rule in rules if rule.number in numbers]


def _reads(rule: Rule, what: str, occasion: Occasion) -> bool:
    if rule.rule is None:
        return False
    if what in _SAYING:
        return _says(rule.rule, _SAYING[what])
    try:
        predicate = FilterReader(Asked(occasion), CUSTOMER).read(thawed(rule.rule))
    except UNREADABLE:
        return True
    return any(column in sql for sql in templates(predicate) for column in _COLUMNS[what])


def _says(rule: Json, name: str) -> bool:
    if isinstance(rule, list):
        return any(_says(one, name) for one in rule)
    return isinstance(rule, dict) and (name in rule or any(_says(one, name) for one in rule.values()))


def templates(predicate: Predicate) -> Iterator[str]:
    """The SQL of every part."""
    if isinstance(predicate, Every | Either):
        for part in predicate.parts:
            yield from templates(part)
    elif isinstance(predicate, Denied):
        yield from templates(predicate.part)
    else:
        yield predicate.sql
        if isinstance(predicate, Around):
            yield from templates(predicate.inner)
            if predicate.rows is not None:
                yield from templates(predicate.rows)
