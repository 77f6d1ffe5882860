"""A rule in words that a marketer reads: "value tier is HIGH, and last order at more than 90 days ago"."""

import re
from collections.abc import Mapping
from typing import Final

from domain.clock import Duration
from domain.segments.rule import Json

MASKED: Final = "…"
"""Stands for a value that the reader may not know."""

_TYPE: Final = "@"
_OPERATORS: Mapping[str, str] = {
    "eq": "is {}",
    "ne": "is not {}",
    "in": "is one of {}",
    "notIn": "is none of {}",
    "gt": "is above {}",
    "gte": "is at least {}",
    "lt": "is below {}",
    "lte": "is at most {}",
    "contains": "contains {}",
    "startsWith": "begins with {}",
    "within": "is within the last {}",
    "olderThan": "is more than {} ago",
    "ahead": "is within the next {}",
    "anniversaryAhead": "has its anniversary within the next {}",
}
_MOMENTS: Mapping[str, str] = {
    "gt": "is after {}",
    "gte": "is not before {}",
    "lt": "is before {}",
    "lte": "is not after {}",
}
_EVERYBODY = "everybody"
_HAS: Mapping[str, str] = {
    "orders": "has orders",
    "touchpoints": "has touchpoints",
    "need": "has a need",
    "identity": "has an identity",
    "consent": "has said of consent",
    "contacts": "was contacted",
    "bought": "bought",
    "notBought": "did not buy",
}
_UNITS: Final = (
    ("Y", "year"),
    ("M", "month"),
    ("W", "week"),
    ("D", "day"),
    ("H", "hour"),
    ("T", "minute"),
    ("S", "second"),
)


def in_words(rule: Json, *, names: Mapping[str, str] | None = None, values: bool = True) -> str:
    """The whole rule; `names` are those of the segments that it names, by id. Without `values` these are masked."""
    return _Teller(names or {}, values).object(rule) or _EVERYBODY


class _Teller:
    def __init__(self, names: Mapping[str, str], values: bool) -> None:
        self._names, self._values = names, values

    def object(self, rule: Json) -> str:
        """All that an object says, joined."""
        if not isinstance(rule, dict):
            return ""
        parts = [part for name, held in rule.items() if (part := self._field(name, held))]
        return ", and ".join(parts)

    def _field(self, name: str, held: Json) -> str:
        if name in ("all", "any") and isinstance(held, list):
            return self._several(name, held)
        if name == "not":
            return f"not ({self.object(held) or _EVERYBODY})"
        if name in ("inSegment", "notInSegment") and isinstance(held, list):
            told = " or ".join(f"“{self._names.get(str(id_), str(id_))}”" for id_ in held)
            return f"is {'in' if name == 'inSegment' else 'not in'} the segment {told}"
        if name in _HAS and isinstance(held, dict):
            return self._history(name, held)
        if name == "attributes" and isinstance(held, list):
            return ", and ".join(self._attribute(item) for item in held if isinstance(item, dict))
        return self._plain(spoken(name), held)

    def _several(self, name: str, held: list[Json]) -> str:
        parts = [f"({self.object(part) or _EVERYBODY})" for part in held]
        if not parts:
            return "" if name == "all" else "nobody"
        told = (" and " if name == "all" else " or ").join(parts)
        return f"({told})" if name == "any" and len(parts) > 1 else told

    def _plain(self, subject: str, held: Json) -> str:
        if isinstance(held, dict) and _TYPE not in held:
            if held.keys() <= _COMPARES:
                return " and ".join(f"{subject} {self._compared(name, value)}" for name, value in held.items())
            inner = ", and ".join(self._field(name, value) for name, value in held.items())
            return f"{subject}: {inner}" if inner else ""
        if isinstance(held, bool):
            return f"is {subject}" if held else f"is not {subject}"
        told = self._value(held)
        return f"{subject} is one of {told}" if isinstance(held, list) and len(held) > 1 else f"{subject} is {told}"

    def _compared(self, operator: str, value: Json) -> str:
        if operator == "isNull":
            return "is not known" if value else "is known"
        moment = isinstance(value, dict) and value.get(_TYPE) in ("instant", "day")
        return ((_MOMENTS if moment else {}).get(operator) or _OPERATORS[operator]).format(self._value(value))

    def _history(self, name: str, held: dict[str, Json]) -> str:
        """Facts: which of them, and how many or how much."""
        which = self.object(held.get("where") or held.get("product") or _without(held, _FIGURES))
        if isinstance(at := held.get("at"), dict):
            which = ", and ".join(part for part in (which, self._plain("ordered at", at)) if part)
        figures = [self._plain(f"the {_FIGURES[key]}", held[key]) for key in _FIGURES if key in held]
        told = f"{_HAS[name]} whose {which}" if which and name not in ("consent",) else f"{_HAS[name]} {which}".strip()
        return f"{told} ({' and '.join(figures)})" if figures else told

    def _attribute(self, item: Mapping[str, Json]) -> str:
        tests = [self._plain(f"“{item['name']}”", held) for key, held in item.items() if key not in ("name", "exists")]
        if "exists" in item:
            tests.append(f"“{item['name']}” is {'known' if item['exists'] else 'not known'}")
        return " and ".join(tests)

    def _value(self, value: Json) -> str:
        if isinstance(value, list):
            return ", ".join(self._value(item) for item in value) or "nothing"
        if isinstance(value, dict):
            return spoken_duration(str(value["of"])) if value[_TYPE] == "duration" else self._seen(str(value["of"]))
        return self._seen(
            value if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else f"{value}"
        )

    def _seen(self, text: str) -> str:
        return text if self._values else MASKED


_COMPARES = frozenset({*_OPERATORS, "isNull"})
_FIGURES: Mapping[str, str] = {"count": "number", "total": "total", "units": "number of units"}


def _without(held: Mapping[str, Json], names: Mapping[str, str]) -> Json:
    return {name: value for name, value in held.items() if name not in names and name not in ("where", "product", "at")}


def spoken(name: str) -> str:
    """orderCount becomes order count."""
    return re.sub(r"(?<=[a-z])([A-Z])", lambda found: f" {found[1].lower()}", name)


def spoken_duration(text: str) -> str:
    """P1Y6M becomes 1 year 6 months."""
    days, _, clock = Duration.parse(text).told[1:].partition("T")
    found = re.findall(r"(\d+)([YMWD])", days) + [
        (n, "T" if u == "M" else u) for n, u in re.findall(r"(\d+)([HMS])", clock)
    ]
    words = dict(_UNITS)
    return " ".join(f"{count} {words[unit]}{'' if count == '1' else 's'}" for count, unit in found) or "0 days"
