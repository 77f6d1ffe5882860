"""Touchpoints by import: each once, with what is usual of its kind, and one for each purchase whoever tells of it."""

from decimal import Decimal

import pytest

from domain import identity
from domain.database import Database
from domain.settings import Settings
from domain.staged import Batch, Moved
from domain.touchpoints import recording
from domain.touchpoints.rules import USUAL
from domain.transfer import Kind
from domain.vocabulary import TouchpointKind
from tests.support.calling import DUPLICATE, called, check_months, statuses
from tests.support.importing import NOW, Given, bring, fingerprint, order, person, with_products


def click(**changed: object) -> Given:
    about = {"channel": "EMAIL", "kind": "CLICK", "occurredAt": "2025-05-05T12:00:00Z", "source": "shop"}
    return about | {"customer": person()} | changed


def test_every_kind_has_a_usual_function_and_direction() -> None:
    assert set(USUAL) == set(TouchpointKind)


async def test_with_or_without_an_external_id_nothing_doubles(db: Database) -> None:
    given = [click(externalId="1", subject="Hello"), click(subject="Hello"), click(subject="Bye", cost="0.5")]
    assert (await bring(db, Kind.TOUCHPOINTS, given)).statuses == (3, 0, 0, 0)
    before = await fingerprint(db)
    again = await bring(db, Kind.TOUCHPOINTS, [*given, click(externalId="1", subject="Changed")])
    assert again.statuses == (0, 0, 4, 0)
    assert await fingerprint(db) == before
    async with db.connection() as tx:
        row = await tx.fetchrow("SELECT sum(touches), sum(cost_to_serve), sum(marketing_cost) FROM customer_month")
    assert row is not None
    assert tuple(row) == (3, Decimal("0.5"), 0)


async def test_a_purchase_is_one_touchpoint_in_either_order_of_arrival(db: Database) -> None:
    await with_products(db)
    told = click(kind="PURCHASE", channel="WEB", orderExternalId="o1", externalId="t1")
    assert (await bring(db, Kind.TOUCHPOINTS, [told])).statuses == (1, 0, 0, 0)
    assert (await bring(db, Kind.ORDERS, [order("o1"), order("o2")])).statuses == (2, 0, 0, 0)
    later = [click(kind="PURCHASE", channel="WEB", orderExternalId="o2"), told]
    assert (await bring(db, Kind.TOUCHPOINTS, later)).statuses == (0, 0, 2, 0)
    async with db.connection() as tx:
        rows = await tx.fetch(
            "SELECT o.external_id, count(*) FROM touchpoint t JOIN customer_order o USING (order_id)"
            " GROUP BY 1 ORDER BY 1"
        )
        assert [tuple(row) for row in rows] == [("o1", 1), ("o2", 1)]
        assert await tx.fetchval("SELECT sum(touches) FROM customer_month") == 2


_OF_PURCHASES = (
    "SELECT channel, cost, cost_given, subject, external_id, occurred_at, satisfaction, order_id IS NOT NULL,"
    " (SELECT count(*) FROM touchpoint_claim k WHERE k.touchpoint_id = t.touchpoint_id"
    "  AND (k.customer_id, k.occurred_at) <> (t.recorded_for, t.occurred_at))"
    " FROM touchpoint t JOIN customer_identity i USING (customer_id) WHERE i.value = $1"
)


@pytest.mark.parametrize("online", [True, False])
async def test_of_a_purchase_holds_what_its_order_says_in_either_order_of_arrival(db: Database, online: bool) -> None:
    await with_products(db)
    about: Given = {"kind": "PURCHASE", "channel": "PHONE", "cost": "9", "occurredAt": "2025-04-04T12:00:00Z"}
    about |= {"subject": "By phone", "satisfaction": 5}
    rows: dict[str, tuple[Given, Given]] = {}
    for name in ("o1", "o2"):
        told = click(**about, customer=person(name), orderExternalId=name, externalId=f"t-{name}")
        rows[name] = order(name, customer=person(name)), told
    ways = (Kind.ORDERS, rows["o1"][0]), (Kind.TOUCHPOINTS, rows["o1"][1]), (Kind.TOUCHPOINTS, rows["o2"][1])
    for kind, row in (*ways, (Kind.ORDERS, rows["o2"][0])):
        await (called(db, kind, [row]) if online else bring(db, kind, [row]))
    await check_months(db)
    async with db.connection() as tx:
        [first], [second] = [await tx.fetch(_OF_PURCHASES, name) for name in rows]
    assert tuple(first) == tuple(second)
    assert (first["channel"], first["cost"], first[-2], first[-1]) == ("WEB", 0, True, 0)
    again = await called(db, Kind.TOUCHPOINTS, [told for _, told in rows.values()])
    assert statuses(again) == [DUPLICATE] * 2


