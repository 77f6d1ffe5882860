"""Sums that outgrow their columns: whoever is at fault is refused, and nobody else."""

from decimal import Decimal

import pytest

from domain.database import Database
from domain.errors import ErrorCode
from domain.transfer import Kind
from tests.domain.analytics.facts import changed_pass, full_run, scores
from tests.support.calling import ALL, CREATED, REJECTED, called, check_months, fault, statuses
from tests.support.importing import Given, bring, came_back, fingerprint, order, person, with_products

HUGE = "99999999999999"


def call_of(number: int, cost: str = "1", who: str = "1", day: int = 5) -> Given:
    """A call in May 2025."""
    about = {"source": "shop", "externalId": f"t{number}", "channel": "PHONE", "kind": "CALL"}
    return about | {"customer": person(who), "occurredAt": f"2025-05-{day:02}T12:00:00Z", "cost": cost}


def huge_order(external_id: str, who: str = "1", **changed: object) -> Given:
    return order(external_id, customer=person(who), lines=[{"sku": "pen", "quantity": 1, "unitPrice": HUGE}], **changed)


ROWS = [call_of(0, HUGE), call_of(1, who="2"), call_of(2, HUGE), call_of(3, HUGE), call_of(4, HUGE, "2"), call_of(5)]
AT_FAULT = [2, 3, 4, 5]


async def test_an_import_records_all_but_the_touchpoints_at_fault(db: Database) -> None:
    brought = await bring(db, Kind.TOUCHPOINTS, ROWS)
    assert brought.faults == [(at + 1, "cost", "OUT_OF_RANGE") for at in AT_FAULT]
    assert brought.statuses == (2, 0, 0, 4)
    await check_months(db)


async def test_a_call_records_all_but_the_touchpoints_at_fault(db: Database) -> None:
    told = await called(db, Kind.TOUCHPOINTS, ROWS)
    assert statuses(told) == [REJECTED if at in AT_FAULT else CREATED for at in range(6)]
    assert {fault(told[at]) for at in AT_FAULT} == {(ErrorCode.OUT_OF_RANGE, ("cost",))}
    await check_months(db)


async def test_all_or_nothing_names_those_at_fault(db: Database) -> None:
    before = await fingerprint(db)
    told = await called(db, Kind.TOUCHPOINTS, ROWS, policy=ALL)
    assert statuses(told) == [REJECTED] * 6
    assert [at for at, one in enumerate(told) if fault(one)[0] is ErrorCode.OUT_OF_RANGE] == AT_FAULT
    assert await fingerprint(db) == before


@pytest.mark.parametrize("online", [True, False])
async def test_orders_and_returns_at_fault_are_refused_alone(db: Database, online: bool) -> None:
    await with_products(db)
    orders = [huge_order("a"), order("b", customer=person("2")), huge_order("c"), order("d", customer=person("2"))]
    back = [
        came_back("r0", refund=HUGE, lines=[{"sku": "book", "quantity": 9}], customer=person("2")),
        came_back("r1", refund="1", customer=person("2")),
        came_back("r2", refund=HUGE, lines=[{"sku": "book", "quantity": 9}], customer=person("2")),
    ]
    if online:
        told = await called(db, Kind.ORDERS, orders)
        assert statuses(told) == [CREATED, CREATED, REJECTED, CREATED]
        assert fault(told[2]) == (ErrorCode.OUT_OF_RANGE, ("lines",))
        gone = await called(db, Kind.RETURNS, back)
        refused = [at for at, one in enumerate(gone) if one.id is None]
        assert {fault(gone[at]) for at in refused} == {(ErrorCode.OUT_OF_RANGE, ("refund",))}
    else:
        assert (await bring(db, Kind.ORDERS, orders)).faults == [(3, "lines", "OUT_OF_RANGE")]
        brought = await bring(db, Kind.RETURNS, back)
        refused = [int(str(line)) - 1 for line, _, _ in brought.faults]
        assert {(field, code) for _, field, code in brought.faults} == {("refund", "OUT_OF_RANGE")}
    assert refused
    assert len(refused) < len(back)
    await check_months(db)


async def test_a_customer_whose_sums_outgrow_their_columns_does_not_stop_the_scoring_of_others(db: Database) -> None:
    await with_products(db)
    months = [f"2025-{month:02}-05T12:00:00Z" for month in range(1, 13)]
    huge = [huge_order(f"h{at}", orderedAt=moment, dueAt=moment) for at, moment in enumerate(months)]
    assert statuses(await called(db, Kind.ORDERS, [*huge, order("b", customer=person("2"))])) == [CREATED] * 13
    assert (
        statuses(
            await called(
                db,
                Kind.TOUCHPOINTS,
                [call_of(1, HUGE), call_of(2, HUGE, day=5) | {"occurredAt": "2025-06-05T12:00:00Z"}],
            )
        )
        == [CREATED] * 2
    )
    assert await changed_pass(db) == 2
    for _ in range(2):
        rows = sorted((await scores(db)).values(), key=lambda row: row["revenue"])
        assert rows[0]["revenue"] == Decimal("17.5")
        assert rows[1]["revenue"] == rows[1]["overdue"] == Decimal("99999999999999")
        await full_run(db)
