"""A rule as its clauses: what each asks of a customer alone, and how they decide together.

Denials are moved down to the clauses, which loses nothing, since what is not known does not hold: not (a and b) is the
alternatives not a, not b.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from domain.segments.rule import Json, kept
from domain.segments.wording.words import EVERYBODY, NOBODY, Teller

_PARTED: Final[Mapping[str, frozenset[str]]] = {"acquisition": frozenset(), "profitability": frozenset({"over"})}
"""Filters of several tests of the customer's own figures: each test is a clause, with what belongs to all of them."""

_SAYING: Final = frozenset({"identity", "need", "orders", "touchpoints", "contacts"})
"""Filters that say something even where nothing stands in them: that there is one."""


@dataclass(frozen=True, slots=True)
class Clause:
    """One field of a filter; an empty filter is everybody, and denied nobody."""

    rule: Mapping[str, Json]
    denied: bool = False

    def words(self, teller: Teller) -> str:
        if not self.rule:
            return NOBODY if self.denied else EVERYBODY
        told = teller.whole(dict(self.rule))
        return f"not ({told})" if self.denied else told


@dataclass(frozen=True, slots=True)
class Joined:
    """Clauses of which all must hold, or (any) one is enough."""

    parts: "tuple[Node, ...]"
    any: bool


Node: TypeAlias = Clause | Joined


@dataclass(frozen=True, slots=True)
class Place:
    """Where a clause stands: which of how many alternatives, and of which choice."""

    choice: int
    alternative: int
    of: int


def clauses_of(rule: Json) -> Node:
    """By the names of the fields, as the rule is told in words."""
    return _object(kept(rule), denied=False)


def _object(rule: Json, *, denied: bool) -> Node:
    fields = rule.items() if isinstance(rule, dict) else ()
    return _joined([part for name, held in fields for part in _field(name, held, denied)], any_=denied)


def _joined(parts: Sequence[Node], *, any_: bool) -> Node:
    """Alike within alike is one; what decides nothing is left out."""
    neutral = Clause({}, denied=any_)
    found: list[Node] = []
    for part in parts:
        found += part.parts if isinstance(part, Joined) and part.any is any_ else [part]
    found = [part for part in found if part != neutral]
    if not found:
        return neutral
    return found[0] if len(found) == 1 else Joined(tuple(found), any_)


def _field(name: str, held: Json, denied: bool) -> list[Node]:
    if name in ("all", "any") and isinstance(held, list):
        return [_joined([_object(part, denied=denied) for part in held], any_=(name == "any") is not denied)]
    if name == "not":
        return [_object(held, denied=not denied)]
    return [_joined([Clause(one, denied) for one in _single(name, held)], any_=denied)]


def _single(name: str, held: Json) -> list[Mapping[str, Json]]:
    """The field as filters of one test each; those that say nothing are left out."""
    if name == "attributes" and isinstance(held, list):
        return [{name: [item]} for item in held if isinstance(item, dict) and _says(item)]
    if name in _PARTED and isinstance(held, dict):
        common = {key: held[key] for key in held if key in _PARTED[name]}
        tests = {key: value for key, value in held.items() if key not in common and value != {}}
        return [{name: {**common, key: value}} for key, value in tests.items()]
    return [] if held == {} and name not in _SAYING else [{name: held}]


def _says(item: Mapping[str, Json]) -> bool:
    return any(held != {} for key, held in item.items() if key != "name")


def leaves(node: Node) -> Iterator[Clause]:
    """The clauses in the order in which the rule says them."""
    if isinstance(node, Clause):
        yield node
    else:
        for part in node.parts:
            yield from leaves(part)


def places(node: Node) -> list[tuple[Place, ...]]:
    """Of each clause: the alternatives that it belongs to, the outermost first."""
    return list(_places(node, (), iter(range(1, 1_000_000))))


def _places(node: Node, above: tuple[Place, ...], numbers: Iterator[int]) -> Iterator[tuple[Place, ...]]:
    if isinstance(node, Clause):
        yield above
        return
    choice = next(numbers) if node.any else 0
    for at, part in enumerate(node.parts, 1):
        here = (*above, Place(choice, at, len(node.parts))) if node.any else above
        yield from _places(part, here, numbers)


def in_place(words: str, place: Sequence[Place], *, several: bool) -> str:
    """Alternative 2 of 3: country is “GB”. Where a rule offers several choices, also which one it is."""
    told = [f"{f'choice {one.choice}, ' if several else ''}alternative {one.alternative} of {one.of}" for one in place]
    return f"{', '.join(told)}: {words}" if told else words


def judge(node: Node, holds: Iterator[bool]) -> tuple[bool, list[bool]]:
    """Whether the rule holds where its clauses do so, and which of them decided that."""
    if isinstance(node, Clause):
        found = next(holds)
        return found, [True]
    told = [judge(part, holds) for part in node.parts]
    found = any(held for held, _ in told) if node.any else all(held for held, _ in told)
    return found, [decided and held is found for held, flags in told for decided in flags]
