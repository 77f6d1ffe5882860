"""Returns by import: matched with what was bought, or unmatched where it is said what was paid back."""

from decimal import Decimal

from domain.database import Database
from domain.transfer import Kind
from tests.support.importing import Given, bring, came_back, fingerprint, order, person, with_products


def pens(quantity: int, **more: object) -> list[Given]:
    return [{"sku": "pen", "quantity": quantity} | more]


async def row(db: Database, query: str) -> tuple[object, ...]:
    async with db.connection() as tx:
        found = await tx.fetchrow(query)
    assert found is not None
    return tuple(found)


ORDERS = (
    "SELECT array_agg(l.returned_quantity ORDER BY o.ordered_at) FROM order_line l"
    " JOIN customer_order o USING (order_id)"
)
MONTHS = "SELECT sum(returns), sum(cost_of_goods), sum(returned_units), sum(touches) FROM customer_month"


async def bought(db: Database) -> None:
    """Three pens in January and three in March, at 2.50 each."""
    await with_products(db)
    lines = pens(3, unitPrice="2.50")
    january = order("jan", orderedAt="2025-01-10T00:00:00Z", lines=lines, discount="0.75")
    await bring(db, Kind.ORDERS, [january, order("mar", orderedAt="2025-03-10T00:00:00Z", lines=lines)])


async def test_the_latest_earlier_lines_are_taken_first_over_several_orders(db: Database) -> None:
    await bought(db)
    assert (await bring(db, Kind.RETURNS, [came_back(lines=pens(4))])).statuses == (1, 0, 0, 0)
    assert await row(db, ORDERS) == ([1, 3],)
    assert await row(db, "SELECT refund, returned_cost FROM order_return") == (Decimal("9.75"), 4)  # 3 · 2.50 + 2.25
    assert await row(db, MONTHS) == (Decimal("9.75"), 2, 4, 3)
    assert await row(db, "SELECT sum(returned), sum(returned_cost) FROM customer_order") == (Decimal("9.75"), 4)


async def test_a_return_before_an_order_takes_nothing_of_it(db: Database) -> None:
    await bought(db)
    await bring(db, Kind.RETURNS, [came_back(returnedAt="2025-02-01T00:00:00Z")])
    assert await row(db, ORDERS) == ([1, 0],)


async def test_by_order_it_takes_that_order_s_lines(db: Database) -> None:
    await bought(db)
    given = came_back(orderExternalId="jan", lines=pens(2), refund="1")
    del given["customer"]
    assert (await bring(db, Kind.RETURNS, [given])).statuses == (1, 0, 0, 0)
    assert await row(db, ORDERS) == ([2, 0],)
    assert await row(db, "SELECT returned FROM customer_order WHERE external_id = 'jan'") == (1,)
    assert await row(db, "SELECT channel, kind, direction FROM touchpoint WHERE kind = 'RETURN'") == (
        "WEB",
        "RETURN",
        "INBOUND",
    )


async def test_what_fits_nothing_is_unmatched_if_it_says_what_was_paid_back(db: Database) -> None:
    await bought(db)
    brought = await bring(
        db,
        Kind.RETURNS,
        [
            came_back("a", lines=pens(7)),
            came_back("b", lines=pens(7, unitAmount="2")),
            came_back("c", customer=person("new"), refund="5"),
            came_back("d", customer=person("newer")),
            came_back("e", orderExternalId="none"),
            came_back("f", orderExternalId="jan", customer=person("new")),
        ],
    )
    assert brought.faults == [
        (5, "orderExternalId", "NOT_FOUND"),
        (6, "customer", "CONFLICT"),
        (1, "lines.0.quantity", "OUT_OF_RANGE"),
        (4, "lines.0.quantity", "OUT_OF_RANGE"),
    ]
    assert await row(db, ORDERS) == ([3, 3],)
    unmatched = (
        "SELECT count(*), sum(quantity), sum(refund), sum(returned_cost) FROM return_line WHERE order_id IS NULL"
    )
    assert await row(db, unmatched) == (2, 2, 7, 2)
    assert await row(db, "SELECT count(*) FROM customer") == (2,)


async def test_in_one_file_returns_are_applied_in_the_order_of_their_times(db: Database) -> None:
    await bought(db)
    late, early = came_back("late", lines=pens(3)), came_back("early", returnedAt="2025-03-11T00:00:00Z", lines=pens(3))
    await bring(db, Kind.RETURNS, [late, early])
    found = "SELECT string_agg(r.external_id || ' ' || o.external_id, ', ' ORDER BY r.external_id) FROM order_return r"
    joined = f"{found} JOIN return_line USING (customer_id, return_id) JOIN customer_order o USING (order_id)"
    assert await row(db, joined) == ("early mar, late jan",)


async def test_sent_again_a_return_is_a_duplicate(db: Database) -> None:
    await bought(db)
    first = await bring(db, Kind.RETURNS, [came_back(), came_back()])
    assert first.statuses == (1, 0, 1, 0)
    before = await fingerprint(db)
    assert (await bring(db, Kind.RETURNS, [came_back(lines=pens(2))])).statuses == (0, 0, 1, 0)
    assert await fingerprint(db) == before


async def test_nothing_comes_back_of_a_cancelled_order(db: Database) -> None:
    await bought(db)
    await bring(db, Kind.RETURNS, [came_back()])
    cancelled = order(
        "mar", orderedAt="2025-03-10T00:00:00Z", lines=pens(3, unitPrice="2.50"), cancelledAt="2025-06-07T00:00:00Z"
    )
    await bring(db, Kind.ORDERS, [cancelled])
    assert await row(
        db, "SELECT sum(revenue), sum(returns), sum(cost_of_goods), sum(returned_units) FROM customer_month"
    ) == (
        Decimal("6.75"),
        Decimal("2.25"),  # so it was one of January's
        2,
        1,
    )
    assert await row(db, ORDERS) == ([1, 0],)
    brought = await bring(db, Kind.RETURNS, [came_back("b", orderExternalId="mar"), came_back("c", lines=pens(4))])
    assert brought.faults == [(1, "orderExternalId", "IN_WRONG_STATE"), (2, "lines.0.quantity", "OUT_OF_RANGE")]


async def test_rows_of_a_csv_are_one_return(db: Database) -> None:
    await bought(db)
    head = "source,externalId,returnedAt,customer,sku,quantity,unitAmount\n"
    rows = (
        "shop,r,2025-06-06T00:00:00Z,1,pen,1,\n"
        "shop,q,2025-06-06T00:00:00Z,1,pen,9,\n"
        "shop,r,2025-06-06T00:00:00Z,1,book,1,3\n"
    )
    brought = await bring(db, Kind.RETURNS, (head + rows).encode())
    assert brought.statuses == (1, 0, 0, 1)
    assert brought.faults == [(3, "quantity", "OUT_OF_RANGE")]
    assert await row(db, "SELECT refund FROM order_return") == (Decimal("5.5"),)
