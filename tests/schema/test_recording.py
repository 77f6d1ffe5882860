"""What is written over GraphQL: recorded, known already, refused; read back in the payload; an entry in the log."""

from typing import Any

import orjson

from domain.access.principal import OPERATOR, Principal
from domain.database import Database
from domain.vocabulary import Role
from tests.schema.world import ask

TILL = Principal("till", Role.PARTNER, source="till")
ADA = {"identity": {"kind": "EMAIL", "value": "ada@example.org"}}
VISIT = {"customer": ADA, "channel": "WEB", "kind": "VISIT", "occurredAt": "2026-03-01T09:30:00Z", "source": "shop"}
ORDER = {
    "customer": ADA,
    "source": "shop",
    "externalId": "O-1",
    "orderedAt": "2026-03-02T10:00:00Z",
    "channel": "WEB",
    "lines": [{"sku": "TEA", "quantity": 2, "unitPrice": "4.00"}],
}
RETURN = {
    "source": "shop",
    "externalId": "R-1",
    "orderExternalId": "O-1",
    "returnedAt": "2026-03-09T10:00:00Z",
    "lines": [{"sku": "TEA", "quantity": 1}],
}
PRODUCTS = "mutation Do($input: [ProductInput!]!) { productsUpsert(input: $input) { created rejected } }"
ORDERS = "mutation Do($input: [OrderInput!]!) { ordersRecord(input: $input) { results { status id errors { path } } } }"


async def done(db: Database, text: str, caller: Principal = OPERATOR, **variables: Any) -> Any:
    answer = await ask(db, caller, text, variables)
    assert answer.code is None, answer.body
    [told] = orjson.loads(answer.body)["data"].values()
    return told


async def stocked(db: Database) -> None:
    tea = {"sku": "TEA", "name": "Tea", "unitCost": "1.50"}
    assert await done(db, PRODUCTS, input=[tea]) == {"created": 1, "rejected": 0}


async def entries(db: Database) -> list[tuple[str, Any]]:
    async with db.connection() as connection:
        found = await connection.fetch("SELECT action, detail FROM audit_entry ORDER BY entry_id")
        return [(row["action"], orjson.loads(row["detail"])) for row in found]


async def test_a_touchpoint_is_recorded_once_and_read_back(db: Database) -> None:
    text = """mutation Do($input: TouchpointInput!) { touchpointRecord(input: $input) {
      touchpoint { id channel kind function source occurredAt customer { email } } errors { path } } }"""
    first = await done(db, text, input=VISIT | {"externalId": "V-1"})
    assert first["errors"] == []
    assert first["touchpoint"]["customer"] == {"email": "ada@example.org"}
    assert first["touchpoint"]["occurredAt"] == "2026-03-01T09:30:00+00:00"
    again = await done(db, text, input=VISIT | {"externalId": "V-1"})
    assert again == first
    details = [told for action, told in await entries(db) if action == "touchpointRecord"]
    assert sorted(told.get("after", {}).get("kind", "nothing new") for told in details) == ["VISIT", "nothing new"]


async def test_a_single_row_that_is_refused_says_where_in_the_input(db: Database) -> None:
    text = """mutation Do($input: TouchpointInput!) { touchpointRecord(input: $input) {
      touchpoint { id } errors { code path } } }"""
    refused = await done(db, text, input=VISIT | {"sku": "NONE", "externalId": "V-1"})
    assert refused["touchpoint"] is None
    assert [(fault["code"], fault["path"]) for fault in refused["errors"]] == [("NOT_FOUND", ["input", "sku"])]
    assert await entries(db) == []


