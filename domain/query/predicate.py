"""The one predicate language: what must hold of a row, as one frozen tree without values."""

from dataclasses import dataclass, field
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Slot:
    """The place of a value: which of the question's values, and as which type of Postgres it is sent."""

    index: int = field(repr=False)
    type: str


Slots: TypeAlias = tuple[tuple[str, Slot], ...]


@dataclass(frozen=True, slots=True)
class Every:
    """All of these hold; of none, it holds."""

    parts: "tuple[Predicate, ...]"


@dataclass(frozen=True, slots=True)
class Either:
    """At least one of these holds; of none, it does not."""

    parts: "tuple[Predicate, ...]"


@dataclass(frozen=True, slots=True)
class Denied:
    """This does not hold; what is not known does not hold either."""

    part: "Predicate"


@dataclass(frozen=True, slots=True)
class Test:
    """A column compared; name is the filter's, sql the column's template.

    What is told (and cursors are bound to) is the meaning, not its SQL: that may change with the next release.
    """

    name: str
    sql: str = field(repr=False)
    operator: str
    slots: tuple[Slot, ...] = ()
    # SQL of what the column stands for where it is null.
    absent: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Part:
    """Rows that are a part of all, as templates; neither way does for both a small part and a large one.

    `few` leads from the part to its rows, `many` tests the row of {key} alone, and `count` is how many there are.
    """

    few: str
    many: str
    count: str
    # What in the condition itself says which part it is, so that it can be found before.
    numbers: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """A condition of the entity's own, as a template over the row and named slots."""

    name: str
    sql: str
    slots: Slots = ()
    part: Part | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Grouped:
    """Where rows of a condition are found when many customers are asked about many conditions at once: one pass over
    `source` (under the alias {c}; `standing` holds of every row), grouped by `key`, answers all of them.

    `figures` are what is counted or summed, by the names that tests on figures use; `keys` other columns of the source
    that are the same customer: to be told of each table whose rows are wanted spares reading all of it.
    """

    source: str
    key: str = "{c}.customer_id"
    keys: tuple[str, ...] = ()
    standing: str = ""
    figures: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Around:
    """A condition on other rows: a template whose {test} is what must hold of them, under the alias {b}.

    Where the template first counts or sums rows, {rows} is what must hold of these, under the alias {c}.
    """

    name: str
    sql: str = field(repr=False)
    inner: "Predicate"
    slots: Slots = ()
    rows: "Predicate | None" = None
    grouped: Grouped | None = field(default=None, repr=False)


Predicate: TypeAlias = Every | Either | Denied | Test | Fact | Around
