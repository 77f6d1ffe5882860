"""A call records touchpoints as an import does: the same rows both ways end in the same database, up to ids."""

from collections.abc import AsyncIterator

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from domain.database import Database
from domain.ids import Prefix, to_public
from domain.transfer import Kind
from domain.vocabulary import RecordStatus
from tests.domain.touchpoints.world import CAMPAIGN, GONE, SOMEBODY, TOMBSTONES, afresh, begin, call, somebody, stored
from tests.support.importing import Given, bring, order, person


@pytest.fixture
async def other(another_database_url: str) -> AsyncIterator[Database]:
    database = Database(another_database_url)
    yield database
    await database.close()


def _email(value: str) -> Given:
    return {"identity": {"kind": "EMAIL", "value": f"{value}@example.org"}}


_WHO = st.sampled_from(
    [
        *(person("1"), person("2"), _email("ann"), _email("bob"), _email("gone")),
        *(somebody(SOMEBODY), somebody(GONE), {"id": "cus_" + "0" * 32}),
    ]
)
_FEW = {
    "customer": _WHO,
    "channel": st.sampled_from(["EMAIL", "PHONE", "WEB"]),
    "kind": st.sampled_from(["CLICK", "CALL", "PURCHASE", "CAMPAIGN_SENT", "UNSUBSCRIBE"]),
    "occurredAt": st.sampled_from(
        ["1999-12-31T23:00:00Z", "2025-05-01T03:30:00Z", "2025-05-01T05:30:00+02:00", "2025-06-02T00:00:00Z"]
    ),
    "source": st.sampled_from(["shop", "agency"]),
}
_MORE = {
    "externalId": st.sampled_from(["t1", "t2", "t3"]),
    "orderExternalId": st.sampled_from(["o1", "o9"]),
    "sku": st.sampled_from(["pen", "pen", "ink"]),
    "campaign": st.sampled_from([to_public(Prefix.CAMPAIGN, CAMPAIGN)] * 3 + ["cmp_" + "0" * 32]),
    "cost": st.sampled_from(["0", "0.5", "3"]),
    "satisfaction": st.integers(0, 10),
    "recommendScore": st.integers(0, 11),
    "subject": st.sampled_from(["Hello", "Bye"]),
    "properties": st.sampled_from([{}, {"page": 1, "b": "x"}]),
    "handledBy": st.just("Eve"),
    "contact": st.just("con_1"),
    "learnt": st.sampled_from(
        [
            {"channelPreferences": [{"channel": "EMAIL", "preferred": True}]},
            {"needs": [{"kind": "BELIEF", "name": "Honest work"}], "demographics": {"occupation": "Clerk"}},
            {"consents": [{"channel": "EMAIL", "purpose": "MARKETING", "status": "GRANTED"}]},
            {"attributes": {"undeclared": 1}},
        ]
    ),
}
_ROW = st.fixed_dictionaries(_FEW, optional=_MORE)
_ORDER = st.builds(order, st.just("o9"), source=_FEW["source"], customer=st.sampled_from([person("1"), _email("ann")]))


# Without shrinking: an example takes a quarter of a second, and is small as it is.
_FEW_CALLS = settings(
    max_examples=4,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
_ANY_CALLS = given(calls=st.lists(st.lists(_ROW, min_size=1, max_size=6) | _ORDER, min_size=1, max_size=4))


@_FEW_CALLS
@_ANY_CALLS
async def test_both_ways_end_in_the_same(db: Database, other: Database, calls: list[list[Given] | Given]) -> None:
    await _end_alike(db, other, calls)


@pytest.mark.proof
@settings(_FEW_CALLS, max_examples=60)
@_ANY_CALLS
async def test_both_ways_end_in_the_same_again_and_again(
    db: Database, other: Database, calls: list[list[Given] | Given]
) -> None:
    await _end_alike(db, other, calls)


async def _end_alike(db: Database, other: Database, calls: list[list[Given] | Given]) -> None:
    for one in (db, other):
        async with one.connection() as tx:
            begun = await tx.fetchval("SELECT EXISTS (SELECT FROM campaign)")
        if not begun:
            await begin(one)
        await afresh(one)
    for rows in calls:
        if isinstance(rows, dict):
            for one in (db, other):
                await bring(one, Kind.ORDERS, [rows])
            continue
        brought = await bring(db, Kind.TOUCHPOINTS, rows, tombstones=TOMBSTONES)
        told = await call(other, *rows)
        by_status = [sum(row.status is status for row in told) for status in RecordStatus]
        assert tuple(by_status) == brought.statuses
        faults = [(row.index + 1, ".".join(fault.path), fault.code) for row in told for fault in row.faults]
        assert faults == sorted(brought.faults, key=lambda fault: int(str(fault[0])))
    assert await stored(other) == await stored(db)
