"""What may be settled, and where a new rate card changes what a touchpoint costs."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.clock import Duration
from domain.errors import Refused
from domain.settings.rules import Cap, Hours, Rate, checked, prices, repriced
from domain.vocabulary import Channel, TouchpointKind

_WEEK = Duration(0, timedelta(days=7))


@pytest.mark.parametrize(
    ("name", "value", "code", "below"),
    [
        ("baseCurrency", "eur", "INVALID", ()),
        ("baseCurrency", "XYZ", "INVALID", ()),
        ("baseCurrency", None, "REQUIRED", ()),
        ("timeZone", "Mars/Olympus", "INVALID", ()),
        ("timeZone", "../etc/passwd", "INVALID", ()),
        ("timeZone", "", "INVALID", ()),
        ("timeZone", None, "REQUIRED", ()),
        ("horizonMonths", 0, "OUT_OF_RANGE", ()),
        ("horizonMonths", 121, "OUT_OF_RANGE", ()),
        ("churnHorizonDays", 0, "OUT_OF_RANGE", ()),
        ("churnHorizonDays", 40_000, "OUT_OF_RANGE", ()),
        ("discountRate", -0.01, "OUT_OF_RANGE", ()),
        ("discountRate", 1.01, "OUT_OF_RANGE", ()),
        ("assumedMargin", 1.5, "OUT_OF_RANGE", ()),
        ("assumedMargin", None, "REQUIRED", ()),
        ("globalHoldoutShare", 1.0, "OUT_OF_RANGE", ()),
        ("frequencyCap", Cap(0, _WEEK), "OUT_OF_RANGE", ("contacts",)),
        ("frequencyCap", Cap(1, Duration(0, timedelta())), "OUT_OF_RANGE", ("per",)),
        ("frequencyCap", Cap(1, Duration(6_000, timedelta())), "OUT_OF_RANGE", ("per",)),
        ("quietHours", Hours("9:00", "10:00"), "INVALID", ("from",)),
        ("quietHours", Hours("09:00", "24:00"), "INVALID", ("until",)),
        ("quietHours", Hours("09:00", "09:00"), "INVALID", ("until",)),
        ("rateCard", [Rate(Channel.EMAIL, None, Decimal(1)), Rate(Channel.EMAIL, None, Decimal(2))], "INVALID", ("1",)),
        ("rateCard", [Rate(Channel.EMAIL, None, Decimal(-1))], "OUT_OF_RANGE", ("0", "cost")),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(name: str, value: object, code: str, below: tuple[str, ...]) -> None:
    with pytest.raises(Refused) as refused:
        checked({name: value})
    assert [(fault.code, fault.path) for fault in refused.value.faults] == [(code, ("input", name, *below))]


def test_everything_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(Refused) as refused:
        checked({"horizonMonths": 0, "timeZone": "x", "assumedMargin": 0.5})
    assert [fault.path[1] for fault in refused.value.faults] == ["horizonMonths", "timeZone"]


def test_what_may_be_empty_is_emptied_by_null() -> None:
    assert checked({"frequencyCap": None, "quietHours": None, "rateCard": None}) == {
        "frequency_cap": None,
        "quiet_hours": None,
        "rate_card": [],
    }


def test_what_is_good_is_stored_as_it_will_be_told() -> None:
    card = [Rate(Channel.PHONE, TouchpointKind.CALL, Decimal("4.5")), Rate(Channel.EMAIL, None, Decimal("1E-3"))]
    given = {"frequencyCap": Cap(3, _WEEK), "quietHours": Hours("21:00", "08:00"), "rateCard": card}
    assert checked({**given, "baseCurrency": "EUR", "timeZone": "Europe/Berlin", "horizonMonths": 24}) == {
        "frequency_cap": {"contacts": 3, "per": "P7D"},
        "quiet_hours": {"from": "21:00", "until": "08:00"},
        "rate_card": [
            {"channel": "EMAIL", "kind": None, "cost": "0.001"},
            {"channel": "PHONE", "kind": "CALL", "cost": "4.5"},
        ],
        "base_currency": "EUR",
        "time_zone": "Europe/Berlin",
        "horizon_months": 24,
    }


def test_only_where_the_price_differs_is_it_counted_anew() -> None:
    before = (("EMAIL", None, Decimal(1)), ("EMAIL", "OPEN", Decimal(2)))
    assert repriced(before, (("EMAIL", None, Decimal(1)), ("EMAIL", "OPEN", Decimal(3)))) == ["EMAIL OPEN"]
    assert repriced(before, (*before, ("EMAIL", "CLICK", Decimal("1.0")))) == []
    without = repriced(before, (("EMAIL", "OPEN", Decimal(2)),))
    assert "EMAIL OPEN" not in without
    assert len(without) == len(TouchpointKind) - 1


CARDS = st.dictionaries(
    st.tuples(st.sampled_from(["WEB", "EMAIL"]), st.sampled_from([None, "OPEN", "CLICK"])),
    st.integers(0, 3).map(Decimal),
).map(lambda rates: tuple((channel, kind, cost) for (channel, kind), cost in rates.items()))


@given(CARDS, CARDS)
def test_counting_anew_what_is_told_comes_to_the_new_card(before: object, after: object) -> None:
    assert isinstance(before, tuple)
    assert isinstance(after, tuple)
    costs = prices(before)
    for place in repriced(before, after):
        channel, kind = place.split()
        costs[channel, kind] = prices(after)[channel, kind]
    assert costs == prices(after)


@given(st.integers(0, 500), st.integers(0, 10**6))
def test_a_duration_is_told_as_it_can_be_read_again(months: int, seconds: int) -> None:
    duration = Duration(months, timedelta(seconds=seconds))
    assert Duration.parse(duration.told) == duration
