"""What is asked for, as one frozen tree without values: equal questions are equal trees, whatever their values.

A value stands in the tree as a Slot; its worth for one request is bound beside it (asking.py).
"""

from dataclasses import dataclass, field
from typing import TypeAlias

from domain.query.predicate import Predicate, Slot, Slots
from domain.vocabulary import Role


@dataclass(frozen=True, slots=True)
class Sight:
    """What kind of caller asks: it decides which rows there are and what is masked."""

    role: Role
    personal: bool


@dataclass(frozen=True, slots=True)
class Leaf:
    """A column of the entity. Sure: never null. Plain: one of a closed set, whose words need no escaping."""

    name: str
    sure: bool = False
    plain: bool = False


@dataclass(frozen=True, slots=True)
class TypeName:
    """A constant: the name of the type."""

    name: str


@dataclass(frozen=True, slots=True)
class Sorted:
    """One sort of the entity, by its name."""

    name: str
    descending: bool


@dataclass(frozen=True, slots=True)
class Keyset:
    """The place that a cursor names: a slot for each sort key, None where the key is null."""

    keys: tuple[Slot | None, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """How many, from where, and in which order; number tells the statement's connections apart.

    The size is no slot: with a LIMIT that it does not know, Postgres expects a tenth of all rows, and plans for that.
    """

    number: int
    size: int
    backward: bool
    order: tuple[Sorted, ...]
    after: Keyset | None = None
    before: Keyset | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """Which rows a relation means where its arguments say so: SQL templates, and the slots that they name."""

    on: str = ""
    source: str = ""
    slots: Slots = ()
    # The customer that everything below belongs to, where that is known before asking.
    owner: Slot | None = None
    limit: int | None = None
    rows: int = 0
    # The argument and what is said of it where no row is found: the whole question is refused then.
    absent: tuple[str, str] | None = None
    # Of a relation that is about many rows together (`of`): a select of their keys, where it is not its entity's rows;
    # and the name that everything below reads them by.
    who: str = ""
    keys: str = "who"
    # Names that everything below may use: for SQL, and for selects that are made once, however many read from them.
    words: tuple[tuple[str, str], ...] = ()
    made: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Fetch:
    """Rows of an entity, and what of them, by response key."""

    entity: str
    fields: "Fields"
    found: Found | None = None
    where: Predicate | None = None


@dataclass(frozen=True, slots=True)
class Below:
    """A relation of the entity, and what is fetched there."""

    relation: str
    fetch: Fetch


@dataclass(frozen=True, slots=True)
class Listed:
    """A connection: a page of rows, and which parts of it are told."""

    relation: str
    fetch: Fetch
    page: Page
    parts: "tuple[tuple[str, Told], ...]"
    rows: int = field(default=0)


@dataclass(frozen=True, slots=True)
class OneOfMany:
    """What an id of any type leads to: a fetch for each type that the ids are of."""

    ids: Slot
    types: Slot
    fetches: tuple[tuple[str, Fetch], ...]
    rows: int


@dataclass(frozen=True, slots=True)
class Nodes:
    """The rows of a page."""

    fields: "Fields"


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a row stands in its list."""


@dataclass(frozen=True, slots=True)
class Edges:
    """The rows of a page, each with its place."""

    fields: "tuple[tuple[str, Nodes | Cursor | TypeName], ...]"


@dataclass(frozen=True, slots=True)
class Info:
    """What is told of the page itself: hasNextPage and the like."""

    fields: "tuple[tuple[str, str | TypeName], ...]"


@dataclass(frozen=True, slots=True)
class Count:
    """How many rows there are on all pages together."""


Field: TypeAlias = Leaf | TypeName | Below | Listed | OneOfMany
Fields: TypeAlias = tuple[tuple[str, Field], ...]
Told: TypeAlias = Nodes | Edges | Info | Count | TypeName
