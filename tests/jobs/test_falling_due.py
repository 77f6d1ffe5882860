"""What somebody owes is overdue from the moment that it is due, and an order that was dated ahead counts from its own:
the clock has them scored anew, though nothing was recorded of them.
"""

from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import pytest

from domain.database import Database
from jobs import segments
from tests.domain.analytics.facts import NOW, buyer, changed_pass, order, score

SOON, THEN = NOW + timedelta(seconds=30), NOW + timedelta(seconds=40)


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    made = Database(database_url)
    yield made
    await made.close()


async def swept(db: Database, seconds: int) -> set[UUID]:
    """Who is to be scored anew after the clock was followed to so many seconds from NOW."""
    async with db.transaction() as tx:
        await segments.sweep(tx, NOW + timedelta(seconds=seconds))
        rows = await tx.fetch("SELECT customer_id FROM customer_mark WHERE done < wanted")
    return {row["customer_id"] for row in rows}


async def test_who_falls_due_is_scored_anew_and_once(db: Database) -> None:
    async with db.transaction() as tx:
        debtor, payer, early = [await buyer(tx, 5) for _ in range(3)]
        await order(tx, debtor, NOW - timedelta(days=1), 12, due_at=SOON)
        paid = await order(tx, payer, NOW - timedelta(days=1), due_at=SOON)
        await tx.execute("UPDATE customer_order SET paid_at = $2, paid = total WHERE order_id = $1", paid, NOW)
        ahead = await order(tx, early, SOON)
        await tx.execute("UPDATE customer_order SET recorded_at = $2 WHERE order_id = $1", ahead, NOW)
    assert await swept(db, -10) == {debtor, payer, early}, "as recorded"
    await changed_pass(db)
    assert await swept(db, 20) == set()

    assert await swept(db, 35) == {debtor, early}
    await changed_pass(db, NOW + timedelta(seconds=25))
    assert (await score(db, debtor))["overdue"] == 0, "by a round that had begun before"
    assert await swept(db, 45) == {debtor, early}
    await changed_pass(db, NOW + timedelta(seconds=45))
    assert (await score(db, debtor))["overdue"] == 12
    assert (await score(db, early))["order_count"] == 2
    assert await swept(db, 55) == set()
    assert await swept(db, 3_000) == set()


async def test_who_fell_due_while_nobody_followed_the_clock_is_scored_anew(db: Database) -> None:
    async with db.transaction() as tx:
        debtor = await buyer(tx, 5)
        await order(tx, debtor, NOW - timedelta(days=1), due_at=SOON)
    await changed_pass(db)
    assert await swept(db, 0) == set()
    assert await swept(db, 7_200) == {debtor}
