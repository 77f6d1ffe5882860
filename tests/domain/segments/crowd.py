"""Thirty people whom everybody changes at once: rounds, the job, the clock, lists, groups, merges, erasures, edits."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from itertools import pairwise
from random import Random
from typing import TypeVar
from uuid import UUID

import numpy as np

from domain.analytics.clusters import Tried
from domain.clock import Duration
from domain.database import Database, Tx
from domain.errors import Refused
from domain.identity.commands_merging import merge
from domain.identity.commands_unmerging import unmerge
from domain.ids import Prefix, to_public
from domain.privacy.commands_erasing import erase
from domain.segments import commands
from domain.segments.commands import Given
from domain.segments.discovery.behaviour import Discovery, Group, Scale
from domain.segments.discovery.commands_discovering import Crowd as Found
from domain.segments.discovery.commands_discovering import Wish
from domain.segments.discovery.commands_grouping import begin as begin_saving
from domain.segments.discovery.commands_grouping import finish, parts
from domain.segments.discovery.commands_grouping import write as save_part
from domain.segments.membership import commands_refreshing
from domain.segments.membership.queries import evaluation
from domain.segments.rule import kept
from domain.transfer.recording import AGAIN
from domain.vocabulary import JobKind
from jobs import segments
from tests.domain.segments.changes.test_following import made, occasion, people
from tests.support.uploads import Hand

_CITIES = ("Bath", "Wells", "York", "Ely")
_STAYS = """
SELECT t.customer_id, t.segment_id, t.entered_at, t.left_at FROM segment_stay t UNION ALL
SELECT m.customer_id, v.segment_id, o.at, NULL FROM customer_segment m
CROSS JOIN LATERAL unnest(m.segments, m.entered_at) AS o (number, at) JOIN segment v USING (number)
ORDER BY customer_id, segment_id, entered_at, left_at NULLS LAST
"""
T = TypeVar("T")
Deed = Callable[[Tx, Random], Awaitable[None]]
_LOCKED = "SELECT FROM customer c WHERE c.customer_id = ANY ($1::uuid[]) ORDER BY c.customer_id FOR UPDATE"
_MERGED = "SELECT customer_id, merged_into FROM customer WHERE merged_into IS NOT NULL AND erased_at IS NULL LIMIT 1"
_MARKED = """
UPDATE customer_mark m SET done = m.wanted WHERE m.customer_id IN (
  SELECT n.customer_id FROM customer_mark n WHERE n.done < n.wanted
  ORDER BY n.customer_id LIMIT 8 FOR UPDATE SKIP LOCKED
) RETURNING m.customer_id
"""
# Whom somebody has listed and who was merged since is listed as the survivor; the erased are on no list.
_LOST = """
SELECT l.customer_id FROM segment_listed l JOIN customer c USING (customer_id) JOIN segment s USING (segment_id)
WHERE s.kind = 'STATIC' AND (c.merged_into IS NOT NULL OR c.erased_at IS NOT NULL)
"""
_COUNTED = """
SELECT s.member_count, (SELECT count(*) FROM customer_segment m WHERE m.segments @> ARRAY[s.number]) AS members
FROM segment s ORDER BY s.segment_id
"""


async def check_counts(db: Database) -> list[int]:
    """What each segment has."""
    async with db.connection() as tx:
        rows = await tx.fetch(_COUNTED)
    assert [row["member_count"] for row in rows] == [row["members"] for row in rows]
    return [row["members"] for row in rows]


class Crowd:
    """Thirty people, rules on where they live and on the clock, lists, and everybody who changes them at once."""

    SECONDS, AT_MOST, PEOPLE, ERASED, TRIES = 12.0, 120.0, 30, 5, 40
    DEEDS = frozenset(
        {"moves", "lists_somebody", "merges", "erased", "edits", "rounds", "sweeps", "attempts", "discovers"}
    )
    STAYS = 200

    def __init__(self, db: Database, worker: Hand, seed: int) -> None:
        self.db, self.worker, self.seed = db, worker, seed
        self.people: list[UUID] = []
        self.rules: list[UUID] = []
        self.lists: list[UUID] = []
        self.done: Counter[str] = Counter()
        self.end, self.is_enough = 0.0, False

    async def begin(self) -> None:
        self.people = await people(self.db, self.PEOPLE)
        async with self.db.transaction() as tx:
            edge = "clock_timestamp() - interval '200 days' + random() * interval '6 seconds'"
            await tx.execute(f"UPDATE customer SET created_at = {edge}")
        self.lists = [await made(self.db, f"List {at}") for at in range(2)]
        wheres: list[dict[str, object]] = [{"city": {"eq": city}} for city in _CITIES[:3]]
        wheres += [{"createdAt": {"olderThan": Duration.parse("P200D")}}]
        wheres += [{"inSegment": [to_public(Prefix.SEGMENT, one) for one in self.lists]}]
        self.rules = [await made(self.db, f"Rule {at}", where) for at, where in enumerate(wheres)]
        self.rules.append(await made(self.db, "Not", {"notInSegment": [to_public(Prefix.SEGMENT, self.rules[0])]}))
        await self.jobs()
        self.end = asyncio.get_running_loop().time() + self.SECONDS

    async def live(self) -> None:
        """All at once, each on connections of their own."""
        lists = self.lists_somebody
        deeds: list[Deed] = [self.moves, self.moves, lists, lists, self.merges, self.erases]
        deeds += [self.edits, self.rounds, self.sweeps]
        await asyncio.gather(
            *(self._again_and_again(deed, at) for at, deed in enumerate(deeds)),
            self._works(),
            self._discovers(),
            self._looks_on(),
        )
        await self.settle()

    def _goes_on(self) -> bool:
        """On a busy machine until enough has happened, if that takes longer."""
        left = self.end - asyncio.get_running_loop().time()
        return left > 0 or (left > self.SECONDS - self.AT_MOST and not self.is_enough)

    async def _again_and_again(self, deed: Deed, at: int) -> None:
        chance = Random(self.seed * 100 + at)
        while self._goes_on():
            await self._answered(deed, chance)
            await asyncio.sleep(chance.random() / 50)

    async def _answered(self, deed: Deed, chance: Random) -> None:
        """As requests and rounds are: done again where another was in the way; refused, and nothing has happened."""
        for _ in range(self.TRIES):
            try:
                async with self.db.transaction() as tx:
                    await deed(tx, chance)
                self.done[deed.__name__] += 1
                return
            except AGAIN:
                self.done["again"] += 1
            except Refused:
                return
        raise AssertionError(f"{deed.__name__}: somebody was always in the way")

    async def moves(self, tx: Tx, chance: Random) -> None:
        """The fact and the look at it in one."""
        whom = sorted(chance.sample(self.people, 5))
        await tx.fetch(_LOCKED, whom)
        await tx.executemany(
            "UPDATE customer SET city = $2 WHERE customer_id = $1", [(one, chance.choice(_CITIES)) for one in whom]
        )
        await segments.changed_members(tx, whom, datetime.now(UTC))

    async def lists_somebody(self, tx: Tx, chance: Random) -> None:
        whom, on = chance.sample(self.people, 3), chance.random() < 0.6
        segment = chance.choice(self.lists)
        await commands.list_members(tx, segment, list(whom), on=on, occasion=occasion(), as_it_is=True)

    async def merges(self, tx: Tx, chance: Random) -> None:
        into, from_ = chance.sample(self.people, 2)
        merged = await tx.fetchrow(_MERGED)
        if merged is not None and chance.random() < 0.5:
            await unmerge(tx, merged["merged_into"], merged["customer_id"], occasion=occasion())
        else:
            await merge(tx, into, from_, occasion=occasion())

    async def erases(self, tx: Tx, chance: Random) -> None:
        """Also of whom somebody is merged into, or is about to be."""
        if self.done["erased"] < self.ERASED and chance.random() < 0.1:
            await erase(tx, chance.choice(self.people), key=b"t" * 32, now=datetime.now(UTC))
            self.done["erased"] += 1

    async def edits(self, tx: Tx, chance: Random) -> None:
        segment = chance.choice(self.rules[:3])
        if chance.random() < 0.3:
            await commands.ask_refresh(tx, segment, occasion=occasion())
        else:
            given = Given(frozenset({"where"}), rule=kept({"city": {"in": chance.sample(_CITIES, 2)}}))
            await commands.update(tx, segment, given, occasion=occasion())
        await asyncio.sleep(0.05)

    async def rounds(self, tx: Tx, _: Random) -> None:
        marked = [row[0] for row in await tx.fetch(_MARKED)]
        await segments.changed_members(tx, marked, datetime.now(UTC))

    async def sweeps(self, tx: Tx, _: Random) -> None:
        await segments.sweep(tx, await tx.fetchval("SELECT clock_timestamp()"))

    async def _works(self) -> None:
        while self._goes_on():
            await self.jobs()
            await asyncio.sleep(0.02)

    async def _looks_on(self) -> None:
        while self._goes_on():
            async with self.db.connection() as tx:
                stays = await tx.fetchval(f"SELECT count(*) FROM ({_STAYS}) s")
            self.is_enough = stays > 1.1 * self.STAYS and self.done.keys() >= self.DEEDS
            await asyncio.sleep(1)

    async def _discovers(self) -> None:
        """Groups of whomever, saved as the job does: some at a time."""
        rng = np.random.default_rng(self.seed)
        found = Found(np.frombuffer(b"".join(sorted(one.bytes for one in self.people)), "V16"))
        nothing = np.zeros((2, 1))
        while self._goes_on():
            labels = rng.integers(0, 2, self.PEOPLE)
            groups = (Group("One", "one"), Group("Other", "other"))
            scale = Scale(nothing, nothing, nothing, nothing > 0)
            told = Discovery(scale, ((2, 0.5),), Tried(nothing, 0.5), groups)
            begin = partial(begin_saving, crowd=found, labels=labels, found=told, wish=Wish("habit"))
            plan = await self._in_turn(partial(begin, occasion=occasion()))
            for part in parts(found, 7):
                save = partial(save_part, plan=plan, crowd=found, part=part)
                await self._in_turn(partial(save, occasion=occasion(), as_it_is=True))
            await self._in_turn(partial(finish, plan=plan, occasion=occasion()))
            self.done["discovers"] += 1

    async def _in_turn(self, step: Callable[[Tx], Awaitable[T]]) -> T:
        """A transaction of a job, whose attempt is made again where another was in the way."""
        for _ in range(self.TRIES):
            try:
                async with self.db.transaction() as tx:
                    return await step(tx)
            except AGAIN:
                self.done["again"] += 1
        raise AssertionError("somebody was always in the way of the discovery")

    async def jobs(self) -> None:
        """All that wait; an attempt that met a deadlock is made again."""
        waiting = "UPDATE job SET run_after = clock_timestamp() WHERE status = 'QUEUED' AND kind = $1 RETURNING job_id"
        while True:
            async with self.db.connection() as tx:
                if not await tx.fetch(waiting, JobKind.REFRESH_SEGMENTS):
                    return
            await self.worker.carry_out(JobKind.REFRESH_SEGMENTS)
            self.done["attempts"] += 1

    async def settle(self) -> None:
        async with self.db.connection() as tx:
            while await tx.fetchval("SELECT EXISTS (SELECT FROM customer_mark WHERE done < wanted)"):
                await self._answered(self.rounds, Random(0))
        await self._answered(self.sweeps, Random(0))
        await self.jobs()

    async def check(self) -> None:
        await check_counts(self.db)
        async with self.db.connection() as tx:
            assert not await tx.fetchval("SELECT count(*) FROM job WHERE status <> 'SUCCEEDED'")
            rules = await commands_refreshing.rules_at_work(tx)
            assert not any(rule.building for rule in rules)
            found = evaluation(rules, occasion(), None)
            anew = {row["customer_id"]: set(row["segments"]) for row in await tx.fetch(found.sql, *found.values)}
            numbers = {rule.number for rule in rules}
            live = {
                row["customer_id"]: set(row["segments"]) & numbers
                for row in await tx.fetch("SELECT customer_id, segments FROM customer_segment")
            }
            nowhere: set[int] = set()
            for who in live.keys() | anew.keys():
                assert live.get(who, nowhere) == anew.get(who, nowhere), who
            assert await tx.fetch(_LOST) == []
            stays = await tx.fetch(_STAYS)
        for stay in stays:
            assert stay["left_at"] is None or stay["entered_at"] <= stay["left_at"]
        for one, after in pairwise(stays):
            if one[:2] == after[:2]:
                assert one["left_at"] is not None
                assert one["left_at"] <= after["entered_at"], (one, after)
        assert len(stays) > self.STAYS
        assert self.done.keys() >= self.DEEDS, self.done
