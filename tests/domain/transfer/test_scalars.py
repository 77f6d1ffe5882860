"""Moments of facts: what has not been so yet is no fact."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.errors import ErrorCode
from domain.transfer.scalars import Unfit, not_ahead

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize("ahead", [timedelta(0), timedelta(days=-9_000), timedelta(days=1)])
def test_what_was_so_by_some_clock_is_taken(ahead: timedelta) -> None:
    assert not_ahead(NOW + ahead, NOW, "paidAt") == NOW + ahead


def test_what_lies_more_than_a_day_ahead_is_out_of_range() -> None:
    with pytest.raises(Unfit) as told:
        not_ahead(NOW + timedelta(days=1, microseconds=1), NOW, "paidAt")
    assert (told.value.field, told.value.code) == ("paidAt", ErrorCode.OUT_OF_RANGE)


def test_years_of_no_fact_are_out_of_range() -> None:
    with pytest.raises(Unfit):
        not_ahead(NOW.replace(year=1800), NOW, "paidAt")
