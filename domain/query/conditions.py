"""The one translation of a Predicate to SQL."""

import re

from domain.query.operators import SQL
from domain.query.predicate import Around, Denied, Either, Every, Fact, Predicate, Test
from domain.query.writing import Pen, Row

_EXISTS = re.compile(r"(?:NOT )?EXISTS \((?:[^()]|\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\))*\)")
"""A template that is one EXISTS and nothing else, of no more than four levels of parentheses."""


def condition(pen: Pen, predicate: Predicate, row: Row) -> str:
    """What must hold of the row, in SQL."""
    if isinstance(predicate, Test):
        return _test(pen, predicate, pen.fill(predicate.sql, row))
    if isinstance(predicate, Every | Either):
        parts = [condition(pen, part, row) for part in predicate.parts]
        word, empty = (" AND ", "true") if isinstance(predicate, Every) else (" OR ", "false")
        return f"({word.join(parts)})" if parts else empty
    if isinstance(predicate, Denied):
        said = condition(pen, predicate.part, row)
        # What is never unknown is denied plainly: that Postgres can join.
        return f"NOT {said}" if _is_sure(predicate.part) else f"({said}) IS NOT TRUE"
    if isinstance(predicate, Fact):
        return f"({pen.fill(predicate.sql, row, pen.named(predicate.slots))})"
    return _around(pen, predicate, row)


def _test(pen: Pen, test: Test, column: str) -> str:
    """An index of the column serves it also where there is a value for those who have none: that is told apart."""
    slots, compared = [pen.parameter(slot) for slot in test.slots], SQL[test.operator]
    said = compared.format(*slots, x=column)
    if test.absent is None:
        return said
    return f"({column} IS NOT NULL AND {said} OR {column} IS NULL AND {compared.format(*slots, x=test.absent)})"


def _is_sure(predicate: Predicate) -> bool:
    """Whether it either holds or does not: rows are there, or they are not."""
    if isinstance(predicate, Every | Either):
        return all(map(_is_sure, predicate.parts))
    if isinstance(predicate, Around):
        return predicate.rows is None and _EXISTS.fullmatch(predicate.sql) is not None
    return isinstance(predicate, Fact) and _EXISTS.fullmatch(predicate.sql) is not None


def _around(pen: Pen, predicate: Around, row: Row) -> str:
    """A condition on other rows of the same customer, or on the same row with more names."""
    names = pen.named(predicate.slots)
    if pen.grouping is not None and predicate.grouped is not None and row is pen.grouping.row:
        return pen.grouping.around(predicate, predicate.grouped, names)
    if "{b}" not in predicate.sql:
        same = Row(row.entity, row.alias, row.owner, row.declared, row.joins, {**row.names, **names})
        return pen.fill(predicate.sql, row, {**names, "test": condition(pen, predicate.inner, same)})
    known = {**row.names, **names}
    other = Row(row.entity, pen.alias(), row.owner, {}, names=known)
    said = {**names, "b": other.alias, "test": condition(pen, predicate.inner, other)}
    if predicate.rows is not None:
        counted = Row(row.entity, pen.alias(), row.owner, {}, names=known)
        said |= {"c": counted.alias, "rows": condition(pen, predicate.rows, counted)}
    return pen.fill(predicate.sql, row, said)
