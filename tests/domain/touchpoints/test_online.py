"""Touchpoints at once: results a row, who may say what, orders to come, and writers at the same moment."""

import asyncio
from uuid import UUID

import pytest

from domain.access.principal import Principal
from domain.database import Database
from domain.staged import Moved
from domain.transfer import Kind
from domain.transfer.answering import Recorded
from domain.vocabulary import RecordErrorPolicy, RecordStatus, Role
from tests.domain.touchpoints.world import afresh, begin, call, called
from tests.support.importing import Given, bring, order, person
from tests.support.waiting import WAITING

AGENCY = Principal("agency", Role.PARTNER, source="agency")


def visit(**changed: object) -> Given:
    about = {"channel": "WEB", "kind": "VISIT", "occurredAt": "2025-05-05T12:00:00Z", "source": "shop"}
    return about | {"customer": person()} | changed


def told(rows: list[Recorded]) -> list[str]:
    return [row.status if not row.faults else f"{'.'.join(row.faults[0].path)} {row.faults[0].code}" for row in rows]


async def test_a_duplicate_has_the_id_of_the_first(db: Database) -> None:
    await begin(db)
    purchase = visit(kind="PURCHASE", orderExternalId="o1")
    rows = await call(db, visit(externalId="1"), visit(externalId="1"), purchase, purchase | {"externalId": "2"})
    assert told(rows) == ["CREATED", "DUPLICATE", "CREATED", "DUPLICATE"]
    assert (rows[0].id, rows[2].id) == (rows[1].id, rows[3].id)
    again = await call(db, visit(externalId="1", subject="Other"), purchase)
    assert [(row.status, row.id) for row in again] == [(RecordStatus.DUPLICATE, row.id) for row in rows[1:3]]


async def test_all_or_none(db: Database) -> None:
    await begin(db)
    rows = await call(db, visit(), visit(sku="ink"), policy=RecordErrorPolicy.REFUSE_ALL)
    assert told(rows) == [" INVALID", "sku NOT_FOUND"]
    async with db.connection() as tx:
        assert await tx.fetchval("SELECT count(*) FROM customer") == 0


async def test_a_partner_writes_as_its_own_source(db: Database) -> None:
    await begin(db)
    shops = (await call(db, visit()))[0]
    async with db.connection() as tx:
        customer = await tx.fetchval("SELECT customer_id FROM touchpoint WHERE touchpoint_id = $1", shops.id)
    left_out = {name: value for name, value in visit().items() if name != "source"}
    own = {"identity": {"kind": "EXTERNAL_ID", "value": "7"}}
    mail: Given = {"kind": "EMAIL", "value": "ann@example.org"}
    rows = await call(
        db,
        left_out | {"customer": own},
        visit(),
        left_out,
        left_out | {"customer": {"identity": mail | {"verified": True}}},
        left_out | {"customer": {"id": f"cus_{customer.hex}"}},
        principal=AGENCY,
    )
    assert told(rows) == [
        "CREATED",
        "source NOT_ALLOWED",
        "customer.identity.source NOT_ALLOWED",
        "customer.identity.verified NOT_ALLOWED",
        "customer.id NOT_FOUND",
    ]
    async with db.connection() as tx:
        mine = await tx.fetchval("SELECT customer_id FROM customer_identity WHERE source = 'agency'")
    known = left_out | {"customer": {"id": f"cus_{mine.hex}"}, "externalId": "8"}
    assert told(await call(db, known, principal=AGENCY)) == ["CREATED"]


async def test_an_order_to_come_is_linked_when_it_comes_unless_it_is_anothers(db: Database) -> None:
    await begin(db)
    names = visit(kind="BASKET", orderExternalId="o5")
    await call(db, names, names | {"customer": person("2")}, visit(kind="CALL", orderExternalId="o6"))
    await bring(db, Kind.ORDERS, [order("o5")])
    await call(db, visit(kind="DELIVERY", orderExternalId="o5"))
    async with db.connection() as tx:
        rows = await tx.fetch(
            "SELECT t.kind, o.external_id FROM touchpoint t LEFT JOIN customer_order o"
            " ON o.customer_id = t.customer_id AND o.order_id = t.order_id ORDER BY 1, 2"
        )
    linked = [("BASKET", "o5"), ("BASKET", None), ("CALL", None), ("DELIVERY", "o5"), ("PURCHASE", "o5")]
    assert [tuple(row) for row in rows] == linked


async def test_of_touches_at_one_moment_it_does_not_matter_which_was_told_first(db: Database) -> None:
    await begin(db)
    one, other = visit(channel="TV", source="agency"), visit(channel="SMS", source="shop")
    found = set()
    for rows in ([one, other], [other, one]):
        await afresh(db)
        for row in rows:
            await call(db, row | {"customer": person("9")})
        async with db.connection() as tx:
            query = (
                "SELECT acquisition_source FROM customer JOIN customer_identity USING (customer_id) WHERE value = '9'"
            )
            found.add(await tx.fetchval(query))
    assert found == {"agency"}


async def test_somebody_new_at_the_same_moment_is_one_customer(db: Database) -> None:
    await begin(db)

    async def write(number: int) -> RecordStatus:
        while True:
            try:
                return (await call(db, visit(externalId=f"v{number % 3}")))[0].status
            except Moved:
                continue

    statuses = await asyncio.gather(*map(write, range(9)))
    assert sorted(statuses) == ["CREATED"] * 3 + ["DUPLICATE"] * 6
    async with db.connection() as tx:
        assert await tx.fetchval("SELECT count(*) FROM customer") == 1
        assert await tx.fetchval("SELECT sum(touches) FROM customer_month") == 3


async def test_who_was_merged_since_makes_the_call_begin_again(db: Database) -> None:
    await begin(db)
    await call(db, visit(), visit(customer=person("2")))
    async with db.connection() as tx:
        ids: list[UUID] = [row[0] for row in await tx.fetch("SELECT customer_id FROM customer ORDER BY 1")]
    async with db.connection() as other:
        merging = other.transaction()
        await merging.start()
        await other.execute("UPDATE customer SET merged_into = $2 WHERE customer_id = $1", *ids)
        late = asyncio.create_task(call(db, visit(externalId="late"), visit(customer=person("2"), externalId="later")))
        async with db.connection() as looking, asyncio.timeout(60):
            while not await looking.fetchval(WAITING):
                assert not late.done()
                await asyncio.sleep(0.01)
        await merging.commit()
        with pytest.raises(Moved):
            await late


async def test_a_thousand_in_one_call(db: Database) -> None:
    await begin(db)
    rows = [visit(externalId=str(at % 700), customer=person(str(at % 90))) for at in range(1000)]
    async with db.transaction() as tx:
        assert sum(row.status is RecordStatus.CREATED for row in await called(tx, *rows)) == 700
        assert await tx.fetchval("SELECT sum(touches) FROM customer_month") == 700
        assert await tx.fetchval("SELECT count(*) FROM customer") == 90
