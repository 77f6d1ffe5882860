"""The timetable: rows that come round again and again, fired once however many loops look at them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

import asyncpg

from domain.database import Tx
from domain.ledger.commands import enqueue
from domain.ledger.queries import is_open
from domain.ledger.rules import Entry, next_time
from domain.settings import Settings
from domain.vocabulary import JobKind

TIMETABLE = (
    Entry("seal-audit", every=timedelta(seconds=2)),
    Entry("changed-customers", every=timedelta(seconds=10)),
    Entry("sweep-segments", every=timedelta(seconds=10)),
    Entry("tidy-answers", every=timedelta(minutes=1)),
    Entry("tidy-transfers", every=timedelta(hours=1)),
    Entry("touchpoint-years", at=time(1, 30)),
    Entry("tidy", at=time(1, 45)),
    Entry("fit-value-model", JobKind.FIT_VALUE_MODEL, at=time(2, 0), weekday=6),
    Entry("score-customers", JobKind.SCORE_CUSTOMERS, at=time(3, 0)),
    Entry("relate-products", JobKind.RELATE_PRODUCTS, at=time(3, 30)),
    Entry("advise-customers", JobKind.ADVISE_CUSTOMERS, at=time(4, 15)),
    Entry("snapshot-metrics", JobKind.SNAPSHOT_METRICS, at=time(4, 0), day=1),
)

# What an operator has changed stays: a row that is there is left alone.
_SEED = """
INSERT INTO schedule (name, kind, arguments, every_seconds, at_time, on_weekday, on_day, next_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (name) DO NOTHING
"""

_ANYTHING_DUE = """
SELECT EXISTS (SELECT 1 FROM schedule WHERE enabled AND next_at <= clock_timestamp() AND name <> ALL ($1))
"""

# Locked until the firing commits: a second loop passes by, and a loop that dies leaves the row due.
_DUE = """
SELECT name, kind, arguments, every_seconds, at_time, on_weekday, on_day, clock_timestamp() AS now FROM schedule
WHERE enabled AND next_at <= clock_timestamp() AND name <> ALL ($1)
ORDER BY next_at, name LIMIT 1 FOR UPDATE SKIP LOCKED
"""
_FIRED = "UPDATE schedule SET next_at = $2, last_at = $3 WHERE name = $1"
_OF_THE_DAY = """
SELECT name, kind, arguments, every_seconds, at_time, on_weekday, on_day FROM schedule WHERE at_time IS NOT NULL
ORDER BY name FOR NO KEY UPDATE
"""
_RETIME = "UPDATE schedule SET next_at = $2 WHERE name = $1"
_POSTPONE = """
UPDATE schedule SET next_at = clock_timestamp() + $2::interval
WHERE name = $1 AND enabled AND next_at <= clock_timestamp()
"""


@dataclass(frozen=True, slots=True)
class Firing:
    """An entry whose time has come, in a transaction that keeps everybody else from it."""

    entry: Entry
    now: datetime


async def seed(tx: Tx, entries: Sequence[Entry] = TIMETABLE) -> None:
    """Write down what is not there yet; as often as wanted, by as many as want. An interval starts at once."""
    now: datetime = await tx.fetchval("SELECT clock_timestamp()")
    zone = (await Settings.load(tx)).zone
    for entry in entries:
        every = entry.every.total_seconds() if entry.every else None
        at = entry.at.isoformat("minutes") if entry.at else None
        first = now if entry.every else next_time(entry, now, zone)
        when = (every, at, entry.weekday, entry.day, first)
        await tx.execute(_SEED, entry.name, entry.kind, entry.arguments, *when)


async def anything_due(tx: Tx, *, but_not: Sequence[str] = ()) -> bool:
    """Whether it is worth a transaction to fire the next entry."""
    return bool(await tx.fetchval(_ANYTHING_DUE, list(but_not)))


async def fire_next(tx: Tx, *, but_not: Sequence[str] = ()) -> Firing | None:
    """The next entry whose time has come, its next time set; None where nothing is due.

    What was missed while nobody looked comes once, not as often as it was missed. The entry counts as fired when the
    transaction commits. A job of the same kind and arguments that waits or runs already is enough.
    """
    row = await tx.fetchrow(_DUE, list(but_not))
    if row is None:
        return None
    entry, now = _entry(row), row["now"]
    await tx.execute(_FIRED, entry.name, next_time(entry, now, (await Settings.load(tx)).zone), now)
    if entry.kind is not None and not await is_open(tx, entry.kind, entry.arguments):
        await enqueue(tx, entry.kind, entry.arguments, principal=None, now=now)
    return Firing(entry, now)


async def retime(tx: Tx) -> None:
    """Times of the day are those of the organization's time zone, as it is settled now."""
    now: datetime = await tx.fetchval("SELECT clock_timestamp()")
    zone = (await Settings.load(tx)).zone
    for row in await tx.fetch(_OF_THE_DAY):
        await tx.execute(_RETIME, row["name"], next_time(_entry(row), now, zone))


async def postpone(tx: Tx, name: str, pause: timedelta) -> None:
    """After a firing that failed and was rolled back: still due, but not at once."""
    await tx.execute(_POSTPONE, name, pause)


def _entry(row: asyncpg.Record) -> Entry:
    return Entry(
        name=row["name"],
        kind=JobKind(row["kind"]) if row["kind"] else None,
        arguments=row["arguments"],
        every=timedelta(seconds=float(row["every_seconds"])) if row["every_seconds"] else None,
        at=time.fromisoformat(row["at_time"]) if row["at_time"] else None,
        weekday=row["on_weekday"],
        day=row["on_day"],
    )
