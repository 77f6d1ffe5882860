"""How the contract's small filters compare one value, in plain Python: what is not there is None.

Written from the contract's descriptions alone, without a look at how the house asks Postgres.
"""

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from domain.clock import Duration

Filter = Mapping[str, Any]
"""A filter as JSON says it, by the contract's names."""


@dataclass(frozen=True, slots=True)
class Moment:
    """When it is asked, and where days begin."""

    now: datetime
    zone: ZoneInfo

    @property
    def today(self) -> date:
        return self.now.astimezone(self.zone).date()


def folded(text: str) -> str:
    """Without regard to case, as domain/folding.py says."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def instant(said: str) -> datetime:
    return datetime.fromisoformat(said.replace("Z", "+00:00")).astimezone(UTC)


def number(value: object, said: Filter, read: Callable[[Any], Any] = lambda each: each) -> bool:
    """Int, Float and Decimal filters. Nothing is more, less or equal; ne holds of what is not there."""
    checks: dict[str, Callable[[Any], bool]] = {
        "eq": lambda other: value is not None and value == read(other),
        "ne": lambda other: value is None or value != read(other),
        "in": lambda others: value is not None and any(value == read(other) for other in others),
        "gt": lambda other: value is not None and value > read(other),
        "gte": lambda other: value is not None and value >= read(other),
        "lt": lambda other: value is not None and value < read(other),
        "lte": lambda other: value is not None and value <= read(other),
        "isNull": lambda no: (value is None) == no,
    }
    return all(checks[name](other) for name, other in said.items())


def amount(value: Decimal | None, said: Filter) -> bool:
    return number(value, said, Decimal)


def share(value: float | None, said: Filter) -> bool:
    return number(value, said, float)


def truth(value: bool | None, said: Filter) -> bool:
    return number(value, said)


def words(value: str | None, said: Filter) -> bool:
    """Text is compared as stored; contains and startsWith ignore case; ne and notIn hold of what is not there."""
    checks: dict[str, Callable[[Any], bool]] = {
        "eq": lambda other: value == other,
        "ne": lambda other: value != other,
        "in": lambda others: value is not None and value in others,
        "notIn": lambda others: value is None or value not in others,
        "contains": lambda part: value is not None and folded(part) in folded(value),
        "startsWith": lambda part: value is not None and folded(value).startswith(folded(part)),
        "isNull": lambda no: (value is None) == no,
    }
    return all(checks[name](other) for name, other in said.items())


def same_id(value: str, said: Filter) -> bool:
    """IDFilter, of a public id."""
    checks: dict[str, Callable[[Any], bool]] = {
        "eq": lambda other: value == other,
        "ne": lambda other: value != other,
        "in": lambda others: value in others,
        "notIn": lambda others: value not in others,
    }
    return all(checks[name](other) for name, other in said.items())


def one_of(value: str | None, said: Sequence[str]) -> bool:
    return value is not None and value in said


def at(value: datetime | None, said: Filter, moment: Moment) -> bool:
    """DateTimeFilter: within from that long ago until now, olderThan before that long ago, ahead until that far."""
    now = moment.now
    checks: dict[str, Callable[[datetime, Any], bool]] = {
        "gte": lambda x, other: x >= instant(other),
        "gt": lambda x, other: x > instant(other),
        "lte": lambda x, other: x <= instant(other),
        "lt": lambda x, other: x < instant(other),
        "within": lambda x, long: Duration.parse(long).before(now) <= x <= now,
        "olderThan": lambda x, long: x < Duration.parse(long).before(now),
        "ahead": lambda x, long: now <= x <= Duration.parse(long).after(now),
    }
    return _all_of(value, said, checks)


def day(value: date | None, said: Filter, moment: Moment) -> bool:
    """DateFilter: the same of calendar days, both of the named ones being in it."""
    today = moment.today
    checks: dict[str, Callable[[date, Any], bool]] = {
        "eq": lambda x, other: x == date.fromisoformat(other),
        "gte": lambda x, other: x >= date.fromisoformat(other),
        "gt": lambda x, other: x > date.fromisoformat(other),
        "lte": lambda x, other: x <= date.fromisoformat(other),
        "lt": lambda x, other: x < date.fromisoformat(other),
        "within": lambda x, long: _days_before(today, long) <= x <= today,
        "olderThan": lambda x, long: x < _days_before(today, long),
        "ahead": lambda x, long: today <= x <= _days_after(today, long),
        "anniversaryAhead": lambda x, long: _next_anniversary(x, today) <= _days_after(today, long),
    }
    return _all_of(value, said, checks)


def _all_of(value: Any, said: Filter, checks: Mapping[str, Callable[[Any, Any], bool]]) -> bool:
    for name, other in said.items():
        if name == "isNull":
            if (value is None) != other:
                return False
        elif value is None or not checks[name](value, other):
            return False
    return True


def _noon(of: date) -> datetime:
    return datetime(of.year, of.month, of.day, tzinfo=UTC)


def _days_before(today: date, long: str) -> date:
    return Duration.parse(long).before(_noon(today)).date()


def _days_after(today: date, long: str) -> date:
    return Duration.parse(long).after(_noon(today)).date()


def _next_anniversary(born: date, today: date) -> date:
    """The 29th of February is kept on the month's last day where the year has none."""
    this = _in_year(born, today.year)
    return this if this >= today else _in_year(born, today.year + 1)


def _in_year(born: date, year: int) -> date:
    try:
        return born.replace(year=year)
    except ValueError:
        return date(year, 2, 28)


def years(born: date | None, today: date) -> int | None:
    """Whole years, today."""
    return None if born is None else today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def named(values: Mapping[str, object], said: Filter, moment: Moment) -> bool:
    """AttributeFilter over named values: what is of another type is not there for the asking; null is no value."""
    value = values.get(said["name"])
    text = value if isinstance(value, str) else None
    figure = float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
    holds: dict[str, Callable[[Any], bool]] = {
        "string": lambda other: words(text, other),
        "number": lambda other: share(figure, other),
        "boolean": lambda other: truth(value if isinstance(value, bool) else None, other),
        "date": lambda other: day(value if isinstance(value, date) else _as_day(text), other, moment),
        "exists": lambda there: (value is not None) == there,
    }
    return all(holds[name](other) for name, other in said.items() if name != "name")


def _as_day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text and len(text) == len("2026-03-01") else None
    except ValueError:
        return None
