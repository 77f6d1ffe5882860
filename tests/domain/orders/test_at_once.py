"""Several writers at the same moment: each fact is recorded once, and nobody is told of an error."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial

import asyncpg
import pytest

from domain.database import Database, Tx
from domain.staged import Moved
from domain.transfer import Kind
from domain.transfer.answering import Recorded
from domain.transfer.order_calls import record_payment, update_order
from tests.support.calling import CREATED, DUPLICATE, OCCASION, UPDATED, call, called, check_months, statuses
from tests.support.importing import Given, came_back, order, person, with_products
from tests.support.waiting import WAITING

PEN: Given = {"sku": "pen", "name": "Pen", "category": "Paper", "price": "3"}


@asynccontextmanager
async def unfinished(db: Database, *, kept: bool) -> AsyncIterator[Tx]:
    """A transaction that is open while the block lasts, and then committed or not."""
    async with db.connection() as tx:
        transaction = tx.transaction()
        await transaction.start()
        yield tx
        await (transaction.commit() if kept else transaction.rollback())


async def waits(db: Database, task: "asyncio.Task[object]") -> None:
    """Until the task waits for a lock, so that what follows happens in the middle of its deed."""
    async with db.connection() as tx:
        while not await tx.fetchval(WAITING):
            assert not task.done(), task.result()
            await asyncio.sleep(0.01)


async def second(
    db: Database, kind: Kind, first: Sequence[Given], rows: Sequence[Given], *, kept: bool
) -> list[Recorded]:
    """What a writer is told whose rows come while the first writer's are not committed yet."""
    async with unfinished(db, kept=kept) as tx:
        await call(tx, kind, first)
        task: asyncio.Task[list[Recorded]] = asyncio.create_task(called(db, kind, rows))
        await waits(db, task)
    return await task


@pytest.mark.parametrize("kept", [True, False])
async def test_who_sends_the_same_order_a_moment_later_is_told_that_it_is_there(db: Database, kept: bool) -> None:
    await with_products(db)
    told = await second(db, Kind.ORDERS, [order("a"), order("b")], [order("b"), order("c")], kept=kept)
    assert statuses(told) == [DUPLICATE if kept else CREATED, CREATED]
    await check_months(db)


async def test_under_other_names_of_one_person_too(db: Database) -> None:
    await with_products(db)
    told = await second(db, Kind.ORDERS, [order("a")], [order("a", customer=person("2"))], kept=True)
    assert [one.faults[0].path for one in told] == [("customer",)]
    async with db.connection() as tx:
        assert await tx.fetchval("SELECT count(*) FROM customer") == 1
        assert await tx.fetchval("SELECT count(*) FROM identity_claim") == 1
        assert await tx.fetchval("SELECT count(*) FROM touchpoint") == 1


@pytest.mark.parametrize("kept", [True, False])
async def test_the_last_pen_comes_back_once(db: Database, kept: bool) -> None:
    await with_products(db)
    await called(db, Kind.ORDERS, [order()])
    pens: Given = {"lines": [{"sku": "pen", "quantity": 2}]}
    told = await second(db, Kind.RETURNS, [came_back() | pens], [came_back() | pens, came_back("r2") | pens], kept=kept)
    if kept:
        assert told[0].status is DUPLICATE
    else:
        assert told[0].status is CREATED
    assert [one.path for one in told[1].faults] == [("lines", "0", "quantity")]
    await check_months(db)


@pytest.mark.parametrize("kept", [True, False])
async def test_strangers_bring_something_back_once(db: Database, kept: bool) -> None:
    await with_products(db)
    row = came_back(refund="2", customer=person("nobody"))
    told = await second(db, Kind.RETURNS, [row], [row, row | {"externalId": "r2"}], kept=kept)
    assert statuses(told) == [DUPLICATE if kept else CREATED, CREATED]
    async with db.connection() as tx:
        assert await tx.fetchval("SELECT count(*) FROM customer") == 1
    await check_months(db)


