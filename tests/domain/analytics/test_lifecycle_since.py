"""Since when a stage holds: the same however often anybody looked, and whatever was replayed in between."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from domain.analytics import commands_snapshots as history
from domain.database import Database
from tests.domain.analytics.facts import NOW, buyer, changed_pass, customer, full_run, order, scores
from tests.domain.analytics.test_snapshots import night, pen, replay

DAY = timedelta(days=1)
END = NOW + 100 * DAY

LIVES: Mapping[str, tuple[tuple[int, ...], str, datetime]] = {
    "never bought": ((), "PROSPECT", NOW),
    "bought lately": ((-60,), "NEW", NOW + 60 * DAY),
    "new no more": ((40,), "ACTIVE", NOW + 50 * DAY),
    "seen first as it is": ((300, 250, 30), "ACTIVE", NOW),
    "silent too long": ((300,), "LAPSED", NOW + 65 * DAY),
    "came back": ((500, -20), "WON_BACK", NOW + 20 * DAY),
    "came back, and bought again": ((500, -20, -40), "WON_BACK", NOW + 20 * DAY),
    "came back long enough ago": ((500, 20), "ACTIVE", NOW + 70 * DAY),
    "bought the fifth time": ((200, 150, 100, 50, -30), "LOYAL", NOW + 30 * DAY),
    "new, and loyal after": ((80, 60, 40, 20, 10), "LOYAL", NOW + 10 * DAY),
}
"""Purchases in days before NOW, and what holds since when a hundred days later."""


async def live(db: Database) -> dict[UUID, str]:
    people = {}
    async with db.transaction() as tx:
        for name, (days, *_) in LIVES.items():
            known = [day for day in days if day >= 0]
            of = await (buyer(tx, *known) if known else customer(tx))
            for day in days[len(known) :]:
                await order(tx, of, NOW - day * DAY)
            people[of] = name
    return people


async def told(db: Database, people: Mapping[UUID, str]) -> dict[str, tuple[str, datetime]]:
    found = await scores(db)
    return {name: (found[of]["lifecycle_stage"], found[of]["lifecycle_since"]) for of, name in people.items()}


def expected() -> dict[str, tuple[str, datetime]]:
    return {name: (stage, since) for name, (_, stage, since) in LIVES.items()}


@pytest.mark.parametrize("nights", [tuple(range(0, 101, 10)), (0, 45, 100), (0, 100)], ids=["often", "seldom", "once"])
async def test_skipped_nights_change_nothing(db: Database, nights: tuple[int, ...]) -> None:
    people = await live(db)
    for days in nights:
        await full_run(db, NOW + days * DAY)
    assert await told(db, people) == expected()


async def rounds(db: Database) -> None:
    """Everybody is looked at by a round instead of a nightly run."""
    async with db.transaction() as tx:
        await tx.execute("UPDATE customer_mark SET wanted = wanted + 1")
    await changed_pass(db, END)


async def nightly(db: Database) -> None:
    await night(db, END)


@pytest.mark.parametrize("after", [nightly, rounds])
async def test_who_replays_the_past_does_not_change_since_when(
    db: Database, after: Callable[[Database], Awaitable[None]]
) -> None:
    people = await live(db)
    for days in range(0, 100, 10):
        await night(db, NOW + days * DAY)
    for days in (90, 20, 60):
        await replay(db, NOW + days * DAY)
    at_sixty = await told(db, people)
    assert at_sixty["bought the fifth time"] == ("LOYAL", NOW + 40 * DAY), "the first night that saw it"
    assert at_sixty["seen first as it is"] == at_sixty["silent too long"] == ("ACTIVE", NOW)
    assert at_sixty["came back long enough ago"] == ("WON_BACK", NOW - 20 * DAY)
    await after(db)
    ended = await told(db, people)
    assert {name: stage for name, (stage, _) in ended.items()} == {name: stage for name, (_, stage, _) in LIVES.items()}
    apart = {name: abs(since - LIVES[name][2]) for name, (_, since) in ended.items() if since != LIVES[name][2]}
    assert set(apart) <= {"bought the fifth time", "new, and loyal after"}
    assert all(days <= 10 * DAY for days in apart.values()), "as near as the nights lie"


async def test_the_past_that_nobody_saw_is_first_seen_then(db: Database) -> None:
    people = await live(db)
    await full_run(db, END)
    await replay(db, NOW)
    assert (await told(db, people))["seen first as it is"] == ("ACTIVE", NOW)
    assert await history.keep_changes(pen(db), NOW) == 0
