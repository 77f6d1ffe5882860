"""What values can be compared by: each kind's operators, the SQL of each, and how a value becomes a parameter."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from uuid import UUID

from domain.clock import Duration, day_of
from domain.errors import QuestionRefused, Refused
from domain.folding import fold
from domain.ids import parse_id
from domain.query.asking import Given, Occasion, Turn, plain, refused
from domain.query.entity import Compare, Kind
from domain.query.ids import SURVIVOR

TYPES: Mapping[Kind, str] = {
    Kind.TEXT: "text",
    Kind.ID: "uuid",
    Kind.MONEY: "numeric",
    Kind.INSTANT: "timestamptz",
    Kind.DAY: "date",
    Kind.INT: "integer",
    Kind.FLOAT: "float8",
    Kind.BOOL: "boolean",
}

_ANNIVERSARY = "({x} + make_interval(years => extract(year FROM {0})::int - extract(year FROM {x})::int + %d))::date"

_LED_TO = SURVIVOR.format(id="{0}")
_ALL_LED_TO = (
    "SELECT coalesce(l.survivor_id, n.id) FROM unnest({0}) AS n (id) LEFT JOIN customer_alias l ON l.customer_id = n.id"
)

SQL: Mapping[str, str] = {
    # The id of a customer who was merged leads to the survivor.
    "eqLed": f"{{x}} = {_LED_TO}",
    "neLed": f"{{x}} IS DISTINCT FROM {_LED_TO}",
    "inLed": f"{{x}} IN ({_ALL_LED_TO})",
    "notInLed": f"({{x}} IN ({_ALL_LED_TO})) IS NOT TRUE",
    "eq": "{x} = {0}",
    # What is not there is other than any value.
    "ne": "{x} IS DISTINCT FROM {0}",
    "in": "{x} = ANY({0})",
    "notIn": "({x} = ANY({0})) IS NOT TRUE",
    "gt": "{x} > {0}",
    "gte": "{x} >= {0}",
    "lt": "{x} < {0}",
    "lte": "{x} <= {0}",
    # Of a stored fold key; without one, Postgres folds both sides alike. Of what it folds by itself it knows how much
    # there is: of lower({x}) it takes next to nothing for granted, and then goes through everything for each.
    "like": "{x} LIKE {0}",
    "likeAnyCase": "{x} ILIKE {0}",
    "within": "{x} BETWEEN {0} AND {1}",
    "olderThan": "{x} < {0}",
    "ahead": "{x} BETWEEN {0} AND {1}",
    # 29 February comes on the 28th where the year has none; a year that has begun, or the next.
    "anniversaryAhead": f"({_ANNIVERSARY % 0} BETWEEN {{0}} AND {{1}} OR {_ANNIVERSARY % 1} BETWEEN {{0}} AND {{1}})",
    "null": "{x} IS NULL",
    "there": "{x} IS NOT NULL",
}


def ids(column: Compare, given: Given) -> Turn:
    """From a public id, or a list of them, to what is stored."""
    prefix = column.prefix
    assert prefix is not None

    def stored(text: object) -> UUID:
        try:
            return parse_id(prefix, str(text))
        except Refused as error:
            raise refused(given, error.faults[0].message) from error

    def turn(_: Occasion, value: object) -> object:
        return [stored(item) for item in value] if isinstance(value, list) else stored(value)

    return turn


def moment(occasion: Occasion, value: object, kind: Kind) -> datetime | date:
    """An instant as it is; of a column of days, its day."""
    assert isinstance(value, datetime)
    return day_of(value, occasion.zone) if kind is Kind.DAY else value


def ago(given: Given, kind: Kind) -> Turn:
    """The start of a span that ends now."""

    def turn(occasion: Occasion, value: object) -> object:
        return moment(occasion, _reach(given, lambda span: span.before(_begun(occasion, kind)), value), kind)

    return turn


def ahead(given: Given, kind: Kind) -> Turn:
    """The end of a span that begins now."""

    def turn(occasion: Occasion, value: object) -> object:
        return moment(occasion, _reach(given, lambda span: span.after(_begun(occasion, kind)), value), kind)

    return turn


def _begun(occasion: Occasion, kind: Kind) -> datetime:
    """Where a span begins: of days, at the clock on the wall, for a week from a day is that day of the next week also
    where clocks are changed meanwhile, and its month is the organization's.
    """
    return occasion.now.astimezone(occasion.zone) if kind is Kind.DAY else occasion.now


def _reach(given: Given, step: Callable[[Duration], datetime], value: object) -> datetime:
    assert isinstance(value, Duration)
    try:
        return step(value)
    except (ValueError, OverflowError) as error:
        raise refused(given, "reaches beyond the years 1 to 9999: give a shorter duration") from error


def current(kind: Kind) -> Turn:
    return lambda occasion: moment(occasion, occasion.now, kind)


def pattern(column: Compare, before: str) -> Turn:
    """A LIKE pattern in which % and _ of the caller are ordinary characters."""

    def turn(_: Occasion, value: object) -> object:
        text = fold(str(value)) if column.fold else str(value)
        return f"{before}{escaped(text)}%"

    return turn


def escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def whole(given: Given) -> Turn:
    """A value as it came; null compares with nothing."""

    def turn(_: Occasion, value: object) -> object:
        if value is None or (isinstance(value, list) and None in value):
            raise nothing(given)
        return plain(value)

    return turn


def texts(turn: Turn) -> Turn:
    """A list as text, which Postgres casts: the driver would ask the server about the type of any other list."""

    def told(occasion: Occasion, value: object) -> object:
        items = turn(occasion, value)
        return [str(item) for item in items] if isinstance(items, list) else items

    return told


def nothing(given: Given) -> QuestionRefused:
    return refused(given, "is null, which compares with nothing: leave it out, or ask isNull")
