"""Comparisons in words: a field against values, moments and spans of time."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Final

from domain.segments.rule import TYPE, Json
from domain.segments.wording.terms import (
    FLAGS,
    MOMENTS,
    PAST,
    listed,
    moment,
    number,
    one_of_a_set,
    span,
    spoken_duration,
)

MASKED: Final = "…"
"""Stands for a value that the reader may not know."""

_OPERATORS: Final[Mapping[str, str]] = {
    "eq": "is {}",
    "ne": "is not {}",
    "gt": "is above {}",
    "gte": "is at least {}",
    "lt": "is below {}",
    "lte": "is at most {}",
    "contains": "contains {}",
    "startsWith": "begins with {}",
}
_AGO: Final = frozenset({"within", "olderThan"})
_LISTS: Final = frozenset({"in", "notIn"})
_TIMES: Final[Mapping[str, str]] = {
    "within": "in the last {}",
    "olderThan": "more than {} ago",
    "ahead": "in the next {}",
    "eq": "on {}",
    "gt": "after {}",
    "gte": "at or after {}",
    "lt": "before {}",
    "lte": "at or before {}",
}
_DAYS: Final[Mapping[str, str]] = {**_TIMES, "gte": "on or after {}", "lte": "on or before {}"}
_FREE: Final = frozenset({"name", "source", "campaign", "variant"})
"""Values that stand alone and are no closed set's."""


class Comparing:
    """Says what one field is compared with; without `values` these are masked."""

    def __init__(self, *, values: bool = True) -> None:
        self._values = values

    def plain(self, subject: str, held: Json, name: str = "") -> list[str]:
        """A field that is compared."""
        if isinstance(held, dict) and TYPE not in held:
            return self._moment(MOMENTS[name], held) if name in MOMENTS else self._compared(subject, held)
        if name in FLAGS:
            return [FLAGS[name][not held]] if self._values else [f"{FLAGS[name][0]} is {MASKED}"]
        if isinstance(held, list):
            told = [self._closed(item) for item in held]
            return [f"{subject} is {listed(told) or 'one of no values'}"]
        return [f"{subject} is {self._value(held) if name in _FREE else self._closed(held)}"]

    def _compared(self, subject: str, held: Mapping[str, Json]) -> list[str]:
        """Of several tests each says its subject again where one of them has alternatives."""
        tests = [self._test(operator, value) for operator, value in held.items()]
        if len(tests) > 1 and any(isinstance(value, list) for value in held.values()):
            return [f"{subject} {test}" for test in tests]
        again = [test.removeprefix("is ") if before.startswith("is ") else test for before, test in pairwise(tests)]
        return [f"{subject} {' and '.join([tests[0], *again])}"] if tests else []

    def _test(self, operator: str, value: Json) -> str:
        if operator == "isNull":
            return "is not known" if value else "is known"
        if operator in _LISTS and isinstance(value, list):
            told = [self._value(item) for item in value]
            if operator == "in":
                return f"is {listed(told) or 'one of no values'}"
            return f"is not {told[0]}" if len(told) == 1 else f"is none of {listed(told, 'and') or 'no values'}"
        return _OPERATORS[operator].format(self._value(value))

    def _moment(self, words: tuple[str, str, str], held: Mapping[str, Json]) -> list[str]:
        lead, none, some = words
        told = [none if held["isNull"] else some] if "isNull" in held else []
        if "anniversaryAhead" in held:
            subject = "birthday" if lead == "birth date is" else f"the anniversary of {lead.removesuffix(' is')}"
            told.append(f"{subject} is in the next {self._value(held['anniversaryAhead'], ends=True)}")
        groups = [(PAST[lead], _AGO), (lead, _TIMES.keys() - _AGO)] if lead in PAST else [(lead, _TIMES.keys())]
        for said, operators in groups:
            times = [self._time(key, value) for key, value in held.items() if key in operators]
            told += [f"{said} {' and '.join(times)}"] if times else []
        return told

    def _time(self, operator: str, value: Json) -> str:
        day = isinstance(value, dict) and value.get(TYPE) == "day"
        told = self._value(value, ends=operator in ("within", "ahead"))
        return (_DAYS if day else _TIMES)[operator].format(told)

    def _closed(self, value: Json) -> str:
        return self._seen(one_of_a_set(str(value)))

    def _value(self, value: Json, *, ends: bool = False) -> str:
        """ends: a span that stands after last or next."""
        if isinstance(value, bool):
            return self._seen("yes" if value else "no")
        if isinstance(value, dict):
            text = str(value["of"])
            if value[TYPE] == "duration":
                return self._seen(span(text) if ends else spoken_duration(text))
            return self._seen(moment(text) if value[TYPE] == "instant" else text)
        if isinstance(value, int | float):
            return self._seen(number(value))
        return self._seen(f"“{value}”")

    def _seen(self, text: str) -> str:
        return text if self._values else MASKED
