"""One statement that says of any set of customers which segments they are in: all rules at once, sources shared.

A rule that names another segment takes that one's answer from the level below.
"""

import logging
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from typing import Final, TypeAlias
from uuid import UUID

from domain.customers.entities.customer import CUSTOMER
from domain.errors import QuestionRefused
from domain.ids import Prefix, parse_id, to_public
from domain.query.asking import Asked, Given, Occasion
from domain.query.fetch import Sight
from domain.query.filters import FilterReader
from domain.query.grouping import Grouping
from domain.query.plan import OCCASION_TURNS
from domain.query.predicate import Around, Denied, Either, Every, Fact, Grouped, Predicate, Slot, Test
from domain.query.writing import Pen
from domain.segments.entities.naming import IN_SEGMENT
from domain.segments.queries_listed import LISTED
from domain.segments.rule import Json, named, thawed
from domain.vocabulary import Role

log = logging.getLogger("rapport.segments")
UNREADABLE: Final = (QuestionRefused, ArithmeticError, AssertionError, LookupError, TypeError, ValueError)
"""What reading a rule may raise that could be read when it was saved: time has passed, or what it asks for is gone."""

_LISTED = Grouped(f"{LISTED} {{c}}")
_STANDING: Final = (
    "EXISTS (SELECT 1 FROM customer_segment k JOIN segment v ON v.number = ANY (k.segments)"
    " WHERE k.customer_id = {owner} AND v.segment_id = {segment})"
)
"""In the segment as it is: what is told of one whose rule cannot be read."""
_MOST_COLUMNS: Final = 800
"""Of one step; Postgres has room for 1,664 in a list."""
_told: set[int] = set()


@dataclass(frozen=True, slots=True)
class Rule:
    """A segment as far as its membership goes; `rule` is null where people keep the list."""

    segment_id: UUID
    number: int
    rule: Json
    # Everybody is being looked at by it; until that is done, nobody is told.
    building: bool = False

    def names(self) -> frozenset[UUID]:
        return frozenset(parse_id(Prefix.SEGMENT, id_) for id_ in named(self.rule))


@dataclass(frozen=True, slots=True)
class Between:
    """Everybody from the one to the other, both with them: what lies side by side is found in one go."""

    first: UUID
    last: UUID


Whom: TypeAlias = Sequence[UUID] | Between | None
"""None: everybody."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Gives customer_id, and the numbers of the segments that the customer is in, in order."""

    sql: str
    values: tuple[object, ...]


class Circle(Exception):
    """Segments that lead back to themselves."""

    def __init__(self, segments: Sequence[UUID]) -> None:
        super().__init__(segments)
        self.segments = segments


def levels(rules: Sequence[Rule], *, strict: bool = False) -> list[list[Rule]]:
    """Those that name nobody, those that name only these, and so on.

    What leads back to itself is left out, so that it keeps nobody else from being looked at; strict: raises Circle.
    """
    versions: dict[UUID, list[Rule]] = {}
    for rule in rules:
        versions.setdefault(rule.segment_id, []).append(rule)
    names = {id_: {one for rule in own for one in rule.names()} & versions.keys() for id_, own in versions.items()}
    sorter = TopologicalSorter(names)
    try:
        sorter.prepare()
    except CycleError as error:
        if strict:
            raise Circle(error.args[1]) from error
        return levels([rule for rule in rules if rule.segment_id not in error.args[1]])
    found = []
    while sorter.is_active():
        ready = sorter.get_ready()
        found.append(sorted((rule for id_ in ready for rule in versions[id_]), key=lambda rule: rule.number))
        sorter.done(*ready)
    return found


@dataclass(slots=True, kw_only=True)
class Bound(Pen):
    """Writes values that are known: equal ones are one parameter, so that equal conditions read alike."""

    asked: Asked
    values: list[object] = field(default_factory=list)
    known: dict[tuple[str, object], int] = field(default_factory=dict)

    def worth(self, slot: Slot) -> object:
        occasion = self.asked.occasion
        if slot.index < 0:
            return OCCASION_TURNS[slot.index](occasion)
        binding = self.asked.bindings[slot.index]
        return binding.turn(occasion, *(given.now({}) for given in binding.givens))

    def parameter(self, slot: Slot) -> str:
        value = self.worth(slot)
        key = (slot.type, tuple(value) if isinstance(value, list) else value)
        if key not in self.known:
            self.values.append(value)
            self.known[key] = len(self.values)
        return f"${self.known[key]}::{slot.type}"


def evaluation(
    rules: Sequence[Rule],
    occasion: Occasion,
    whom: Whom,
    *,
    wanted: Collection[int] | None = None,
    strict: bool = False,
) -> Evaluation:
    """`rules` are those that are told, and all that these name; `wanted`: the numbers of those that are told, where
    others are only named.

    Whoever is in a segment whose rule cannot be read stays in it, and nobody enters: one rule spoils no other. strict:
    raises QuestionRefused, or whatever else of UNREADABLE.
    """
    try:
        return _evaluation(rules, occasion, whom, wanted, frozenset())
    except UNREADABLE:
        lost = frozenset() if strict else unreadable(rules, occasion)
        if not lost:
            raise
        return _evaluation(rules, occasion, whom, wanted, lost)


def unreadable(rules: Sequence[Rule], occasion: Occasion) -> frozenset[int]:
    """The numbers of those that cannot be read, which is logged."""
    found = set()
    for rule in rules:
        try:
            _evaluation([rule], occasion, (), None, frozenset())
        except UNREADABLE as error:
            found.add(rule.number)
            complain(rule, error)
    return frozenset(found)