async def test_a_call_of_many_is_one_entry_with_counts(db: Database) -> None:
    text = (
        "mutation Do($input: [TouchpointInput!]!) { touchpointsRecord(input: $input) { created duplicates rejected } }"
    )
    rows = [VISIT | {"externalId": f"V-{at % 4}"} for at in range(6)] + [VISIT | {"satisfaction": 11}]
    assert await done(db, text, input=rows) == {"created": 4, "duplicates": 2, "rejected": 1}
    [(action, told)] = await entries(db)
    assert action == "touchpointsRecord"
    assert told["after"] == {"created": 4, "updated": 0, "duplicates": 2, "rejected": 1}


async def test_an_order_with_all_that_becomes_of_it(db: Database) -> None:
    await stocked(db)
    [recorded] = (await done(db, ORDERS, input=[ORDER]))["results"]
    assert recorded["status"] == "CREATED"
    named = {"external": {"source": "shop", "externalId": "O-1"}}
    update = "mutation Do($order: OrderRef!, $input: OrderUpdateInput!) { orderUpdate(order: $order, input: $input) {"
    shipped = await done(
        db,
        update + "order { id shippedAt } errors { path } } }",
        order=named,
        input={"shippedAt": "2026-03-03T00:00:00Z"},
    )
    assert shipped == {"order": {"id": recorded["id"], "shippedAt": "2026-03-03T00:00:00+00:00"}, "errors": []}
    pay = "mutation Do($order: OrderRef!, $input: PaymentInput!) { paymentRecord(order: $order, input: $input) {"
    payment = {"externalId": "P-1", "method": "CARD", "amount": "8.00", "paidAt": "2026-03-04T00:00:00Z"}
    paid = await done(
        db,
        pay + "order { paidAt payments { amount } } errors { path } } }",
        order={"id": recorded["id"]},
        input=payment,
    )
    assert paid["order"] == {"paidAt": "2026-03-04T00:00:00+00:00", "payments": [{"amount": "8.00"}]}
    bring = "mutation Do($input: ReturnInput!) { returnRecord(input: $input) {"
    back = await done(db, bring + "order { id returned } errors { path } } }", input=RETURN)
    assert back == {"order": {"id": recorded["id"], "returned": "4.00"}, "errors": []}
    actions = {"productsUpsert", "ordersRecord", "orderUpdate", "paymentRecord", "returnRecord"}
    assert {action for action, _ in await entries(db)} == actions


async def test_a_partner_records_for_its_own_source_only(db: Database) -> None:
    text = """mutation Do($input: [TouchpointInput!]!) { touchpointsRecord(input: $input) {
      results { status errors { code path } } } }"""
    told = await done(db, text, TILL, input=[VISIT, VISIT | {"source": "till"}])
    assert [one["status"] for one in told["results"]] == ["REJECTED", "CREATED"]
    [fault] = told["results"][0]["errors"]
    assert (fault["code"], fault["path"]) == ("NOT_ALLOWED", ["input", "0", "source"])


async def test_all_or_nothing_where_that_is_asked(db: Database) -> None:
    text = """mutation Do($input: [ProductInput!]!) { productsUpsert(input: $input, errorPolicy: REFUSE_ALL) {
      created rejected results { status errors { code } } errors { code } } }"""
    told = await done(db, text, input=[{"sku": "A", "name": "Tea"}, {"sku": ""}])
    assert (told["created"], told["rejected"]) == (0, 2)
    assert [one["status"] for one in told["results"]] == ["REJECTED", "REJECTED"]
    async with db.connection() as connection:
        assert await connection.fetchval("SELECT count(*) FROM product") == 0


async def test_a_call_has_at_most_a_thousand_rows(db: Database) -> None:
    text = """mutation Do($input: [ProductInput!]!) { productsUpsert(input: $input) {
      results { id } errors { code path } } }"""
    told = await done(db, text, input=[{"sku": f"S-{at}", "name": "x"} for at in range(1_001)])
    assert told["results"] == []
    assert [(fault["code"], fault["path"]) for fault in told["errors"]] == [("LIMIT_EXCEEDED", ["input"])]
    assert await done(db, text, input=[]) == {"results": [], "errors": []}