@pytest.mark.parametrize("kept", [True, False])
async def test_what_two_say_of_a_product_is_both_kept(db: Database, kept: bool) -> None:
    supplied = PEN | {"supplier": "Acme"}
    del supplied["category"]
    told = await second(db, Kind.PRODUCTS, [PEN], [supplied], kept=kept)
    assert statuses(told) == [UPDATED if kept else CREATED]
    told = await second(
        db, Kind.PRODUCTS, [{"sku": "pen", "price": "4"}], [{"sku": "pen", "kind": "SERVICE"}], kept=True
    )
    assert statuses(told) == [UPDATED]
    async with db.connection() as tx:
        row = await tx.fetchrow("SELECT supplier, category, price::int, kind FROM product")
    assert row is not None
    assert tuple(row) == ("Acme", "Paper" if kept else None, 4, "SERVICE")


async def test_an_order_is_cancelled_once(db: Database) -> None:
    await with_products(db)
    await called(db, Kind.ORDERS, [order(), order("o2")])
    cancelled = [order(cancelledAt="2025-05-06T00:00:00Z")]
    told = await second(db, Kind.ORDERS, cancelled, cancelled, kept=True)
    assert statuses(told) == [DUPLICATE]
    await check_months(db)


@pytest.mark.proof
async def test_many_writers_of_the_same_make_no_error_and_no_deadlock(db: Database) -> None:
    """Each sends a part of all, in its own order; nothing but Moved may ask for another try."""
    await with_products(db)
    db.size = 6
    people = [person(str(at)) for at in range(6)]
    orders = [order(f"o{at}", customer=people[at % 6]) for at in range(24)]
    told: Counter[tuple[str, str]] = Counter()

    async def writer(number: int) -> None:
        for turn in range(4):
            mine = [orders[(number * 7 + turn * 5 + at * (1 if number % 2 else -1)) % 24] for at in range(12)]
            rows = await _patiently(db, partial(call, kind=Kind.ORDERS, rows=mine))
            told.update((str(row["externalId"]), one.status) for row, one in zip(mine, rows, strict=True))
            back = [came_back(f"r{at}", orderExternalId=f"o{at}") for at in range(number % 3, 24, 5)]
            for row in back:
                row["customer"] = people[int(str(row["externalId"])[1:]) % 6]
            await _patiently(db, partial(call, kind=Kind.RETURNS, rows=back))
            await _patiently(db, partial(_goes_on, at=number + turn))

    await asyncio.gather(*(writer(number) for number in range(6)))
    assert {status for _, status in told} == {CREATED, DUPLICATE}
    assert all(count == 1 for (_, status), count in told.items() if status == CREATED)
    assert sum(status == CREATED for _, status in told) == len({name for name, _ in told})
    await check_months(db)


async def _goes_on(tx: Tx, at: int) -> None:
    """One order is paid in part; another cancelled or not, where there are such."""
    ref = {"external": {"source": "shop", "externalId": f"o{at}"}}
    if await tx.fetchval("SELECT count(*) FROM customer_order WHERE external_id = $1", f"o{at}"):
        paid = {"externalId": f"p{at}", "method": "CARD", "amount": "1", "paidAt": "2025-05-06T00:00:00Z"}
        await record_payment(tx, ref, paid, occasion=OCCASION)
        await update_order(tx, ref, {"shippedAt": "2025-05-07T00:00:00Z"}, occasion=OCCASION)


async def _patiently(db: Database, deed: "Callable[[Tx], Awaitable[list[Recorded] | None]]") -> list[Recorded]:
    for _ in range(10):
        try:
            async with db.transaction() as tx:
                return await deed(tx) or []
        except Moved:
            continue
        except asyncpg.DeadlockDetectedError:
            pytest.fail("two writers waited for each other")
    pytest.fail("another writer always came in between")
