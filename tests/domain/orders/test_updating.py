"""What becomes of an order: dates, cancelling, payments."""

from decimal import Decimal

import pytest

from domain.audit import Did
from domain.database import Database
from domain.errors import ErrorCode, Refused
from domain.ids import Prefix, to_public
from domain.orders.updating import order_of_return
from domain.query.asking import Occasion
from domain.transfer import Kind
from domain.transfer.order_calls import record_payment, update_order
from tests.support.calling import CREATED, OCCASION, REJECTED, again, called, check_months, fault, partner, statuses
from tests.support.importing import Given, bring, came_back, fingerprint, order, with_products

BY_NAME: Given = {"external": {"source": "shop", "externalId": "o1"}}


async def updated(db: Database, given: Given, ref: Given = BY_NAME, occasion: Occasion = OCCASION) -> Did:
    return await again(db, lambda tx: update_order(tx, ref, given, occasion=occasion))


async def paid(db: Database, external_id: str, amount: str, day: int, method: str = "CARD") -> Did:
    given: Given = {"externalId": external_id, "method": method, "amount": amount}
    given["paidAt"] = f"2025-05-{day:02}T12:00:00Z"
    return await again(db, lambda tx: record_payment(tx, BY_NAME, given, occasion=OCCASION))


async def refusal(db: Database, given: Given, ref: Given = BY_NAME, occasion: Occasion = OCCASION) -> object:
    before = await fingerprint(db)
    with pytest.raises(Refused) as refused:
        await updated(db, given, ref, occasion)
    assert await fingerprint(db) == before
    [only] = refused.value.faults
    return only.code, only.path


async def row(db: Database, query: str) -> tuple[object, ...]:
    async with db.connection() as tx:
        found = await tx.fetchrow(query)
    assert found is not None
    return tuple(found)


async def test_left_out_stays_and_null_clears(db: Database) -> None:
    await with_products(db)
    [told] = await called(db, Kind.ORDERS, [order(dueAt="2025-05-20T00:00:00Z", promisedAt="2025-05-09T00:00:00Z")])
    assert told.id is not None
    did = await updated(
        db, {"shippedAt": "2025-05-06T00:00:00Z", "dueAt": None}, {"id": to_public(Prefix.ORDER, told.id)}
    )
    assert did.key == told.id
    assert did.customer == told.customer
    assert did.before == {"dueAt": "2025-05-20T00:00:00+00:00", "shippedAt": None}
    assert did.after == {"dueAt": None, "shippedAt": "2025-05-06T00:00:00+00:00"}
    dates = "SELECT due_at, promised_at::date::text, shipped_at::date::text FROM customer_order"
    assert await row(db, dates) == (None, "2025-05-09", "2025-05-06")
    marks = await row(db, "SELECT wanted FROM customer_mark")
    same = await updated(db, {"shippedAt": "2025-05-06T00:00:00Z"})
    assert (same.before, same.after) == ({}, {})
    assert await row(db, "SELECT wanted FROM customer_mark") == marks


async def test_what_is_cancelled_counts_in_nothing_until_it_is_not(db: Database) -> None:
    await with_products(db)
    await called(db, Kind.ORDERS, [order(discount="1", shipping="2"), order("o2", channel="PHONE")])
    sums = "SELECT sum(revenue), sum(cost_of_goods), sum(orders), sum(units), sum(touches) FROM customer_month"
    whole = await row(db, sums)
    await updated(db, {"cancelledAt": "2025-05-06T00:00:00Z"})
    assert await row(db, sums) == (Decimal("17.5"), Decimal("10"), 1, 4, 2)
    await check_months(db)
    await updated(db, {"cancelledAt": None})
    assert await row(db, sums) == whole
    await check_months(db)


async def test_cancelling_goes_by_the_category_of_the_day(db: Database) -> None:
    await with_products(db)
    await called(db, Kind.ORDERS, [order()])
    await called(db, Kind.PRODUCTS, [{"sku": "pen", "category": "Ink"}])
    await called(db, Kind.ORDERS, [order("o2")])
    await check_months(db)
    await updated(db, {"cancelledAt": "2025-05-06T00:00:00Z"})
    await check_months(db)
    assert await row(db, "SELECT array_agg(category ORDER BY category) FROM customer_month WHERE units > 0") == (
        ["", "Ink"],
    )


async def test_what_came_back_cannot_be_called_off(db: Database) -> None:
    await with_products(db)
    await called(db, Kind.ORDERS, [order()])
    assert statuses(await called(db, Kind.RETURNS, [came_back(orderExternalId="o1")])) == [CREATED]
    wrong = ErrorCode.IN_WRONG_STATE, ("input", "cancelledAt")
    assert await refusal(db, {"cancelledAt": "2025-07-01T00:00:00Z"}) == wrong


