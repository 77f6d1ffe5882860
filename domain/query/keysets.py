"""Where a page begins and ends: total orders, and keyset conditions in the forms that indexes serve.

Nulls come last in both directions. An index reads its nulls at one end only, so an order that the index does not have
is read in two slices: those with a value, then those without.
"""

from dataclasses import dataclass

from domain.query.fetch import Keyset, Page, Sorted
from domain.query.predicate import Slot
from domain.query.writing import Pen, Row


@dataclass(frozen=True, slots=True)
class Key:
    """A sort key of a row; the last is always the row's id."""

    sql: str
    descending: bool
    nullable: bool
    # The direction in which the index has its nulls last.
    descends: bool


@dataclass(frozen=True, slots=True)
class Slice:
    """A part of a list that one index scan reads in order."""

    conditions: tuple[str, ...]
    order: str


def keys_of(pen: Pen, row: Row, order: tuple[Sorted, ...]) -> list[Key]:
    sorts = [(row.entity.sorts[sort.name], sort.descending) for sort in order]
    keys = [Key(pen.fill(sort.sql, row), falls, sort.nullable, sort.descends) for sort, falls in sorts]
    last = keys[-1].descending
    return [*keys, Key(f"{row.alias}.{row.entity.key}", last, False, last)]


def slices(pen: Pen, page: Page, keys: list[Key]) -> list[Slice]:
    """The list from the one cursor to the other, in the order in which the page is read."""
    if len(keys) > 2:
        bounds = [_beyond(pen, keys, page.after, after=True), _beyond(pen, keys, page.before, after=False)]
        return [Slice(tuple(bound for bound in bounds if bound), _order(keys, page.backward))]
    first, tie = keys
    if not first.nullable:
        return [_valued(pen, page, first, tie)]
    bounded = page.after or page.before
    if not bounded and _served(first, page.backward):
        return [Slice((), _order(keys, page.backward))]
    parts = [_slice_with(pen, page, first, tie), _slice_without(pen, page, first, tie)]
    # From a place without a value back to one with a value there is nothing.
    found = [part for part in parts if part] or [Slice(("false",), _order(keys, page.backward))]
    return found[::-1] if page.backward else found


def _served(key: Key, backward: bool) -> bool:
    """Whether the index has the nulls where this reading wants them."""
    falls = key.descending != backward
    return (falls == key.descends) != backward


def _valued(pen: Pen, page: Page, first: Key, tie: Key, *more: str) -> Slice:
    """Rows that have a value: both bounds are row comparisons, which a btree serves."""
    bounds = []
    for place, later in ((page.after, True), (page.before, False)):
        if place and place.keys[0]:
            sign = "<" if first.descending == later else ">"
            values = ", ".join(pen.parameter(slot) for slot in place.keys if slot)
            bounds.append(f"({first.sql}, {tie.sql}) {sign} ({values})")
    return Slice((*more, *bounds), _order([first, tie], page.backward, valued=True))


def _slice_with(pen: Pen, page: Page, first: Key, tie: Key) -> Slice | None:
    if page.after and page.after.keys[0] is None:
        return None
    return _valued(pen, page, first, tie, f"{first.sql} IS NOT NULL")


def _slice_without(pen: Pen, page: Page, first: Key, tie: Key) -> Slice | None:
    if page.before and page.before.keys[0] is not None:
        return None
    bounds = [f"{first.sql} IS NULL"]
    for place, later in ((page.after, True), (page.before, False)):
        if place and place.keys[0] is None and place.keys[1]:
            sign = "<" if tie.descending == later else ">"
            bounds.append(f"{tie.sql} {sign} {pen.parameter(place.keys[1])}")
    # Both keys are named: an index serves the order though the first is null throughout.
    return Slice(tuple(bounds), _order([first, tie], page.backward, valued=True))


def _order(keys: list[Key], backward: bool, *, valued: bool = False) -> str:
    """ORDER BY; where there are no nulls, their place is told as the index has it, so that it serves."""
    told = []
    for key in keys[:-1]:
        falls = key.descending != backward
        last = (falls == key.descends) if valued or not key.nullable else not backward
        told.append(f"{key.sql} {'DESC' if falls else 'ASC'} NULLS {'LAST' if last else 'FIRST'}")
    return ", ".join([*told, f"{keys[-1].sql} {'DESC' if keys[-1].descending != backward else 'ASC'}"])


def _beyond(pen: Pen, keys: list[Key], place: Keyset | None, *, after: bool) -> str:
    """Later than a place (or earlier), over several keys: equal in those before, and beyond in one."""
    if not place:
        return ""
    ways: list[str] = []
    equal: list[str] = []
    for key, slot in zip(keys, place.keys, strict=True):
        beyond = _beyond_one(pen, key, slot, after=after)
        if beyond:
            ways.append(" AND ".join([*equal, beyond]))
        equal.append(f"{key.sql} IS NULL" if slot is None else f"{key.sql} = {pen.parameter(slot)}")
    return f"({' OR '.join(f'({way})' for way in ways)})" if ways else "false"


def _beyond_one(pen: Pen, key: Key, slot: Slot | None, *, after: bool) -> str:
    if slot is None:
        return "" if after else f"{key.sql} IS NOT NULL"
    sign = "<" if key.descending == after else ">"
    beyond = f"{key.sql} {sign} {pen.parameter(slot)}"
    return f"({beyond} OR {key.sql} IS NULL)" if key.nullable and after else beyond
