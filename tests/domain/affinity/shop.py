"""A shop in the database, as it was told in plain facts; and orders drawn by a seed or by hypothesis."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from uuid import UUID

from domain.affinity import commands
from domain.analytics.compute import here
from tests.domain.affinity.plain import Bought, CameBack, Line
from tests.domain.query.world import NOW, House

PRODUCTS: Mapping[str, str | None] = {"A": "Tea", "B": "Tea", "C": "Pots", "D": "Pots", "E": None, "F": "Cups"}


async def quiet(share: float, detail: str) -> None:
    """A door that wants to know nothing of progress."""


async def relate(house: House, as_of: datetime = NOW) -> dict[str, object]:
    return await commands.relate(house.tx, here, as_of=as_of, now=NOW, progress=quiet)


def morning(day: date) -> datetime:
    return datetime.combine(day, time(9), UTC)


async def furnish(
    house: House,
    orders: Sequence[Bought],
    returns: Sequence[CameBack] = (),
    products: Mapping[str, str | None] = PRODUCTS,
) -> tuple[dict[int, UUID], dict[str, UUID]]:
    """Ids of customers and products."""
    skus = {sku: await house.product(sku, category=category) for sku, category in products.items()}
    people = {number: await house.customer(f"No. {number}") for number in sorted({one.customer for one in orders})}
    ids = [await _order(house, people[one.customer], skus, one) for one in orders]
    for back in returns:
        await _came_back(house, people[back.customer], skus[back.product], back, ids)
    return people, skus


async def _order(house: House, customer: UUID, skus: Mapping[str, UUID], one: Bought) -> UUID:
    at = morning(one.day)
    id_ = await house.order(
        customer, one.day.isoformat(), ordered_at=at, cancelled_at=NOW if one.is_cancelled else None
    )
    for position, line in enumerate(one.lines, 1):
        await house.row(
            "order_line", customer_id=customer, order_id=id_, position=position, recorded_for=customer,
            product_id=skus[line.product], quantity=line.quantity, unit_price=line.price, unit_cost=line.cost,
            total=line.quantity * line.price, discount=line.discount,
        )  # fmt: skip
    return id_


async def _came_back(house: House, customer: UUID, product: UUID, back: CameBack, orders: Sequence[UUID]) -> None:
    id_, at = house.id(), morning(back.day)
    await house.row(
        "order_return", customer_id=customer, return_id=id_, recorded_for=customer, source="shop",
        external_id=str(id_), returned_at=at, recorded_at=at, refund=back.refund, returned_cost=back.cost,
    )  # fmt: skip
    order = None if back.order is None else orders[back.order]
    await house.row(
        "return_line", customer_id=customer, return_id=id_, position=1, recorded_for=customer, product_id=product,
        order_id=order, order_position=None if order is None else 1, quantity=back.quantity, refund=back.refund,
        returned_cost=back.cost,
    )  # fmt: skip
    await house.tx.execute(
        "UPDATE order_line SET returned_quantity = returned_quantity + $3 WHERE customer_id = $1 AND order_id = $2"
        " AND product_id = $4",
        customer, order, back.quantity, product,
    )  # fmt: skip


def drawn(seed: int, *, customers: int = 16) -> tuple[list[Bought], list[CameBack]]:
    """Orders and returns of a seed: some cancelled, costs often unknown, some days long ago."""
    rng = Random(seed)
    orders: list[Bought] = []
    returns: list[CameBack] = []
    today = NOW.date()
    for customer in range(customers):
        for _ in range(rng.randint(1, 4)):
            day = today - timedelta(days=rng.choice((0, 1, 3, 20, 60, 89, 90, 91, 200, 500)))
            chosen = rng.sample(sorted(PRODUCTS), k=rng.randint(1, 4))
            lines = tuple(_line(rng, product) for product in chosen)
            orders.append(Bought(customer, day, lines, is_cancelled=rng.random() < 0.15))
            if rng.random() < 0.3:
                place = rng.choice((len(orders) - 1, None))
                cost = Decimal(rng.randint(0, 200)) / 100
                refund = Decimal(rng.randint(0, 500)) / 100
                returns.append(CameBack(customer, place, chosen[0], 1, refund, cost, min(day + timedelta(9), today)))
    return orders, returns


def _line(rng: Random, product: str) -> Line:
    cost = None if rng.random() < 0.5 else Decimal(rng.randint(50, 400)) / 100
    discount = Decimal(rng.choice((0, 0, 25))) / 100
    return Line(product, rng.randint(1, 5), Decimal(rng.randint(500, 900)) / 100, cost, discount)