async def test_what_came_back_cannot_be_called_off_by_an_order_sent_again_either(db: Database) -> None:
    await with_products(db)
    await called(db, Kind.ORDERS, [order()])
    assert statuses(await called(db, Kind.RETURNS, [came_back(orderExternalId="o1")])) == [CREATED]
    before = await fingerprint(db)
    off = order(cancelledAt="2025-07-01T00:00:00Z")
    [told] = await called(db, Kind.ORDERS, [off])
    assert fault(told) == (ErrorCode.IN_WRONG_STATE, ("cancelledAt",))
    assert (await bring(db, Kind.ORDERS, [off])).faults == [(1, "cancelledAt", "IN_WRONG_STATE")]
    assert await fingerprint(db) == before


async def test_dates_that_an_order_sent_again_brings_fit_those_that_are_known(db: Database) -> None:
    await with_products(db)
    await called(db, Kind.ORDERS, [order(shippedAt="2025-05-10T00:00:00Z")])
    before = await fingerprint(db)
    early = [order(deliveredAt="2025-05-09T00:00:00Z"), order(deliveredAt="2025-05-11T00:00:00Z")]
    told = await called(db, Kind.ORDERS, early[:1])
    assert fault(told[0]) == (ErrorCode.INVALID, ("deliveredAt",))
    assert await fingerprint(db) == before
    assert (await bring(db, Kind.ORDERS, early)).faults == [(1, "deliveredAt", "INVALID")]
    await called(db, Kind.ORDERS, [order("o2", deliveredAt="2025-05-09T00:00:00Z")])
    told = await called(db, Kind.ORDERS, [order("o2", shippedAt="2025-05-10T00:00:00Z")])
    assert fault(told[0]) == (ErrorCode.INVALID, ("shippedAt",))


async def test_nothing_comes_back_of_what_was_called_off(db: Database) -> None:
    await with_products(db)
    await called(db, Kind.ORDERS, [order()])
    await updated(db, {"cancelledAt": "2025-05-06T00:00:00Z"})
    told = await called(db, Kind.RETURNS, [came_back(orderExternalId="o1"), came_back("r2")])
    assert statuses(told) == [REJECTED] * 2
    assert fault(told[0]) == (ErrorCode.IN_WRONG_STATE, ("orderExternalId",))
    assert fault(told[1]) == (ErrorCode.OUT_OF_RANGE, ("lines", "0", "quantity"))


async def test_dates_that_cannot_be_are_named(db: Database) -> None:
    await with_products(db)
    await called(db, Kind.ORDERS, [order()])
    await updated(db, {"shippedAt": "2025-05-05T00:00:00Z"})  # the day of the order: the hour may not be known
    invalid = ErrorCode.INVALID
    assert await refusal(db, {"shippedAt": "2025-05-04T23:00:00Z"}) == (invalid, ("input", "shippedAt"))
    await updated(db, {"shippedAt": "2025-05-08T00:00:00Z"})
    assert await refusal(db, {"deliveredAt": "2025-05-07T00:00:00Z"}) == (invalid, ("input", "deliveredAt"))
    await updated(db, {"deliveredAt": "2025-05-09T00:00:00Z"})
    assert await refusal(db, {"shippedAt": "2025-05-10T00:00:00Z"}) == (invalid, ("input", "shippedAt"))
    assert await refusal(db, {"paidAt": "2025-05-10T00:00:00Z"}) == (invalid, ("input", "paidAt"))
    far = await refusal(db, {"dueAt": "2300-01-01T00:00:00Z"})
    assert far == (ErrorCode.OUT_OF_RANGE, ("input", "dueAt"))
    ahead = await refusal(db, {"cancelledAt": "2026-03-02T09:30:01Z"})
    assert ahead == (ErrorCode.OUT_OF_RANGE, ("input", "cancelledAt"))
    told = await called(db, Kind.ORDERS, [order("o2", cancelledAt="2025-05-01T00:00:00Z")])
    assert fault(told[0]) == (invalid, ("cancelledAt",))


async def test_an_order_that_is_not_there_or_not_the_partner_s_is_not_found(db: Database) -> None:
    await with_products(db)
    [told] = await called(db, Kind.ORDERS, [order()])
    assert told.id is not None
    none = ErrorCode.NOT_FOUND, ("order",)
    ship: Given = {"shippedAt": "2025-05-06T00:00:00Z"}
    by_id: Given = {"id": to_public(Prefix.ORDER, told.id)}
    assert await refusal(db, ship, {"external": {"source": "shop", "externalId": "o9"}}) == none
    assert await refusal(db, ship, {"id": "ord_" + "0" * 32}) == none
    assert await refusal(db, ship, BY_NAME, partner("acme")) == none
    assert await refusal(db, ship, by_id, partner("acme")) == none
    assert await refusal(db, ship, {"id": "cus_" + "0" * 32}) == (ErrorCode.INVALID, ("order", "id"))
    assert (await updated(db, ship, by_id, partner("shop"))).key == told.id


