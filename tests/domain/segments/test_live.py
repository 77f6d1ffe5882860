"""Live membership equals a full look at everybody after any series of writes, merges, clock moves and edits, and the
history replayed gives who was in it at every moment.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from domain.clock import Duration
from domain.database import Tx, connect
from domain.errors import ErrorCode, Refused
from domain.identity.commands_merging import merge
from domain.identity.commands_unmerging import unmerge
from domain.ids import Prefix, to_public
from domain.query.asking import Occasion
from domain.segments import commands, commands_refreshing, commands_sweeping
from domain.segments.commands import Given
from domain.segments.queries_membership import evaluation
from domain.segments.rule import kept
from domain.transfer import Kind
from domain.vocabulary import SegmentChangeCause, SegmentKind
from tests.domain.customers.one_life import undone
from tests.support.calling import OCCASION, call

FEW = settings(
    max_examples=6,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],
)
MANY = settings(FEW, max_examples=120)
BEGIN = datetime(2026, 3, 1, 12, tzinfo=UTC)
PEOPLE = 5


def _span(text: str) -> Duration:
    return Duration.parse(text)


def _recent(days: int, count: int = 1) -> dict[str, object]:
    within = {"occurredAt": {"within": _span(f"P{days}D")}, "kind": ["CALL"]}
    return {"touchpoints": {"where": within, "count": {"gte": count}}}


RULES: list[dict[str, object]] = [
    _recent(7),
    _recent(30, 2),
    {"not": _recent(14)},
    {"orders": {"where": {"orderedAt": {"within": _span("P20D")}}}},
    {"orders": {"total": {"gte": 3}}, "lastTouchpointAt": {"olderThan": _span("P10D")}},
    {"bought": {"product": {"category": {"eq": "Paper"}}, "at": {"olderThan": _span("P5D")}}},
    {"any": [{"touchpoints": {"count": {"lt": 1}}}, {"country": {"eq": "GB"}}]},
    {"createdAt": {"within": _span("P15D")}},
]
WRITES = st.tuples(st.just("call"), st.integers(0, PEOPLE - 1), st.integers(0, 40))
BUYS = st.tuples(st.just("buy"), st.integers(0, PEOPLE - 1), st.integers(0, 30))
CLOCK = st.tuples(st.just("wait"), st.just(0), st.sampled_from([1, 3, 8, 15]))
NAMING = st.tuples(st.just("name"), st.integers(0, len(RULES) - 1), st.integers(0, len(RULES) - 1))
EDITS = st.tuples(st.just("edit"), st.integers(0, len(RULES) - 1), st.integers(0, len(RULES) - 1))
MERGES = st.tuples(st.just("merge"), st.integers(0, PEOPLE - 1), st.integers(0, PEOPLE - 1))
LISTS = st.tuples(st.just("list"), st.integers(0, PEOPLE - 1), st.integers(0, 1))
SERIES = st.lists(st.one_of(WRITES, BUYS, CLOCK, CLOCK, EDITS, NAMING, MERGES, LISTS), min_size=3, max_size=14)


class Life:
    """Five people, rules and a list, and what becomes of them."""

    def __init__(self, tx: Tx) -> None:
        self.tx, self.now, self.told = tx, BEGIN, 0
        self.segments: list[UUID] = []
        self.list: UUID = UUID(int=0)
        self.people: list[UUID] = []
        self.was: list[tuple[datetime, dict[UUID, set[UUID]]]] = []
        self.merged: list[tuple[UUID, UUID]] = []

    @property
    def occasion(self) -> Occasion:
        return replace(OCCASION, now=self.now)

    async def begin(self) -> None:
        rows: list[dict[str, object]] = [
            {"identities": [{"kind": "EMAIL", "value": f"p{n}@example.org"}], "source": "s"} for n in range(PEOPLE)
        ]
        made = await call(self.tx, Kind.CUSTOMERS, rows, occasion=self.occasion)
        self.people = [one.id for one in made if one.id]
        await call(self.tx, Kind.PRODUCTS, [{"sku": "pen", "name": "Pen", "category": "Paper", "unitCost": "1"}])
        for at, rule in enumerate(RULES):
            self.segments.append(await self._create(Given(frozenset(), name=f"R{at}", rule=kept(rule))))
        listed = await self._create(Given(frozenset(), name="List", kind=SegmentKind.STATIC))
        self.list = listed
        names = [to_public(Prefix.SEGMENT, one) for one in (self.segments[0], listed)]
        nested = {"inSegment": names, "notInSegment": [to_public(Prefix.SEGMENT, self.segments[3])]}
        self.segments += [listed, await self._create(Given(frozenset(), name="Nested", rule=kept(nested)))]
        await commands_sweeping.sweep(self.tx, await commands_refreshing.rules_at_work(self.tx), occasion=self.occasion)
        await self.build()
        await self.look()

    async def _create(self, given: Given) -> UUID:
        saved = await commands.create(self.tx, given, occasion=self.occasion)
        assert saved.did.key is not None
        return saved.did.key

    async def do(self, what: str, first: int, second: int) -> None:
        self.now += timedelta(minutes=1 if self.told % 3 else 0)
        await self._sweep()
        await getattr(self, f"_{what}")(first, second)
        await self.round()
        await self.look()

    async def _call(self, who: int, days_ago: int) -> None:
        self.told += 1
        row: dict[str, object] = {"customer": {"id": self._id(who)}, "channel": "PHONE", "kind": "CALL", "source": "s"}
        row |= {"externalId": f"c{self.told}", "occurredAt": self.now - timedelta(days=days_ago)}
        await self._record(Kind.TOUCHPOINTS, row)

    async def _buy(self, who: int, days_ago: int) -> None:
        self.told += 1
        row: dict[str, object] = {
            "customer": {"id": self._id(who)},
            "source": "s",
            "externalId": f"o{self.told}",
            "channel": "WEB",
        }
        row |= {"orderedAt": self.now - timedelta(days=days_ago), "currency": "USD"}
        await self._record(Kind.ORDERS, row | {"lines": [{"sku": "pen", "quantity": 1, "unitPrice": "2"}]})

    async def _record(self, kind: Kind, row: dict[str, object]) -> None:
        [told] = await call(self.tx, kind, [row], occasion=self.occasion)
        assert told.id, told.faults

    def _id(self, who: int) -> str:
        return to_public(Prefix.CUSTOMER, self.people[who])

    async def _wait(self, _: int, days: int) -> None:
        """The clock is followed every few minutes."""
        until = self.now + timedelta(days=days)
        while self.now < until:
            self.now = min(self.now + timedelta(hours=17), until)
            await self._sweep()

    async def _sweep(self) -> None:
        rules = await commands_refreshing.rules_at_work(self.tx)
        await commands_sweeping.sweep(self.tx, rules, occasion=self.occasion, longest=timedelta(days=1))

    async def _edit(self, which: int, rule: int) -> None:
        given = Given(frozenset({"where"}), rule=kept(RULES[rule]))
        await commands.update(self.tx, self.segments[which], given, occasion=self.occasion)
        await self.build()

    async def _name(self, which: int, other: int) -> None:
        """Edited to name another, and not built before something else has happened; circles are refused."""
        rule = kept({"inSegment": [to_public(Prefix.SEGMENT, self.segments[other])]})
        try:
            async with self.tx.transaction():
                given = Given(frozenset({"where"}), rule=rule)
                await commands.update(self.tx, self.segments[which], given, occasion=self.occasion)
        except Refused as refused:
            if {fault.code for fault in refused.faults} != {ErrorCode.CYCLE}:
                raise
        await self.round()
        await self.build()

    async def _merge(self, into: int, from_: int) -> None:
        one, other = self.people[into], self.people[from_]
        if (one, other) in self.merged:
            await unmerge(self.tx, one, other, occasion=self.occasion)
            self.merged.remove((one, other))
        elif one != other and not any({one, other} & set(pair) for pair in self.merged):
            await merge(self.tx, one, other, occasion=self.occasion)
            self.merged.append((one, other))

    async def _list(self, who: int, on: int) -> None:
        await commands.list_members(self.tx, self.list, [self.people[who]], on=bool(on), occasion=self.occasion)

    async def round(self) -> None:
        """As the round over changed customers does."""
        rows = await self.tx.fetch("UPDATE customer_mark SET done = wanted WHERE done < wanted RETURNING customer_id")
        rules = await commands_refreshing.rules_at_work(self.tx)
        cause = SegmentChangeCause.DATA_CHANGED
        ids = [row[0] for row in rows]
        await commands_refreshing.refresh(self.tx, rules, ids, occasion=self.occasion, cause=cause)

    async def build(self) -> None:
        """As the job does."""
        again = True
        while again:
            rules = await commands_refreshing.rules_at_work(self.tx)
            everybody = await commands_refreshing.customers_after(self.tx, UUID(int=0), 1_000)
            cause = SegmentChangeCause.RULE_CHANGED
            await commands_refreshing.refresh(self.tx, rules, everybody, occasion=self.occasion, cause=cause)
            building = [rule for rule in rules if rule.building]
            again = any([await commands_refreshing.hold(self.tx, one, occasion=self.occasion) for one in building])

    async def look(self) -> None:
        """What is stored is what a look at everybody finds, and it is counted."""
        rules = await commands_refreshing.rules_at_work(self.tx)
        found = evaluation(rules, self.occasion, None)
        by_number = {rule.number: rule.segment_id for rule in rules}
        anew: dict[UUID, set[UUID]] = {rule.segment_id: set() for rule in rules}
        for row in await self.tx.fetch(found.sql, *found.values):
            for number in row["segments"]:
                anew[by_number[number]].add(row["customer_id"])
        live: dict[UUID, set[UUID]] = {rule.segment_id: set() for rule in rules}
        for row in await self.tx.fetch("SELECT customer_id, unnest(segments) AS number FROM customer_segment"):
            live[by_number[row["number"]]].add(row["customer_id"])
        assert live == anew
        counts = {row[0]: row[1] for row in await self.tx.fetch("SELECT segment_id, member_count FROM segment")}
        assert counts == {segment: len(members) for segment, members in live.items()}
        if self.was and self.was[-1][0] == self.now:  # of one moment the end holds
            self.was.pop()
        self.was.append((self.now, live))

    async def replay(self) -> None:
        """Stays, ended and not, tell who was in what at every moment that was looked at."""
        stays = await self.tx.fetch(
            "SELECT customer_id, segment_id, entered_at, left_at FROM segment_stay UNION ALL"
            " SELECT k.customer_id, v.segment_id, o.at, NULL FROM customer_segment k"
            " CROSS JOIN LATERAL unnest(k.segments, k.entered_at) AS o (number, at) JOIN segment v USING (number)"
        )
        for moment, was in self.was:
            found: dict[UUID, set[UUID]] = {segment: set() for segment in was}
            for stay in stays:
                if stay["entered_at"] <= moment and (stay["left_at"] is None or stay["left_at"] > moment):
                    assert stay["customer_id"] not in found[stay["segment_id"]], "twice at the same moment"
                    found[stay["segment_id"]].add(stay["customer_id"])
            assert found == was, moment


class House:
    def __init__(self, url: str) -> None:
        self.runner = asyncio.Runner()
        self.tx: Tx = self.runner.run(connect(url))

    async def live(self, series: list[tuple[str, int, int]]) -> None:
        async with undone(self.tx):
            life = Life(self.tx)
            await life.begin()
            for step in series:
                await life.do(*step)
            await life.replay()


@pytest.fixture
def house(database_url: str) -> Iterator[House]:
    made = House(database_url)
    yield made
    made.runner.run(made.tx.close())
    made.runner.close()


def test_membership_is_right_after_whatever_happened(house: House) -> None:
    @FEW
    @given(SERIES)
    def check(series: list[tuple[str, int, int]]) -> None:
        house.runner.run(house.live(series))

    check()


@pytest.mark.proof
def test_membership_is_right_after_whatever_happened_again_and_again(house: House) -> None:
    @MANY
    @given(SERIES)
    def check(series: list[tuple[str, int, int]]) -> None:
        house.runner.run(house.live(series))

    check()
