"""Products by import: by sku, with a history of prices and costs."""

from domain.database import Database
from domain.transfer import Kind
from tests.support.importing import NOW, bring, fingerprint


async def test_left_out_stays_and_null_clears(db: Database) -> None:
    pen = {
        "sku": "pen",
        "name": "Pen",
        "category": "Paper",
        "supplier": "Ink & Co",
        "price": "3",
        "attributes": {"a": 1},
    }
    assert (await bring(db, Kind.PRODUCTS, [pen])).statuses == (1, 0, 0, 0)
    changed = {"sku": "pen", "supplier": None, "attributes": {"a": None, "b": "x"}}
    assert (await bring(db, Kind.PRODUCTS, [changed])).statuses == (0, 1, 0, 0)
    async with db.connection() as tx:
        row = await tx.fetchrow("SELECT name, name_fold, category, supplier, price, attributes FROM product")
    assert row is not None
    assert tuple(row) == ("Pen", "pen", "Paper", None, 3, {"b": "x"})
    before = await fingerprint(db)
    assert (await bring(db, Kind.PRODUCTS, [changed])).statuses == (0, 0, 1, 0)
    assert await fingerprint(db) == before


async def test_prices_and_costs_keep_their_history(db: Database) -> None:
    await bring(db, Kind.PRODUCTS, [{"sku": "pen", "name": "Pen", "price": "3", "unitCost": "1"}])
    later = NOW.replace(year=2027)
    await bring(db, Kind.PRODUCTS, [{"sku": "pen", "unitCost": "2"}], now=later)
    await bring(db, Kind.PRODUCTS, [{"sku": "pen", "name": "A pen"}], now=later.replace(year=2028))
    async with db.connection() as tx:
        rows = await tx.fetch("SELECT valid_from, price, unit_cost FROM product_price ORDER BY 1")
    assert [tuple(row) for row in rows] == [(NOW, 3, 1), (later, 3, 2)]


async def test_a_sku_that_stands_twice_is_taken_in_turn(db: Database) -> None:
    rows = [{"sku": "pen", "name": "Pen"}, {"sku": "pen", "price": "3"}, {"sku": "pen", "price": "3"}, {"sku": "ink"}]
    brought = await bring(db, Kind.PRODUCTS, rows)
    assert brought.statuses == (1, 1, 1, 1)
    assert brought.faults == [(4, "name", "REQUIRED")]
