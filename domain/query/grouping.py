"""Many conditions asked of many customers at once: what each source of rows is asked for is found in one pass over it.

A list asks one condition of everybody and may look rows up customer by customer; a hundred saved conditions share
their sources instead, and equal parts are found once.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from domain.query.conditions import condition
from domain.query.entity import Entity
from domain.query.predicate import Around, Every, Grouped, Predicate, Test
from domain.query.writing import Pen, Row

_ALWAYS: Final = "true"
_MOST_FIGURES: Final = 1_500
"""Of one pass; Postgres has room for 1,664 in a list, and a condition may ask for several."""
_MOMENT: Final = "timestamptz"
_FROM: Final = frozenset({"within", "ahead", "gt", "gte", "eq"})
"""Operators whose first value is the earliest that can match."""


@dataclass(slots=True)
class Source:
    """One pass: its alias, and the figures that were asked of it so far, by their SQL."""

    grouped: Grouped
    alias: str
    figures: dict[str, str] = field(default_factory=dict)
    # Columns of moments that each figure asks to be no earlier than something, and what; None before the first figure.
    since: dict[str, set[str]] | None = None

    def figure(self, sql: str) -> str:
        """The column that holds the figure: asked for again, it is the same."""
        name = self.figures.setdefault(sql, f"f{len(self.figures)}")
        return f"{self.alias}.{name}"

    @property
    def is_full(self) -> bool:
        return len(self.figures) >= _MOST_FIGURES

    @property
    def row(self) -> str:
        """The alias of its rows."""
        return f"{self.alias}r"

    def bounded(self, since: Mapping[str, str]) -> None:
        """By the figure that is asked next: the columns that all have in common stay, each with all that was said."""
        held = dict.fromkeys(since, frozenset[str]()) if self.since is None else self.since
        self.since = {column: {*held[column], since[column]} for column in held if column in since}

    def earliest(self) -> list[str]:
        """Conditions that leave out the rows that are too old for every figure."""
        return [f"{column} >= least({', '.join(sorted(held))})" for column, held in (self.since or {}).items()]

    def summed(self, name: str, where: str) -> str:
        """A figure by its name, of the rows that match; of none of them it is nothing."""
        return f"coalesce({self.figure(dict(self.grouped.figures)[name].replace('{c}', self.row) + where)}, 0)"


@dataclass(slots=True)
class Grouping:
    """Writes conditions on the rows of one entity that share their sources."""

    pen: Pen
    row: Row
    whom: str
    passes: list[Source] = field(default_factory=list)
    # Of each source the pass that has room.
    latest: dict[Grouped, Source] = field(default_factory=dict)

    @staticmethod
    def of(pen: Pen, entity: Entity, whom: str) -> "Grouping":
        """whom: an SQL condition template on {key}, the customer of a row, such as "{key} = ANY($1)"; or empty."""
        alias = pen.alias()
        row = Row(entity, alias, f"{alias}.{entity.key}", entity.joins)
        grouping = Grouping(pen, row, whom)
        pen.grouping = grouping
        return grouping

    def condition(self, predicate: Predicate) -> str:
        return condition(self.pen, predicate, self.row)

    def around(self, predicate: Around, grouped: Grouped, names: dict[str, str]) -> str:
        """The condition over what its source was asked for."""
        source, where = self._matching(predicate, grouped, names)
        if predicate.rows is None:
            return f"coalesce({source.figure(f'bool_or(true){where}')}, false)"
        held = self.pen.alias()
        test = condition(self.pen, predicate.inner, Row(self.row.entity, held, self.row.owner, {}, names=names))
        return re.sub(rf"\b{held}\.(\w+)", lambda found: source.summed(found[1], where), test)

    def figure(self, predicate: Around, grouped: Grouped, names: dict[str, str], name: str) -> str:
        """One of the figures of the rows that the condition is about, whether it is tested or not."""
        source, where = self._matching(predicate, grouped, names)
        return source.summed(name, where)

    def _matching(self, predicate: Around, grouped: Grouped, names: dict[str, str]) -> tuple[Source, str]:
        """The source, and which of its rows the condition is about, as what stands behind an aggregate."""
        grouped = replace(grouped, source=_named(grouped.source, names))
        source = self._source(grouped)
        owner = grouped.key.replace("{c}", source.row)
        rows = Row(self.row.entity, source.row, owner, {}, names={**self.row.names, **names})
        asked = predicate.rows or predicate.inner
        matching = condition(self.pen, _quickest_first(asked), rows)
        source.bounded(dict(_earliest(self.pen, asked, rows)))
        return source, "" if matching == _ALWAYS else f" FILTER (WHERE {matching})"

    def _source(self, grouped: Grouped) -> Source:
        """As many passes as it takes: of very many conditions one has no room for all."""
        if (known := self.latest.get(grouped)) is not None and not known.is_full:
            return known
        made = self.latest[grouped] = Source(grouped, f"g{len(self.passes)}")
        self.passes.append(made)
        return made

    def origin(self) -> str:
        """What stands after FROM: the entity's rows, the joins that turned out to be needed, and the sources."""
        row = self.row
        joins = [self._join(name) for name in tuple(row.joins)]
        return " ".join([f"{row.entity.table} {row.alias}", *joins, *map(self._pass, self.passes)])

    def _join(self, name: str) -> str:
        """Of whom is said of it, too: Postgres concludes nothing from a range but for the column that it is said of."""
        join, alias = self.pen.fill(self.row.declared[name], self.row), self.row.joins[name]
        return f"{join} AND {self.whom.format(key=f'{alias}.{self.row.entity.key}')}" if self.whom else join

    def _pass(self, source: Source) -> str:
        alias, grouped = f"{source.alias}r", source.grouped
        key = grouped.key.replace("{c}", alias)
        told = ", ".join([f"{key} AS customer_id", *(f"{sql} AS {name}" for sql, name in source.figures.items())])
        conditions = [grouped.standing.replace("{c}", alias)] if grouped.standing else []
        if self.whom:
            conditions += [self.whom.format(key=one.replace("{c}", alias)) for one in (grouped.key, *grouped.keys)]
        conditions += source.earliest()
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        rows = f"SELECT {told} FROM {grouped.source.replace('{c}', alias)}{where} GROUP BY 1"
        # Lateral: `whom` may be the row's own customer, so that each is looked up by itself.
        return f"LEFT JOIN LATERAL ({rows}) {source.alias} ON {source.alias}.customer_id = {self.row.owner}"


def _named(source: str, names: dict[str, str]) -> str:
    """With the values of its own that a source has, such as the ends of a period."""
    for name, parameter in names.items():
        source = source.replace(f"{{{name}}}", parameter)
    return source


def _earliest(pen: Pen, predicate: Predicate, rows: Row) -> Iterator[tuple[str, str]]:
    """The columns of moments that are at least something in every row that matches, and that."""
    for part in predicate.parts if isinstance(predicate, Every) else (predicate,):
        if not isinstance(part, Test) or part.operator not in _FROM or part.absent is not None:
            continue
        if part.slots[0].type == _MOMENT:
            yield pen.fill(part.sql, rows), pen.parameter(part.slots[0])


def _quickest_first(predicate: Predicate) -> Predicate:
    """Moments are compared before texts: rows of another time, which are most, are done with at once."""
    if not isinstance(predicate, Every):
        return predicate
    return Every(tuple(sorted(predicate.parts, key=lambda part: not _is_of_moments(part))))


def _is_of_moments(predicate: Predicate) -> bool:
    return isinstance(predicate, Test) and any(slot.type == _MOMENT for slot in predicate.slots)
