"""Five people, rules that turn with facts and with the clock, a list, and all that can become of them."""

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from domain.customers.attributes import Declaration
from domain.customers.declaring import declare
from domain.customers.queries_everybody import ids_after
from domain.database import Tx
from domain.errors import ErrorCode, Refused
from domain.identity.commands_merging import merge
from domain.identity.commands_unmerging import unmerge
from domain.ids import Prefix, parse_id, to_public
from domain.privacy.commands_erasing import erase
from domain.query.asking import Occasion
from domain.segments import commands
from domain.segments.commands import Given
from domain.segments.membership import commands_refreshing, commands_sweeping
from domain.segments.membership.queries import evaluation
from domain.segments.membership.wanted import reading, with_named
from domain.segments.rule import kept
from domain.touchpoints.commands_retracting import retract
from domain.transfer import Kind
from domain.transfer.order_calls import update_order
from domain.vocabulary import AttributeType, SegmentChangeCause, SegmentKind
from tests.domain.segments.campaigning import Campaigning
from tests.domain.segments.turning import RULES
from tests.support.calling import OCCASION, call

BEGIN = datetime(2026, 3, 1, 12, tzinfo=UTC)
PEOPLE = 5
_STANDS = "JOIN customer c USING (customer_id) WHERE c.erased_at IS NULL"
"""What the erased did is refused to whoever would change it."""


