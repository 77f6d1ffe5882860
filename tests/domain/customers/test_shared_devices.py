"""Two identified people never become one because they share a device, whoever comes first."""

from itertools import permutations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.database import Database
from domain.transfer import Kind
from domain.vocabulary import RecordStatus
from tests.support.calling import CREATED, called, statuses
from tests.support.importing import Given

TABLET: Given = {"kind": "DEVICE", "value": "tablet"}
CRUMB: Given = {"kind": "COOKIE", "value": "crumb"}


def person(name: str, *weak: Given) -> Given:
    mail = {"kind": "EMAIL", "value": f"{name}@example.org"}
    return {"identities": [*weak, mail], "givenName": name, "source": "web", "recordedAt": "2025-05-05T00:00:00Z"}


def visit(number: int, who: Given) -> Given:
    about = {"channel": "WEB", "kind": "VISIT", "source": "web", "externalId": str(number)}
    return about | {"occurredAt": f"2025-05-{number:02}T00:00:00Z", "customer": {"identity": who}}


async def people(db: Database) -> dict[str, list[str]]:
    """Everybody's weak identities, by name; None for a visitor whom nobody knows."""
    async with db.connection() as connection:
        rows = await connection.fetch(
            "SELECT c.given_name AS name,"
            " coalesce(array_agg(i.value) FILTER (WHERE i.kind IN ('COOKIE', 'DEVICE')), '{}') AS weak"
            " FROM customer c JOIN customer_identity i USING (customer_id) WHERE c.merged_into IS NULL"
            " GROUP BY c.customer_id, c.given_name"
        )
    return {row["name"]: sorted(row["weak"]) for row in rows}


async def test_a_device_stays_with_the_first_and_a_second_person_neither_gets_it_nor_conflicts(db: Database) -> None:
    told = await called(db, Kind.CUSTOMERS, [person("ada", TABLET), person("bo", TABLET), person("ada", CRUMB)])
    assert statuses(told) == [CREATED, CREATED, RecordStatus.UPDATED]
    assert await people(db) == {"ada": ["crumb", "tablet"], "bo": []}
    assert statuses(await called(db, Kind.CUSTOMERS, [person("bo", TABLET, CRUMB)])) == [RecordStatus.DUPLICATE]
    assert await people(db) == {"ada": ["crumb", "tablet"], "bo": []}


async def test_a_visitor_becomes_the_first_who_says_who_they_are(db: Database) -> None:
    await called(db, Kind.TOUCHPOINTS, [visit(1, CRUMB)])
    await called(db, Kind.CUSTOMERS, [person("ada", CRUMB), person("bo", CRUMB)])
    await called(db, Kind.TOUCHPOINTS, [visit(2, CRUMB)])
    assert await people(db) == {"ada": ["crumb"], "bo": []}
    async with db.connection() as connection:
        visits = await connection.fetch("SELECT c.given_name FROM touchpoint t JOIN customer c USING (customer_id)")
    assert [row[0] for row in visits] == ["ada", "ada"]


async def test_a_visitor_is_joined_to_somebody_known_who_turns_up_with_the_cookie(db: Database) -> None:
    await called(db, Kind.CUSTOMERS, [person("ada")])
    await called(db, Kind.TOUCHPOINTS, [visit(1, CRUMB)])
    assert await people(db) == {"ada": [], None: ["crumb"]}
    await called(db, Kind.CUSTOMERS, [person("ada", CRUMB)])
    assert await people(db) == {"ada": ["crumb"]}


@pytest.mark.parametrize("order", list(permutations("abc")))
async def test_three_who_share_a_tablet_stay_three(db: Database, order: tuple[str, ...]) -> None:
    await called(db, Kind.TOUCHPOINTS, [visit(1, TABLET)])
    for name in order:
        await called(db, Kind.CUSTOMERS, [person(name, TABLET)])
    assert await people(db) == {name: ["tablet"] if name == order[0] else [] for name in order}


STEPS = st.lists(
    st.tuples(st.sampled_from("abc"), st.lists(st.sampled_from(["tablet", "crumb"]), unique=True)), max_size=8
)


@settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(STEPS, st.booleans())
async def test_however_devices_are_passed_on_nobody_is_taken_for_another(
    db: Database, steps: list[tuple[str, list[str]]], at_once: bool
) -> None:
    weak = {"tablet": TABLET, "crumb": CRUMB}
    rows = [person(name, *(weak[one] for one in devices)) for name, devices in steps]
    async with db.connection() as connection:
        await connection.execute("TRUNCATE customer, customer_identity, identity_claim, customer_statement")
    for call in [rows] if at_once else [[row] for row in rows]:
        await called(db, Kind.CUSTOMERS, call)
    found = await people(db)
    assert set(found) == {name for name, _ in steps}
    for one in weak:
        first = next((name for name, devices in steps if one in devices), None)
        assert [name for name, devices in found.items() if one in devices] == ([first] if first else [])
