"""Orders by import: what is recorded, what is sent again, what is refused."""

from decimal import Decimal

import asyncpg

from domain.database import Database
from domain.transfer import Kind
from tests.support.importing import Given, bring, fingerprint, order, person, with_products


async def one(db: Database, query: str) -> asyncpg.Record:
    async with db.connection() as tx:
        row = await tx.fetchrow(query)
    assert row is not None
    return row


async def value(db: Database, query: str) -> object:
    return (await one(db, query))[0]


async def test_an_order_is_recorded_with_its_sums(db: Database) -> None:
    await with_products(db)
    brought = await bring(db, Kind.ORDERS, [order(discount="3.50", shipping="4", paidAt="2025-05-06T00:00:00Z")])
    assert brought.statuses == (1, 0, 0, 0)
    assert brought.summary.exit_code == 0
    row = await one(db, "SELECT * FROM customer_order")
    assert row["total"] == Decimal("18")  # 3 · 2.50 + 10 - 3.50 + 4
    assert row["cost_of_goods"] == Decimal("10")  # 3 pens at 1, and the book at 70 % of 10
    assert row["known_revenue"] == Decimal("10")  # the pens' 7.50 less their 1.50 of the discount, and shipping
    assert row["paid"] == row["total"]
    assert row["trading_form"] == "E_COMMERCE"
    shares = await one(db, "SELECT array_agg(discount ORDER BY position) FROM order_line")
    assert shares[0] == [Decimal("1.5"), Decimal("2")]


async def test_months_come_to_the_same_sums_as_orders(db: Database) -> None:
    await with_products(db)
    await bring(db, Kind.ORDERS, [order(discount="3.50", shipping="4"), order("o2", customer=person("2"))])
    row = await one(
        db,
        "SELECT sum(revenue) = (SELECT sum(total) FROM customer_order), sum(cost_of_goods) ="
        " (SELECT sum(cost_of_goods) FROM customer_order), sum(known_revenue) = (SELECT sum(known_revenue)"
        " FROM customer_order), sum(orders), sum(units), sum(touches), max(month)::text FROM customer_month",
    )
    assert tuple(row) == (True, True, True, 2, 8, 2, "2025-05-01")


async def test_an_unknown_identity_makes_a_prospect_with_all_that_a_customer_has(db: Database) -> None:
    await with_products(db)
    await bring(db, Kind.ORDERS, [order(customer={"identity": {"kind": "EMAIL", "value": "Ada@Example.ORG"}})])
    row = await one(
        db,
        "SELECT c.email, c.search_fold, c.acquisition_channel, c.last_touchpoint_at::text, s.lifecycle_stage,"
        " m.wanted, i.is_primary FROM customer c JOIN customer_score s USING (customer_id)"
        " JOIN customer_mark m USING (customer_id) JOIN customer_identity i USING (customer_id)",
    )
    ada = "ada@example.org"
    assert tuple(row) == (ada, ada, "WEB", "2025-05-05 12:00:00+00", "PROSPECT", 1, True)


async def test_a_purchase_touchpoint_is_recorded_with_the_order(db: Database) -> None:
    await with_products(db)
    async with db.connection() as tx:
        card = [{"channel": "WEB", "kind": None, "cost": "0.1"}, {"channel": "WEB", "kind": "PURCHASE", "cost": "0.25"}]
        await tx.execute("UPDATE settings SET rate_card = $1", card)
    await bring(db, Kind.ORDERS, [order()])
    row = await one(
        db, "SELECT t.kind, t.channel, t.source, t.cost, t.order_id = o.order_id FROM touchpoint t, customer_order o"
    )
    assert tuple(row) == ("PURCHASE", "WEB", "shop", Decimal("0.25"), True)
    assert await value(db, "SELECT sum(cost_to_serve) FROM customer_month") == Decimal("0.25")


