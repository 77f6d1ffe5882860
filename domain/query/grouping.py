"""Many conditions asked of many customers at once: what each source of rows is asked for is found in one pass over it.

A list asks one condition of everybody and may look rows up customer by customer; a hundred saved conditions share
their sources instead, and equal parts are found once.
"""

import re
from dataclasses import dataclass, field, replace

from domain.query.conditions import condition
from domain.query.entity import Entity
from domain.query.predicate import Around, Grouped, Predicate
from domain.query.writing import Pen, Row

_ALWAYS = "true"


@dataclass(slots=True)
class Source:
    """One pass: its alias, and the figures that were asked of it so far, by their SQL."""

    grouped: Grouped
    alias: str
    figures: dict[str, str] = field(default_factory=dict)

    def figure(self, sql: str) -> str:
        """The column that holds the figure: asked for again, it is the same."""
        name = self.figures.setdefault(sql, f"f{len(self.figures)}")
        return f"{self.alias}.{name}"


@dataclass(slots=True)
class Grouping:
    """Writes conditions on the rows of one entity that share their sources."""

    pen: Pen
    row: Row
    whom: str
    sources: dict[Grouped, Source] = field(default_factory=dict)

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
        grouped = replace(grouped, source=_named(grouped.source, names))
        source = self.sources.setdefault(grouped, Source(grouped, f"g{len(self.sources)}"))
        alias = f"{source.alias}r"
        owner = grouped.key.replace("{c}", alias)
        rows = Row(self.row.entity, alias, owner, {}, names={**self.row.names, **names})
        matching = condition(self.pen, predicate.rows or predicate.inner, rows)
        where = "" if matching == _ALWAYS else f" FILTER (WHERE {matching})"
        if predicate.rows is None:
            return f"coalesce({source.figure(f'bool_or(true){where}')}, false)"
        figures = dict(grouped.figures)

        def asked_for(found: re.Match[str]) -> str:
            figure = source.figure(f"{figures[found[1]].replace('{c}', alias)}{where}")
            return f"coalesce({figure}, 0)"

        held = self.pen.alias()
        test = condition(self.pen, predicate.inner, Row(self.row.entity, held, self.row.owner, {}, names=names))
        return re.sub(rf"\b{held}\.(\w+)", asked_for, test)

    def origin(self) -> str:
        """What stands after FROM: the entity's rows, the joins that turned out to be needed, and the sources."""
        row = self.row
        joins = [self.pen.fill(row.declared[name], row) for name in tuple(row.joins)]
        return " ".join([f"{row.entity.table} {row.alias}", *joins, *map(self._pass, self.sources.values())])

    def _pass(self, source: Source) -> str:
        alias, grouped = f"{source.alias}r", source.grouped
        key = grouped.key.replace("{c}", alias)
        told = ", ".join([f"{key} AS customer_id", *(f"{sql} AS {name}" for sql, name in source.figures.items())])
        conditions = [grouped.standing.replace("{c}", alias)] if grouped.standing else []
        conditions += [self.whom.format(key=key)] if self.whom else []
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        rows = f"SELECT {told} FROM {grouped.source.replace('{c}', alias)}{where} GROUP BY 1"
        return f"LEFT JOIN ({rows}) {source.alias} ON {source.alias}.customer_id = {self.row.owner}"


def _named(source: str, names: dict[str, str]) -> str:
    """With the values of its own that a source has, such as the ends of a period."""
    for name, parameter in names.items():
        source = source.replace(f"{{{name}}}", parameter)
    return source
