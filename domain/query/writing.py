"""The pen of the compiler: numbers parameters, names aliases, fills templates, and knows what the caller may see."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from domain.query.entity import Column, Entity
from domain.query.fetch import Sight
from domain.query.notation import Json, mask, value
from domain.query.predicate import Around, Grouped, Slot, Slots
from domain.vocabulary import Role

MARK = f"~{secrets.token_hex(8)}~"
"""Stands before what run replaces in the answer; nobody outside can know it, so no stored text can forge it."""

OCCASION: Mapping[str, Slot] = {
    "now": Slot(-1, "timestamptz"),
    "today": Slot(-2, "date"),
    "zone": Slot(-3, "text"),
    "source": Slot(-4, "text"),
    "caller": Slot(-5, "text"),
    "role": Slot(-6, "text"),
    "reads": Slot(-7, "boolean"),
}
"""What every question knows beside its values, by the names that templates use."""


@dataclass(frozen=True, slots=True)
class Word:
    """SQL under a name: a template of a row, filled only where the name is used, for no value may be sent unused."""

    template: str
    row: "Row"
    names: "Mapping[str, Name]"


Name: TypeAlias = str | Slot | Word
"""What a name in a template stands for."""


@dataclass(slots=True)
class Row:
    """A row in the statement: its alias, the customer it belongs to, and the joins that it turned out to need."""

    entity: Entity
    alias: str
    owner: str
    declared: Mapping[str, str]
    joins: dict[str, str] = field(default_factory=dict)
    names: Mapping[str, Name] = field(default_factory=dict)
    # Of what the entity has to be made of, what is read below the row: its names in the statement, and templates.
    made: dict[str, str] = field(default_factory=dict)

    def part(self, entity: Entity) -> "Row":
        """The same row, told as another type."""
        return Row(entity, self.alias, self.owner, self.declared, self.joins, self.names, self.made)


class Sharing(Protocol):
    """Conditions on the rows of one entity that share what they need of other rows."""

    row: Row

    def around(self, predicate: Around, grouped: Grouped, names: dict[str, str]) -> str: ...


@dataclass(slots=True)
class Pen:
    """What one compilation has written so far."""

    sight: Sight
    numbers: dict[Slot, int] = field(default_factory=dict)
    slots: list[Slot] = field(default_factory=list)
    survivors: list[Slot] = field(default_factory=list)
    absences: list[tuple[str, str]] = field(default_factory=list)
    cursors: bool = False
    together: bool = False
    aliases: int = 0
    grouping: Sharing | None = None

    def parameter(self, slot: Slot) -> str:
        if slot not in self.numbers:
            self.slots.append(slot)
            self.numbers[slot] = len(self.slots)
        return f"${self.numbers[slot]}::{slot.type}"

    def absent(self, told: tuple[str, str]) -> str:
        """SQL of the mark that refuses the question: in its argument and words, where there is no row."""
        self.absences.append(told)
        return f"'{MARK}a{len(self.absences) - 1};'"

    def alias(self) -> str:
        self.aliases += 1
        return f"t{self.aliases}"

    def named(self, slots: Slots) -> dict[str, str]:
        return {name: self.parameter(slot) for name, slot in slots}

    def fill(self, template: str, row: Row, names: Mapping[str, Name] | None = None) -> str:
        """The template for this row; joins that it names become needed."""
        return template.format_map(_Names(self, row, names or {}))

    def said(self, name: Name) -> str:
        """The SQL of what a name stands for."""
        if isinstance(name, Word):
            return self.fill(name.template, name.row, name.names)
        return self.parameter(name) if isinstance(name, Slot) else name

    def column(self, column: Column, row: Row, *, sure: bool = False, plain: bool = False) -> Json:
        """The column as it goes out: masked where it must be."""
        if column.personal and not self.sight.personal:
            if column.masked is not None:
                return value(column.kind, self.fill(column.masked, row))
            return mask(column.kind, self.fill(column.sql, row))
        return value(column.kind, self.fill(column.sql, row), sure=sure, plain=plain)

    def visible(self, row: Row) -> list[str]:
        """The condition that keeps rows from a caller who may not have them."""
        if self.sight.role is Role.PARTNER and row.entity.partner:
            return [self.fill(row.entity.partner, row)]
        return []


class _Names(dict[str, Name]):
    """Looks up the names of a template, writing down which joins and parameters they need."""

    def __init__(self, pen: Pen, row: Row, names: Mapping[str, Name]) -> None:
        super().__init__(names)
        self.pen, self.row = pen, row

    def __getitem__(self, name: str) -> str:
        return self.pen.said(super().__getitem__(name))

    def __missing__(self, name: str) -> Name:
        row = self.row
        if name == "a":
            return row.alias
        if name == "owner":
            return row.owner
        if name in row.names:
            return row.names[name]
        if name in row.declared:
            if name not in row.joins:
                row.joins[name] = f"{row.alias}{name}"
            return row.joins[name]
        if name in row.entity.made:
            row.made[f"{row.alias}{name}"] = row.entity.made[name]
            return f"{row.alias}{name}"
        return self.pen.parameter(OCCASION[name])
