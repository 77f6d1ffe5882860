"""Calls: rows recorded online, in one transaction, each with its result."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from domain.access.principal import OPERATOR, Principal
from domain.database import Database, Tx
from domain.errors import ErrorCode, Refused
from domain.query.asking import Keys, Occasion
from domain.settings import Settings
from domain.transfer import Kind
from domain.transfer.calls import Recorded, record
from domain.vocabulary import Channel, IdentityKind, RecordErrorPolicy, RecordStatus, Role
from tests.support.importing import CLAIMS, NOW, Given, came_back, fingerprint, order, with_products

OCCASION = Occasion(OPERATOR, NOW, ZoneInfo("UTC"), Keys(b"c" * 64, CLAIMS, b"t" * 32))
PARTNER = replace(OCCASION, principal=Principal("acme", Role.PARTNER, source="acme"))
GOOD, ALL = RecordErrorPolicy
CREATED, UPDATED, DUPLICATE, REJECTED = RecordStatus


async def call(
    tx: Tx, kind: Kind, rows: Sequence[Given], *, occasion: Occasion = OCCASION, policy: RecordErrorPolicy = GOOD
) -> list[Recorded]:
    return await record(tx, kind, rows, occasion=occasion, settings=await Settings.load(tx), policy=policy)


async def called(
    db: Database, kind: Kind, rows: Sequence[Given], *, occasion: Occasion = OCCASION, policy: RecordErrorPolicy = GOOD
) -> list[Recorded]:
    async with db.transaction() as tx:
        return await call(tx, kind, rows, occasion=occasion, policy=policy)


def statuses(told: list[Recorded]) -> list[RecordStatus]:
    assert [one.index for one in told] == list(range(len(told)))
    assert all((one.id is None) == (one.status is REJECTED) == bool(one.faults) for one in told)
    return [one.status for one in told]


def fault(told: Recorded) -> tuple[ErrorCode, tuple[str, ...]]:
    [only] = told.faults
    return only.code, only.path


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
        left = "SELECT count(*) FROM pg_class WHERE relnamespace = pg_my_temp_schema()"
        assert await tx.fetchval(left) == 0
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
