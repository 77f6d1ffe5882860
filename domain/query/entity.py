"""How a feature declares what can be asked of it: columns, relations, filters and sorts, and who may see them.

SQL stands in templates: {a} is the row's alias, {b} the alias of the related row, {owner} the customer that the row
belongs to, {now}, {today}, {zone} and {source} what the request knows, and any other name a join of the entity, or
what it is `made` of.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import TypeAlias

from domain.ids import Prefix
from domain.query.asking import Asked, Tree
from domain.query.fetch import Found
from domain.query.predicate import Part, Predicate
from domain.vocabulary import Role

EVERYONE = frozenset(Role)
STAFF = EVERYONE - {Role.PARTNER}
NOTHING: Mapping[str, "Filter"] = MappingProxyType({})


class Kind(StrEnum):
    """What a column holds: decides how it is told, compared and masked."""

    TEXT = "text"
    ID = "id"
    MONEY = "money"
    INSTANT = "instant"
    DAY = "day"
    INT = "int"
    FLOAT = "float"
    BOOL = "bool"
    JSON = "json"
    LINES = "lines"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One value of a row. Personal ones are masked for who may not read personal data."""

    sql: str
    kind: Kind = Kind.TEXT
    personal: bool = False
    # What is told in its place where it is masked; left out: by kind.
    masked: str | None = None
    roles: frozenset[Role] | None = None
    weight: float = 0.0
    # Of more rows asked together than so many, it is told from a sample.
    sampled_above: int | None = None


class Shape(StrEnum):
    """What a relation leads to."""

    PART = "part"  # an object made of the same row
    ONE = "one"  # one row or none
    MANY = "many"  # a plain list
    PAGE = "page"  # a connection
    NODE = "node"  # whatever an id leads to
    NODES = "nodes"


Find: TypeAlias = Callable[[Asked, Mapping[str, Tree]], Found]


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """The way from a row to others. `on` joins {b} to the row; `find` says which rows where arguments do."""

    entity: str
    shape: Shape
    source: str | None = None
    on: str = ""
    # Of a page: the same as `on`, for a part that may be small or large.
    part: Part | None = None
    # Of a part: the object is null where this does not hold.
    present: str = ""
    order: str = ""
    find: Find | None = None
    # Arguments beside `where` that filter a page, by the names of the entity's filters.
    filters: tuple[str, ...] = ()
    # The rows belong to the same customer as the row above: the same constant stands at every level.
    kin: bool = False
    # What is asked below is asked of rows of this entity together: of those that the argument `where` holds of, over
    # the period of the argument `over`. Everything below may select their keys from {who}.
    of: str = ""
    # The rows are the caller's to see because the row above is.
    trusted: bool = False
    # What must hold besides, for callers who may not read personal data.
    veil: str = ""
    roles: frozenset[Role] | None = None
    weight: float = 0.0
    # How many rows are assumed when the question is priced.
    rows: int = 1
    # Of more rows asked together than so many, it is told from a sample.
    sampled_above: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sort:
    """What a list can be ordered by. `descends`: its index has the largest first and nulls last."""

    sql: str
    type: str
    nullable: bool = False
    descends: bool = False
    personal: bool = False
    roles: frozenset[Role] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Compare:
    """A column compared by the operators of its kind."""

    sql: str
    kind: Kind = Kind.TEXT
    personal: bool = False
    roles: frozenset[Role] | None = None
    prefix: Prefix | None = None
    # The stored fold key that contains and startsWith look in.
    fold: str | None = None
    # SQL of what holds of who has no row of the column, where that is known.
    absent: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One of a closed set, or one of several."""

    sql: str
    personal: bool = False
    roles: frozenset[Role] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """A yes or no that is a condition of its own."""

    yes: str
    no: str
    # The condition where the filter does not name it.
    unsaid: str = ""
    personal: bool = False
    roles: frozenset[Role] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Inside:
    """A filter object of its own: about the same row, or about others by the template around {test}."""

    fields: Mapping[str, "Filter"]
    sql: str = ""
    personal: bool = False
    roles: frozenset[Role] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """A filter that the feature reads itself."""

    read: Callable[[Asked, str, Tree, "Reading"], Predicate]
    personal: bool = False
    roles: frozenset[Role] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How a filter reads the filters inside it: by the fields that there are, for the caller who asks."""

    objects: Callable[[Mapping[str, "Filter"], Tree], Predicate]
    tests: Callable[["Filter", str, Tree], Predicate]


Filter: TypeAlias = Compare | Choice | Flag | Inside | Own


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """A type of the answer: where its rows come from, and what can be asked of them."""

    name: str
    columns: Mapping[str, Column] = field(default_factory=dict)
    relations: Mapping[str, Relation] = field(default_factory=dict)
    table: str = ""
    key: str = ""
    prefix: Prefix | None = None
    # The customer that a row belongs to, where that is not the customer of the row above.
    owner: str = "{owner}"
    joins: Mapping[str, str] = field(default_factory=dict)
    # Selects that several relations read from: of each row they are made once, however many of these are asked for.
    made: Mapping[str, str] = field(default_factory=dict)
    # What holds of every row of a list.
    standing: str = ""
    # Which rows a partner has.
    partner: str = ""
    roles: frozenset[Role] = STAFF
    filters: Mapping[str, Filter] = field(default_factory=dict)
    sorts: Mapping[str, Sort] = field(default_factory=dict)
    # The order of lists that ask for none: the sort, and whether the largest comes first.
    order: tuple[str, bool] = ("", True)
    # The fold key that search looks in, and whether it is personal.
    search: str = ""
    search_personal: bool = False
    weight: float = 1.0
