"""Segments killed with -9 wherever they are: the last good membership is served all the time, the look goes on where it
was, the end is that of a full look, and nobody's entering or leaving is lost or told twice.
"""

import asyncio
import random
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import UUID

import pytest

from api.up.child import Child, Command
from domain.clock import Duration
from domain.ids import Prefix, to_public
from domain.segments import commands
from domain.segments.commands import Given
from domain.segments.membership import commands_refreshing
from domain.segments.membership.queries import evaluation
from domain.segments.rule import Json, kept
from tests.domain.analytics.facts import customer, order
from tests.support.calling import OCCASION
from tests.support.jobs import ROOT, House

pytestmark = pytest.mark.proof

PEOPLE = 240
AGE, TURNING = timedelta(days=300), 30
_MEMBERS = """
SELECT s.name, m.customer_id FROM segment s JOIN customer_segment m ON m.segments @> ARRAY[s.number]
WHERE s.number IS NOT NULL
"""
_STAYS = """
SELECT s.name, k.customer_id, k.entered_at, k.left_at FROM segment_stay k JOIN segment s USING (segment_id)
UNION ALL
SELECT s.name, k.customer_id, o.at, NULL FROM customer_segment k
CROSS JOIN LATERAL unnest(k.segments, k.entered_at) AS o (number, at) JOIN segment s USING (number)
ORDER BY 1, 2, 3
"""
_BEHIND = """
SELECT (SELECT count(*) FROM customer_mark WHERE done < wanted) + (SELECT count(*) FROM segment_turn)
  + (SELECT count(*) FROM job WHERE kind = 'REFRESH_SEGMENTS' AND status IN ('QUEUED', 'RUNNING'))
  + (SELECT count(*) FROM segment_sweep WHERE swept_until < $1)
"""
_FREE = (
    "UPDATE job SET lease_until = clock_timestamp(), run_after = clock_timestamp() WHERE finished_at IS NULL",
    "UPDATE customer_mark SET lease_until = NULL WHERE done < wanted",
)
Members = dict[str, frozenset[UUID]]


def bought(at_least: int) -> Json:
    return {"orders": {"count": {"gte": at_least}}}


@dataclass
class Town:
    """Whose n-th customer has bought n modulo 4 times; some buy all the time, and somebody looks all the time."""

    house: House
    chance: random.Random
    people: list[UUID] = field(default_factory=list)
    busy: list[UUID] = field(default_factory=list)
    ids: dict[str, UUID] = field(default_factory=dict)
    seen: list[Members] = field(default_factory=list)
    noted: list[tuple[datetime, Members]] = field(default_factory=list)
    orders: int = 0
    turned: datetime = field(default_factory=lambda: datetime.now(UTC))

    def buyers(self, at_least: int) -> frozenset[UUID]:
        """Of those who do not buy meanwhile."""
        return frozenset(one for at, one in enumerate(self.people) if at % 4 >= at_least) - set(self.busy)

    async def settle(self) -> None:
        now = datetime.now(UTC)
        async with self.house.db.transaction() as tx:
            for at in range(PEOPLE):
                # Some are of age already, the others come of age one after the other in the next seconds.
                who = await customer(tx, created_at=now - AGE + timedelta(seconds=at * TURNING / PEOPLE - 5))
                self.people.append(who)
                for number in range(at % 4):
                    await order(tx, who, now - timedelta(days=40 + number))
        self.turned = now + timedelta(seconds=TURNING)
        self.busy = self.chance.sample(self.people, PEOPLE // 12)

    async def create(self, name: str, rule: Json) -> None:
        async with self.house.db.transaction() as tx:
            occasion = replace(OCCASION, now=datetime.now(UTC))
            saved = await commands.create(tx, Given(frozenset(), name=name, rule=rule), occasion=occasion)
        assert saved.did.key is not None
        self.ids[name] = saved.did.key

    async def edit(self, name: str, rule: Json) -> None:
        async with self.house.db.transaction() as tx:
            occasion = replace(OCCASION, now=datetime.now(UTC))
            await commands.update(tx, self.ids[name], Given(frozenset({"where"}), rule=rule), occasion=occasion)

    async def buy(self) -> None:
        while True:
            async with self.house.db.transaction() as tx:
                await order(tx, self.chance.choice(self.busy), datetime.now(UTC) - timedelta(days=1), 20)
            self.orders += 1
            await asyncio.sleep(0.03)

    async def look(self) -> None:
        while True:
            found = await self.members()
            if not self.seen or self.seen[-1] != found:
                self.seen.append(found)
            await asyncio.sleep(0.01)

    async def members(self) -> Members:
        """In one statement: what is served at this moment."""
        async with self.house.db.connection() as connection:
            rows = await connection.fetch(_MEMBERS)
        return {name: frozenset(row["customer_id"] for row in rows if row["name"] == name) for name in self.ids}

    async def killed(self, part: str, point: str, call: int) -> bool:
        """Whether it died there before there was nothing more to do."""
        environment = self.house.environment | {"PYTHONPATH": str(ROOT)}
        argv = (sys.executable, "-m", "tests.support.mortal_segments", part, point, str(call))
        log = self.house.folder / f"mortal{len(self.house.workers)}.log"
        child = Child(Command("mortal", argv, log=log, env=environment, stop_within=30))
        self.house.workers.append(child)
        async with asyncio.timeout(180):
            while child.ended() is None and (part == "loop" or await self.jobs()):  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        died = child.ended() == -signal.SIGKILL
        if not died:
            child.kill()
        async with self.house.db.connection() as connection:
            for statement in _FREE:
                await connection.execute(statement)
        return died

    async def jobs(self) -> int:
        return await self.house.number("SELECT count(*) FROM job WHERE status IN ('QUEUED', 'RUNNING')")

    async def at_rest(self, *, of_age: bool = False) -> None:
        """By a worker and a loop that live; then it is noted who is in what. `of_age`: when all have come of age."""
        children = [self.house.start("product-worker"), self.house.start("product-loop")]
        async with asyncio.timeout(180):
            until = self.turned if of_age else datetime.fromtimestamp(0, UTC)
            while await self.house.number(_BEHIND, until):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        for child in children:
            child.stop()
        async with self.house.db.connection() as connection:
            self.noted.append((await connection.fetchval("SELECT clock_timestamp()"), await self.members()))


@asynccontextmanager
async def going_on(*deeds: object) -> AsyncIterator[None]:
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(deed()) for deed in deeds]  # type: ignore[operator]
        yield
        for task in tasks:
            task.cancel()