def complain(rule: Rule, error: Exception) -> None:
    """Once in the life of a process; values may be personal, so none is told."""
    if rule.number not in _told:
        _told.add(rule.number)
        said = {"segment": to_public(Prefix.SEGMENT, rule.segment_id), "reason": type(error).__name__}
        log.error("a segment's rule cannot be read: its members stay as they are until it is changed", extra=said)


def _evaluation(
    rules: Sequence[Rule], occasion: Occasion, whom: Whom, wanted: Collection[int] | None, lost: Collection[int]
) -> Evaluation:
    """`lost` are the numbers of those that cannot be read."""
    pen = Bound(Sight(Role.ADMIN, True), asked=Asked(occasion))
    grouping = Grouping.of(pen, CUSTOMER, _of(whom, pen))
    row, steps, answers = grouping.row, [], _Answers()
    for at, level in enumerate(_steps(rules)):
        held = [f"{_told_of(grouping, pen, rule, answers, lost)} AS s{rule.number}" for rule in level]
        steps.append(f"CROSS JOIN LATERAL (SELECT {', '.join(held)} OFFSET 0) l{at}")
        answers.add(level, at)
    asked = f" AND {grouping.whom.format(key=row.owner)}" if grouping.whom else ""
    sql = (
        f"SELECT {row.owner} AS customer_id, {answers.listed(wanted)} AS segments"
        f" FROM {grouping.origin()} {' '.join(steps)} WHERE {pen.fill(CUSTOMER.standing, row)}{asked}"
    )
    return Evaluation(sql, tuple(pen.values))


def _steps(rules: Sequence[Rule]) -> Iterator[list[Rule]]:
    """The levels, each in as many steps as it takes."""
    for level in levels(rules):
        for start in range(0, len(level), _MOST_COLUMNS):
            yield level[start : start + _MOST_COLUMNS]


def _of(whom: Whom, pen: Bound) -> str:
    """The condition on {key} that says of whom."""
    if whom is None:
        return ""
    if isinstance(whom, Between):
        pen.values += [whom.first, whom.last]
        return "{key} BETWEEN $1::uuid AND $2::uuid"
    pen.values.append(list(whom))
    return "{key} = ANY ($1::uuid[])"


@dataclass(slots=True)
class _Answers:
    """Where the statement says whether a customer is in a segment, by the version's number."""

    columns: dict[int, str] = field(default_factory=dict)
    numbers: dict[UUID, int] = field(default_factory=dict)

    def add(self, level: Sequence[Rule], at: int) -> None:
        for rule in level:
            self.columns[rule.number] = f"l{at}.s{rule.number}"
            # Who names a segment means the version that holds; of one that is built for the first time, that one.
            if not rule.building or rule.segment_id not in self.numbers:
                self.numbers[rule.segment_id] = rule.number

    def of(self, segments: Sequence[UUID]) -> str:
        told = [self.columns[self.numbers[id_]] for id_ in segments if id_ in self.numbers]
        return f"({' OR '.join(told)})" if told else "false"

    def listed(self, wanted: Collection[int] | None) -> str:
        """The numbers of those that hold, in order."""
        told = sorted(number for number in self.columns if wanted is None or number in wanted)
        cases = ", ".join(f"CASE WHEN {self.columns[number]} THEN {number} END" for number in told)
        return f"array_remove(ARRAY[{cases}]::bigint[], NULL)"


def _told_of(grouping: Grouping, pen: Bound, rule: Rule, answers: _Answers, lost: Collection[int]) -> str:
    if rule.number not in lost:
        return _holds(grouping, pen, rule, answers)
    pen.asked = Asked(pen.asked.occasion)
    segment = pen.parameter(pen.asked.slot("uuid", Given(rule.segment_id)))
    return pen.fill(_STANDING, grouping.row, {"segment": segment})


def _holds(grouping: Grouping, pen: Bound, rule: Rule, answers: _Answers) -> str:
    pen.asked = Asked(pen.asked.occasion)
    if rule.rule is None:
        return grouping.condition(_listed(pen.asked, rule.segment_id))
    predicate = FilterReader(pen.asked, CUSTOMER).read(thawed(rule.rule))
    return grouping.condition(_answered(predicate, pen, answers))


def _listed(asked: Asked, segment: UUID) -> Predicate:
    """Of a list that people keep: to be on it."""
    slot = asked.slot("uuid", Given(segment))
    exists = f"EXISTS (SELECT 1 FROM {LISTED} {{b}} WHERE {{b}}.customer_id = {{owner}} AND {{test}})"
    return Around("listed", exists, Test("listed", "{a}.segment_id", "eq", (slot,)), grouped=_LISTED)


def _answered(predicate: Predicate, pen: Bound, answers: _Answers) -> Predicate:
    """What is asked of other segments, as the level below has answered it."""
    if isinstance(predicate, Every | Either):
        return type(predicate)(tuple(_answered(part, pen, answers) for part in predicate.parts))
    if isinstance(predicate, Denied):
        return Denied(_answered(predicate.part, pen, answers))
    if isinstance(predicate, Fact) and predicate.name == IN_SEGMENT:
        segments = pen.worth(predicate.slots[0][1])
        assert isinstance(segments, list)
        return Fact(IN_SEGMENT, answers.of(segments))
    return predicate
