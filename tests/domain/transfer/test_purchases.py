"""Files of orders as purchase days: what counts, what is told twice, what is refused."""

import io
from datetime import date

import orjson
import pytest

from domain.errors import Refused
from domain.transfer.purchases import Orders, read_orders


def order(number: str, at: str, customer: str | None = "a", **more: object) -> dict[str, object]:
    named = {"customer": {"identity": {"kind": "EXTERNAL_ID", "value": customer}}} if customer else {}
    lines = [{"sku": "S", "quantity": 1, "unitPrice": "0"}]
    return {"source": "shop", "externalId": number, "orderedAt": at, "channel": "WEB", "lines": lines, **named, **more}


def read(*rows: dict[str, object] | bytes) -> Orders:
    lines = [row if isinstance(row, bytes) else orjson.dumps(row) for row in rows]
    return read_orders(io.BytesIO(b"\n".join(lines)))


def days(orders: Orders) -> list[tuple[int, str]]:
    found = orders.purchase_days()
    return [(int(who), str(date.fromordinal(day))) for who, day in zip(found.customer, found.day, strict=True)]


def test_orders_of_one_day_are_one_purchase_of_the_day_in_utc_whatever_their_total() -> None:
    orders = read(
        order("1", "2026-01-01T10:00:00Z"),
        order("2", "2026-01-02T00:30:00+02:00"),
        order("3", "2026-01-02T00:30:00Z"),
        order("4", "2026-01-02T00:30:00Z", "b"),
    )
    assert days(orders) == [(0, "2026-01-01"), (0, "2026-01-02"), (1, "2026-01-02")]
    assert (orders.rows, orders.refused) == (4, 0)


def test_an_identity_is_one_customer_however_it_is_written() -> None:
    addresses = ("Jane@Example.org", "jane@example.org ")
    named = [{"customer": {"identity": {"kind": "EMAIL", "value": address}}} for address in addresses]
    rows = [order(f"{n}", f"2026-01-0{n}T10:00:00Z") | one for n, one in enumerate(named, 1)]
    assert days(read(*rows)) == [(0, "2026-01-01"), (0, "2026-01-02")]


def test_cancelled_orders_count_in_nothing_and_an_order_told_twice_is_the_first() -> None:
    orders = read(
        order("1", "2026-01-01T10:00:00Z"),
        order("2", "2026-01-05T10:00:00Z", cancelledAt="2026-01-06T10:00:00Z"),
        order("1", "2026-01-09T10:00:00Z"),
    )
    assert days(orders) == [(0, "2026-01-01")]


def test_what_an_import_refuses_is_left_out_and_counted_by_reason() -> None:
    orders = read(
        order("1", "2026-01-01T10:00:00Z"),
        order("2", "2026-01-02T10:00:00Z", customer=None),
        order("3", "2026-01-03T10:00:00Z", lines=[]),
        order("4", "2026-01-04T10:00:00Z", lines=[{"sku": "S", "quantity": 0, "unitPrice": "1"}]),
        order("5", "0800-01-04T10:00:00Z"),
        order("6", "2026-01-06"),
        b"{what",
    )
    assert days(orders) == [(0, "2026-01-01")]
    assert (orders.rows, orders.refused, len(orders.reasons)) == (7, 6, 6)


def test_one_bad_row_of_a_csv_refuses_its_whole_order() -> None:
    orders = read(
        b"source,externalId,orderedAt,channel,customer,sku,quantity,unitPrice",
        b"shop,1,2026-01-01T10:00:00Z,WEB,a,S,1,2.50",
        b"shop,2,2026-01-02T10:00:00Z,WEB,a,S,1,2.50",
        b"shop,3,2026-01-03T10:00:00Z,WEB,a,S,1,2.50",
        b"shop,2,2026-01-02T10:00:00Z,WEB,a,T,-1,2.50",
        b"shop,4",
    )
    assert days(orders) == [(0, "2026-01-01"), (0, "2026-01-03")]
    assert orders.refused == 2


def test_an_empty_file_and_one_with_strange_columns_are_refused() -> None:
    with pytest.raises(Refused, match="empty"):
        read(b"")
    with pytest.raises(Refused, match="no column"):
        read(b"what,else", b"1,2")
