"""Must-show 3: every line of Online Retail is accounted for, and imported twice nothing changes."""

from decimal import Decimal
from pathlib import Path

import pytest

from domain.database import Database
from domain.transfer import Kind
from tests.support import online_retail
from tests.support.importing import bring, fingerprint

MISSING = "customer is missing: name the customer by id or by one identity"


@pytest.mark.proof
@pytest.mark.shared
async def test_all_lines_are_recorded_or_refused_with_a_reason(db: Database, shared_data: Path) -> None:
    invoices = online_retail.invoices(shared_data)
    files = {
        Kind.PRODUCTS: online_retail.products(shared_data),
        Kind.ORDERS: online_retail.orders_csv(invoices),
        Kind.RETURNS: online_retail.returns_csv(invoices),
    }
    first = {kind: (await bring(db, kind, data)).summary for kind, data in files.items()}
    orders, returns = first[Kind.ORDERS], first[Kind.RETURNS]
    assert orders.rows + returns.rows == online_retail.LINES
    assert orders.reasons == {MISSING: 134_697}
    assert returns.reasons == {MISSING: 383}
    assert orders.rows_rejected + returns.rows_rejected == online_retail.WITHOUT_CUSTOMER
    assert (orders.created, returns.created) == (18_536, 3_654)
    async with db.connection() as tx:
        row = await tx.fetchrow(
            "SELECT (SELECT sum(revenue) FROM customer_month), (SELECT count(*) FROM order_line),"
            " (SELECT sum(returns) FROM customer_month), (SELECT count(*) FROM customer)"
        )
    assert row is not None
    # 397,884 lines and 40 of price 0; what came back is the sum of the C invoices with a customer.
    assert tuple(row) == (Decimal(online_retail.REVENUE), 397_924, Decimal("611342.09"), 4_372)
    before = await fingerprint(db)
    again = {kind: (await bring(db, kind, data)).summary for kind, data in files.items()}
    assert all(one.created == one.updated == 0 for one in again.values())
    assert again[Kind.ORDERS].duplicates == 18_536
    assert await fingerprint(db) == before
