"""A rule as it is kept: the filter's tree with its values, as JSON, there and back; what it names, and how it is told.

Values that JSON does not have are kept with their type: {"@": "instant", "of": "2026-03-01T09:30:00+00:00"}.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Final, TypeAlias

from domain.clock import Duration
from domain.query.asking import Given, Tree

Json: TypeAlias = "str | int | float | bool | list[Json] | dict[str, Json] | None"
TYPE: Final = "@"
"""The name under which a value that JSON does not have says what it is."""
_LISTS: Final = frozenset({"all", "any", "attributes", "properties"})
"""Lists of objects; all others are lists of values."""


def kept(value: object) -> Json:
    """A filter as it was given, by the contract's names, as JSON. Raises TypeError for what no filter has."""
    if isinstance(value, Mapping):
        return {str(name): kept(held) for name, held in sorted(value.items())}
    if isinstance(value, list):
        return [kept(item) for item in value]
    if isinstance(value, Enum):
        return str(value.value)
    if value is None or isinstance(value, bool | int | float | str):
        return value
    kind, text = _typed(value)
    return {TYPE: kind, "of": text}


def _typed(value: object) -> tuple[str, str]:
    if isinstance(value, datetime):
        return "instant", value.isoformat()
    if isinstance(value, date):
        return "day", value.isoformat()
    if isinstance(value, Duration):
        return "duration", value.told
    if isinstance(value, Decimal):
        return "amount", str(value)
    raise TypeError(f"a {type(value).__name__} is no value of a filter")


def thawed(rule: Json, where: tuple[str, ...] = ("where",)) -> Tree:
    """The tree as the reader of filters takes it."""
    if isinstance(rule, dict) and TYPE not in rule:
        return {name: thawed(held, (*where, name)) for name, held in rule.items()}
    several = isinstance(rule, list) and all(isinstance(item, dict) and TYPE not in item for item in rule)
    if isinstance(rule, list) and several and (rule or where[-1] in _LISTS):
        return [thawed(item, (*where, str(at))) for at, item in enumerate(rule)]
    return Given(_value(rule), where=where)


def _value(rule: Json) -> object:
    if isinstance(rule, list):
        return [_value(item) for item in rule]
    if not isinstance(rule, dict):
        return rule
    kind, text = rule[TYPE], str(rule["of"])
    if kind == "duration":
        return Duration.parse(text)
    if kind == "amount":
        return Decimal(text)
    return date.fromisoformat(text) if kind == "day" else datetime.fromisoformat(text)


def told(rule: Json) -> Json:
    """In the shape of a CustomerFilter variable."""
    if isinstance(rule, list):
        return [told(item) for item in rule]
    if isinstance(rule, dict):
        return rule["of"] if TYPE in rule else {name: told(held) for name, held in rule.items()}
    return rule


def named(rule: Json) -> Iterator[str]:
    """The public ids of the segments that the rule names, at whatever depth."""
    return (id_ for _, id_ in named_where(rule))


def named_where(rule: Json, place: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """The same, each with where in the rule it stands."""
    if isinstance(rule, list):
        for at, item in enumerate(rule):
            yield from named_where(item, (*place, str(at)))
    elif isinstance(rule, dict):
        for name, held in rule.items():
            if name in ("inSegment", "notInSegment") and isinstance(held, list):
                yield from (((*place, name, str(at)), str(id_)) for at, id_ in enumerate(held))
            else:
                yield from named_where(held, (*place, name))


def spans_where(rule: Json, place: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Duration]]:
    """Its durations, each with where in the rule it stands."""
    if isinstance(rule, list):
        for at, item in enumerate(rule):
            yield from spans_where(item, (*place, str(at)))
    elif isinstance(rule, dict):
        if rule.get(TYPE) == "duration":
            yield place, Duration.parse(str(rule["of"]))
        for name, held in rule.items():
            yield from spans_where(held, (*place, name))


def attributes_in(rule: Json) -> Iterator[str]:
    """The names of customers' attributes that the rule asks for; products have attributes of their own."""
    if isinstance(rule, list):
        for item in rule:
            yield from attributes_in(item)
    elif isinstance(rule, dict):
        for name, held in rule.items():
            if name == "attributes" and isinstance(held, list):
                yield from (str(item["name"]) for item in held if isinstance(item, dict))
            elif name != "product":
                yield from attributes_in(held)


def values_in(rule: Json) -> int:
    """How many values it gives; a list of values is one."""
    if isinstance(rule, dict):
        return 1 if TYPE in rule else sum(map(values_in, rule.values()))
    if isinstance(rule, list) and all(isinstance(item, dict) and TYPE not in item for item in rule):
        return sum(map(values_in, rule))
    return 1


def periods_in(rule: Json) -> Iterator[str]:
    """The periods that it asks for earnings over; alike ones read alike."""
    if isinstance(rule, list):
        for item in rule:
            yield from periods_in(item)
    elif isinstance(rule, dict):
        for name, held in rule.items():
            if name == "profitability" and isinstance(held, dict) and isinstance(over := held.get("over"), dict):
                yield str(sorted(over.items()))
            yield from periods_in(held)
