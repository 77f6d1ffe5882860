"""A span of time in rows: one after the other without a gap, each ending at a local midnight, the last one cut off."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from domain.clock import Duration, add_months, day_of, start_of
from domain.query.asking import Asked, Given, Occasion, Tree, Turn, refused
from domain.query.paging import alone, present
from domain.query.periods import Edge, Span, ends_of, givens_of, span_of, whole_until_now
from domain.query.predicate import Slot, Slots

MOST = 120
CUSTOMARY = 12
"""Rows where nobody says from when."""
_AHEAD = ("ahead_from", "ahead_until")
_TINY = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Stretches:
    """Row n lies between edges n - 1 and n; `before` is where the one before the first began.

    `span` is all of it, as whole months and what is left at its ends; months lie whole in one row. Where they end with
    the one that is running, which lies in the last row, `ahead` is from now until it ends.
    """

    edges: tuple[datetime, ...]
    before: datetime
    span: Span
    ahead: Edge | None = None


@dataclass(frozen=True, slots=True)
class Read:
    """How the rows of a question are read: what its statement names, and how many there are."""

    slots: Slots
    # Which bounds there are: from which month, until which; None: no month lies whole in a row.
    months: bool
    # Names of the bounds of what is left at the ends.
    sides: tuple[tuple[str, str], ...]
    rows: int
    # Where months end with the one that is running: names of now and of when it ends, which is in it and yet to come.
    ahead: tuple[str, str] | None = None


def running_month(occasion: Occasion) -> Stretches:
    """The month that is running, until now."""
    first = occasion.today.replace(day=1)
    start = start_of(first, occasion.zone)
    before = start_of((first - timedelta(days=1)).replace(day=1), occasion.zone)
    return Stretches((start, occasion.now), before, Span(None, ((start, occasion.now),)))


def read_stretches(asked: Asked, arguments: Mapping[str, Tree]) -> Read:
    """The rows of `every` and `over`. Raises QuestionRefused where they are too many, or cannot be."""
    every, over = alone(arguments, "every"), present(arguments, "over")
    assert every is not None
    given = givens_of(over) if isinstance(over, dict) else {}
    turn = _reader(every, given)
    decided = asked.decide(every, *given.values(), turn=lambda *of: _form(turn(*of)), by_occasion=True)
    assert isinstance(decided, tuple)
    months, sides, rows, ahead = decided

    def slot(type_: str, pick: Turn) -> Slot:
        return asked.slot(type_, every, *given.values(), turn=lambda *of: pick(turn(*of)))

    slots = [
        ("edges", slot("timestamptz[]", lambda found: list(found.edges))),
        ("before", slot("timestamptz", lambda found: found.before)),
    ]
    if months:
        slots.append(("month_from", slot("date", lambda found: found.span.months[0])))
        slots.append(("month_until", slot("date", lambda found: found.span.months[1])))
    names = tuple((f"from{at}", f"until{at}") for at in range(sides))
    for at, side in enumerate(names):
        slots += [(name, slot("timestamptz", _side(at, end))) for end, name in enumerate(side)]
    if ahead:
        slots += [(name, slot("timestamptz", _ahead(end))) for end, name in enumerate(_AHEAD)]
    return Read(tuple(slots), months, names, rows, _AHEAD if ahead else None)


def read_edges(asked: Asked, arguments: Mapping[str, Tree], *, most: int, customary: int) -> Slot:
    """The edges alone, of at most so many rows of `every` and `over`; as many as is customary where nobody says when
    they begin.
    """
    every, over = alone(arguments, "every"), present(arguments, "over")
    assert every is not None
    given = givens_of(over) if isinstance(over, dict) else {}
    turn = _reader(every, given, most, customary)
    return asked.slot("timestamptz[]", every, *given.values(), turn=lambda *of: list(turn(*of).edges))


def _side(at: int, end: int) -> Turn:
    return lambda found: found.span.edges[at][end]


def _ahead(end: int) -> Turn:
    return lambda found: found.ahead[end]


def _form(found: object) -> tuple[bool, int, int, bool]:
    assert isinstance(found, Stretches)
    return found.span.months is not None, len(found.span.edges), len(found.edges) - 1, found.ahead is not None


def _reader(
    every: Given, given: Mapping[str, Given], most: int = MOST, customary: int = CUSTOMARY
) -> "Callable[..., Stretches]":
    names, last = tuple(given), tuple(given.values())[-1] if given else every

    def turn(occasion: Occasion, length: object, *values: object) -> Stretches:
        assert isinstance(length, Duration)
        if length.rest % timedelta(days=1) or length.rest < timedelta() or not (length.months or length.rest):
            raise refused(every, "must be of whole days, such as P7D, P1M or P1Y: a row ends at midnight")
        start, end = ends_of(given, dict(zip(names, values, strict=True)), occasion)
        end = min(end or occasion.now, occasion.now)
        try:
            found = stretches(length, start, end, occasion.zone, most, customary)
            return until_now(found, occasion.zone) if end == occasion.now else found
        except TooMany:
            message = f"makes more than {most} rows: ask for longer rows (every) or a shorter span (over)"
            raise refused(every, message) from None
        except (OverflowError, ValueError) as error:
            raise refused(last, "is too near to the end of the calendar") from error

    return turn


class TooMany(Exception):
    """More rows than are told at once."""


@lru_cache(maxsize=64)
def stretches(
    every: Duration,
    start: datetime | None,
    end: datetime,
    zone: ZoneInfo,
    most: int = MOST,
    customary: int = CUSTOMARY,
) -> Stretches:
    """Each row but the last ends `every` after the first midnight, clamped to the month's end; none ends after `end`.

    Without a start they are as many as is customary, of whole months or days, so that the last one holds the end.
    """
    first = _customary(every, end, zone, customary) if start is None else _first_day(start, zone)
    begin = start_of(first, zone) if start is None else start
    if begin >= end:
        return Stretches((begin,), begin, Span(None, ()))
    edges = [begin]
    while edges[-1] < end:
        if len(edges) > most:
            raise TooMany
        edges.append(min(start_of(_later(first, every, len(edges)), zone), end))
    whole = first.day == 1 and not every.rest
    span = span_of(begin, end, zone) if whole else Span(None, ((begin, end),))
    return Stretches(tuple(edges), _before(begin, every, zone), span)


def until_now(found: Stretches, zone: ZoneInfo) -> Stretches:
    """A month that has run until now is read as a whole one, less what lies ahead, of which there is next to none."""
    if not found.span.edges or found.span.edges[-1][1] != found.edges[-1]:
        return found
    span = whole_until_now(found.span, zone)
    return replace(found, span=replace(span, ahead=None), ahead=span.ahead)


def _first_day(start: datetime, zone: ZoneInfo) -> date:
    """The first that begins at the moment or after it."""
    day = day_of(start, zone)
    return day if start_of(day, zone) >= start else day + timedelta(days=1)


def _customary(every: Duration, end: datetime, zone: ZoneInfo, rows: int) -> date:
    last = day_of(end - _TINY, zone)
    if not every.rest:
        return _moved(last.replace(day=1), 1 - rows * every.months)
    return _moved(last, -rows * every.months) + timedelta(days=1) - rows * every.rest


def _later(first: date, every: Duration, times: int) -> date:
    return _moved(first, times * every.months) + times * every.rest


def _moved(day: date, months: int) -> date:
    return add_months(datetime.combine(day, time()), months).date()


def _before(begin: datetime, every: Duration, zone: ZoneInfo) -> datetime:
    """As long before the first row as a row is; where no calendar has that, nothing lies there."""
    try:
        return (add_months(begin.astimezone(zone), -every.months) - every.rest).astimezone(UTC)
    except (ValueError, OverflowError):
        return begin