async def kill_here_and_there(town: Town, times: int) -> int:
    """The worker at its job, then the loop at its rounds, each time at another place; how often one died there."""
    died = 0
    for _ in range(times):
        point = town.chance.choice(("looked", "looked", "told", "held"))
        died += await town.killed("worker", point, 1 if point == "held" else town.chance.randint(1, 4))
    for _ in range(times - 1):
        died += await town.killed("loop", "looked", town.chance.randint(1, 2))
    return died


async def test_killed_anywhere_members_are_the_last_good_ones_and_history_is_whole(workers: House) -> None:
    town = Town(workers, random.Random(5))
    await town.settle()
    await town.create("Buyers", bought(2))
    await town.create("Others", {"notInSegment": [to_public(Prefix.SEGMENT, town.ids["Buyers"])]})
    await town.create("Any", bought(1))
    await town.create("Old", kept({"createdAt": {"olderThan": Duration.parse("P300D")}}))
    died = 0
    async with going_on(town.buy, town.look):
        died += await kill_here_and_there(town, 3)
    await town.at_rest()
    quiet = frozenset(town.people) - set(town.busy)
    built = {"Buyers": town.buyers(2), "Others": quiet - town.buyers(2), "Any": town.buyers(1)}
    for seen in town.seen:  # nobody at first, and then all at once
        assert all(seen[name] & quiet in (frozenset(), whole) for name, whole in built.items())
    ages = [seen["Old"] for seen in town.seen]
    assert all(before <= after for before, after in pairwise(ages)), "nobody grows younger"

    town.seen.clear()
    await town.edit("Buyers", bought(3))
    async with going_on(town.buy, town.look):
        died += await kill_here_and_there(town, 2)
    await town.at_rest(of_age=True)
    for seen in town.seen:
        assert seen["Buyers"] & quiet in (town.buyers(2), town.buyers(3)), "the one or the other, never a part"
        assert seen["Any"] & quiet == town.buyers(1), "whatever becomes of others"
        assert quiet - town.buyers(2) <= seen["Others"] & quiet <= quiet - town.buyers(3)
    assert died >= 4, "killed where it was meant to be"
    assert town.orders > 50

    await check_end(town)
    await check_history(town, quiet)


async def check_end(town: Town) -> None:
    """A full look finds who is stored, and as many as are counted."""
    async with town.house.db.connection() as connection:
        rules = await commands_refreshing.rules_at_work(connection)
        found = evaluation(rules, replace(OCCASION, now=datetime.now(UTC)), None)
        names = {rule.number: name for rule in rules for name, id_ in town.ids.items() if id_ == rule.segment_id}
        anew: dict[str, set[UUID]] = {name: set() for name in town.ids}
        for row in await connection.fetch(found.sql, *found.values):
            for number in row["segments"]:
                anew[names[number]].add(row["customer_id"])
        counts = {row[0]: row[1] for row in await connection.fetch("SELECT name, member_count FROM segment")}
    assert await town.members() == anew
    assert counts == {name: len(members) for name, members in anew.items()}
    assert {name for name, members in anew.items() if set(town.busy) & members}, "who bought meanwhile moved, too"


async def check_history(town: Town, quiet: frozenset[UUID]) -> None:
    """Stays follow one another, replayed they give who was in what when it was noted; and of who was quiet each step
    is told once.
    """
    async with town.house.db.connection() as connection:
        rows = await connection.fetch(_STAYS)
    stays: dict[tuple[str, UUID], list[tuple[datetime, datetime | None]]] = {}
    for row in rows:
        stays.setdefault((row["name"], row["customer_id"]), []).append((row["entered_at"], row["left_at"]))
    for one in stays.values():
        for (entered, left), (again, _) in pairwise(one):
            assert left is not None
            assert entered <= left <= again, "told twice"
    for moment, members in town.noted:
        for name, whole in members.items():
            of_it = {who: one for (of, who), one in stays.items() if of == name}
            held = {who for who, one in of_it.items() if any(_covers(stay, moment) for stay in one)}
            assert held == whole, (name, moment)
    twice = town.buyers(2) - town.buyers(3)
    for who in quiet:
        steps = {name: [left is not None for _, left in stays.get((name, who), [])] for name in town.ids}
        buys, others = [True] if who in twice else [False], [False]
        assert steps["Buyers"] == (buys if who in town.buyers(2) else [])
        assert steps["Others"] == (others if who not in town.buyers(3) else [])
        assert steps["Old"] == [False], "the clock turns everybody once"
        assert steps["Any"] == ([False] if who in town.buyers(1) else [])


def _covers(stay: tuple[datetime, datetime | None], moment: datetime) -> bool:
    return stay[0] <= moment and (stay[1] is None or stay[1] > moment)
