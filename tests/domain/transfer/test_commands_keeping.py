"""The temporary tables that a session keeps for calls: there for each, and never with another's rows."""

from domain.database import Database
from domain.transfer import Kind
from tests.support.calling import CREATED, DUPLICATE, call, statuses
from tests.support.importing import order, with_products


async def test_they_are_made_once_and_emptied(db: Database) -> None:
    await with_products(db)
    kept = "SELECT oid, relname FROM pg_class WHERE relnamespace = pg_my_temp_schema() AND relkind = 'r' ORDER BY 2"
    async with db.connection() as tx:
        transaction = tx.transaction()
        await transaction.start()
        assert statuses(await call(tx, Kind.ORDERS, [order("a")])) == [CREATED]
        await transaction.rollback()
        assert not await tx.fetch(kept)
        for name, before in (("a", CREATED), ("b", CREATED)):
            async with tx.transaction():
                assert statuses(await call(tx, Kind.ORDERS, [order(name), order("c"), order(name)]))[0] is before
            tables = await tx.fetch(kept)
            assert [await tx.fetchval(f"SELECT count(*) FROM {row['relname']}") for row in tables] == [0] * len(tables)
        transaction = tx.transaction()
        await transaction.start()
        assert statuses(await call(tx, Kind.ORDERS, [order("d"), order("e")])) == [CREATED] * 2
        await transaction.rollback()
        async with tx.transaction():
            assert statuses(await call(tx, Kind.ORDERS, [order("d"), order("b")])) == [CREATED, DUPLICATE]
        assert await tx.fetch(kept) == tables
        assert await tx.fetchval("SELECT count(*) FROM customer_order") == 4