async def test_what_a_touchpoint_names_must_be_there(db: Database) -> None:
    wrong = [click(sku="ink"), click(campaign="cmp_" + "0" * 32), click(contact="con_1"), click(recommendScore=11)]
    brought = await bring(db, Kind.TOUCHPOINTS, wrong)
    assert sorted(brought.faults, key=lambda fault: int(str(fault[0]))) == [
        (1, "sku", "NOT_FOUND"),
        (2, "campaign", "NOT_FOUND"),
        (3, "contact", "INVALID"),
        (4, "recommendScore", "OUT_OF_RANGE"),
    ]


async def test_the_first_touch_is_the_acquisition_whenever_it_comes_in(db: Database) -> None:
    await bring(db, Kind.TOUCHPOINTS, [click()])
    await bring(db, Kind.TOUCHPOINTS, [click(channel="TV", occurredAt="2024-01-01T00:00:00Z", source="agency")])
    query = "SELECT acquisition_channel, acquisition_source, acquisition_at::date::text, last_touchpoint_at::date::text"
    async with db.connection() as tx:
        rows = await tx.fetch(query + " FROM customer")
    assert [tuple(row) for row in rows] == [("TV", "agency", "2024-01-01", "2025-05-05")]


async def test_who_was_known_and_is_gone_meanwhile_is_looked_up_again(db: Database) -> None:
    """Somebody whom an erasure takes away between the look and the deed."""
    async with db.transaction() as tx:
        gone = await tx.fetchval(
            "INSERT INTO customer (customer_id, created_at, updated_at, erased_at)"
            " VALUES (gen_random_uuid(), now(), now(), now()) RETURNING customer_id"
        )
        await tx.execute(
            "CREATE TEMP TABLE t_ref ON COMMIT DROP AS SELECT 1::bigint AS seq, NULL::uuid AS customer,"
            " 'EMAIL' AS kind, '' AS scope, 'gone@example.org' AS value, false AS verified, 'web' AS identity_source,"
            " gen_random_uuid() AS prospect, 'web' AS source, 'WEB' AS channel, NULL::uuid AS campaign, now() AS at,"
            f" '{gone}'::uuid AS found, '{gone}'::uuid AS named_customer"
        )
        batch = Batch(tx, "", 0, await Settings.load(tx), NOW)
        with pytest.raises(Moved):
            await identity.resolve(batch, strangers=False)


async def test_what_was_told_before_is_a_duplicate_whatever_is_wrong_with_it_by_now(db: Database) -> None:
    """Rows are taken for new until one was not: nothing may be refused, or told of anybody, that was there already."""
    assert (await bring(db, Kind.TOUCHPOINTS, [click(externalId="1")])).statuses == (1, 0, 0, 0)
    before = await fingerprint(db)
    stranger = click(externalId="1", customer=person("nobody knows them"))
    mixed = [click(externalId="1", sku="ink"), stranger, click(externalId="2", sku="ink")]
    assert (await bring(db, Kind.TOUCHPOINTS, mixed)).statuses == (0, 0, 2, 1)
    assert (await bring(db, Kind.TOUCHPOINTS, [stranger])).statuses == (0, 0, 1, 0)
    assert await fingerprint(db) == before
    assert (await bring(db, Kind.TOUCHPOINTS, [stranger, click(externalId="2")])).statuses == (1, 0, 1, 0)
    await check_months(db)


async def test_a_file_is_taken_for_new_until_it_says_something_again(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From then on its rows are looked up first; either way the first of the file holds."""
    monkeypatch.setattr("domain.transfer.stage.BATCH_ROWS", 2)
    looked = []
    read = recording._read

    async def spied(batch: Batch, *, look: bool) -> object:
        looked.append((batch.number, look))
        return await read(batch, look=look)

    monkeypatch.setattr(recording, "_read", spied)
    told = [click(externalId=str(at), subject=str(nth)) for nth, at in enumerate((1, 2, 3, 1, 4, 4, 5, 6))]
    assert (await bring(db, Kind.TOUCHPOINTS, told)).statuses == (6, 0, 2, 0)
    assert looked == [(0, False), (1, False), (1, True), (2, True), (3, True)]
    looked.clear()
    wrong = [click(externalId=str(at), sku="ink") for at in range(10, 14)]
    assert (await bring(db, Kind.TOUCHPOINTS, wrong)).statuses == (0, 0, 0, 4)
    assert looked == [(0, False), (0, True), (1, True)]
    async with db.connection() as tx:
        subjects = await tx.fetch("SELECT subject FROM touchpoint ORDER BY external_id")
    assert [row[0] for row in subjects] == ["0", "1", "2", "4", "6", "7"]
    await check_months(db)
