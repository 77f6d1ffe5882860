"""A touchpoint that is taken back leaves the house as if it had never come in."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from domain.access.principal import OPERATOR, Principal
from domain.database import Database
from domain.errors import ErrorCode, Refused
from domain.settings import Settings
from domain.touchpoints import retract
from domain.transfer import Kind
from domain.vocabulary import RecordStatus, Role
from tests.domain.touchpoints.world import begin, call, occasion, stored
from tests.support.importing import Given, bring, came_back, order, person

AGENCY = Principal("agency", Role.PARTNER, source="agency")


def survey(**changed: object) -> Given:
    about = {"channel": "EMAIL", "kind": "SURVEY", "occurredAt": "2025-05-05T12:00:00Z", "source": "shop"}
    return about | {"customer": person(), "externalId": "s1"} | changed


async def back(db: Database, id_: UUID | None, principal: Principal = OPERATOR) -> None:
    assert id_ is not None
    async with db.transaction() as tx:
        await retract(tx, id_, occasion=occasion(await Settings.load(tx), principal=principal))


async def refused(db: Database, id_: UUID | None, principal: Principal = OPERATOR) -> tuple[str, tuple[str, ...]]:
    with pytest.raises(Refused) as caught:
        await back(db, id_, principal)
    fault = caught.value.faults[0]
    return fault.code, fault.path


async def test_nothing_of_it_is_left(db: Database) -> None:
    await begin(db)
    await call(db, survey(externalId="s0", occurredAt="2025-05-04T12:00:00Z"))
    before = await stored(db)
    taught = {
        "needs": [{"kind": "BELIEF", "name": "Honest work"}],
        "consents": [{"channel": "EMAIL", "purpose": "MARKETING", "status": "GRANTED"}],
        "demographics": {"occupation": "Clerk"},
    }
    told = survey(cost="3", learnt=taught, channel="TV", occurredAt="2025-06-07T12:00:00Z")
    earlier = survey(externalId="s2", kind="UNSUBSCRIBE", occurredAt="2024-01-01T00:00:00Z", orderExternalId="o7")
    rows = await call(db, told, earlier)
    assert await stored(db) != before
    for row in rows:
        await back(db, row.id)
    after = await stored(db)
    for name in before.keys() - {"customer_mark", "customer", "customer_identity", "touchpoint_claim"}:
        assert after[name] == before[name], name
    async with db.connection() as tx:
        found = await tx.fetchrow("SELECT acquisition_at, last_touchpoint_at, acquisition_channel FROM customer")
    moment = datetime(2025, 5, 4, 12, tzinfo=UTC)
    assert found is not None
    assert tuple(found) == (moment, moment, "EMAIL")


async def test_what_is_delivered_again_stays_away(db: Database) -> None:
    """Sources deliver at least once: by call and by file, with an external id and without, a lesson or a purchase."""
    await begin(db)
    named, nameless = survey(learnt={"demographics": {"occupation": "Clerk"}}), survey(externalId=None, cost="3")
    bought = survey(externalId=None, kind="PURCHASE", orderExternalId="o9")
    rows = [named, nameless, bought, survey(externalId="p1", kind="PURCHASE", orderExternalId="o8")]
    recorded = await call(db, *rows)
    for one in recorded:
        await back(db, one.id)
    before = await stored(db)
    again = await call(db, *rows)
    assert [(one.status, one.id) for one in again] == [(RecordStatus.DUPLICATE, one.id) for one in recorded]
    summary = (await bring(db, Kind.TOUCHPOINTS, rows)).summary
    assert (summary.created, summary.duplicates) == (0, 4)
    assert await stored(db) == before


async def test_a_purchase_may_be_told_anew_by_another_name(db: Database) -> None:
    await begin(db)
    told = survey(kind="PURCHASE", orderExternalId="o1", externalId="p1")
    await back(db, (await call(db, told))[0].id)
    rows = await call(db, told | {"externalId": "p2"}, told)
    assert [row.status for row in rows] == [RecordStatus.CREATED, RecordStatus.DUPLICATE]


async def test_nothing_is_left_of_its_time(db: Database) -> None:
    """Who is erased later has no claim that would tell of it."""
    await begin(db)
    await back(db, (await call(db, survey()))[0].id)
    async with db.connection() as tx:
        found = await tx.fetchrow("SELECT customer_id, occurred_at FROM touchpoint_claim")
    assert found is not None
    assert tuple(found) == (UUID(int=0), datetime(1970, 1, 1, tzinfo=UTC))


async def test_what_orders_and_returns_made_goes_with_them_alone(db: Database) -> None:
    await begin(db)
    told = (await call(db, survey(kind="PURCHASE", orderExternalId="o2", externalId="p2")))[0]
    await bring(db, Kind.ORDERS, [order("o1"), order("o2")])
    await bring(db, Kind.RETURNS, [came_back()])
    async with db.connection() as tx:
        rows = await tx.fetch("SELECT touchpoint_id, kind FROM touchpoint")
    assert sorted(row["kind"] for row in rows) == ["PURCHASE", "PURCHASE", "RETURN"]
    assert told.id in {row["touchpoint_id"] for row in rows}
    for row in rows:
        assert await refused(db, row["touchpoint_id"]) == (ErrorCode.IN_WRONG_STATE, ("id",))


async def test_an_order_makes_its_purchase_where_the_one_that_told_of_it_was_taken_back(db: Database) -> None:
    await begin(db)
    told = (await call(db, survey(kind="PURCHASE", orderExternalId="o1", externalId="p1")))[0]
    nameless = (await call(db, survey(kind="PURCHASE", orderExternalId="o2", externalId=None)))[0]
    await back(db, told.id)
    await back(db, nameless.id)
    await bring(db, Kind.ORDERS, [order("o1"), order("o2")])
    async with db.connection() as tx:
        rows = await tx.fetch("SELECT t.kind FROM touchpoint t JOIN customer_order o USING (customer_id, order_id)")
    assert [row["kind"] for row in rows] == ["PURCHASE"] * 2


async def test_a_partner_takes_back_its_own_alone(db: Database) -> None:
    await begin(db)
    shops, own = await call(db, survey(), survey(source="agency"))
    assert await refused(db, shops.id, AGENCY) == (ErrorCode.NOT_FOUND, ("id",))
    assert await refused(db, UUID(int=7)) == (ErrorCode.NOT_FOUND, ("id",))
    await back(db, own.id, AGENCY)
    assert await refused(db, own.id) == (ErrorCode.NOT_FOUND, ("id",))
