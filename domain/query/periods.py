"""A period as the months that lie whole in it and the edges that are left, in the organization's time zone."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from domain.clock import Duration, day_of, start_of
from domain.query.asking import Asked, Given, Occasion, Tree, Turn, refused
from domain.query.paging import alone
from domain.query.predicate import Slot

Edge = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Span:
    """Half-open. Whole months from one to the other (None: open), and the edges before and after them; less `ahead`,
    where the last month is one that is running.
    """

    months: tuple[date | None, date | None] | None
    edges: tuple[Edge, ...]
    ahead: Edge | None = None


@dataclass(frozen=True, slots=True)
class Periods:
    """How the period of a question is read: which of its bounds there are, as slots."""

    months: tuple[Slot | None, Slot | None] | None
    edges: tuple[tuple[Slot, Slot], ...]
    # Where the months end with the one that is running: from now until it ends, which is in it and yet to come.
    ahead: tuple[Slot, Slot] | None = None


WHOLE = Periods((None, None), ())
"""The whole relationship: all months, and no edge."""


def read_period(asked: Asked, tree: Tree | None, *, of_many: bool = False) -> Periods:
    """The period of an argument or a filter; the whole relationship where there is none.

    Of many customers, a month that has run until now is read as a whole one, less what lies ahead.
    """
    if tree is None or isinstance(tree, Given):
        return WHOLE
    assert isinstance(tree, dict)
    givens = givens_of(tree)
    if not givens:
        return WHOLE
    turn = _reader(tuple(givens), *givens.values(), of_many=of_many)
    # Which months are whole, and which edges are left, now and the zone decide even where the period is a literal.
    decided = asked.decide(*givens.values(), turn=_formed(turn), by_occasion=True)
    assert isinstance(decided, tuple)
    months, edges, ahead = decided

    def slot(type_: str, pick: "Turn") -> Slot:
        return asked.slot(type_, *givens.values(), turn=lambda occasion, *values: pick(turn(occasion, *values)))

    bounds = tuple(slot("date", _month(at)) if has else None for at, has in enumerate(months)) if months else None
    sides = tuple((slot("timestamptz", _edge(at, 0)), slot("timestamptz", _edge(at, 1))) for at in range(edges))
    rest = (slot("timestamptz", _ahead(0)), slot("timestamptz", _ahead(1))) if ahead else None
    return Periods((bounds[0], bounds[1]) if bounds else None, sides, rest)


def read_bounds(asked: Asked, tree: Tree | None) -> tuple[Slot | None, Slot | None]:
    """The first instant of a period and the one that it ends before; None where that end is open."""
    if tree is None or isinstance(tree, Given):
        return None, None
    assert isinstance(tree, dict)
    givens = givens_of(tree)
    if givens:
        reader = _reader(tuple(givens), *givens.values())
        asked.decide(*givens.values(), turn=lambda *values: reader(*values) is not None, by_occasion=True)
    if (last := givens.get("last")) is not None:
        start = asked.slot("timestamptz", last, turn=lambda occasion, value: _ago(last, value, occasion))
        return start, asked.slot("timestamptz", turn=lambda occasion: occasion.now)
    ends = [asked.slot("timestamptz", givens[name]) if name in givens else None for name in ("from", "until")]
    return ends[0], ends[1]


def read_until_now(asked: Asked, tree: Tree | None) -> tuple[Slot | None, Slot | None]:
    """The same of what has been: it ends now at the latest, and where its end is open (None)."""
    start, end = read_bounds(asked, tree)
    given = alone(tree, "until") if isinstance(tree, dict) else None
    if given is None:
        return start, end
    return start, asked.slot("timestamptz", given, turn=_until_now)


def _until_now(occasion: Occasion, value: object) -> datetime:
    assert isinstance(value, datetime)
    return min(value, occasion.now)


def givens_of(tree: Mapping[str, Tree]) -> dict[str, Given]:
    """What a period says, by its names."""
    found = {name: alone(tree, name) for name in ("from", "until", "last")}
    return {name: given for name, given in found.items() if given is not None}


def _formed(turn: Turn) -> Turn:
    def formed(occasion: Occasion, *values: object) -> object:
        span = turn(occasion, *values)
        assert isinstance(span, Span)
        return _form(span)

    return formed


def _form(span: Span) -> tuple[object, int, bool]:
    months = tuple(bound is not None for bound in span.months) if span.months else None
    return months, len(span.edges), span.ahead is not None


def _month(at: int) -> Turn:
    return lambda span: span.months[at]


def _edge(at: int, end: int) -> Turn:
    return lambda span: span.edges[at][end]


def _ahead(end: int) -> Turn:
    return lambda span: span.ahead[end]


def _reader(names: tuple[str, ...], *givens: Given, of_many: bool = False) -> Turn:
    given = dict(zip(names, givens, strict=True))

    def turn(occasion: Occasion, *values: object) -> Span:
        start, end = ends_of(given, dict(zip(names, values, strict=True)), occasion)
        try:
            span = span_of(start, end, occasion.zone)
            return whole_until_now(span, occasion.zone) if of_many and end == occasion.now else span
        except OverflowError as error:
            raise refused(_beyond(given, start, occasion.zone), "is too near to the end of the calendar") from error

    return turn


def ends_of(
    given: Mapping[str, Given], value: Mapping[str, object], occasion: Occasion
) -> tuple[datetime | None, datetime | None]:
    """Its first instant and the one that it ends before, out of the values of what is given; None: open."""
    if "last" in value and len(value) > 1:
        raise refused(given["last"], "stands alone: leave from and until out")
    start, end = value.get("from"), value.get("until")
    if "last" in value:
        start, end = _ago(given["last"], value["last"], occasion), occasion.now
    assert start is None or isinstance(start, datetime)
    assert end is None or isinstance(end, datetime)
    if start and end and start >= end:
        raise refused(given["until" if "until" in given else "last"], "must be later than from")
    return start, end


def _beyond(given: Mapping[str, Given], start: datetime | None, zone: ZoneInfo) -> Given:
    """Which of the values it is that has no month in this zone."""
    try:
        span_of(start, None, zone)
    except OverflowError:
        return given["from"]
    return given["until"]


def _ago(given: Given, value: object, occasion: Occasion) -> datetime:
    assert isinstance(value, Duration)
    try:
        return value.before(occasion.now)
    except (ValueError, OverflowError) as error:
        raise refused(given, "reaches beyond the year 1: give a shorter duration") from error


@lru_cache(maxsize=1024)
def span_of(start: datetime | None, end: datetime | None, zone: ZoneInfo) -> Span:
    """Whole months and edges; without a whole month, all of it is one edge."""
    first = _month_from(start, zone) if start else None
    last = day_of(end, zone).replace(day=1) if end else None
    if start and end and first and last and first >= last and not (first == last and start_of(first, zone) == start):
        return Span(None, ((start, end),))
    edges = []
    if start and first and start_of(first, zone) != start:
        edges.append((start, start_of(first, zone)))
    if end and last and start_of(last, zone) != end:
        edges.append((start_of(last, zone), end))
    if first and last and first >= last:
        return Span(None, tuple(edges))
    return Span((first, last), tuple(edges))


def whole_until_now(span: Span, zone: ZoneInfo) -> Span:
    """A month that has run until now, where the span ends, as a whole one less what lies ahead: of that there is next
    to none, whereas until now it is a month of everybody's facts.
    """
    if not span.edges or span.months is None:
        return span
    *sides, (begin, now) = span.edges
    first, last = span.months
    running = day_of(begin, zone)
    if last != running or start_of(running, zone) != begin:
        return span
    following = (running + timedelta(days=31)).replace(day=1)
    return Span((first, following), tuple(sides), (now, start_of(following, zone)))


def _month_from(moment: datetime, zone: ZoneInfo) -> date:
    """The first month that begins at the moment or after it."""
    month = day_of(moment, zone).replace(day=1)
    if start_of(month, zone) >= moment:
        return month
    return (month + timedelta(days=31)).replace(day=1)