async def test_an_order_is_paid_when_the_sum_reaches_the_total_and_not_any_more_when_it_goes_back(db: Database) -> None:
    await with_products(db)
    await called(db, Kind.ORDERS, [order()])  # 17.50
    state = "SELECT paid, paid_at::date::text FROM customer_order"
    await paid(db, "p1", "10", 6)
    assert await row(db, state) == (Decimal("10"), None)
    await paid(db, "p2", "7.5", 8)
    assert await row(db, state) == (Decimal("17.5"), "2025-05-08")
    await paid(db, "p3", "1", 9)
    assert await row(db, state) == (Decimal("18.5"), "2025-05-08")
    await paid(db, "p4", "-5", 10)
    assert await row(db, state) == (Decimal("13.5"), None)
    await paid(db, "p5", "4", 11)
    assert await row(db, state) == (Decimal("17.5"), "2025-05-11")
    before = await fingerprint(db)
    assert (await paid(db, "p5", "4.00", 11)).after == {}
    others = ("5", 11, "CARD"), ("4", 11, "CASH"), ("4", 12, "CARD")
    for other, name in zip(others, ("amount", "method", "paidAt"), strict=True):
        with pytest.raises(Refused) as refused:
            await paid(db, "p5", *other)
        assert (refused.value.faults[0].code, refused.value.faults[0].path) == (ErrorCode.CONFLICT, ("input", name))
    assert await fingerprint(db) == before


async def test_what_goes_back_of_what_was_stated_to_be_paid_is_not_paid(db: Database) -> None:
    await with_products(db)
    stated: Given = {"paidAt": "2025-05-06T00:00:00Z"}
    await called(db, Kind.ORDERS, [order() | stated])  # 17.50
    state = "SELECT paid, paid_at::date::text FROM customer_order"
    assert await row(db, state) == (Decimal("17.5"), "2025-05-06")
    await paid(db, "p1", "17.5", 6)
    assert await row(db, state) == (Decimal("17.5"), "2025-05-06")
    await paid(db, "p2", "-5", 10)
    assert await row(db, state) == (Decimal("12.5"), None)
    await called(db, Kind.ORDERS, [order(shippedAt="2025-05-07T00:00:00Z") | stated])
    assert await row(db, state) == (Decimal("12.5"), None)
    await paid(db, "p3", "5", 11)
    assert await row(db, state) == (Decimal("17.5"), "2025-05-06")


@pytest.mark.parametrize("stated_first", [True, False])
async def test_it_does_not_matter_whether_it_is_stated_before_or_after_it_went_back(
    db: Database, stated_first: bool
) -> None:
    await with_products(db)
    gone = [{"externalId": "p", "method": "CARD", "amount": "-2.5", "paidAt": "2025-05-09T12:00:00Z"}]
    told = [order(paidAt="2025-05-06T00:00:00Z"), order(payments=gone)]
    for one in told if stated_first else told[::-1]:
        await called(db, Kind.ORDERS, [one])
    assert await row(db, "SELECT paid, paid_at FROM customer_order") == (Decimal("15"), None)


async def test_payments_are_in_the_order_s_currency(db: Database) -> None:
    await with_products(db)
    await called(db, Kind.ORDERS, [order(currency="EUR", exchangeRate="1.1")])
    await paid(db, "p1", "17.5", 6)
    assert await row(db, "SELECT paid, paid = total, paid_at IS NOT NULL FROM customer_order") == (
        Decimal("19.25"),
        True,
        True,
    )
    with pytest.raises(Refused, match=r"input.amount"):
        await paid(db, "p2", "1e15", 6)


async def test_a_return_leads_to_its_order(db: Database) -> None:
    await with_products(db)
    [bought] = await called(db, Kind.ORDERS, [order()])
    [matched, loose] = await called(
        db, Kind.RETURNS, [came_back(), came_back("r2", refund="3", lines=[{"sku": "book", "quantity": 4}])]
    )
    async with db.connection() as tx:
        assert matched.id is not None
        assert loose.id is not None
        assert await order_of_return(tx, matched.id) == bought.id
        assert await order_of_return(tx, loose.id) == bought.id  # of four books, one was bought
    await check_months(db)
