"""Spans that days are held against go by the organization's calendar, whatever hour it is, also where clocks change."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from domain.clock import Duration, add_months
from domain.query.asking import Given
from domain.query.entity import Kind
from domain.query.operators import ago, ahead
from tests.support.calling import OCCASION


def moved(today: date, months: int, days: int) -> date:
    return add_months(datetime(today.year, today.month, today.day, tzinfo=UTC), months).date() + timedelta(days)


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/New_York", "Pacific/Kiritimati", "Pacific/Apia"])
@pytest.mark.parametrize(("said", "months", "days"), [("P7D", 0, 7), ("P1M", 1, 0), ("P1Y2M3D", 14, 3), ("P0D", 0, 0)])
def test_so_many_days_and_months_from_today(zone: str, said: str, months: int, days: int) -> None:
    span, given = Duration.parse(said), Given(None)
    back, on = ago(given, Kind.DAY), ahead(given, Kind.DAY)
    for hour in range(0, 24 * 400, 7):  # a leap day, and clocks that go back and forth
        now = datetime(2027, 10, 1, tzinfo=UTC) + timedelta(hours=hour, minutes=30)
        occasion = replace(OCCASION, now=now, zone=ZoneInfo(zone))
        before, after = back(occasion, span), on(occasion, span)
        assert after == moved(occasion.today, months, days), now
        assert before == moved(occasion.today, -months, 0) - timedelta(days), now


def test_instants_are_held_against_what_has_passed() -> None:
    occasion = replace(OCCASION, now=datetime(2026, 3, 30, 12, tzinfo=UTC), zone=ZoneInfo("Europe/Berlin"))
    assert ago(Given(None), Kind.INSTANT)(occasion, Duration.parse("P7D")) == datetime(2026, 3, 23, 12, tzinfo=UTC)
