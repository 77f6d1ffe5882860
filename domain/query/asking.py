"""The values of a question: given in its text or its variables, bound to slots, and turned into parameters.

A plan holds no values, so it serves every request of the same shape. Where a value decides the shape (a page's size is
priced, an id's prefix names its type), a guard remembers what it decided.
"""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum
from typing import TypeAlias
from zoneinfo import ZoneInfo

from domain.access.allowance import Allowance
from domain.access.principal import Principal
from domain.clock import day_of
from domain.errors import QuestionRefused
from domain.query.predicate import Slot


@dataclass(frozen=True, slots=True)
class Keys:
    """The deployment's sub-keys that asking and writing need: for cursors (64 bytes), claims, and tombstones."""

    cursors: bytes
    claims: bytes
    tombstones: bytes = b""


@dataclass(frozen=True, slots=True)
class Occasion:
    """Who asks, and when: one instant a request."""

    principal: Principal
    now: datetime
    zone: ZoneInfo
    keys: Keys
    # Attributes as they were declared a little while ago, each with whether it is personal; None: nobody looked.
    attributes: Mapping[str, bool] | None = None
    # How often the caller may look people up; None: nobody counts.
    lookups: Allowance | None = field(default=None, compare=False)

    @property
    def today(self) -> date:
        return day_of(self.now, self.zone)


@dataclass(frozen=True, slots=True)
class Given:
    """A value as it was given. path leads to it in the variables; None: it stands in the question's text."""

    value: object
    path: tuple[str | int, ...] | None = None
    parts: "tuple[Given, ...] | None" = None
    # Where it stands in the question, to be named when it is refused.
    where: tuple[str, ...] = ()

    def now(self, variables: Mapping[str, object]) -> object:
        """What it is worth with these variables."""
        if self.parts is not None:
            return [part.now(variables) for part in self.parts]
        if self.path is None:
            return self.value
        value: object = variables
        for step in self.path:
            value = value[step]  # type: ignore[index]
        return value if type(value) is str else plain(value)


Tree: TypeAlias = Given | dict[str, "Tree"] | list["Tree"]
"""An argument: a value, an object of them by name, or a list of objects."""

Turn: TypeAlias = Callable[..., object]
"""From the occasion and the given values to what is sent to Postgres; refuses with QuestionRefused."""


def plain(value: object) -> object:
    """Without the enums of the door: their text."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value


def same(_: Occasion, value: object) -> object:
    return value


def plainly(_: Occasion, value: object) -> object:
    return plain(value)


@dataclass(frozen=True, slots=True)
class Binding:
    """What fills a slot."""

    givens: tuple[Given, ...]
    turn: Turn


@dataclass(frozen=True, slots=True)
class Guard:
    """What a value decided: the plan serves only requests in which it decides the same."""

    givens: tuple[Given, ...]
    turn: Turn
    decided: Hashable


MOST_VALUES = 2_000
MOST_CLAUSES = 1_000


@dataclass(slots=True)
class Asked:
    """Collects the values of one question while it is read."""

    occasion: Occasion
    bindings: list[Binding] = field(default_factory=list)
    guards: list[Guard] = field(default_factory=list)
    seals: "list[Seal]" = field(default_factory=list)
    clauses: int = 0
    # How many people are looked up by what they are known by: that is counted a key.
    lookups: int = 0
    # The period that the relation around asks over, as it was given.
    over: "Tree | None" = None

    def slot(self, type_: str, *givens: Given, turn: Turn = same) -> Slot:
        """A place for these values, sent as that type."""
        if len(self.bindings) >= MOST_VALUES:
            raise too_many(f"{MOST_VALUES} values: give many values of one field as one list (in)")
        self.bindings.append(Binding(givens, turn))
        return Slot(len(self.bindings) - 1, type_)

    def decide(self, *givens: Given, turn: Turn = same, by_occasion: bool = False) -> Hashable:
        """What these values decide about the shape of the question; by_occasion: also by when and where it is asked."""
        decided = turn(self.occasion, *(given.value for given in givens))
        if isinstance(decided, list):
            decided = tuple(decided)
        assert isinstance(decided, Hashable)
        if by_occasion or any(given.path is not None or given.parts for given in givens):
            self.guards.append(Guard(givens, turn, decided))
        return decided

    def word(self, given: Given) -> str:
        """Which of a closed set's words the value is, where the shape of the question hangs on it."""
        return str(self.decide(given, turn=plainly))

    def clause(self) -> None:
        """Counts a filter object: what is compiled stays bounded, however much fits into a request."""
        self.clauses += 1
        if self.clauses > MOST_CLAUSES:
            raise too_many(f"{MOST_CLAUSES} filters: say the same with fewer")

    def forget(self) -> None:
        """Before the question is read again."""
        self.bindings.clear()
        self.guards.clear()
        self.seals.clear()
        self.clauses = self.lookups = 0
        self.over = None


@dataclass(frozen=True, slots=True)
class Seal:
    """What a connection's cursors are bound to: its list, order and filter, and the filter's values."""

    text: str
    givens: tuple[Given, ...]
    # The cursors that this question came with.
    cursors: tuple[Given, ...]


def too_many(what: str) -> QuestionRefused:
    return QuestionRefused("TOO_COSTLY", f"the question has more than {what}")


def refused(given: Given, message: str, *, code: str = "INVALID") -> QuestionRefused:
    """The refusal of a value, naming where it stands."""
    name = ".".join(given.where)
    return QuestionRefused(code, f"{name} {message}" if name else message, given.where)
