"""What may be settled: every field's limits, in one look at all that was given."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from functools import cache
from zoneinfo import available_timezones

from domain.clock import Duration
from domain.errors import ErrorCode, Fault, Refused
from domain.settings.currencies import CURRENCIES
from domain.vocabulary import Channel, TouchpointKind

_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)
_MOST_CONTACTS = 1_000
_DEAREST_TOUCH = 1_000_000
_LONGEST_CAP = timedelta(days=3_660)
_MONTH = timedelta(days=31)


@dataclass(frozen=True, slots=True)
class Cap:
    """At most so many messages within so long."""

    contacts: int
    per: Duration


@dataclass(frozen=True, slots=True)
class Hours:
    """From one time of the day until another, over midnight where the second is earlier."""

    start: str
    end: str


@dataclass(frozen=True, slots=True)
class Rate:
    """What a touchpoint of a channel costs: of one kind, or of every kind that has no rate of its own."""

    channel: Channel
    kind: TouchpointKind | None
    cost: Decimal


class Wrong(Exception):
    """What is wrong with a value, and where below its field."""

    def __init__(self, message: str, *below: str, code: ErrorCode = ErrorCode.INVALID) -> None:
        super().__init__(message)
        self.message, self.below, self.code = message, below, code


def _currency(value: object) -> object:
    if value not in CURRENCIES:
        raise Wrong("is no currency of ISO 4217, such as EUR")
    return value


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _zone(value: object) -> object:
    if isinstance(value, str) and value in _zones():
        return value
    raise Wrong("is no time zone of IANA, such as Europe/Berlin")


def _within(least: float, most: float, *, below: bool = False) -> Callable[[object], object]:
    """A number within limits; below: it must stay under the upper one."""

    def check(value: object) -> object:
        assert isinstance(value, int | float)
        if not least <= value <= most or (below and value == most):
            until = "to less than" if below else "to"
            raise Wrong(f"must be from {least:g} {until} {most:g}", code=ErrorCode.OUT_OF_RANGE)
        return value

    return check


def _cap(value: object) -> object:
    if value is None:
        return None
    assert isinstance(value, Cap)
    if not 1 <= value.contacts <= _MOST_CONTACTS:
        raise Wrong(f"must be from 1 to {_MOST_CONTACTS}", "contacts", code=ErrorCode.OUT_OF_RANGE)
    if not timedelta() < value.per.rest + value.per.months * _MONTH <= _LONGEST_CAP:
        raise Wrong("must be longer than nothing and at most ten years", "per", code=ErrorCode.OUT_OF_RANGE)
    return {"contacts": value.contacts, "per": value.per.told}


def _hours(value: object) -> object:
    if value is None:
        return None
    assert isinstance(value, Hours)
    for name, at in (("from", value.start), ("until", value.end)):
        if not _CLOCK.fullmatch(at):
            raise Wrong("is no time of the day such as 21:00", name)
    if value.start == value.end:
        raise Wrong("must differ from the beginning: leave quietHours empty for none", "until")
    return {"from": value.start, "until": value.end}


def _card(value: object) -> object:
    """Sorted, so that the same card is stored alike however it was sent."""
    rates: dict[tuple[str, str | None], Decimal] = {}
    for at, rate in enumerate(value if isinstance(value, Sequence) else ()):
        assert isinstance(rate, Rate)
        place = (rate.channel.value, rate.kind.value if rate.kind else None)
        if place in rates:
            of = f"{place[1] or 'any kind'} over {place[0]}"
            raise Wrong(f"is the second for {of}: give one rate for each channel and kind", str(at))
        if rate.cost < 0:
            raise Wrong("must be 0 or more", str(at), "cost", code=ErrorCode.OUT_OF_RANGE)
        if rate.cost > _DEAREST_TOUCH:
            words = f"must be at most {_DEAREST_TOUCH:,}: more would go beyond what figures can hold"
            raise Wrong(words, str(at), "cost", code=ErrorCode.OUT_OF_RANGE)
        rates[place] = rate.cost
    told = sorted(rates.items(), key=lambda one: (one[0][0], one[0][1] or ""))
    return [{"channel": channel, "kind": kind, "cost": f"{cost:f}"} for (channel, kind), cost in told]


@dataclass(frozen=True, slots=True)
class Setting:
    """A field of the settings: its column, what it may be, and whether null empties it."""

    column: str
    check: Callable[[object], object]
    empties: bool = False


SETTINGS: Mapping[str, Setting] = {
    "baseCurrency": Setting("base_currency", _currency),
    "timeZone": Setting("time_zone", _zone),
    "horizonMonths": Setting("horizon_months", _within(1, 120)),
    "churnHorizonDays": Setting("churn_horizon_days", _within(1, 3_650)),
    "discountRate": Setting("discount_rate", _within(0, 1)),
    "assumedMargin": Setting("assumed_margin", _within(0, 1)),
    "globalHoldoutShare": Setting("global_holdout_share", _within(0, 1, below=True)),
    "frequencyCap": Setting("frequency_cap", _cap, empties=True),
    "quietHours": Setting("quiet_hours", _hours, empties=True),
    "rateCard": Setting("rate_card", _card, empties=True),
}


def checked(given: Mapping[str, object]) -> dict[str, object]:
    """What was given, by column and as it is stored; refused with everything that is wrong with it."""
    faults, values = [], {}
    for name, value in given.items():
        setting = SETTINGS[name]
        if value is None and not setting.empties:
            faults.append(Fault.required("must be something: leave it out to keep it as it is", "input", name))
            continue
        try:
            values[setting.column] = setting.check(value)
        except Wrong as wrong:
            faults.append(Fault(wrong.code, wrong.message, ("input", name, *wrong.below)))
    if faults:
        raise Refused(*faults)
    return values


Card = tuple[tuple[str, str | None, Decimal], ...]
Places = dict[tuple[str, str], Decimal]


def prices(card: Card) -> Places:
    """What every kind of touchpoint costs over every channel."""
    rates = {(channel, kind): cost for channel, kind, cost in card}
    return {
        (channel.value, kind.value): rates.get((channel, kind), rates.get((channel, None), Decimal(0)))
        for channel in Channel
        for kind in TouchpointKind
    }


def repriced(before: Card, after: Card) -> list[str]:
    """Where the price changed, as `CHANNEL KIND`."""
    old, new = prices(before), prices(after)
    return [" ".join(place) for place, cost in new.items() if old[place] != cost]
