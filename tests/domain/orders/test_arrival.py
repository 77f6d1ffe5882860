"""In whatever order facts arrive: months, sums, first and last are those that the facts come to."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from decimal import Decimal
from itertools import groupby, pairwise
from operator import itemgetter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.database import Database
from domain.errors import Refused
from domain.transfer import Kind
from domain.transfer.order_calls import record_payment, update_order
from tests.support.calling import (
    CREATED,
    OCCASION,
    UPDATED,
    again,
    call,
    called,
    check_months,
    fault,
    statuses,
)
from tests.support.importing import Given, came_back, order, person, with_products

EMPTY = (
    "TRUNCATE customer, customer_score_a, customer_mark, identity_claim, customer_identity, customer_order, order_line,"
    " order_payment, order_return, return_line, order_claim, return_claim, touchpoint, touchpoint_claim, customer_month"
)
STORED = (
    "SELECT o.external_id, o.ordered_at, o.total, o.returned, o.cost_of_goods, o.returned_cost, o.known_revenue,"
    " o.paid, o.paid_at, o.due_at, o.shipped_at, o.delivered_at, o.cancelled_at, (SELECT"
    " array_agg((p.external_id, p.amount, p.paid_at) ORDER BY p.external_id)"
    " FROM order_payment p WHERE p.order_id = o.order_id) FROM customer_order o"
    " ORDER BY 1",
    "SELECT acquisition_channel, acquisition_at, acquisition_source, last_touchpoint_at FROM customer ORDER BY 1, 2",
    "SELECT month, channel, category, orders, category_orders, units, returned_units, revenue, known_revenue, returns,"
    " cost_of_goods, touches, cost_to_serve FROM customer_month WHERE touches > 0 OR revenue <> 0 OR units > 0"
    " OR returned_units > 0 OR returns > 0 ORDER BY 1, 2, 3",
    "SELECT t.kind, t.channel, t.occurred_at, t.source, o.external_id FROM touchpoint t"
    " LEFT JOIN customer_order o ON o.order_id = t.order_id ORDER BY 1, 2, 3, 4, 5",
    "SELECT o.external_id, l.position, l.returned_quantity FROM order_line l JOIN customer_order o USING (order_id)"
    " ORDER BY 1, 2",
    "SELECT r.external_id, r.channel, r.refund, r.returned_cost, l.position, l.quantity, l.refund, l.returned_cost,"
    " l.category, o.external_id, l.order_position FROM order_return r JOIN return_line l USING (return_id)"
    " LEFT JOIN customer_order o USING (order_id) ORDER BY 1, 5",
)

PAYMENTS: list[Given] = [
    {"externalId": "p1", "method": "CARD", "amount": "10", "paidAt": "2025-04-01T12:00:00Z"},
    {"externalId": "p2", "method": "CASH", "amount": "9", "paidAt": "2025-04-03T12:00:00Z"},
    {"externalId": "p3", "method": "CARD", "amount": "-1.5", "paidAt": "2025-04-02T12:00:00Z"},
]
EARLY = order("early", orderedAt="2025-01-10T00:00:00Z", channel="PHONE", discount="0.75")
MIDDLE = order("middle", orderedAt="2025-03-31T23:59:59Z", channel="IN_PERSON", shipping="3")
LATE = order("late", orderedAt="2025-06-01T00:00:00Z")

# Rows of one call: an order in three tellings, each with a part of what is known of it.
FACTS: list[tuple[Kind, Given]] = [
    (Kind.ORDERS, EARLY),
    (Kind.ORDERS, MIDDLE),
    (Kind.ORDERS, MIDDLE | {"payments": PAYMENTS[:1], "dueAt": "2025-04-30T00:00:00Z"}),
    (Kind.ORDERS, MIDDLE | {"payments": PAYMENTS[1:], "shippedAt": "2025-04-02T00:00:00Z"}),
    (Kind.ORDERS, LATE),
    (Kind.ORDERS, LATE | {"cancelledAt": "2025-06-02T00:00:00Z"}),
    (Kind.ORDERS, order("other", customer=person("2"), orderedAt="2025-02-02T00:00:00Z")),
]

PENS: list[Given] = [{"sku": "pen", "quantity": 3, "unitAmount": "1.10"}]
BOTH: list[Given] = [{"sku": "book", "quantity": 2}, {"sku": "pen", "quantity": 1}]
# What came back: some by customer, one of an order, which is refused and sent again where the order is not there yet.
RETURNED: list[tuple[Kind, Given]] = [
    *FACTS,
    (Kind.RETURNS, came_back("mar", returnedAt="2025-03-01T00:00:00Z", lines=PENS)),
    (Kind.RETURNS, came_back("apr", returnedAt="2025-04-10T00:00:00Z", lines=BOTH, refund="7")),
    (Kind.RETURNS, came_back("jun", lines=PENS)),
    (Kind.RETURNS, came_back("jun 2", lines=BOTH, refund="0.01")),
    (Kind.RETURNS, came_back("jul", returnedAt="2025-07-10T00:00:00Z", lines=BOTH, refund="5")),
    (Kind.RETURNS, came_back("of", orderExternalId="middle", returnedAt="2025-07-01T00:00:00Z")),
]


async def stored(db: Database) -> list[list[tuple[object, ...]]]:
    async with db.connection() as tx:
        return [[tuple(row) for row in await tx.fetch(query)] for query in STORED]


_FEW = settings(
    max_examples=3,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
_MANY = settings(_FEW, max_examples=30)
_BECAME = given(arrival=st.permutations(FACTS), cuts=st.sets(st.integers(1, len(FACTS) - 1)))


@_FEW
@_BECAME
async def test_orders_and_what_became_of_them_arrive_in_any_order(
    db: Database, arrival: list[tuple[Kind, Given]], cuts: set[int]
) -> None:
    await _become(db, arrival, cuts)


@pytest.mark.proof
@_MANY
@_BECAME
async def test_orders_and_what_became_of_them_arrive_in_many_orders(
    db: Database, arrival: list[tuple[Kind, Given]], cuts: set[int]
) -> None:
    await _become(db, arrival, cuts)


async def _become(db: Database, arrival: list[tuple[Kind, Given]], cuts: set[int]) -> None:
    await _begin(db)
    await called(db, Kind.ORDERS, [row for _, row in FACTS])
    expected = await stored(db)
    await check_months(db)
    await _begin(db)
    edges = [0, *sorted(cuts), len(arrival)]
    for start, end in pairwise(edges):
        told = await called(db, Kind.ORDERS, [row for _, row in arrival[start:end]])
        assert not [one.faults for one in told if one.faults]
    assert await stored(db) == expected
    await check_months(db)


_ANY_ORDER = given(arrival=st.permutations(RETURNED), cuts=st.sets(st.integers(1, len(RETURNED) - 1)))


@_FEW
@_ANY_ORDER
async def test_orders_and_what_came_back_of_them_arrive_in_any_order(
    db: Database, arrival: list[tuple[Kind, Given]], cuts: set[int]
) -> None:
    await _come_back(db, arrival, cuts)


@pytest.mark.proof
@_MANY
@_ANY_ORDER
async def test_orders_and_what_came_back_of_them_arrive_in_many_orders(
    db: Database, arrival: list[tuple[Kind, Given]], cuts: set[int]
) -> None:
    await _come_back(db, arrival, cuts)


async def _come_back(db: Database, arrival: list[tuple[Kind, Given]], cuts: set[int]) -> None:
    await _begin(db)
    assert not await refused(db, RETURNED)
    expected = await stored(db)
    await check_months(db)
    await _begin(db)
    late: list[tuple[Kind, Given]] = []
    for start, end in pairwise([0, *sorted(cuts), len(arrival)]):
        late += await refused(db, arrival[start:end])
    assert all("orderExternalId" in row for _, row in late)
    assert not await refused(db, late)
    assert await stored(db) == expected
    await check_months(db)


async def refused(db: Database, rows: list[tuple[Kind, Given]]) -> list[tuple[Kind, Given]]:
    """What is to be sent again, of rows of which each kind's next ones go in one call."""
    rejected: list[tuple[Kind, Given]] = []
    for kind, group in groupby(rows, key=itemgetter(0)):
        given_rows = [row for _, row in group]
        told = await called(db, kind, given_rows)
        rejected += [(kind, given_rows[one.index]) for one in told if one.faults]
    return rejected


