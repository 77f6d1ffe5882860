"""What is refused at the door: by line, field and reason, and without the value."""

import json

import orjson
import pytest

from domain.database import Database
from domain.transfer import Kind
from tests.support.importing import Given, bring, order, with_products


def line(**changed: object) -> Given:
    return order(lines=[{"sku": "pen", "quantity": 1, "unitPrice": "1"} | changed])


LINES: list[tuple[Given | bytes, str, str]] = [
    (b"{", "", "INVALID"),
    (b"[]", "", "INVALID"),
    (b'{"source": "\xff"}', "", "INVALID"),
    (b'{"source": "\\ud800"}', "", "INVALID"),
    (order(externalId="a\u0000b"), "externalId", "INVALID"),
    (line(sku="a\u0000b"), "lines.0.sku", "INVALID"),
    (order(customer=None), "customer", "REQUIRED"),
    ({"customer": None, "nonsense": 1}, "customer", "REQUIRED"),
    (order(customer={}), "customer", "REQUIRED"),
    (order(customer={"id": "cus_1"}), "customer.id", "INVALID"),
    (order(customer={"id": "cus_" + "0" * 32, "identity": {"kind": "EMAIL", "value": "a@b"}}), "customer", "INVALID"),
    (order(customer={"identity": {"kind": "EMAIL", "value": "nobody"}}), "customer.identity.value", "INVALID"),
    (order(nonsense=1), "nonsense", "INVALID"),
    (order(channel="WBE"), "channel", "INVALID"),
    (order(orderedAt="2025-02-30T00:00:00Z"), "orderedAt", "INVALID"),
    (order(orderedAt="2025-02-03T00:00:00"), "orderedAt", "INVALID"),
    (order(orderedAt="1025-02-03T00:00:00Z"), "orderedAt", "OUT_OF_RANGE"),
    (order(lines=[]), "lines", "REQUIRED"),
    (order(lines=[{"sku": "pen", "quantity": 1, "unitPrice": "1"}] * 1001), "lines", "LIMIT_EXCEEDED"),
    (line(quantity=0), "lines.0.quantity", "OUT_OF_RANGE"),
    (line(quantity=2**31), "lines.0.quantity", "OUT_OF_RANGE"),
    (line(quantity=10**30), "lines.0.quantity", "OUT_OF_RANGE"),
    (line(quantity="1"), "lines.0.quantity", "INVALID"),
    (line(quantity=1.5), "lines.0.quantity", "INVALID"),
    (line(unitPrice="NaN"), "lines.0.unitPrice", "OUT_OF_RANGE"),
    (line(unitPrice="Infinity"), "lines.0.unitPrice", "OUT_OF_RANGE"),
    (line(unitPrice="1" * 15), "lines.0.unitPrice", "OUT_OF_RANGE"),
    (line(unitPrice="0.0000001"), "lines.0.unitPrice", "OUT_OF_RANGE"),
    (line(unitPrice="-1"), "lines.0.unitPrice", "OUT_OF_RANGE"),
    (line(unitPrice="cheap"), "lines.0.unitPrice", "INVALID"),
    (line(unitPrice="9" * 14, quantity=100), "lines", "OUT_OF_RANGE"),
    (order(currency="EUR"), "exchangeRate", "INVALID"),
    (order(exchangeRate="2"), "exchangeRate", "INVALID"),
    (order(exchangeRate="NaN", currency="EUR"), "exchangeRate", "OUT_OF_RANGE"),
    (order(currency="euro"), "currency", "INVALID"),
    (order(currency="XQZ", exchangeRate="2"), "currency", "INVALID"),
    (order(discount="-1"), "discount", "OUT_OF_RANGE"),
    (order(orderedAt="2026-03-02T09:30:01Z"), "orderedAt", "OUT_OF_RANGE"),
    (order(paidAt="2026-03-02T09:30:01Z"), "paidAt", "OUT_OF_RANGE"),
    (order(cancelledAt="2026-03-02T09:30:01Z"), "cancelledAt", "OUT_OF_RANGE"),
    (
        order(payments=[{"externalId": "p", "method": "CARD", "amount": "1", "paidAt": "2026-03-02T09:30:01Z"}]),
        "payments.0.paidAt",
        "OUT_OF_RANGE",
    ),
]


async def test_each_fault_is_told_by_line_and_field(db: Database) -> None:
    await with_products(db)
    texts = [one if isinstance(one, bytes) else json.dumps(one).encode() for one, _, _ in LINES]
    brought = await bring(db, Kind.ORDERS, b"\n".join([*texts, b"", json.dumps(order("good")).encode()]))
    expected = [(at, field, code) for at, (_, field, code) in enumerate(LINES, 1)]
    assert sorted(brought.faults, key=lambda fault: int(str(fault[0]))) == expected
    assert brought.statuses == (1, 0, 0, len(LINES))


async def test_numbers_are_taken_as_exactly_as_texts(db: Database) -> None:
    await with_products(db)
    text = json.dumps(line(unitPrice="@")).replace('"@"', "12345678901234.123456")
    assert (await bring(db, Kind.ORDERS, text.encode())).statuses == (1, 0, 0, 0)
    async with db.connection() as tx:
        assert str(await tx.fetchval("SELECT unit_price FROM order_line")) == "12345678901234.123456"


async def test_rejects_never_hold_what_stood_in_the_row(db: Database) -> None:
    secret = {"identity": {"kind": "PHONE", "value": "call me maybe"}}
    brought = await bring(db, Kind.ORDERS, [order(customer=secret), order(channel="call me maybe")])
    assert brought.statuses == (0, 0, 0, 2)
    assert "maybe" not in json.dumps(brought.rejects)


@pytest.mark.parametrize("line", [b'{"a":' + b"[" * 5_000, b"[" * 5_000, b'{"a":' + b"1" * 3_000_000 + b"}"])
async def test_a_line_that_nobody_can_read_is_refused_and_the_others_recorded(db: Database, line: bytes) -> None:
    """Nested without end, or a number without end: the file goes on."""
    good = orjson.dumps({"identities": [{"kind": "EMAIL", "value": "ada@example.org"}], "source": "shop"})
    brought = await bring(db, Kind.CUSTOMERS, good + b"\n" + line + b"\n")
    assert brought.statuses == (1, 0, 0, 1)
    assert [fault[0] for fault in brought.faults] == [2]


async def test_who_says_too_much_of_one_customer_is_told_the_limit(db: Database) -> None:
    many = [{"kind": "EMAIL", "value": f"ada{number}@example.org"} for number in range(101)]
    needs = [{"kind": "BELIEF", "name": str(number)} for number in range(201)]
    rows = [{"identities": many}, {"identities": many[:1], "needs": needs}]
    brought = await bring(db, Kind.CUSTOMERS, rows)
    assert brought.faults == [(1, "identities", "LIMIT_EXCEEDED"), (2, "needs", "LIMIT_EXCEEDED")]
