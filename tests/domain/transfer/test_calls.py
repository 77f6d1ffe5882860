"""Calls: rows recorded online, in one transaction, each with its result."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from domain.database import Database
from domain.errors import ErrorCode, Refused
from domain.identity.normalise import Known
from domain.privacy.queries import tombstone_key
from domain.transfer import Kind
from domain.vocabulary import Channel, IdentityKind
from tests.support.calling import (
    ALL,
    CREATED,
    DUPLICATE,
    OCCASION,
    REJECTED,
    UPDATED,
    call,
    called,
    fault,
    partner,
    statuses,
)
from tests.support.importing import NOW, Given, bring, came_back, fingerprint, order, person, with_products


async def test_each_row_has_its_result_in_the_order_given(db: Database) -> None:
    await with_products(db)
    bad = order(
        "bad", lines=[{"sku": "pen", "quantity": 1, "unitPrice": "1"}, {"sku": "ink", "quantity": 1, "unitPrice": 1}]
    )
    told = await called(db, Kind.ORDERS, [order("a"), bad, order("b"), order("a"), order("a", shipping="1")])
    assert statuses(told) == [CREATED, REJECTED, CREATED, DUPLICATE, REJECTED]
    assert told[3].id == told[0].id != told[2].id
    assert fault(told[1]) == (ErrorCode.NOT_FOUND, ("lines", "1", "sku"))
    assert fault(told[4]) == (ErrorCode.CONFLICT, ("shipping",))
    again = await called(db, Kind.ORDERS, [order("b"), order("a", shippedAt="2025-05-06T00:00:00Z")])
    assert statuses(again) == [DUPLICATE, UPDATED]
    assert [one.id for one in again] == [told[2].id, told[0].id]


async def test_values_may_be_read_already(db: Database) -> None:
    await with_products(db)
    about = {"orderedAt": datetime(2025, 5, 5, 12, tzinfo=UTC), "channel": Channel.WEB}
    lines = [
        {"sku": "pen", "quantity": 3, "unitPrice": Decimal("2.5")},
        {"sku": "book", "quantity": 1, "unitPrice": 10},
    ]
    someone = {"identity": {"kind": IdentityKind.EXTERNAL_ID, "value": "1", "source": "shop"}}
    read = order("a", **about, lines=lines, customer=someone)
    assert statuses(await called(db, Kind.ORDERS, [read, order("a")])) == [CREATED, DUPLICATE]


async def test_several_deeds_fit_into_one_transaction_and_may_fail_in_between(db: Database) -> None:
    async with db.transaction() as tx:
        pen: Given = {"sku": "pen", "name": "Pen", "unitCost": "1"}
        assert statuses(await call(tx, Kind.PRODUCTS, [pen, pen, pen | {"price": "3"}])) == [
            CREATED,
            DUPLICATE,
            UPDATED,
        ]
        lines: list[Given] = [{"sku": "pen", "quantity": 2, "unitPrice": "2"}]
        assert statuses(await call(tx, Kind.ORDERS, [order(lines=lines)])) == [CREATED]
        assert statuses(await call(tx, Kind.RETURNS, [came_back(), came_back()])) == [CREATED, DUPLICATE]
        with pytest.raises(Refused):
            await call(tx, Kind.ORDERS, [order()] * 1001)
        assert statuses(await call(tx, Kind.ORDERS, [order("b", lines=lines), {}], policy=ALL)) == [REJECTED] * 2
        assert statuses(await call(tx, Kind.ORDERS, [order("b", lines=lines)])) == [CREATED]
        left = "SELECT relname FROM pg_class WHERE relnamespace = pg_my_temp_schema() AND relkind = 'r'"
        assert all(row[0].startswith("kept_") for row in await tx.fetch(left))
    async with db.connection() as tx:
        assert await tx.fetchval("SELECT count(*) FROM customer_order") == 2


async def test_all_or_nothing_leaves_nothing_and_says_why(db: Database) -> None:
    await with_products(db)
    before = await fingerprint(db)
    rows = [order("a"), order("b", lines=[]), order("c", discount="100"), order("d")]
    told = await called(db, Kind.ORDERS, rows, policy=ALL)
    assert statuses(told) == [REJECTED] * 4
    assert [fault(one) for one in told] == [
        (ErrorCode.INVALID, ()),
        (ErrorCode.REQUIRED, ("lines",)),
        (ErrorCode.OUT_OF_RANGE, ("discount",)),
        (ErrorCode.INVALID, ()),
    ]
    assert await fingerprint(db) == before


ODD: list[tuple[Given, ErrorCode, tuple[str, ...]]] = [
    ({"handledBy": "a\0b"}, ErrorCode.INVALID, ("handledBy",)),
    ({"externalId": "\ud800"}, ErrorCode.INVALID, ("externalId",)),
    ({"offerCodes": ["fine", "\udfff"]}, ErrorCode.INVALID, ("offerCodes", "1")),
    ({"handledBy": "x" * 256}, ErrorCode.OUT_OF_RANGE, ("handledBy",)),
    ({"colour": "red"}, ErrorCode.INVALID, ("colour",)),
    ({"shipping": Decimal("NaN")}, ErrorCode.OUT_OF_RANGE, ("shipping",)),
    ({"shipping": "1e15"}, ErrorCode.OUT_OF_RANGE, ("shipping",)),
    ({"orderedAt": "2025-02-30T00:00:00Z"}, ErrorCode.INVALID, ("orderedAt",)),
    ({"orderedAt": datetime(1700, 1, 1, tzinfo=UTC)}, ErrorCode.OUT_OF_RANGE, ("orderedAt",)),
    ({"customer": None}, ErrorCode.REQUIRED, ("customer",)),
    ({"customer": {"id": "ord_" + "0" * 32}}, ErrorCode.INVALID, ("customer", "id")),
    ({"customer": {"id": "cus_" + "0" * 32}}, ErrorCode.NOT_FOUND, ("customer", "id")),
    ({"lines": [{"sku": "pen", "quantity": 0, "unitPrice": "1"}]}, ErrorCode.OUT_OF_RANGE, ("lines", "0", "quantity")),
    (
        {"lines": [{"sku": "pen", "quantity": 2**31, "unitPrice": "1"}]},
        ErrorCode.OUT_OF_RANGE,
        ("lines", "0", "quantity"),
    ),
    ({"currency": "EUR"}, ErrorCode.INVALID, ("exchangeRate",)),
    ({"channel": "FAX"}, ErrorCode.INVALID, ("channel",)),
]


async def test_what_cannot_be_taken_is_named_and_leaves_no_trace(db: Database) -> None:
    await with_products(db)
    before = await fingerprint(db)
    told = await called(db, Kind.ORDERS, [order() | changed for changed, _, _ in ODD])
    assert [fault(one) for one in told] == [(code, path) for _, code, path in ODD]
    assert await fingerprint(db) == before


async def test_what_is_said_to_have_been_lies_no_more_than_a_day_ahead(db: Database) -> None:
    await with_products(db)
    near, far = "2026-03-02T09:30:00Z", "2026-03-02T09:30:01Z"
    told = await called(db, Kind.ORDERS, [order("a", orderedAt=far), order("b", paidAt=far), order("c", shippedAt=far)])
    out = ErrorCode.OUT_OF_RANGE
    assert [fault(one) for one in told] == [(out, ("orderedAt",)), (out, ("paidAt",)), (out, ("shippedAt",))]
    promised = order("d", orderedAt=near, paidAt=near, dueAt="2027-01-01T00:00:00Z", promisedAt="2027-01-01T00:00:00Z")
    assert statuses(await called(db, Kind.ORDERS, [promised, order("e")])) == [CREATED] * 2
    [told_of] = await called(db, Kind.RETURNS, [came_back(returnedAt=far)])
    assert fault(told_of) == (out, ("returnedAt",))
    assert (await bring(db, Kind.RETURNS, [came_back(returnedAt=far)])).faults == [(1, "returnedAt", "OUT_OF_RANGE")]


FAR_EAST, FAR_WEST = "2025-05-06T12:00:00+23:59", "2025-05-04T12:01:00-23:59"


async def test_every_offset_that_a_calendar_has_is_read(db: Database) -> None:
    """Those of Postgres end at 15:59; the contract knows no such limit."""
    await with_products(db)
    paid: list[Given] = [
        {"externalId": f"p{at}", "method": "CARD", "amount": "1", "paidAt": at} for at in (FAR_EAST, FAR_WEST)
    ]
    dates: Given = dict.fromkeys(("dueAt", "promisedAt", "shippedAt", "deliveredAt"), FAR_EAST)
    granted: Given = {"channel": "EMAIL", "purpose": "MARKETING", "status": "GRANTED", "recordedAt": FAR_EAST}
    ada: Given = {"identities": [{"kind": "EMAIL", "value": "ada@b.org"}], "source": "shop", "consents": [granted]}
    assert statuses(await called(db, Kind.CUSTOMERS, [ada])) == [CREATED]
    odd: Given = {"orderedAt": FAR_WEST, "payments": paid} | dates
    assert (await bring(db, Kind.ORDERS, [order("b") | odd])).statuses == (1, 0, 0, 0)
    assert statuses(await called(db, Kind.ORDERS, [order("a") | odd, order("b") | odd])) == [CREATED, DUPLICATE]
    assert statuses(await called(db, Kind.RETURNS, [came_back(returnedAt=FAR_EAST)])) == [CREATED]
    async with db.connection() as tx:
        rows = await tx.fetch("SELECT DISTINCT paid_at AT TIME ZONE 'UTC' FROM order_payment ORDER BY 1")
        assert [str(row[0]) for row in rows] == ["2025-05-05 12:00:00", "2025-05-05 12:01:00"]


async def test_a_partner_writes_for_its_own_source(db: Database) -> None:
    await with_products(db)
    acme = partner("acme")
    mine: Given = {key: value for key, value in order("a", customer=person("1", "acme")).items() if key != "source"}
    told = await called(db, Kind.ORDERS, [mine, order("b")], occasion=acme)
    assert statuses(told) == [CREATED, REJECTED]
    assert fault(told[1]) == (ErrorCode.NOT_ALLOWED, ("source",))
    async with db.connection() as tx:
        assert await tx.fetchval("SELECT source FROM customer_order") == "acme"


async def test_a_partner_names_people_only_as_far_as_it_knows_them(db: Database) -> None:
    await with_products(db)
    acme = partner("acme")
    [theirs, own] = await called(db, Kind.ORDERS, [order("a"), order("b", customer=person("9", "acme"))])
    ids = [{"id": f"cus_{one.customer.hex}"} for one in (theirs, own) if one.customer]
    nobody = {"id": "cus_" + "0" * 32}
    rows = [order(f"p{at}", source="acme", customer=who) for at, who in enumerate([*ids, nobody])]
    told = await called(db, Kind.ORDERS, rows, occasion=acme)
    assert statuses(told) == [REJECTED, CREATED, REJECTED]
    assert told[0].faults == told[2].faults  # it cannot tell the one from the other
    assert fault(told[0]) == (ErrorCode.NOT_FOUND, ("customer", "id"))
    foreign = order("q", source="acme", customer=person("1", "shop"))
    sure = order("r", source="acme", customer={"identity": {"kind": "EMAIL", "value": "a@b.org", "verified": True}})
    refused = await called(db, Kind.ORDERS, [foreign, sure], occasion=acme)
    assert [fault(one) for one in refused] == [
        (ErrorCode.NOT_ALLOWED, ("customer", "identity", "source")),
        (ErrorCode.NOT_ALLOWED, ("customer", "identity", "verified")),
    ]


async def test_a_partner_s_return_takes_nothing_of_another_s_order(db: Database) -> None:
    await with_products(db)
    email = {"identity": {"kind": "EMAIL", "value": "ada@example.org"}}
    await called(db, Kind.ORDERS, [order("a", customer=email)])
    back = came_back(source="acme", customer=email)
    [told] = await called(db, Kind.RETURNS, [back], occasion=partner("acme"))
    assert fault(told) == (ErrorCode.OUT_OF_RANGE, ("lines", "0", "quantity"))
    named = came_back(source="acme", customer=email, orderExternalId="a")
    [told] = await called(db, Kind.RETURNS, [named], occasion=partner("acme"))
    assert fault(told) == (ErrorCode.NOT_FOUND, ("orderExternalId",))


async def test_a_partner_s_file_keeps_the_same_rules(db: Database) -> None:
    await with_products(db)
    brought = await bring(
        db,
        Kind.ORDERS,
        [order("a"), order("b", source="acme", customer=person("1", "acme"))],
        caller=partner("acme").principal,
    )
    assert brought.statuses == (1, 0, 0, 1)
    assert brought.faults == [(1, "source", "NOT_ALLOWED")]


HUGE = "99999999999999"
TOO_MUCH: list[tuple[Given, tuple[str, ...]]] = [
    ({"lines": [{"sku": "pen", "quantity": 2, "unitPrice": HUGE}]}, ("lines",)),
    ({"lines": [{"sku": "pen", "quantity": 1, "unitPrice": HUGE}], "shipping": HUGE}, ("lines",)),
    ({"lines": [{"sku": "pen", "quantity": 2, "unitPrice": "1", "unitCost": HUGE}]}, ("lines",)),
    (
        {
            "currency": "EUR",
            "exchangeRate": "0.001",
            "shipping": HUGE,
            "lines": [{"sku": "pen", "quantity": 1, "unitPrice": HUGE}],
        },
        ("lines",),
    ),
    ({"currency": "EUR", "exchangeRate": HUGE}, ("lines", "0", "unitPrice")),
]


async def test_sums_beyond_what_is_kept_are_refused(db: Database) -> None:
    await with_products(db)
    told = await called(db, Kind.ORDERS, [order() | changed for changed, _ in TOO_MUCH])
    assert [fault(one) for one in told] == [(ErrorCode.OUT_OF_RANGE, path) for _, path in TOO_MUCH]
    most: Given = {"lines": [{"sku": "pen", "quantity": 1, "unitPrice": HUGE}]}
    assert statuses(await called(db, Kind.ORDERS, [order() | most])) == [CREATED]
    before = await fingerprint(db)
    [again] = await called(db, Kind.ORDERS, [order("b") | most])  # with the other order of the month
    assert fault(again) == (ErrorCode.OUT_OF_RANGE, ("lines",))
    assert await fingerprint(db) == before


async def test_products_keep_what_is_left_out_and_lose_what_is_null(db: Database) -> None:
    pen: Given = {
        "sku": "pen",
        "name": "Pen",
        "category": "Paper",
        "price": "3",
        "attributes": {"ink": "blue", "cap": 1},
    }
    [first] = await called(db, Kind.PRODUCTS, [pen])
    changes: list[Given] = [
        {"sku": "pen"},
        {"sku": "pen", "category": None, "attributes": {"ink": None}},
        {"sku": "ink"},
        {"sku": "pen", "attributes": {"cap": float("nan")}},
        {"sku": "pen", "attributes": ["blue"]},
        {"sku": "pen", "price": "-1"},
    ]
    told = await called(db, Kind.PRODUCTS, changes)
    assert statuses(told) == [DUPLICATE, UPDATED, REJECTED, REJECTED, REJECTED, REJECTED]
    assert {one.id for one in told[:2]} == {first.id}
    assert [fault(one) for one in told[2:]] == [
        (ErrorCode.REQUIRED, ("name",)),
        (ErrorCode.INVALID, ("attributes", "cap")),
        (ErrorCode.INVALID, ("attributes",)),
        (ErrorCode.OUT_OF_RANGE, ("price",)),
    ]
    async with db.connection() as tx:
        row = await tx.fetchrow("SELECT name, category, price, attributes FROM product")
    assert row is not None
    assert tuple(row) == ("Pen", None, Decimal("3"), {"cap": 1})


async def test_who_was_erased_does_not_come_back_with_an_order_or_a_return(db: Database) -> None:
    await with_products(db)
    gone, strange = person("gone"), person("strange")
    async with db.transaction() as tx:
        key = tombstone_key(OCCASION.keys.tombstones, Known(IdentityKind.EXTERNAL_ID, "shop", "gone"))
        await tx.execute("INSERT INTO tombstone VALUES ($1, $2)", key, NOW)
    before = await fingerprint(db)
    told = await called(db, Kind.ORDERS, [order("a", customer=gone)])
    told += await called(db, Kind.RETURNS, [came_back(customer=gone, refund="1")])
    assert [fault(one) for one in told] == [(ErrorCode.ERASED, ("customer", "identity"))] * 2
    brought = await bring(db, Kind.ORDERS, [order("a", customer=gone)], tombstones=OCCASION.keys.tombstones)
    assert brought.faults == [(1, "customer.identity", "ERASED")]
    assert await fingerprint(db) == before
    assert statuses(await called(db, Kind.ORDERS, [order("a", customer=strange)])) == [CREATED]