async def _begin(db: Database) -> None:
    async with db.connection() as tx:
        await tx.execute(EMPTY)
        known = await tx.fetchval("SELECT count(*) FROM product")
    if not known:
        await with_products(db)


async def _pay(db: Database, at: int) -> None:
    ref = {"external": {"source": "shop", "externalId": "middle"}}
    await again(db, lambda tx: record_payment(tx, ref, PAYMENTS[at], occasion=OCCASION))


async def _update(db: Database, name: str, **changes: object) -> None:
    ref = {"external": {"source": "shop", "externalId": name}}
    await again(db, lambda tx: update_order(tx, ref, changes, occasion=OCCASION))


Step = Callable[[Database], Awaitable[object]]
STEPS: list[Step] = [
    lambda db: called(db, Kind.ORDERS, [EARLY]),
    lambda db: called(db, Kind.ORDERS, [LATE]),
    lambda db: called(db, Kind.PRODUCTS, [{"sku": "pen", "category": "Ink", "unitCost": "2"}]),
    lambda db: called(db, Kind.PRODUCTS, [{"sku": "book", "category": "Paper"}]),
    lambda db: called(db, Kind.RETURNS, [came_back("r1"), came_back("r2", refund="4")]),
    lambda db: called(db, Kind.RETURNS, [came_back("r3", returnedAt="2025-02-01T00:00:00Z")]),
    lambda db: called(
        db, Kind.RETURNS, [came_back("r4", orderExternalId="middle", lines=[{"sku": "book", "quantity": 1}])]
    ),
    lambda db: _update(db, "late", cancelledAt="2025-07-01T00:00:00Z"),
    lambda db: _update(db, "late", cancelledAt=None),
    lambda db: called(db, Kind.ORDERS, [EARLY | {"cancelledAt": "2025-01-11T00:00:00Z"}]),
    lambda db: _pay(db, 0),
    lambda db: _pay(db, 1),
    lambda db: _pay(db, 2),
]


