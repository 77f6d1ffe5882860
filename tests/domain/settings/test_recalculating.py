"""What is worked out anew after settings changed is as if it had been recorded under the new ones."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from domain.access.principal import OPERATOR
from domain.database import Database
from domain.query.asking import Keys, Occasion
from domain.settings.commands import update
from domain.settings.commands_recalculating import next_customers, recalculate
from domain.settings.rules import Rate
from domain.transfer import Kind
from domain.vocabulary import Channel, TouchpointKind
from tests.support import keeper
from tests.support.importing import CLAIMS, NOW, Given, bring, came_back, order, person, with_products

OCCASION = Occasion(OPERATOR, NOW, ZoneInfo("UTC"), Keys(bytes(64), CLAIMS))
Amounts = dict[str, list[Any]]

_AMOUNTS = {
    "touchpoints": "SELECT source, external_id, kind, occurred_at, cost FROM touchpoint ORDER BY 1, 2, 3, 4, 5",
    "orders": "SELECT external_id, cost_of_goods, returned_cost, known_revenue FROM customer_order ORDER BY 1",
    "returns": "SELECT r.external_id, r.returned_cost, l.position, l.returned_cost FROM order_return r"
    " JOIN return_line l USING (customer_id, return_id) ORDER BY 1, 3",
    "months": "SELECT i.value, m.month, m.channel, m.category, m.orders, m.units, m.returned_units, m.revenue,"
    " m.returns, m.cost_of_goods, m.touches, m.cost_to_serve, m.marketing_cost"
    " FROM customer_month m JOIN customer_identity i USING (customer_id)"
    " WHERE (m.orders, m.units, m.returned_units, m.revenue, m.returns, m.cost_of_goods, m.touches)"
    " <> (0, 0, 0, 0, 0, 0, 0) ORDER BY 1, 2, 3, 4",
}


@pytest.fixture
async def other() -> AsyncIterator[Database]:
    """A second house, to record the same in."""
    url = keeper.ask("database")
    db = Database(url)
    yield db
    await db.close()
    keeper.ask("database", back=url)


async def amounts(db: Database) -> Amounts:
    async with db.connection() as tx:
        return {name: [tuple(row) for row in await tx.fetch(sql)] for name, sql in _AMOUNTS.items()}


async def settle(db: Database, **given: object) -> dict[str, object]:
    """Changes settings; the arguments of the job that follows."""
    async with db.transaction() as tx:
        await tx.execute("DELETE FROM job")
        await update(tx, given, occasion=OCCASION)
        found: dict[str, object] | None = await tx.fetchval("SELECT arguments FROM job WHERE kind = 'RECALCULATE'")
        return found or {}


async def work_out(db: Database, what: dict[str, object], most: int = 2) -> int:
    """The job's batches; how many customers it made a difference to."""
    after, changed = UUID(int=0), 0
    while True:
        async with db.transaction() as tx:
            customers = await next_customers(tx, after, most)
            if not customers:
                return changed
            changed += await recalculate(tx, customers, what, now=NOW)
            after = customers[-1]


def facts(seed: int) -> dict[Kind, list[Given]]:
    rng = Random(seed)
    start = datetime(2025, 1, 1, tzinfo=UTC)

    def day(most: int) -> str:
        """Mostly where one zone's month ends before the other's."""
        month = start + timedelta(days=most)
        return (
            month.replace(day=1, month=rng.randint(1, month.month)) + timedelta(hours=rng.randint(-14, 14))
        ).isoformat()

    whose = [person(str(number)) for number in range(5)]
    orders = [
        order(
            f"o{number}", customer=rng.choice(whose), orderedAt=day(200), channel=rng.choice(["WEB", "EMAIL"]),
            lines=[
                {"sku": "pen", "quantity": rng.randint(1, 3), "unitPrice": "2.50"},
                {"sku": "book", "quantity": rng.randint(1, 4), "unitPrice": str(rng.randint(1, 10**8) / 10**6)},
            ],
        )
        for number in range(12)
    ]  # fmt: skip
    returns = [
        came_back(
            f"r{number}", customer=rng.choice(whose), returnedAt=(start + timedelta(days=201 + number)).isoformat(),
            lines=[{"sku": "book", "quantity": rng.randint(1, 2), "unitAmount": "3.333333"}],
        )
        for number in range(8)
    ]  # fmt: skip
    touches: list[Given] = [
        {
            "customer": rng.choice(whose), "channel": rng.choice(["WEB", "EMAIL", "PHONE"]),
            "kind": rng.choice(["OPEN", "CLICK", "CALL"]), "occurredAt": day(300), "source": "shop",
            "externalId": f"t{number}", **({"cost": "7"} if rng.random() < 0.3 else {}),
        }
        for number in range(40)
    ]  # fmt: skip
    return {Kind.ORDERS: orders, Kind.RETURNS: returns, Kind.TOUCHPOINTS: touches}


