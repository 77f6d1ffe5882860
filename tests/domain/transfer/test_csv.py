"""CSV: one row a line of an order; an order is recorded as a whole or not at all."""

import pytest

from domain.database import Database
from domain.errors import Refused
from domain.transfer import Kind
from tests.support.importing import bring, with_products

HEAD = "source,externalId,orderedAt,channel,customer,sku,quantity,unitPrice,discount\n"


def row(order: str, sku: str = "pen", quantity: object = 1, customer: str = "c1", discount: str = "") -> str:
    return f"shop,{order},2025-05-05T12:00:00Z,WEB,{customer},{sku},{quantity},2.50,{discount}\n"


async def totals(db: Database) -> dict[str, tuple[int, object]]:
    query = (
        "SELECT o.external_id, count(*), o.total FROM customer_order o JOIN order_line USING (customer_id, order_id)"
        " GROUP BY o.external_id, o.total"
    )
    async with db.connection() as tx:
        return {found[0]: (found[1], found[2]) for found in await tx.fetch(query)}


async def test_rows_of_an_order_need_not_be_adjacent_and_a_sku_may_stand_twice(db: Database) -> None:
    await with_products(db)
    text = (
        HEAD
        + row("a", discount="0.5")
        + row("b")
        + row("a", "book", discount="0.50")
        + row("b")
        + row("a", discount="0.5")
    )
    brought = await bring(db, Kind.ORDERS, text.encode())
    assert brought.statuses == (2, 0, 0, 0)
    assert brought.summary.rows == 5
    assert await totals(db) == {"a": (3, 7), "b": (2, 5)}
    assert (await bring(db, Kind.ORDERS, text.encode())).statuses == (0, 0, 2, 0)


async def test_one_bad_row_refuses_the_order_s_other_rows_too(db: Database) -> None:
    await with_products(db)
    text = HEAD + row("a") + row("b") + row("a", quantity="many") + row("c", "ink") + row("c") + row("b", customer="c2")
    brought = await bring(db, Kind.ORDERS, text.encode())
    assert brought.statuses == (0, 0, 0, 3)
    assert sorted(brought.faults) == [
        (2, "", "INVALID"),
        (3, "", "INVALID"),
        (4, "quantity", "INVALID"),
        (5, "sku", "NOT_FOUND"),
        (6, "", "INVALID"),
        (7, "customer", "INVALID"),
    ]
    assert brought.summary.reasons["another row of the same order was refused"] == 3
    assert await totals(db) == {}


async def test_a_missing_customer_is_the_first_fault_told(db: Database) -> None:
    brought = await bring(db, Kind.ORDERS, (HEAD + row("a", "", "x", customer="")).encode())
    assert brought.faults == [(2, "customer", "REQUIRED")]


async def test_quoted_cells_may_hold_the_separator_and_line_ends(db: Database) -> None:
    text = 'sku,name,attributes.colour\npen,"Pen, ""red""\nand blue",red\ninky,Ink\nlast,Last,\n'
    brought = await bring(db, Kind.PRODUCTS, text.encode())
    assert brought.statuses == (2, 0, 0, 1)
    assert brought.faults == [(4, "", "INVALID")]
    async with db.connection() as tx:
        found = await tx.fetchrow("SELECT name, attributes FROM product WHERE sku = 'pen'")
    assert found is not None
    assert tuple(found) == ('Pen, "red"\nand blue', {"colour": "red"})


@pytest.mark.parametrize(
    "text", ["", "\n\n", "sku,nmae\npen,Pen\n", "sku,sku\n", "sku,name\n", "\x89PNG\r\n\x1a\n\xff"]
)
async def test_a_file_that_is_none_is_refused_whole(db: Database, text: str) -> None:
    with pytest.raises(Refused):
        await bring(db, Kind.PRODUCTS, text.encode("latin-1"))


async def test_an_order_has_at_most_a_thousand_lines(db: Database) -> None:
    await with_products(db)
    text = HEAD + row("a") * 1001 + row("b") * 1000
    brought = await bring(db, Kind.ORDERS, text.encode())
    assert brought.statuses == (1, 0, 0, 1)
    assert brought.summary.reasons == {"lines are more than 1000": 1001}


@pytest.mark.parametrize("header", [b"email;givenName", b"email\tgivenName"])
async def test_columns_parted_by_something_else_are_told_so(db: Database, header: bytes) -> None:
    with pytest.raises(Refused, match="part them by commas"):
        await bring(db, Kind.CUSTOMERS, header + b"\nada@example.org;Ada\n")