class Life:
    """Five people, rules and a list, and what becomes of them."""

    def __init__(self, tx: Tx) -> None:
        self.tx, self.now, self.told = tx, BEGIN, 0
        self.segments: list[UUID] = []
        self.list: UUID = UUID(int=0)
        self.people: list[UUID] = []
        self.was: list[tuple[datetime, dict[UUID, set[UUID]]]] = []
        self.merged: list[tuple[UUID, UUID]] = []
        self.erased: set[UUID] = set()

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
        await declare(self.tx, Declaration("renewal", AttributeType.DATE, False), occasion=self.occasion)
        self.campaign = await Campaigning.begin(self.tx, self.occasion)
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
        await self._order(who, days_ago)

    async def _fact(self, who: int, which: int) -> None:
        """A call that is taken back, an order in another money, one that is late, cancelled; what somebody says."""
        customer = {"id": self._id(who)}
        if which == 0:
            await self._retract()
        elif which == 1:
            await self._order(who, 2, currency="EUR", exchangeRate="2.5")
        elif which == 2:
            promised = self.now + timedelta(days=2, hours=5)
            await self._order(who, 1, promisedAt=promised)
            await self._order(who, 8, deliveredAt=self.now - timedelta(days=1))
        elif which == 3:
            await self._cancel()
        elif which == 4:
            until = self.now + timedelta(days=5, hours=3)
            said = {"channel": "SMS", "status": "GRANTED", "recordedAt": self.now, "expiresAt": until}
            await self._say(customer, consents=[said], attributes={"renewal": f"{self.now.date()}"})
        elif which == 5:
            born = (self.now + timedelta(days=8)).date().replace(year=1986)
            await self._say(
                customer, demographics={"birthDate": f"{born}"}, acquisition={"channel": "WEB", "at": self.now}
            )
        else:
            self.told += 1
            day = f"{(self.now + timedelta(days=7)).date()}"
            row = {"customer": customer, "channel": "WEB", "kind": "VISIT", "source": "s", "occurredAt": self.now}
            await self._record(Kind.TOUCHPOINTS, row | {"properties": {"until": day}, "externalId": f"p{self.told}"})

    async def _say(self, customer: dict[str, str], **said: object) -> None:
        await self._record(Kind.CUSTOMERS, {**customer, "source": "s", "recordedAt": self.now, **said})

    async def _order(self, who: int, days_ago: int, **more: object) -> None:
        self.told += 1
        row: dict[str, object] = {"customer": {"id": self._id(who)}, "source": "s", "externalId": f"o{self.told}"}
        row |= {"channel": "WEB", "orderedAt": self.now - timedelta(days=days_ago), "currency": "USD"}
        await self._record(Kind.ORDERS, row | {"lines": [{"sku": "pen", "quantity": 1, "unitPrice": "2"}]} | more)

    async def _retract(self) -> None:
        row = await self.tx.fetchrow(f"SELECT touchpoint_id FROM touchpoint t {_STANDS} AND t.kind = 'CALL' ORDER BY 1")
        if row is not None:
            await retract(self.tx, row[0], occasion=self.occasion)

    async def _cancel(self) -> None:
        row = await self.tx.fetchrow(
            f"SELECT order_id FROM customer_order t {_STANDS} AND cancelled_at IS NULL ORDER BY order_id DESC LIMIT 1"
        )
        if row is not None:
            order = {"id": to_public(Prefix.ORDER, row[0])}
            await update_order(self.tx, order, {"cancelledAt": self.now}, occasion=self.occasion)

    async def _goods(self, which: int, days: int) -> None:
        """The one product there is gets another category, another supplier, or is not sold any more."""
        changed = ({"category": "Ink"}, {"category": "Paper"}, {"discontinuedAt": self.now + timedelta(days=days % 4)})
        await call(self.tx, Kind.PRODUCTS, [{"sku": "pen", **changed[which]}], occasion=self.occasion)
        await self._jobs()

    async def _record(self, kind: Kind, row: dict[str, object]) -> None:
        """Of whom is erased nothing is recorded any more."""
        [told] = await call(self.tx, kind, [row], occasion=self.occasion)
        assert told.id or {fault.code for fault in told.faults} <= {ErrorCode.ERASED, ErrorCode.NOT_FOUND}, told.faults
        assert told.id or self.erased

    def _id(self, who: int) -> str:
        return to_public(Prefix.CUSTOMER, self.people[who])

    async def _wait(self, _: int, days: int) -> None:
        """The clock is followed every few minutes."""
        until = self.now + timedelta(days=days)
        while self.now < until:
            self.now = min(self.now + timedelta(hours=17), until)
            await self._sweep()
            await self.look()

    async def _sweep(self) -> None:
        rules = await commands_refreshing.rules_at_work(self.tx)
        await commands_sweeping.sweep(self.tx, rules, occasion=self.occasion)
        await self._jobs()

    async def _jobs(self) -> None:
        """What was asked for: the clock has turned more than are looked at at once, or somebody whom no edge tells."""
        for row in await self.tx.fetch("DELETE FROM job WHERE kind = 'REFRESH_SEGMENTS' RETURNING arguments"):
            said, rules = row["arguments"], await commands_refreshing.rules_at_work(self.tx)
            wanted = reading(rules, said["reading"], self.occasion) if "reading" in said else []
            segments = {parse_id(Prefix.SEGMENT, one) for one in said.get("segments", ())}
            wanted += [rule for rule in rules if rule.segment_id in segments]
            if wanted:
                cause = SegmentChangeCause(said.get("cause", SegmentChangeCause.DATA_CHANGED))
                await self._everybody(cause, {rule.number for rule in wanted})
        while await commands_sweeping.follow(self.tx, occasion=self.occasion):
            pass

    async def _everybody(self, cause: SegmentChangeCause, wanted: Collection[int] | None = None) -> None:
        """By all rules, or by those that are wanted alone."""
        rules = await commands_refreshing.rules_at_work(self.tx)
        some = rules if wanted is None else with_named(rules, wanted)
        everybody = await ids_after(self.tx, UUID(int=0), 1_000)
        await commands_refreshing.refresh(
            self.tx, some, everybody, occasion=self.occasion, cause=cause, wanted=wanted, in_a_row=True
        )

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

    async def _erase(self, who: int, _: int) -> None:
        """With whoever was merged into them: nothing of theirs is told any more, not even what was."""
        gone = {self.people[who], *(one for pair in self.merged if self.people[who] in pair for one in pair)}
        if not gone & self.erased:
            await erase(self.tx, self.people[who], key=b"t" * 32, now=self.now)
            self.erased |= gone
            self.merged = [pair for pair in self.merged if not gone & set(pair)]

    async def _merge(self, into: int, from_: int) -> None:
        one, other = self.people[into], self.people[from_]
        if {one, other} & self.erased:
            return
        if (one, other) in self.merged:
            await unmerge(self.tx, one, other, occasion=self.occasion)
            self.merged.remove((one, other))
        elif one != other and not any({one, other} & set(pair) for pair in self.merged):
            await merge(self.tx, one, other, occasion=self.occasion)
            self.merged.append((one, other))

    async def _campaign(self, who: int, what: int) -> None:
        await self.campaign.do(self._id(who), what, self.occasion)
        await self._jobs()

    async def _list(self, who: int, on: int) -> None:
        if self.people[who] not in self.erased:
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
        again: list[UUID] | bool = True
        while again:
            await self._everybody(SegmentChangeCause.RULE_CHANGED)
            building = [rule for rule in await commands_refreshing.rules_at_work(self.tx) if rule.building]
            again = await commands_refreshing.hold(self.tx, building, occasion=self.occasion)

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
            assert found == {segment: members - self.erased for segment, members in was.items()}, moment