async def record(db: Database, seed: int) -> None:
    await with_products(db)
    for kind, rows in facts(seed).items():
        assert (await bring(db, kind, rows)).rejects == []


_CARD = [
    Rate(Channel.WEB, None, Decimal("0.25")),
    Rate(Channel.EMAIL, TouchpointKind.OPEN, Decimal("0.01")),
    Rate(Channel.EMAIL, TouchpointKind.PURCHASE, Decimal("1.5")),
]
_OTHER_CARD = [
    Rate(Channel.WEB, None, Decimal("0.25")),
    Rate(Channel.EMAIL, None, Decimal("0.02")),
    Rate(Channel.PHONE, TouchpointKind.CALL, Decimal(4)),
]


@pytest.mark.parametrize(
    "changed",
    [
        {"rateCard": _OTHER_CARD},
        {"assumedMargin": 0.123457},
        {"timeZone": "Pacific/Kiritimati"},
        {"rateCard": None, "assumedMargin": 0.0, "timeZone": "America/Los_Angeles"},
    ],
    ids=["rates", "goods", "months", "all"],
)
async def test_it_is_as_if_recorded_under_the_new_settings(
    db: Database, other: Database, changed: dict[str, object]
) -> None:
    await settle(db, rateCard=_CARD)
    await record(db, 1)
    before = await amounts(db)
    what = await settle(db, **changed)
    assert await work_out(db, what) > 0
    after = await amounts(db)
    assert after != before
    await settle(other, **{"rateCard": _CARD, **changed})
    await record(other, 1)
    assert after == await amounts(other)
    # Done again, as by an attempt that was killed and goes on, it changes nothing.
    await work_out(db, what, most=100)
    assert await amounts(db) == after


async def test_only_whose_price_changed_is_looked_at(db: Database) -> None:
    await settle(db, rateCard=_CARD)
    await record(db, 3)
    what = await settle(db, rateCard=[*_CARD, Rate(Channel.PHONE, TouchpointKind.CALL, Decimal(4))])
    assert what == {"rates": ["PHONE CALL"]}
    async with db.transaction() as tx:
        await tx.execute("UPDATE touchpoint SET cost = 9 WHERE channel = 'WEB'")
        await tx.execute("DELETE FROM customer_mark")
    await work_out(db, what)
    async with db.connection() as tx:
        assert await tx.fetchval("SELECT count(*) FROM touchpoint WHERE channel = 'WEB' AND cost <> 9") == 0
        called = "SELECT array_agg(DISTINCT customer_id) FROM touchpoint WHERE channel = 'PHONE' AND kind = 'CALL'"
        concerned = await tx.fetchval(f"{called} AND NOT cost_given")
        assert sorted(row[0] for row in await tx.fetch("SELECT customer_id FROM customer_mark")) == sorted(concerned)
        assert await tx.fetchval(f"SELECT ({called} AND cost_given AND cost <> 7) IS NULL")


@pytest.mark.proof
async def test_who_was_erased_keeps_what_was(db: Database) -> None:
    await settle(db, rateCard=_CARD)
    await record(db, 4)
    async with db.transaction() as tx:
        await tx.execute("UPDATE customer SET erased_at = $1", NOW)
    before = await amounts(db)
    what = await settle(db, rateCard=None, assumedMargin=0.9, timeZone="Asia/Tokyo")
    assert await work_out(db, what) == 0
    assert await amounts(db) == before
