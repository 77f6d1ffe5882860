"""An allowance: so many at once, as many a minute, each key for itself."""

from datetime import UTC, datetime, timedelta

from domain.access.allowance import Allowance

NOW = datetime(2026, 3, 15, 12, tzinfo=UTC)


def test_what_is_spent_comes_back_one_by_one() -> None:
    allowance = Allowance(60)
    assert [allowance.take("a", 1, NOW) for _ in range(60)] == [None] * 60
    assert allowance.take("a", 1, NOW) == timedelta(seconds=1)
    assert allowance.take("a", 5, NOW) == timedelta(seconds=5)
    assert allowance.take("b", 60, NOW) is None
    assert allowance.take("a", 1, NOW + timedelta(seconds=1)) is None
    assert allowance.take("a", 1, NOW + timedelta(seconds=1)) == timedelta(seconds=1)
    assert allowance.take("a", 60, NOW + timedelta(hours=1)) is None
    assert allowance.take("a", 1, NOW + timedelta(hours=1)) is not None


def test_who_spent_nothing_lately_is_forgotten() -> None:
    allowance = Allowance(60)
    for at in range(3_000):
        allowance.take(at, 1, NOW + timedelta(seconds=at))
    assert len(allowance._spent) < 1_100
    assert allowance.take(2_999, 60, NOW + timedelta(seconds=2_999)) is not None
