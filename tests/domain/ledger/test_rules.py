"""When to try again, and when the timetable comes round: once a day, also on the days on which clocks change."""

from datetime import UTC, datetime, time, timedelta
from random import Random
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from domain.ledger.rules import FIRST_PAUSE, LONGEST_PAUSE, Entry, bucket_of, next_time, pause_after

BERLIN = ZoneInfo("Europe/Berlin")


def test_pauses_double_up_to_a_limit_and_scatter() -> None:
    rng = Random(1)
    for attempt in range(1, 40):
        longest = min(FIRST_PAUSE * 2 ** (attempt - 1), LONGEST_PAUSE)
        pauses = {pause_after(attempt, rng) for _ in range(50)}
        assert all(longest / 2 <= pause <= longest for pause in pauses)
        assert len(pauses) > 40


def test_the_bucket_is_by_the_last_four_bits() -> None:
    assert bucket_of(UUID(int=0x7_0000_0000_0000_000D)) == 13


def test_an_interval_counts_from_now() -> None:
    moment = datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert next_time(Entry("often", every=timedelta(seconds=10)), moment, BERLIN) == moment + timedelta(seconds=10)


@pytest.mark.parametrize(
    ("after", "comes"),
    [
        # Germany goes from 02:00 to 03:00 on 29 March 2026: 02:30 does not exist, 03:30 summer time is an hour later.
        ("2026-03-28T01:30:00+00:00", "2026-03-29T01:30:00+00:00"),
        ("2026-03-29T01:30:00+00:00", "2026-03-30T00:30:00+00:00"),
        # It goes back from 03:00 to 02:00 on 25 October 2026: 02:30 is there twice, the first is summer time.
        ("2026-10-24T00:30:00+00:00", "2026-10-25T00:30:00+00:00"),
        ("2026-10-25T00:30:00+00:00", "2026-10-26T01:30:00+00:00"),
    ],
)
def test_half_past_two_on_days_when_clocks_change(after: str, comes: str) -> None:
    nightly = Entry("nightly", at=time(2, 30))
    assert next_time(nightly, datetime.fromisoformat(after), BERLIN) == datetime.fromisoformat(comes)


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "UTC"])
@pytest.mark.parametrize("at", [time(0, 0), time(2, 30), time(23, 59)])
def test_every_day_of_two_years_has_exactly_one_firing(zone: str, at: time) -> None:
    nightly, where = Entry("nightly", at=at), ZoneInfo(zone)
    moment, days = datetime(2026, 1, 1, 12, tzinfo=UTC), []
    while moment < datetime(2028, 1, 1, tzinfo=UTC):
        moment = next_time(nightly, moment, where)
        days.append(moment.astimezone(where).date())
    assert days == [days[0] + timedelta(days=count) for count in range(len(days))]


def test_a_weekday() -> None:
    weekly = Entry("weekly", at=time(2, 0), weekday=6)
    moment = next_time(weekly, datetime(2026, 3, 26, 12, tzinfo=UTC), BERLIN)
    assert moment.astimezone(BERLIN).replace(tzinfo=None) == datetime(2026, 3, 29, 3, 0)  # noqa: DTZ001 (a time on the wall)
    assert next_time(weekly, moment, BERLIN) == datetime(2026, 4, 5, 0, 0, tzinfo=UTC)


def test_a_day_of_the_month() -> None:
    monthly = Entry("monthly", at=time(4, 0), day=1)
    moment, comes = datetime(2026, 1, 31, 12, tzinfo=UTC), []
    for _ in range(3):
        moment = next_time(monthly, moment, BERLIN)
        comes.append(moment.astimezone(BERLIN).isoformat()[:16])
    assert comes == ["2026-02-01T04:00", "2026-03-01T04:00", "2026-04-01T04:00"]
    assert next_time(monthly, datetime(2026, 2, 1, 2, 59, tzinfo=UTC), BERLIN) == datetime(2026, 2, 1, 3, tzinfo=UTC)
