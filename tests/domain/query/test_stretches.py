"""A span of time in rows: one after the other without a gap, each but the last ending at a local midnight."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.clock import Duration
from domain.query.periods import Span
from domain.query.stretches import MOST, TooMany, stretches, until_now
from tests.domain.query.world import at
from tests.support.generating import EACH_RUN_ALIKE

UTC_ZONE = ZoneInfo("UTC")
MONTH = Duration.parse("P1M")


def _days(every: str, start: str | None, end: str, zone: ZoneInfo = UTC_ZONE) -> list[str]:
    found = stretches(Duration.parse(every), at(start) if start else None, at(end), zone)
    return [edge.astimezone(zone).strftime("%Y-%m-%d %H:%M").removesuffix(" 00:00") for edge in found.edges]


def test_months_are_clamped_from_where_the_first_began() -> None:
    edges = _days("P1M", "2025-01-31", "2025-06-01")
    assert edges == ["2025-01-31", "2025-02-28", "2025-03-31", "2025-04-30", "2025-05-31", "2025-06-01"]


def test_a_row_that_begins_within_a_day_ends_at_midnight() -> None:
    edges = _days("P1M", "2025-11-14T13:30", "2026-01-14T13:30")
    assert edges == ["2025-11-14 13:30", "2025-12-15", "2026-01-14 13:30"]


def test_left_out_it_is_twelve_rows_and_the_last_is_running() -> None:
    months = _days("P1M", None, "2026-03-15T12:00")
    assert (months[0], months[-2:], len(months)) == ("2025-04-01", ["2026-03-01", "2026-03-15 12:00"], 13)
    assert _days("P1M", None, "2026-03-01")[-2:] == ["2026-02-01", "2026-03-01"]
    weeks = _days("P7D", None, "2026-03-15T12:00")
    assert (weeks[0], weeks[-1], len(weeks)) == ("2025-12-22", "2026-03-15 12:00", 13)
    assert len(_days("P3M", None, "2026-03-15T12:00")) == len(_days("P1Y", None, "2026-03-15T12:00")) == 13


def test_the_month_that_is_running_is_read_whole_less_what_lies_ahead() -> None:
    now, april = at("2026-03-15T12:00"), at("2026-04-01")
    found = until_now(stretches(MONTH, None, now, UTC_ZONE), UTC_ZONE)
    assert found.edges[-1] == now
    assert (found.span, found.ahead) == (Span((date(2025, 4, 1), date(2026, 4, 1)), ()), (now, april))
    start = at("2025-12-31T10:00")
    sided = until_now(stretches(MONTH, start, now, UTC_ZONE), UTC_ZONE)
    assert sided.span == Span((date(2026, 1, 1), date(2026, 4, 1)), ((start, at("2026-01-01")),))
    assert sided.ahead == (now, april)


@pytest.mark.parametrize(
    ("every", "start", "end"),
    [("P7D", None, "2026-03-15T12:00"), ("P1M", None, "2026-03-01"), ("P1M", "2025-11-14T13:30", "2026-01-14T13:30")],
)
def test_rows_of_other_lengths_are_read_as_they_are(every: str, start: str | None, end: str) -> None:
    found = stretches(Duration.parse(every), at(start) if start else None, at(end), UTC_ZONE)
    assert until_now(found, UTC_ZONE) == found


def test_clocks_that_are_put_forward_move_no_midnight() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    found = stretches(Duration.parse("P1D"), datetime(2026, 3, 28, 23, tzinfo=UTC), at("2026-03-30T12:00"), berlin)
    assert found.edges == (at("2026-03-28T23:00"), at("2026-03-29T22:00"), at("2026-03-30T12:00"))
    assert found.before == at("2026-03-27T23:00")


def test_what_lies_ahead_has_no_rows() -> None:
    assert len(stretches(MONTH, at("2027-01-01"), at("2026-01-01"), UTC_ZONE).edges) == 1


def test_more_rows_than_are_told_are_too_many() -> None:
    assert len(stretches(MONTH, at("2016-01-01"), at("2026-01-01"), UTC_ZONE).edges) == MOST + 1
    with pytest.raises(TooMany):
        stretches(MONTH, at("2015-12-31"), at("2026-01-01"), UTC_ZONE)


_MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2026, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 (bounds)
_EVERY = st.builds(Duration, st.integers(0, 14), st.sampled_from([0, 7, 30, 45]).map(timedelta))


@settings(EACH_RUN_ALIKE, max_examples=60)
@given(
    _EVERY.filter(lambda every: bool(every.months or every.rest)),
    _MOMENTS,
    st.integers(1, 600 * 24 * 60),
    st.sampled_from(["UTC", "Europe/Berlin", "America/Sao_Paulo", "Pacific/Apia"]),
)
def test_rows_follow_one_another_and_months_lie_whole_in_them(
    every: Duration, start: datetime, minutes: int, name: str
) -> None:
    zone, end = ZoneInfo(name), start + timedelta(minutes=minutes)
    found = stretches(every, start, end, zone)
    assert (found.edges[0], found.edges[-1]) == (start, end)
    assert all(one < other for one, other in pairwise(found.edges))
    assert found.before < start
    # A midnight that the clocks leap over is told as the first moment after it.
    assert all(edge.astimezone(zone).hour in (0, 1) for edge in found.edges[1:-1])
    months = found.span.months
    if months:
        assert months[0]
        assert months[1]
        first, until = (datetime.combine(month, datetime.min.time(), zone) for month in months if month)
        inside = [edge for edge in found.edges[1:-1] if first <= edge < until]
        assert all(edge.astimezone(zone).day == 1 for edge in inside)