async def test_sent_again_nothing_doubles(db: Database) -> None:
    await with_products(db)
    orders = [order(), order("o2", customer=person("2"))]
    await bring(db, Kind.ORDERS, orders)
    before = await fingerprint(db)
    again = await bring(db, Kind.ORDERS, orders)
    assert again.statuses == (0, 0, 2, 0)
    assert await fingerprint(db) == before


async def test_the_same_lines_in_another_order_are_the_same_order(db: Database) -> None:
    await with_products(db)
    given = order()
    lines = given["lines"]
    assert isinstance(lines, list)
    await bring(db, Kind.ORDERS, [given])
    assert (await bring(db, Kind.ORDERS, [order(lines=lines[::-1])])).statuses == (0, 0, 1, 0)


PEN = {"sku": "pen", "quantity": 3, "unitPrice": "2.50"}
BOOK = {"sku": "book", "quantity": 1, "unitPrice": "10"}


CHANGES: list[tuple[Given, str]] = [
    ({"customer": person("other")}, "customer"),
    ({"orderedAt": "2025-05-06T12:00:00Z"}, "orderedAt"),
    ({"currency": "EUR", "exchangeRate": "1.1"}, "currency"),
    ({"lines": [PEN]}, "lines"),
    ({"lines": [PEN, BOOK, BOOK]}, "lines"),
    ({"lines": [PEN | {"quantity": 4}, BOOK]}, "lines.0.quantity"),
    ({"lines": [PEN, BOOK | {"unitPrice": "11"}]}, "lines.1.unitPrice"),
    ({"lines": [PEN | {"unitCost": "1"}, BOOK]}, "lines.0.unitCost"),
    ({"discount": "1"}, "discount"),
    ({"shipping": "1"}, "shipping"),
    ({"channel": "PHONE"}, "channel"),
    ({"handledBy": "Ada"}, "handledBy"),
    ({"offerCodes": ["SPRING"]}, "offerCodes"),
    ({"dueAt": "2025-05-21T00:00:00Z"}, "dueAt"),
    (
        {"payments": [{"externalId": "p", "method": "CARD", "amount": "2", "paidAt": "2025-05-05T12:00:00Z"}]},
        "payments",
    ),
]


async def test_another_order_under_the_same_id_is_a_conflict_that_names_the_first_field(db: Database) -> None:
    await with_products(db)
    paid = [{"externalId": "p", "method": "CARD", "amount": "1", "paidAt": "2025-05-05T12:00:00Z"}]
    first = order(dueAt="2025-05-20T00:00:00Z", payments=paid)
    await bring(db, Kind.ORDERS, [first])
    before = await fingerprint(db)
    again = await bring(db, Kind.ORDERS, [first | changed for changed, _ in CHANGES])
    assert again.faults == [(line, field, "CONFLICT") for line, (_, field) in enumerate(CHANGES, 1)]
    assert again.summary.exit_code == 1
    assert await fingerprint(db) == before


async def test_an_order_sent_again_brings_dates_and_payments_that_were_missing(db: Database) -> None:
    await with_products(db)
    await bring(db, Kind.ORDERS, [order()])
    part = {"externalId": "p1", "method": "CARD", "amount": "10", "paidAt": "2025-05-05T12:00:00Z"}
    rest = {"externalId": "p2", "method": "CASH", "amount": "7.5", "paidAt": "2025-05-09T12:00:00Z"}
    again = await bring(db, Kind.ORDERS, [order(shippedAt="2025-05-07T00:00:00Z", payments=[part])])
    assert again.statuses == (0, 1, 0, 0)
    row = await one(db, "SELECT paid, paid_at, shipped_at::date::text FROM customer_order")
    assert tuple(row) == (Decimal("10"), None, "2025-05-07")
    last = await bring(db, Kind.ORDERS, [order(payments=[rest])])
    assert last.statuses == (0, 1, 0, 0)
    assert tuple(await one(db, "SELECT paid, paid_at::date::text FROM customer_order")) == (
        Decimal("17.5"),
        "2025-05-09",
    )


