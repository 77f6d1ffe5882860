"""Touchpoints teach, as of when they happened, and what they taught goes with them."""

from typing import Any
from uuid import UUID

from domain.customers import forget
from domain.database import Database, Tx
from domain.errors import ErrorCode
from domain.transfer import Kind
from tests.support.calling import CREATED, DUPLICATE, REJECTED, call, called, fault, partner, statuses
from tests.support.importing import NOW, Given, declared

ADA: Given = {"kind": "EMAIL", "value": "ada@example.org"}
LEARNT: Given = {
    "needs": [{"kind": "LIFE_STAGE", "name": "First child"}],
    "channelPreferences": [{"channel": "PHONE", "preferred": False}],
    "consents": [{"channel": "EMAIL", "status": "GRANTED"}],
    "demographics": {"occupation": "Analyst"},
    "attributes": {"hat": 57},
}
_PROFILE = """
SELECT c.occupation, c.attributes,
  (SELECT array_agg(n.name || ' ' || n.recorded_at::date) FROM customer_need n) AS needs,
  (SELECT array_agg(p.channel || ' ' || p.preferred) FROM customer_preference p) AS preferences,
  (SELECT array_agg(s.channel || ' ' || s.status ORDER BY s.channel) FROM customer_consent s WHERE s.holds) AS consents
FROM customer c
"""


def survey(number: int = 1, **more: object) -> Given:
    about = {"channel": "PHONE", "kind": "SURVEY", "source": "desk", "externalId": str(number)}
    return about | {"occurredAt": f"2025-05-{number:02}T00:00:00Z", "customer": {"identity": ADA}} | more


async def profile(tx: Tx) -> dict[str, Any]:
    row = await tx.fetchrow(_PROFILE)
    assert row is not None
    return dict(row)


async def test_what_was_said_changes_the_profile_in_the_same_transaction(db: Database) -> None:
    await declared(db, personal=False, hat="NUMBER")
    assert statuses(await called(db, Kind.TOUCHPOINTS, [survey(learnt=LEARNT)])) == [CREATED]
    async with db.connection() as tx:
        assert await profile(tx) == {
            "occupation": "Analyst",
            "attributes": {"hat": 57},
            "needs": ["First child 2025-05-01"],
            "preferences": ["PHONE false"],
            "consents": ["EMAIL GRANTED"],
        }
        assert await tx.fetchval("SELECT source FROM customer_need") == "desk"
        told = await tx.fetchval("SELECT touchpoint_id FROM customer_consent")
        assert told == await tx.fetchval("SELECT touchpoint_id FROM touchpoint")


async def test_what_was_stated_since_stays(db: Database) -> None:
    await declared(db, personal=False, hat="NUMBER")
    since: Given = {"identities": [ADA], "source": "crm", "recordedAt": "2025-05-02T00:00:00Z"}
    given = since | {"demographics": {"occupation": "Countess"}, "consents": [{"channel": "EMAIL", "status": "DENIED"}]}
    await called(db, Kind.CUSTOMERS, [given])
    await called(db, Kind.TOUCHPOINTS, [survey(learnt=LEARNT)])
    async with db.connection() as tx:
        found = await profile(tx)
    assert (found["occupation"], found["consents"]) == ("Countess", ["EMAIL DENIED"])


async def test_whoever_unsubscribes_withdraws_consent_to_marketing_over_that_channel(db: Database) -> None:
    may = [{"channel": "EMAIL", "status": "GRANTED"}, {"channel": "EMAIL", "purpose": "SERVICE", "status": "GRANTED"}]
    given: Given = {"identities": [ADA], "consents": may, "recordedAt": "2025-04-01T00:00:00Z", "source": "form"}
    await called(db, Kind.CUSTOMERS, [given])
    await called(db, Kind.TOUCHPOINTS, [survey(kind="UNSUBSCRIBE", channel="EMAIL")])
    async with db.connection() as tx:
        held = await tx.fetch("SELECT purpose, status FROM customer_consent WHERE holds ORDER BY purpose")
        assert [tuple(row) for row in held] == [("MARKETING", "WITHDRAWN"), ("SERVICE", "GRANTED")]


async def test_sent_again_it_teaches_nothing_twice(db: Database) -> None:
    await declared(db, personal=False, hat="NUMBER")
    await called(db, Kind.TOUCHPOINTS, [survey(learnt=LEARNT)])
    since: Given = {"identities": [ADA], "demographics": {"occupation": None}, "recordedAt": "2025-06-01T00:00:00Z"}
    await called(db, Kind.CUSTOMERS, [since])
    assert statuses(await called(db, Kind.TOUCHPOINTS, [survey(learnt=LEARNT), survey(learnt=LEARNT)])) == [
        DUPLICATE,
        DUPLICATE,
    ]
    async with db.connection() as tx:
        assert (await profile(tx))["occupation"] is None
        assert await tx.fetchval("SELECT count(*) FROM customer_consent") == 1


async def test_what_a_touchpoint_taught_is_forgotten_with_it_and_what_held_before_holds_again(db: Database) -> None:
    await declared(db, personal=False, hat="NUMBER")
    may = [{"channel": "EMAIL", "status": "DENIED"}]
    given: Given = {"identities": [ADA], "consents": may, "recordedAt": "2025-04-01T00:00:00Z"}
    await called(db, Kind.CUSTOMERS, [given | {"attributes": {"hat": 55}}])
    async with db.connection() as tx:
        before = await profile(tx)
    [told] = await called(db, Kind.TOUCHPOINTS, [survey(learnt=LEARNT)])
    assert isinstance(told.id, UUID)
    async with db.transaction() as tx:
        assert await profile(tx) != before
        customer = await tx.fetchval("SELECT customer_id FROM customer")
        await forget(tx, [customer], [told.id], NOW)
        assert await profile(tx) == before


async def test_what_cannot_be_taught_refuses_the_touchpoint(db: Database) -> None:
    bad = [
        ({"attributes": {"hat": 57}}, "INVALID", "learnt.attributes.hat"),
        ({"needs": [{"kind": "BELIEF", "name": "x", "strength": 2}]}, "OUT_OF_RANGE", "learnt.needs.0.strength"),
        ({"demographics": {"birthDate": "2199-01-01"}}, "OUT_OF_RANGE", "learnt.demographics.birthDate"),
    ]
    rows = [survey(at + 1, learnt=learnt) for at, (learnt, _, _) in enumerate(bad)]
    told = await called(db, Kind.TOUCHPOINTS, rows)
    assert statuses(told) == [REJECTED] * len(bad)
    assert [fault(one) for one in told] == [(ErrorCode(code), tuple(place.split("."))) for _, code, place in bad]
    async with db.connection() as tx:
        assert await tx.fetchval("SELECT count(*) FROM customer") == 0


async def test_a_partners_touchpoint_teaches_nothing_that_another_stated(db: Database) -> None:
    crm: Given = {"identities": [ADA], "source": "crm", "demographics": {"occupation": "Countess"}}
    await called(db, Kind.CUSTOMERS, [crm])
    row = survey(source="till", learnt={"demographics": {"occupation": "Clerk"}})
    async with db.transaction() as tx:
        [told] = await call(tx, Kind.TOUCHPOINTS, [row], occasion=partner("till"))
    assert fault(told) == (ErrorCode.NOT_ALLOWED, ("learnt", "demographics", "occupation"))