_ANY_STEPS = given(steps=st.lists(st.sampled_from(range(len(STEPS))), min_size=3, max_size=10))


@_FEW
@_ANY_STEPS
async def test_whatever_is_done_the_months_are_what_the_facts_come_to(db: Database, steps: list[int]) -> None:
    await _take(db, steps)


@pytest.mark.proof
@_MANY
@_ANY_STEPS
async def test_whatever_is_done_again_and_again_so_they_are(db: Database, steps: list[int]) -> None:
    await _take(db, steps)


async def _take(db: Database, steps: list[int]) -> None:
    await _begin(db)
    await called(db, Kind.ORDERS, [MIDDLE])
    for at in steps:
        with suppress(Refused):
            await STEPS[at](db)
        await check_months(db)


async def test_a_return_that_comes_before_its_order_says_so_and_can_be_sent_again(db: Database) -> None:
    await with_products(db)
    by_order = came_back(orderExternalId="late", returnedAt="2025-06-06T12:00:00Z")
    by_person = came_back("r2", returnedAt="2025-06-06T12:00:00Z")
    told = await called(db, Kind.RETURNS, [by_order, by_person])
    assert [fault(one)[1] for one in told] == [("orderExternalId",), ("lines", "0", "quantity")]
    await called(db, Kind.ORDERS, [LATE])
    assert statuses(await called(db, Kind.RETURNS, [by_order, by_person])) == [CREATED] * 2
    await check_months(db)


async def test_what_a_product_costs_later_changes_no_line_that_was_sold(db: Database) -> None:
    await with_products(db)
    await called(db, Kind.ORDERS, [order()])
    cost = (
        "SELECT o.cost_of_goods, sum(l.unit_cost) FROM customer_order o JOIN order_line l USING (order_id) GROUP BY 1"
    )
    async with db.connection() as tx:
        before = await tx.fetchrow(cost)
        assert before is not None
        assert tuple(before) == (Decimal("10"), Decimal("1"))
    dear: list[Given] = [{"sku": "pen", "unitCost": "9"}, {"sku": "book", "unitCost": "9"}]
    assert statuses(await called(db, Kind.PRODUCTS, dear)) == [UPDATED] * 2
    async with db.connection() as tx:
        assert await tx.fetchrow(cost) == before
    await check_months(db)


@pytest.mark.parametrize("given_cost", [None, "0.5"])
async def test_a_line_s_own_cost_goes_before_the_product_s(db: Database, given_cost: str | None) -> None:
    await with_products(db)
    pen: Given = {"sku": "pen", "quantity": 2, "unitPrice": "3"} | ({"unitCost": given_cost} if given_cost else {})
    async with db.transaction() as tx:
        await call(tx, Kind.ORDERS, [order(lines=[pen])])
        assert await tx.fetchval("SELECT cost_of_goods FROM customer_order") == Decimal(given_cost or "1") * 2
