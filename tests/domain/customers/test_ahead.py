"""What lies ahead: a little of it is taken as now, and what is said after it is said after it."""

from datetime import timedelta

import pytest

from domain import consents
from domain.consents import Word
from domain.database import Database, Tx
from domain.errors import ErrorCode
from domain.identity.commands_merging import merge
from domain.ids import CustomerId
from domain.transfer import Kind
from domain.vocabulary import Channel, ConsentPurpose, ConsentStatus
from tests.domain.analytics.facts import buyer
from tests.support.calling import CREATED, UPDATED, called, fault, statuses
from tests.support.importing import NOW, Given
from tests.support.occasions import occasion

HOUR = timedelta(hours=1)
AHEAD, TOO_FAR = (NOW + HOUR).isoformat(), (NOW + 25 * HOUR).isoformat()
ADA = {"kind": "EMAIL", "value": "ada@example.org"}
VISIT: Given = {"source": "web", "channel": "WEB", "kind": "VISIT", "customer": {"identity": ADA}}


def row(**more: object) -> Given:
    return {"identities": [ADA], "source": "crm", **more}


@pytest.mark.parametrize(
    ("stated", "path"),
    [
        ({"recordedAt": TOO_FAR}, "recordedAt"),
        ({"needs": [{"kind": "BELIEF", "name": "x", "recordedAt": TOO_FAR}]}, "needs.0.recordedAt"),
        ({"consents": [{"channel": "SMS", "status": "DENIED", "recordedAt": TOO_FAR}]}, "consents.0.recordedAt"),
    ],
)
async def test_more_than_a_day_ahead_nothing_was_said(db: Database, stated: Given, path: str) -> None:
    [told] = await called(db, Kind.CUSTOMERS, [row(**stated)])
    assert fault(told) == (ErrorCode.OUT_OF_RANGE, tuple(path.split(".")))


async def test_nor_did_anything_pass(db: Database) -> None:
    [told] = await called(db, Kind.TOUCHPOINTS, [VISIT | {"occurredAt": TOO_FAR}])
    assert fault(told) == (ErrorCode.OUT_OF_RANGE, ("occurredAt",))


async def test_what_is_said_a_little_ahead_is_said_now_and_the_next_word_is_later(db: Database) -> None:
    need = {"kind": "BELIEF", "name": "x", "strength": 1, "recordedAt": AHEAD}
    yes = {"channel": "SMS", "status": "DENIED", "recordedAt": AHEAD}
    early = row(recordedAt=AHEAD, displayName="Zoe", needs=[need], consents=[yes])
    assert statuses(await called(db, Kind.CUSTOMERS, [early])) == [CREATED]
    async with db.connection() as tx:
        for table in ("customer_statement", "customer_consent"):
            assert await tx.fetchval(f"SELECT bool_and(recorded_at = $1) FROM {table}", NOW), table
    later = row(displayName="Ada", needs=[need | {"strength": 0, "recordedAt": None}])
    later |= {"consents": [{"channel": "SMS", "status": "GRANTED"}], "source": "app"}
    assert statuses(await called(db, Kind.CUSTOMERS, [later])) == [UPDATED]
    await holds(db, "Ada", 0, "GRANTED")


async def test_lessons_of_what_lies_ahead_are_learnt_now(db: Database) -> None:
    learnt = {"needs": [{"kind": "BELIEF", "name": "x", "strength": 1}]}
    learnt |= {"consents": [{"channel": "SMS", "status": "DENIED"}]}
    told = await called(db, Kind.TOUCHPOINTS, [VISIT | {"occurredAt": AHEAD, "learnt": learnt}])
    assert statuses(told) == [CREATED]
    since = {"needs": [{"kind": "BELIEF", "name": "x", "strength": 0}], "displayName": "Ada"}
    since |= {"consents": [{"channel": "SMS", "status": "GRANTED"}]}
    assert statuses(await called(db, Kind.CUSTOMERS, [row(**since)])) == [UPDATED]
    await holds(db, "Ada", 0, "GRANTED")


async def holds(db: Database, name: str, strength: float, consent: str) -> None:
    async with db.connection() as tx:
        assert await tx.fetchval("SELECT display_name FROM customer") == name
        assert await tx.fetchval("SELECT strength FROM customer_need") == strength
        assert await tx.fetchval("SELECT status FROM customer_consent WHERE holds") == consent


async def test_an_undated_word_comes_after_all_that_holds(db: Database) -> None:
    """However far ahead the clock of another machine was."""
    await called(db, Kind.CUSTOMERS, [row(displayName="Zoe", consents=[{"channel": "SMS", "status": "WITHDRAWN"}])])
    async with db.transaction() as tx:
        for table in ("customer_statement", "customer_consent"):
            await tx.execute(f"UPDATE {table} SET recorded_at = $1", NOW + 5 * HOUR)
    await called(db, Kind.CUSTOMERS, [row(displayName="Ada", consents=[{"channel": "SMS", "status": "GRANTED"}])])
    async with db.connection() as tx:
        assert await tx.fetchval("SELECT display_name FROM customer") == "Ada"
        assert await tx.fetchval("SELECT status FROM customer_consent WHERE holds") == "GRANTED"


async def test_a_merge_comes_after_every_consent_that_is_known(tx: Tx) -> None:
    into, gone = CustomerId(await buyer(tx, 40)), CustomerId(await buyer(tx, 40))
    about = Channel.EMAIL, ConsentPurpose.MARKETING
    words = [
        Word(into, into, *about, ConsentStatus.GRANTED, "form", NOW + HOUR),
        Word(gone, gone, *about, ConsentStatus.WITHDRAWN, "form", NOW - HOUR),
    ]
    await consents.append(tx, words)
    await merge(tx, into, gone, occasion=occasion(NOW))
    [held] = (await consents.holding(tx, [into])).values()
    assert held.status is ConsentStatus.WITHDRAWN
