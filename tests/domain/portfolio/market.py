"""A market to ask about: people of every kind, what they bought, sent back and cost; all as rows for plain Python."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

import asyncpg

from domain import portfolio
from domain.database import Tx
from domain.ids import Prefix, to_public
from domain.settings import Settings
from domain.transfer import Kind
from domain.vocabulary import LifecycleStage, PaymentMethod, RiskBand, TradingForm, ValueTier
from tests.domain.query.world import House
from tests.support.calling import OCCASION, call

NOW = datetime(2026, 3, 18, 15, 30, tzinfo=UTC)
BEGIN = NOW - timedelta(days=400)
_LATER = replace(OCCASION, now=NOW + timedelta(days=1))
PEOPLE = 14
CHANNELS = ("WEB", "PHONE", "IN_PERSON")
_PRODUCTS = (("pen", "Paper", "1.5"), ("book", "Paper", None), ("ink", "Colour", "0.3"), ("box", None, "2"))
_SUMMED = ("revenue", "returns", "cost_of_goods", "cost_to_serve", "marketing_cost")
_ROWS = {
    "customers": "SELECT * FROM customer WHERE merged_into IS NULL AND erased_at IS NULL",
    "scores": "SELECT * FROM customer_score",
    "orders": "SELECT * FROM customer_order WHERE cancelled_at IS NULL",
    "cancelled": "SELECT * FROM customer_order WHERE cancelled_at IS NOT NULL",
    "lines": "SELECT * FROM order_line",
    "payments": "SELECT * FROM order_payment",
    "returns": "SELECT l.*, r.returned_at, r.channel FROM return_line l"
    " JOIN order_return r USING (customer_id, return_id)",
    "touches": "SELECT * FROM touchpoint",
    "products": "SELECT * FROM product",
    "needs": "SELECT * FROM customer_need",
    "attributes": "SELECT * FROM customer_attribute",
    "segments": "SELECT m.customer_id, v.key FROM customer_segment m JOIN segment v ON v.number = ANY (m.segments)",
    "snapshots": "SELECT * FROM score_snapshot ORDER BY as_of",
    "of_all": "SELECT as_of FROM snapshot_of_all",
    "refusals": "SELECT customer_id FROM customer_consent"
    " WHERE holds AND purpose = 'PROFILING' AND status <> 'GRANTED'",
    "actions": "SELECT * FROM customer_next_action",
}
Rows = Mapping[str, Sequence[asyncpg.Record]]


async def rows_of(tx: Tx) -> Rows:
    return {name: await tx.fetch(text) for name, text in _ROWS.items()}


@dataclass(slots=True)
class Market:
    """Everything that is generated, in one transaction."""

    tx: Tx
    rng: Random
    people: list[UUID] = field(default_factory=list)

    @property
    def house(self) -> House:
        return House(self.tx, 50_000)

    def some(self, *words: Any) -> Any:
        return self.rng.choice(words)

    def moment(self) -> datetime:
        return BEGIN + self.rng.random() * (NOW - BEGIN)

    async def open(self) -> Rows:
        given: list[dict[str, object]] = [
            {"identities": [{"kind": "EMAIL", "value": f"p{n}@example.org"}], "source": "s"} for n in range(PEOPLE)
        ]
        self.people = [one.id for one in await call(self.tx, Kind.CUSTOMERS, given, occasion=_LATER) if one.id]
        products: list[dict[str, object]] = [
            {"sku": sku, "name": sku.title(), "category": category, "unitCost": cost}
            for sku, category, cost in _PRODUCTS
        ]
        await call(self.tx, Kind.PRODUCTS, products, occasion=_LATER)
        await self._facts()
        await self._attributes()
        for who in self.people:
            await self._person(who)
        await self._segments()
        await portfolio.rebuild(self.tx, self.people, await Settings.load(self.tx))
        await self._scores()
        return await rows_of(self.tx)

    async def _facts(self) -> None:
        await self.house.row(
            "campaign", campaign_id=UUID(int=77), key="spring", name="Spring", created_at=BEGIN, updated_at=BEGIN
        )
        facts: dict[Kind, list[dict[str, object]]] = {Kind.ORDERS: [], Kind.RETURNS: [], Kind.TOUCHPOINTS: []}
        for number in range(90):
            kind, row = self._fact(f"f{number}")
            facts[kind].append(row)
        for order in self.rng.sample(facts[Kind.ORDERS], 9):
            back = {"source": "s", "externalId": f"r{order['externalId']}", "orderExternalId": order["externalId"]}
            sku = order["lines"][0]["sku"]  # type: ignore[index]
            facts[Kind.RETURNS].append(
                back | {"returnedAt": self._later(order), "lines": [{"sku": sku, "quantity": 1}]}
            )
        lost = {"source": "s", "externalId": "lost", "customer": self._who(), "lines": [{"sku": "pen", "quantity": 2}]}
        facts[Kind.RETURNS].append(lost | {"returnedAt": NOW - timedelta(days=3), "refund": "4"})
        for kind, some in facts.items():
            told = await call(self.tx, kind, some, occasion=_LATER)
            assert all(one.id for one in told), [one.faults for one in told]
        cancelled = [order["externalId"] for order in self.rng.sample(facts[Kind.ORDERS], 6)]
        text = "UPDATE customer_order SET cancelled_at = $1 WHERE external_id = ANY ($2::text[])"
        await self.tx.execute(text, NOW, cancelled)
        text = "UPDATE touchpoint SET campaign_id = $1 WHERE kind = 'CAMPAIGN_SENT'"
        await self.tx.execute(text, UUID(int=77))

    def _later(self, order: Mapping[str, Any]) -> datetime:
        moment: datetime = order["orderedAt"] + timedelta(days=self.rng.randrange(1, 40))
        return min(moment, NOW)

    def _who(self) -> dict[str, object]:
        """The last few never buy."""
        return {"id": to_public(Prefix.CUSTOMER, self.rng.choice(self.people[:-3]))}

    def _fact(self, name: str) -> tuple[Kind, dict[str, object]]:
        row = {"customer": self._who(), "source": "s", "externalId": name, "channel": self.some(*CHANNELS)}
        if self.rng.random() < 0.4:
            kind, cost = self.some("CALL", "VISIT", "CAMPAIGN_SENT"), self.some("0", "0.75", "12")
            anybody = {"customer": {"id": to_public(Prefix.CUSTOMER, self.rng.choice(self.people))}}
            return Kind.TOUCHPOINTS, row | anybody | {"occurredAt": self.moment(), "kind": kind, "cost": cost}
        lines = [
            {"sku": sku, "quantity": self.rng.randint(1, 4), "unitPrice": self.some("2.25", "9.99", "0.5")}
            for sku in self.rng.sample([sku for sku, _, _ in _PRODUCTS], self.rng.randint(1, 3))
        ]
        moment = self.moment()
        methods = self.rng.sample(list(PaymentMethod)[:4], self.rng.choice([0, 1, 1, 2]))
        paid = [
            {"externalId": f"{name}{at}", "method": str(method), "amount": "1", "paidAt": moment}
            for at, method in enumerate(methods)
        ]
        bought = {
            "orderedAt": moment,
            "currency": "USD",
            "lines": lines,
            "payments": paid,
            "discount": self.some("0", "0.3"),
        }
        bought |= {"shipping": self.some("0", "4.9"), "tradingForm": str(self.some(*list(TradingForm)[:3]))}
        return Kind.ORDERS, row | bought

    async def _attributes(self) -> None:
        types = {
            "plan": "STRING",
            "vip": "BOOLEAN",
            "size": "NUMBER",
            "score": "NUMBER",
            "since": "DATE",
            "secret": "STRING",
        }
        for name, type_ in types.items():
            await self.house.row(
                "attribute_declaration", name=name, type=type_, personal=name == "secret", declared_at=BEGIN
            )

    async def _person(self, who: UUID) -> None:
        text = "UPDATE customer SET country = $2, sector = $3, acquisition_channel = $4 WHERE customer_id = $1"
        channel = self.some(None, *CHANNELS)
        await self.tx.execute(text, who, self.some("GB", "DE", None), self.some("Retail", "Dairy", "", None), channel)
        for kind, name in self.rng.sample([("MOTIVATION", "price"), ("BELIEF", "organic"), ("MOTIVATION", "a.b")], 2):
            await self.house.row(
                "customer_need", customer_id=who, need_id=UUID(int=self.rng.getrandbits(100)), kind=kind, name=name,
                strength=1.0, recorded_at=NOW,
            )  # fmt: skip
        values: dict[str, dict[str, object]] = {
            "plan": {"text_value": self.some("Gold", "Silver", "")},
            "vip": {"boolean_value": self.some(True, False)},
            "size": {"number_value": float(self.some(36, 38, 40.5))},
            "score": {"number_value": round(self.rng.uniform(-50, 900), 3)},
            "since": {"date_value": datetime(self.some(1999, 2024), self.rng.randint(1, 12), 28, tzinfo=UTC).date()},
            "secret": {"text_value": self.some("yes", "yes", "no")},
        }
        for name, value in values.items():
            if name == "score" or self.rng.random() < 0.8:
                if text_ := value.get("text_value"):
                    value["text_fold"] = str(text_).casefold()
                elif "text_value" in value:
                    value["text_fold"] = ""
                await self.house.row(
                    "customer_attribute", customer_id=who, name=name, personal=name == "secret", **value
                )

    async def _segments(self) -> None:
        for number, key in enumerate(("one", "two", "away"), start=1):
            away = {"archived_at": NOW} if key == "away" else {}
            told = {"key": key, "name": key.title(), "search_fold": key, "kind": "STATIC", "number": number}
            await self.house.row(
                "segment", segment_id=UUID(int=900 + number), created_at=BEGIN, updated_at=BEGIN, **told, **away
            )
        for who in self.people:
            numbers = sorted(self.rng.sample([1, 2, 3], self.rng.randrange(4)))
            await self.house.row(
                "customer_segment", customer_id=who, segments=numbers, entered_at=[BEGIN] * len(numbers),
                causes=[1] * len(numbers), refreshed_at=NOW,
            )  # fmt: skip

    async def _scores(self) -> None:
        """What the summaries say is so; what models say is anything."""
        sums = ", ".join(f"sum({name}) AS {name}" for name in _SUMMED)
        await self.tx.execute(
            f"UPDATE customer_score s SET ({', '.join(_SUMMED)}, profit) = ROW ({', '.join('m.' + n for n in _SUMMED)},"
            " m.revenue - m.returns - m.cost_of_goods - m.cost_to_serve - m.marketing_cost)"
            f" FROM (SELECT customer_id, {sums} FROM customer_month GROUP BY customer_id) m"
            " WHERE m.customer_id = s.customer_id"
        )
        await self.tx.execute(
            "UPDATE customer_score s SET first_order_at = o.at, order_count = o.many FROM (SELECT customer_id,"
            " min(ordered_at) AS at, count(*) AS many FROM customer_order WHERE cancelled_at IS NULL"
            " GROUP BY customer_id) o WHERE o.customer_id = s.customer_id"
        )
        for moment in (BEGIN + timedelta(days=100), BEGIN + timedelta(days=300)):
            await self.tx.execute("INSERT INTO snapshot_of_all VALUES ($1, $1)", moment)
        for at, who in enumerate(self.people):
            await self._scored(who, is_valued=at % 4 != 3)

    async def _scored(self, who: UUID, *, is_valued: bool) -> None:
        stages = list(LifecycleStage)
        text = (
            "UPDATE customer_score SET as_of = $6, lifecycle_stage = $2, value_tier = $3, risk_band = $4,"
            " lifetime_value = $5 WHERE customer_id = $1"
        )
        tier = str(self.some(*ValueTier)) if is_valued else None
        value = Decimal(self.some("10", "10", "-3.5", "27.123456", "99", "0.5")) if is_valued else None
        band = str(self.some(*RiskBand)) if is_valued else None
        await self.tx.execute(text, who, str(self.some(*stages)), tier, band, value, NOW)
        moments = [BEGIN + timedelta(days=day) for day in (100, 300) if self.rng.random() < 0.7]
        for moment in sorted({*moments, *(self.moment() for _ in range(3))}):  # a set has its order by chance
            await self.house.row(
                "score_snapshot", customer_id=who, as_of=moment, lifecycle_stage=str(self.some(*stages))
            )
        if self.rng.random() < 0.2:
            await self.house.row(
                "customer_consent", customer_id=who, consent_id=UUID(int=self.rng.getrandbits(100)), channel="EMAIL",
                purpose="PROFILING", status="DENIED", recorded_at=NOW, holds=True, recorded_for=who,
            )  # fmt: skip
        if self.rng.random() < 0.7:
            await self.house.row(
                "customer_next_action", customer_id=who, strategy=self.some("RETAIN", "NURTURE", "WIN_BACK"),
                channel=self.some("EMAIL", "PHONE", None), expected_profit=Decimal(self.rng.randint(1, 999)) / 100,
                as_of=NOW,
            )  # fmt: skip


SEGMENTS = {key: UUID(int=900 + number) for number, key in enumerate(("one", "two", "away"), start=1)}
