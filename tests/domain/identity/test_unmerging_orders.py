"""Orders and returns across a merge that is undone: what one brought back of the other's is of no order again."""

from decimal import Decimal

from domain import portfolio
from domain.database import Tx
from domain.identity.commands_merging import merge
from domain.identity.commands_unmerging import unmerge
from domain.settings import Settings
from domain.transfer import Kind
from domain.transfer.calls import record
from domain.vocabulary import RecordErrorPolicy, RecordStatus
from tests.support.importing import Given, came_back, order, person
from tests.support.occasions import occasion

_MONTHS = "SELECT * FROM customer_month WHERE revenue <> 0 OR returns <> 0 OR touches <> 0 ORDER BY 1, 2, 3, 4"


async def recorded(tx: Tx, kind: Kind, row: Given) -> RecordStatus:
    policy, chosen = RecordErrorPolicy.RECORD_GOOD_ROWS, await Settings.load(tx)
    [told] = await record(tx, kind, [row], occasion=occasion(), settings=chosen, policy=policy)
    return told.status


def pens(count: int) -> list[Given]:
    return [{"sku": "pen", "quantity": count, "unitPrice": "3"}]


async def test_what_came_back_of_the_others_order_is_of_no_order_again(tx: Tx) -> None:
    await recorded(tx, Kind.PRODUCTS, {"sku": "pen", "name": "Pen", "category": "Paper", "unitCost": "1"})
    await recorded(tx, Kind.ORDERS, order("o1", customer=person("1"), lines=pens(1)))
    await recorded(tx, Kind.ORDERS, order("o2", customer=person("2"), lines=pens(3)))
    found = await tx.fetch("SELECT external_id, customer_id FROM customer_order ORDER BY external_id")
    one, other = (row["customer_id"] for row in found)
    await merge(tx, one, other, occasion=occasion())
    back = came_back("r1", customer=person("1"), lines=[{"sku": "pen", "quantity": 2}])
    assert await recorded(tx, Kind.RETURNS, back) is RecordStatus.CREATED
    assert await recorded(tx, Kind.ORDERS, order("o2", customer=person("1"), lines=pens(3))) is RecordStatus.DUPLICATE
    named = {"channel": "PHONE", "kind": "CALL", "occurredAt": "2025-05-09T00:00:00Z", "source": "shop"}
    await recorded(tx, Kind.TOUCHPOINTS, {**named, "customer": person("1"), "orderExternalId": "o2"})
    await unmerge(tx, one, other, occasion=occasion())

    lines = await tx.fetch("SELECT customer_id, order_id, quantity, refund FROM return_line ORDER BY position")
    assert [(row["customer_id"], row["order_id"] is None, row["quantity"], row["refund"]) for row in lines] == [
        (one, False, 1, Decimal(3)),
        (one, True, 1, Decimal(3)),
    ]
    orders = await tx.fetch("SELECT customer_id, returned, returned_cost FROM customer_order ORDER BY external_id")
    assert [tuple(row) for row in orders] == [(one, 3, 1), (other, 0, 0)]
    left = await tx.fetch("SELECT customer_id, returned_quantity FROM order_line ORDER BY quantity")
    assert [tuple(row) for row in left] == [(one, 1), (other, 0)]
    assert await tx.fetchval("SELECT order_id FROM touchpoint WHERE kind = 'CALL'") is None
    months = await tx.fetch(_MONTHS)
    assert sum(row["returns"] for row in months if row["customer_id"] == one) == 6
    await portfolio.rebuild(tx, [one, other], await Settings.load(tx))
    assert await tx.fetch(_MONTHS) == months
