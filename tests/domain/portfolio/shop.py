"""A shop whose customers come again, or not: generated people, what they bought and sent back, as plain values beside
the rows that tell the same to the database.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from domain.database import Tx
from tests.domain.query.world import NOW, House

ZONE = "Europe/Berlin"
CHANNELS = ("WEB", "PHONE", "IN_PERSON")
# By SKU: the category that it has today, the one that it had when it was bought, whether it is sold no longer.
CATALOGUE: Mapping[str, tuple[str | None, str | None, bool]] = {
    "pen": ("Paper", "Paper", False),
    "pad": ("Paper", "Colour", False),
    "ink": ("Colour", "Colour", False),
    "dye": ("Colour", "Colour", True),
    "box": (None, None, False),
    "cup": ("Kitchen", "Kitchen", False),
    "pan": ("Kitchen", None, False),
    "jar": ("Kitchen", "Kitchen", False),
    "oak": ("Garden", "Garden", False),
}
Over = tuple[datetime | None, datetime | None]
PERIODS: tuple[Over, ...] = (
    (None, None),
    (datetime(2025, 11, 30, 23, tzinfo=UTC), datetime(2026, 1, 31, 23, tzinfo=UTC)),
    (datetime(2025, 12, 10, 8, 30, tzinfo=UTC), None),
    (None, datetime(2026, 1, 5, tzinfo=UTC)),
)
"""Nothing asked for; two calendar months of the zone; open ends."""


@dataclass(frozen=True, slots=True)
class Line:
    sku: str
    quantity: int
    price: Decimal
    discount: Decimal
    cost: Decimal | None

    @property
    def revenue(self) -> Decimal:
        return self.quantity * self.price - self.discount

    @property
    def profit(self) -> Decimal:
        """Where no cost is known, the margin that the settings assume is 30 per cent."""
        cost = self.quantity * self.price * Decimal("0.7") if self.cost is None else self.quantity * self.cost
        return self.revenue - cost


@dataclass(frozen=True, slots=True)
class Order:
    at: datetime
    channel: str
    lines: tuple[Line, ...]
    cancelled: bool

    @property
    def total(self) -> Decimal:
        return sum((line.revenue for line in self.lines), Decimal(0))

    @property
    def day(self) -> date:
        return self.at.astimezone(ZoneInfo(ZONE)).date()


@dataclass(frozen=True, slots=True)
class Return:
    at: datetime
    sku: str
    refund: Decimal
    cost: Decimal
    counts: bool


@dataclass(slots=True)
class Person:
    id: UUID
    country: str | None
    refuses: bool
    orders: list[Order] = field(default_factory=list)
    returns: list[Return] = field(default_factory=list)

    def bought(self, over: Over) -> list[Order]:
        """Standing orders of the period, the oldest first."""
        kept = [one for one in self.orders if not one.cancelled and within(one.at, over)]
        return sorted(kept, key=lambda one: one.at)


def within(moment: datetime, over: Over) -> bool:
    start, end = over
    return (start is None or moment >= start) and moment < min(end or NOW, NOW)


def period(over: Over) -> dict[str, str] | None:
    """As a variable."""
    told = {name: end.isoformat() for name, end in zip(("from", "until"), over, strict=True) if end}
    return told or None


@dataclass(slots=True)
class Shop:
    """Everything that is generated, in one transaction."""

    tx: Tx
    rng: Random
    # How many days ago the first bought.
    reach: int = 150
    people: list[Person] = field(default_factory=list)
    products: dict[str, UUID] = field(default_factory=dict)
    affinities: dict[tuple[str, str], float] = field(default_factory=dict)
    transitions: dict[tuple[str, str], float] = field(default_factory=dict)
    house: House = field(init=False)

    def __post_init__(self) -> None:
        self.house = House(self.tx)

    async def open(self, people: int = 14) -> "Shop":
        for sku, (category, _, gone) in CATALOGUE.items():
            ended = {"discontinued_at": NOW - timedelta(days=9)} if gone else {}
            self.products[sku] = await self.house.product(sku, category=category, **ended)
        await self._relate()
        for number in range(people):
            await self._person(is_buyer=number > 2)
        # Who was merged or forgotten bought, too.
        merged = await self.house.customer(merged_into=self.people[0].id)
        for forgotten in (merged, await self.house.customer(erased_at=NOW)):
            await self._order(Person(forgotten, None, refuses=False))
        return self

    async def ask(self, text: str, variables: Mapping[str, Any] | None = None, **how: Any) -> Any:
        return await self.house.ask(text, variables, now=NOW, zone=ZONE, **how)

    async def _relate(self) -> None:
        skus = list(CATALOGUE)
        for one in skus:
            for other in self.rng.sample([sku for sku in skus if sku != one], 7):
                self.affinities[one, other] = round(self.rng.uniform(1.1, 4), 3)
        for one in ("Paper", "Colour", "Kitchen", "Garden"):
            for other in self.rng.sample(["Paper", "Colour", "Kitchen", "Garden"], 3):
                self.transitions[one, other] = self.rng.choice([0.9, 1.1, 1.2, 1.9])
        ids, told = self.products, {"buyers": 9, "share": 0.1, "weight": 0.1}
        for (one, other), value in self.affinities.items():
            await self.house.row(
                "product_affinity", product_id=ids[one], offered_id=ids[other], share_of_others=0.1, lift=value, **told
            )
        for (one, other), value in self.transitions.items():
            await self.house.row(
                "category_transition", category=one, next_category=other, customers=9, share=0.1, lift=value, weight=0.1
            )

    async def _person(self, *, is_buyer: bool) -> None:
        country = self.rng.choice(["GB", "DE", None])
        person = Person(await self.house.customer(country=country), country, self.rng.random() < 0.25)
        if person.refuses:
            await self.house.row(
                "customer_consent", customer_id=person.id, consent_id=self.house.id(), channel="EMAIL",
                purpose="PROFILING", status="DENIED", recorded_at=NOW, recorded_for=person.id, holds=True,
            )  # fmt: skip
        for _ in range(self.rng.choice([0, 1, 1, 3, 6]) if is_buyer else 0):
            await self._order(person)
        await self._summarise(person)
        self.people.append(person)

    async def _summarise(self, person: Person) -> None:
        """As the night does, or the pass over what changed."""
        bought = person.bought((None, None))
        if not bought:
            return
        categories = {CATALOGUE[line.sku][1] for order in bought for line in order.lines} - {None}
        text = (
            "UPDATE customer_score_a SET first_order_at = $2, order_count = $3, revenue = $4, category_count = $5"
            " WHERE customer_id = $1"
        )
        revenue = sum((order.total for order in bought), Decimal(0))
        await self.tx.execute(text, person.id, bought[0].at, len(bought), revenue, len(categories))

    def _moments(self) -> Iterator[datetime]:
        """Some of one day, some about midnight in the zone."""
        moment = NOW - timedelta(days=self.rng.uniform(0, self.reach))
        yield moment if self.rng.random() < 0.7 else moment.replace(hour=22, minute=self.rng.choice([59, 1]))
        if self.rng.random() < 0.3:
            yield moment - timedelta(hours=self.rng.choice([1, 20]))

    async def _order(self, person: Person) -> None:
        for moment in self._moments():
            lines = tuple(self._line(sku) for sku in self.rng.sample(list(CATALOGUE), self.rng.choice([1, 1, 2, 4])))
            order = Order(moment, self.rng.choice(CHANNELS), lines, self.rng.random() < 0.1)
            person.orders.append(order)
            ended = {"cancelled_at": NOW} if order.cancelled else {}
            id_ = await self.house.order(
                person.id, "2026-01-01", str(order.total), ordered_at=moment, channel=order.channel, **ended
            )
            for place, line in enumerate(lines):
                await self._row(person, id_, place, line)
            if self.rng.random() < 0.3:
                await self._return(person, id_, order)

    def _line(self, sku: str) -> Line:
        price, cost = self.rng.choice(["2.25", "9.99", "0.5"]), self.rng.choice(["1.1", "0.25", None])
        discount = Decimal(self.rng.choice(["0", "0.3"]))
        return Line(sku, self.rng.randint(1, 4), Decimal(price), discount, Decimal(cost) if cost else None)

    async def _row(self, person: Person, order: UUID, place: int, line: Line) -> None:
        # Rows of before it was kept have no category of their own: the product's holds.
        today, then, _ = CATALOGUE[line.sku]
        kept = None if today == then and self.rng.random() < 0.5 else then or ""
        await self.house.row(
            "order_line", customer_id=person.id, order_id=order, position=place, recorded_for=person.id,
            product_id=self.products[line.sku], quantity=line.quantity, unit_price=line.price, unit_cost=line.cost,
            total=line.quantity * line.price, discount=line.discount,
            category=kept,
        )  # fmt: skip

    async def _return(self, person: Person, order_id: UUID | None, order: Order) -> None:
        """Some of no order that is known: they count whatever became of that."""
        line, is_known = order.lines[0], self.rng.random() < 0.7
        moment = min(order.at + timedelta(days=self.rng.randrange(30)), NOW - timedelta(minutes=1))
        back = Return(moment, line.sku, Decimal("0.4"), Decimal("0.15"), not (is_known and order.cancelled))
        person.returns.append(back)
        id_ = self.house.id()
        await self.house.row(
            "order_return", customer_id=person.id, return_id=id_, recorded_for=person.id, source="s",
            external_id=str(id_.int), returned_at=moment, recorded_at=moment,
            refund=back.refund,
        )  # fmt: skip
        await self.house.row(
            "return_line", customer_id=person.id, return_id=id_, position=1, recorded_for=person.id,
            order_id=order_id if is_known else None, product_id=self.products[line.sku], quantity=1,
            refund=back.refund, returned_cost=back.cost,
        )  # fmt: skip
