"""What comes late changes what returns were matched with, as if all had come in the order of their dates."""

from datetime import datetime
from itertools import permutations

import pytest

from domain.database import Database
from domain.transfer import Kind
from domain.transfer.order_calls import update_order
from tests.domain.orders.test_arrival import EARLY, LATE, MIDDLE, refused, stored
from tests.support.calling import CREATED, OCCASION, called, check_months, fault, partner, statuses
from tests.support.importing import Given, came_back, order, with_products

WHOSE = "SELECT o.external_id FROM return_line JOIN customer_order o USING (order_id)"
EARN = (
    "SELECT sum(revenue - returns - cost_of_goods), (SELECT sum(returned_cost - returned) FROM customer_order)"
    " FROM customer_month"
)


@pytest.mark.parametrize("arrival", list(permutations(["o1", "o2", "r"])), ids="".join)
async def test_the_latest_order_before_a_return_is_taken_from_whenever_it_comes(
    db: Database, arrival: tuple[str, ...]
) -> None:
    await with_products(db)
    pen: Given = {"sku": "pen", "quantity": 1}
    jan = order("o1", orderedAt="2025-01-10T00:00:00Z", lines=[pen | {"unitPrice": "10", "unitCost": "4"}])
    feb = order("o2", orderedAt="2025-02-10T00:00:00Z", lines=[pen | {"unitPrice": "20", "unitCost": "15"}])
    back = came_back(returnedAt="2025-03-01T00:00:00Z", lines=[pen | {"unitAmount": "20"}])
    rows: dict[str, tuple[Kind, Given]] = {
        "o1": (Kind.ORDERS, jan),
        "o2": (Kind.ORDERS, feb),
        "r": (Kind.RETURNS, back),
    }
    assert not await refused(db, [rows[name] for name in arrival])
    async with db.connection() as tx:
        assert [*(await tx.fetchrow(EARN) or ())] == [6, -5]
    await check_months(db)


async def test_who_names_the_order_goes_before_who_does_not(db: Database) -> None:
    await with_products(db)
    pen: Given = {"sku": "pen", "quantity": 1}
    await called(db, Kind.ORDERS, [order("o1", lines=[pen | {"unitPrice": "10"}])])
    by_person = came_back("r1", lines=[pen | {"unitAmount": "2"}])
    by_order = came_back("r2", orderExternalId="o1", returnedAt="2025-07-06T12:00:00Z", lines=[pen])
    for row in (by_person, by_order):
        assert statuses(await called(db, Kind.RETURNS, [row])) == [CREATED]
    more = came_back("r3", orderExternalId="o1", lines=[pen])
    assert [fault(one)[1] for one in await called(db, Kind.RETURNS, [more])] == [("lines", "0", "quantity")]
    async with db.connection() as tx:
        found = await tx.fetch(
            "SELECT external_id, order_id IS NULL, r.refund FROM order_return r JOIN return_line USING (return_id)"
            " ORDER BY 1"
        )
        assert [tuple(row) for row in found] == [("r1", True, 2), ("r2", False, 10)]
        assert await tx.fetchval("SELECT sum(returned_quantity) FROM order_line") == 1
    await check_months(db)


async def test_what_came_back_goes_to_another_order_where_one_is_called_off_and_returns(db: Database) -> None:
    await with_products(db)
    await called(db, Kind.ORDERS, [EARLY, LATE])
    await called(db, Kind.RETURNS, [came_back()])
    before = await stored(db)
    ref = {"external": {"source": "shop", "externalId": "late"}}
    for cancelled, name in (("2025-06-07T00:00:00Z", "early"), (None, "late")):
        async with db.transaction() as tx:
            changes = {"cancelledAt": cancelled and datetime.fromisoformat(cancelled)}
            await update_order(tx, ref, changes, occasion=OCCASION)
        async with db.connection() as tx:
            assert await tx.fetchval(WHOSE) == name
        await check_months(db)
    assert await stored(db) == before


async def test_returns_of_which_nothing_that_was_told_is_kept_stay_as_they_are(db: Database) -> None:
    await with_products(db)
    await called(db, Kind.ORDERS, [EARLY])
    await called(db, Kind.RETURNS, [came_back()])
    async with db.connection() as tx:
        await tx.execute("UPDATE return_line SET told_position = NULL, told_amount = NULL")
        await tx.execute("UPDATE order_return SET told_refund = NULL, touchpoint_id = NULL")
    await called(db, Kind.ORDERS, [LATE, MIDDLE])
    assert statuses(await called(db, Kind.RETURNS, [came_back("r0", returnedAt="2025-04-04T00:00:00Z")])) == [CREATED]
    async with db.connection() as tx:
        taken = await tx.fetch(
            "SELECT o.external_id FROM return_line JOIN customer_order o USING (order_id) ORDER BY 1"
        )
        assert [row[0] for row in taken] == ["early", "middle"]
        assert await tx.fetchval("SELECT sum(returned_quantity) FROM order_line") == 2
    await check_months(db)


async def test_a_partner_s_return_is_matched_again_with_its_own_orders_alone(db: Database) -> None:
    await with_products(db)
    await called(db, Kind.ORDERS, [EARLY])
    told = await called(db, Kind.RETURNS, [came_back(refund="1")], occasion=partner("shop"))
    assert statuses(told) == [CREATED]
    await called(db, Kind.ORDERS, [LATE | {"source": "till", "externalId": "later"}])
    async with db.connection() as tx:
        assert await tx.fetchval(WHOSE) == "early"
    await called(db, Kind.ORDERS, [LATE])
    async with db.connection() as tx:
        assert await tx.fetchval(WHOSE) == "late"
    await check_months(db)
