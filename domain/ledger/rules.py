"""The ledger's decisions, pure: how long a lease lasts, when to try again, when the timetable next comes round."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from uuid import UUID
from zoneinfo import ZoneInfo

from domain.vocabulary import JobKind

LEASE = timedelta(seconds=8)
RENEW_EVERY = timedelta(seconds=2)
BUCKETS = 16
BUCKET_SQL = "(get_byte(uuid_send(customer_id), 15) & 15)"
"""The bucket of a customer where a set is marked by one statement; bucket_of is its twin."""

FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(minutes=10)
ERROR_LENGTH = 1_000


class LeaseLost(Exception):
    """The attempt is no longer ours: somebody else has taken the work up, or it has ended. Nothing may be committed."""


class JobCancelled(Exception):
    """Somebody asked for the job to end; raised between batches."""


def bucket_of(id_: UUID) -> int:
    """By the last bits, which are random in a UUIDv7."""
    return id_.int % BUCKETS


def pause_after(attempt: int, rng: Random) -> timedelta:
    """How long to wait after a failed attempt: twice as long each time, up to half of it less by chance."""
    longest: timedelta = min(FIRST_PAUSE * 2 ** min(attempt - 1, 20), LONGEST_PAUSE)
    return longest * (0.5 + rng.random() / 2)


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the timetable: every so often, or at a time of the organization's day.

    Of every day, of one weekday (0 is Monday) or of one day of the month (1 to 28, which every month has).
    """

    name: str
    kind: JobKind | None = None
    arguments: dict[str, object] = field(default_factory=dict)
    every: timedelta | None = None
    at: time | None = None
    weekday: int | None = None
    day: int | None = None


def next_time(entry: Entry, after: datetime, zone: ZoneInfo) -> datetime:
    """The first firing later than `after`.

    A time that the day skips when clocks go forward comes as much later as they jump; one that a day has twice comes
    the first time only. So every day has exactly one.
    """
    if entry.every is not None:
        return after + entry.every
    day = after.astimezone(zone).date()
    while True:
        fits = entry.weekday in (None, day.weekday()) and entry.day in (None, day.day)
        if fits and (moment := _on(day, entry.at or time(), zone)) > after:
            return moment
        day += timedelta(days=1)


def _on(day: date, at: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, at, tzinfo=zone).astimezone(UTC)
