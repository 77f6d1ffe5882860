"""Some people, a list that they come to and go from, what they buy meanwhile; and what plain Python makes of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import pairwise
from random import Random
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg

from domain.database import Tx
from domain.identity.commands_merging import merge
from domain.identity.commands_unmerging import unmerge
from domain.ids import Prefix, to_public
from domain.privacy.commands_erasing import erase
from domain.query.asking import Occasion
from domain.segments import commands
from domain.segments.commands import Given
from domain.segments.membership import commands_refreshing
from domain.transfer import Kind
from domain.vocabulary import SegmentChangeCause, SegmentKind
from tests.domain.query.world import House as Desk
from tests.support.calling import OCCASION, call

ZONE = "America/New_York"
NOW = datetime(2026, 3, 18, 15, 30, tzinfo=UTC)
BEGIN = NOW - timedelta(days=420)
# Facts are told until then: some lie ahead of now in the month that is running.
_LAST = NOW + timedelta(days=10)
PEOPLE = 7
_LONG_AGO, _NEVER = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
MONEY = ("revenue", "returns", "costOfGoods", "costToServe", "marketingCost", "profit")


@dataclass(slots=True)
class Life:
    """Some people, a list that they come to and go from, and what they buy meanwhile."""

    tx: Tx
    rng: Random
    segment: UUID | None = None
    people: list[UUID] = field(default_factory=list)
    merged: list[tuple[UUID, UUID]] = field(default_factory=list)
    gone: set[UUID] = field(default_factory=set)

    def at(self, now: datetime) -> Occasion:
        return replace(OCCASION, now=now, zone=ZoneInfo(ZONE))

    async def begin(self) -> None:
        await self.tx.execute("UPDATE settings SET time_zone = $1", ZONE)
        rows: list[dict[str, object]] = [
            {"identities": [{"kind": "EMAIL", "value": f"p{n}@example.org"}], "source": "s"} for n in range(PEOPLE)
        ]
        self.people = [one.id for one in await call(self.tx, Kind.CUSTOMERS, rows, occasion=self.at(BEGIN)) if one.id]
        await call(self.tx, Kind.PRODUCTS, [{"sku": "pen", "name": "Pen", "category": "Paper", "unitCost": "1.5"}])
        given = Given(frozenset(), name="List", kind=SegmentKind.STATIC)
        saved = await commands.create(self.tx, given, occasion=self.at(BEGIN + timedelta(days=30)))
        assert saved.did.key
        self.segment = saved.did.key
        facts: dict[Kind, list[dict[str, object]]] = {Kind.ORDERS: [], Kind.RETURNS: [], Kind.TOUCHPOINTS: []}
        for number in range(60):
            for kind, row in self.fact(f"f{number}"):
                facts[kind].append(row)
        for kind, some in facts.items():
            told = await call(self.tx, kind, some, occasion=self.at(NOW + timedelta(days=30)))
            assert all(one.id for one in told), [one.faults for one in told]
        scored = self.people[:5]
        for who in scored:
            await self.scored(who)
        for moment in sorted(BEGIN + timedelta(days=self.rng.randrange(420)) for _ in range(3)):
            await self.tx.execute("INSERT INTO snapshot_of_all VALUES ($1, $1) ON CONFLICT DO NOTHING", moment)
            for who in scored:
                if self.rng.random() < 0.7:  # the others had no scores then
                    await self.kept(who, moment)

    def fact(self, name: str) -> Iterator[tuple[Kind, dict[str, object]]]:
        moment = BEGIN + self.rng.random() * (_LAST - BEGIN)
        who = {"customer": {"id": to_public(Prefix.CUSTOMER, self.rng.choice(self.people))}, "source": "s"}
        row = who | {"externalId": name, "channel": "WEB"}
        kind = self.rng.choice(["buy", "buy", "buy", "call", "sent", "sent", "answer"])
        if kind == "buy":
            lines = [{"sku": "pen", "quantity": self.rng.randint(1, 4), "unitPrice": "2.25"}]
            yield Kind.ORDERS, row | {"orderedAt": moment, "currency": "USD", "lines": lines}
            if self.rng.random() < 0.3:
                back = {"source": "s", "externalId": f"r{name}", "returnedAt": moment + timedelta(days=9)}
                yield Kind.RETURNS, back | {"orderExternalId": name, "lines": [{"sku": "pen", "quantity": 1}]}
            return
        kinds = {"call": "CALL", "sent": "CAMPAIGN_SENT", "answer": "CAMPAIGN_RESPONSE"}
        yield Kind.TOUCHPOINTS, row | {"occurredAt": moment, "kind": kinds[kind], "cost": "0.75"}

    async def scored(self, who: UUID) -> None:
        value, churn = Decimal(self.rng.randrange(9999)) / 100, self.rng.random()
        text = "UPDATE customer_score SET lifetime_value = $2, churn_probability = $3 WHERE customer_id = $1"
        assert await self.tx.execute(text, who, value, churn) == "UPDATE 1"
        for _ in range(self.rng.randrange(9)):
            await self.kept(who, BEGIN + timedelta(hours=self.rng.randrange(420 * 24), seconds=1))

    async def kept(self, who: UUID, moment: datetime) -> None:
        value, churn = Decimal(self.rng.randrange(9999)) / 100, self.rng.random()
        await Desk(self.tx).row(
            "score_snapshot", customer_id=who, as_of=moment, lifecycle_stage="ACTIVE",
            lifetime_value=value if self.rng.random() < 0.8 else None, churn_probability=churn,
        )  # fmt: skip

    async def live(self, steps: int) -> None:
        """Somebody comes or goes every few days; some are merged, parted, erased."""
        now = BEGIN + timedelta(days=30)
        assert self.segment
        for _ in range(steps):
            now += timedelta(minutes=self.rng.randrange(600 * 24 * 60 // steps))
            if now >= NOW:
                return
            chance = self.rng.random()
            if chance < 0.8:
                who = self.rng.choice([one for one in self.people if one not in self.gone])
                on = self.rng.random() < 0.6
                await commands.list_members(self.tx, self.segment, [who], on=on, occasion=self.at(now))
            elif chance < 0.95:
                await self.join(now)
            elif len(self.gone) < 2 and not self.merged:
                who = self.rng.choice(self.people)
                self.gone.add(who)
                await erase(self.tx, who, key=b"e" * 32, now=now)

    async def join(self, now: datetime) -> None:
        into, other = self.rng.sample(self.people, 2)
        if {into, other} & self.gone:
            return
        if self.merged and self.rng.random() < 0.5:
            into, other = self.merged.pop()
            await unmerge(self.tx, into, other, occasion=self.at(now))
        elif not any({into, other} & set(pair) for pair in self.merged):
            await merge(self.tx, into, other, occasion=self.at(now))
            self.merged.append((into, other))
        rules = await commands_refreshing.rules_at_work(self.tx)
        cause = SegmentChangeCause.DATA_CHANGED
        await commands_refreshing.refresh(self.tx, rules, [into, other], occasion=self.at(now), cause=cause)


@dataclass(frozen=True, slots=True)
class Row:
    start: datetime
    end: datetime
    before: datetime


class Plain:
    """The figures by loops over rows."""

    def __init__(self, rows: Mapping[str, Sequence[asyncpg.Record]]) -> None:
        self.rows = rows
        self.led = {row["customer_id"]: row["survivor_id"] for row in rows["customer_alias"]}

    @property
    def erased(self) -> set[UUID]:
        return {row["customer_id"] for row in self.rows["erased"]}

    @staticmethod
    async def of(tx: Tx) -> "Plain":
        text = {
            "customer_alias": "SELECT * FROM customer_alias",
            "stays": "SELECT customer_id, entered_at, left_at FROM segment_stay UNION ALL"
            " SELECT customer_id, unnest(entered_at), NULL FROM customer_segment",
            "orders": "SELECT * FROM customer_order WHERE cancelled_at IS NULL",
            "returns": "SELECT l.*, r.returned_at FROM return_line l"
            " JOIN order_return r USING (customer_id, return_id)",
            "touchpoints": "SELECT * FROM touchpoint",
            "snapshots": "SELECT * FROM score_snapshot ORDER BY as_of",
            "scores": "SELECT * FROM customer_score",
            "of_all": "SELECT * FROM snapshot_of_all",
            "erased": "SELECT customer_id FROM customer WHERE erased_at IS NOT NULL AND merged_into IS NULL",
        }
        return Plain({name: await tx.fetch(one) for name, one in text.items()})

    def members(self, at: datetime) -> set[UUID]:
        return {
            self.led.get(stay["customer_id"], stay["customer_id"])
            for stay in self.rows["stays"]
            if stay["entered_at"] <= at and (stay["left_at"] is None or stay["left_at"] > at)
        }

    def between(self, name: str, when: str, members: set[UUID], start: datetime, end: datetime) -> list[asyncpg.Record]:
        return [row for row in self.rows[name] if row["customer_id"] in members and start <= row[when] < end]

    def earned(self, whom: set[UUID], start: datetime = _LONG_AGO, end: datetime = _NEVER) -> dict[str, Decimal]:
        """What came of these, and of nobody who was merged into them, between two moments."""
        orders = self.between("orders", "ordered_at", whom, start, end)
        back = self.between("returns", "returned_at", whom, start, end)
        touched = self.between("touchpoints", "occurred_at", whom, start, end)
        sums = {
            "revenue": sum(one["total"] for one in orders),
            "returns": sum(one["refund"] for one in back),
            "costOfGoods": sum(one["cost_of_goods"] for one in orders) - sum(one["returned_cost"] for one in back),
            "costToServe": sum(one["cost"] for one in touched if one["campaign_id"] is None),
            "marketingCost": sum(one["cost"] for one in touched if one["campaign_id"] is not None),
        }
        sums = {name: Decimal(amount) for name, amount in sums.items()}
        sums["profit"] = sums["revenue"] - sum((sums[name] for name in MONEY[1:5]), Decimal())
        return sums

    def figures(self, row: Row, *, ever: bool = False) -> dict[str, Any]:
        members = self.members(row.end)
        sums = self.earned(members, *((_LONG_AGO, _NEVER) if ever else (row.start, row.end)))
        entered = sum(row.start < stay["entered_at"] <= row.end for stay in self.rows["stays"])
        left = sum(bool(stay["left_at"] and row.start < stay["left_at"] <= row.end) for stay in self.rows["stays"])
        found = {"customers": len(members), "entered": entered, "left": left, **sums}
        return found | self.shares(row, members) | self.scores(row, members)

    def shares(self, row: Row, members: set[UUID]) -> dict[str, Any]:
        zone = ZoneInfo(ZONE)
        days: dict[UUID, set[object]] = {}
        for one in self.between("orders", "ordered_at", members, _LONG_AGO, row.end):
            days.setdefault(one["customer_id"], set()).add(one["ordered_at"].astimezone(zone).date())
        now = {one["customer_id"] for one in self.between("orders", "ordered_at", members, row.start, row.end)}
        before = {one["customer_id"] for one in self.between("orders", "ordered_at", members, row.before, row.start)}
        kinds = [one["kind"] for one in self.between("touchpoints", "occurred_at", members, row.start, row.end)]
        sent, answers = kinds.count("CAMPAIGN_SENT"), kinds.count("CAMPAIGN_RESPONSE")
        return {
            "repeatRate": sum(len(one) > 1 for one in days.values()) / len(members) if members else None,
            "repurchaseRate": len(now & before) / len(members) if members else None,
            "responseRate": answers / sent if sent else None,
        }

    def scores(self, row: Row, members: set[UUID]) -> dict[str, Any]:
        latest: dict[UUID, asyncpg.Record] = {}
        since = max((one["as_of"] for one in self.rows["of_all"] if one["as_of"] <= row.end), default=_LONG_AGO)
        for one in self.rows["scores"] if row.end == NOW else self.rows["snapshots"]:
            if one["customer_id"] in members and (row.end == NOW or since <= one["as_of"] <= row.end):
                latest[one["customer_id"]] = one
        churn = [one["churn_probability"] for one in latest.values() if one["churn_probability"] is not None]
        value = sum(one["lifetime_value"] or 0 for one in latest.values())
        return {"lifetimeValue": value, "churnProbability": sum(churn) / len(churn) if churn else None}


def midnight(day: date, months: int = 0, days: int = 0) -> datetime:
    """A local midnight so many months and days later, of days that every month has."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    later = date(year, month + 1, day.day) + timedelta(days=days)
    return datetime.combine(later, time(), ZoneInfo(ZONE)).astimezone(UTC)


def rows_of(start: datetime, end: datetime, months: int, days: int) -> list[Row]:
    local = start.astimezone(ZoneInfo(ZONE)).date()
    before = midnight(local, -months, -days)
    edges = [start]
    while edges[-1] < end:
        step = len(edges)
        edges.append(min(end, midnight(local, months * step, days * step)))
    return [Row(first, last, edges[at - 1] if at else before) for at, (first, last) in enumerate(pairwise(edges))]