async def test_an_order_that_is_cancelled_later_counts_in_nothing(db: Database) -> None:
    await with_products(db)
    await bring(db, Kind.ORDERS, [order(discount="1", shipping="2"), order("o2")])
    kept = "SELECT sum(revenue), sum(cost_of_goods), sum(orders), sum(units), sum(category_orders) FROM customer_month"
    again = await bring(db, Kind.ORDERS, [order(discount="1", shipping="2", cancelledAt="2025-05-06T00:00:00Z")])
    assert again.statuses == (0, 1, 0, 0)
    assert tuple(await one(db, kept)) == (Decimal("17.5"), Decimal("10"), 1, 4, 2)
    assert await value(db, "SELECT wanted FROM customer_mark") == 3 - 1


async def test_twice_in_one_file_the_second_is_a_duplicate_or_a_conflict(db: Database) -> None:
    await with_products(db)
    brought = await bring(db, Kind.ORDERS, [order(), order(), order(shipping="1")])
    assert brought.statuses == (1, 0, 1, 1)
    assert brought.faults == [(3, "shipping", "CONFLICT")]


async def test_another_currency_is_converted_half_to_even(db: Database) -> None:
    await with_products(db)
    lines = [{"sku": "pen", "quantity": 1, "unitPrice": "0.000005"}, {"sku": "pen", "quantity": 2, "unitPrice": "10"}]
    changed: Given = {"currency": "EUR", "exchangeRate": "0.5", "lines": lines, "shipping": "1"}
    assert (await bring(db, Kind.ORDERS, [order() | changed])).statuses == (1, 0, 0, 0)
    row = await one(db, "SELECT currency, exchange_rate, total, total_in_currency FROM customer_order")
    assert tuple(row) == ("EUR", Decimal("0.5"), Decimal("10.500002"), Decimal("21.000005"))


async def test_unknown_products_customers_and_campaigns_are_named(db: Database) -> None:
    await with_products(db)
    nobody, nothing = "cus_" + "0" * 32, "cmp_" + "0" * 32
    brought = await bring(
        db,
        Kind.ORDERS,
        [
            order("a", lines=[BOOK, {"sku": "ink", "quantity": 1, "unitPrice": "1"}]),
            order("b", customer={"id": nobody}),
            order("c", campaign=nothing),
            order("d", discount="100"),
            order("e", customer=person("unseen"), campaign=nothing),
        ],
    )
    expected = [(1, "lines.1.sku", "NOT_FOUND"), (2, "customer.id", "NOT_FOUND"), (3, "campaign", "NOT_FOUND")]
    assert brought.faults == [*expected, (4, "discount", "OUT_OF_RANGE"), (5, "campaign", "NOT_FOUND")]
    assert await value(db, "SELECT count(*) FROM customer") == 0  # who is refused leaves no prospect


async def test_a_cost_is_the_product_s_on_that_day(db: Database) -> None:
    await with_products(db)
    async with db.connection() as tx:
        await tx.execute("UPDATE product_price SET valid_from = '2025-01-01'")
        await tx.execute(
            "INSERT INTO product_price SELECT product_id, '2025-06-01', 4, 2 FROM product WHERE sku = 'pen'"
        )
    pens = [PEN]
    dates = ("2024-05-05T00:00:00Z", "2025-05-31T23:59:59Z", "2025-06-01T00:00:00Z")
    await bring(db, Kind.ORDERS, [order(f"o{at}", orderedAt=at, lines=pens) for at in dates])
    row = await one(
        db,
        "SELECT array_agg(l.unit_cost ORDER BY o.ordered_at) FROM order_line l JOIN customer_order o USING (order_id)",
    )
    assert row[0] == [1, 1, 2]


async def test_old_orders_get_the_partition_of_their_year(db: Database) -> None:
    await with_products(db)
    await bring(db, Kind.ORDERS, [order(orderedAt="1997-01-01T00:00:00Z")])
    assert await value(db, "SELECT tableoid::regclass::text FROM touchpoint") == "touchpoint_1997"
