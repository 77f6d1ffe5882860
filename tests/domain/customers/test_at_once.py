"""Many who write of one person at once: one customer at the end, and every word there."""

import asyncio

import pytest

from domain.database import Database
from domain.transfer import Kind
from domain.vocabulary import RecordStatus
from tests.support.calling import CREATED, DUPLICATE, UPDATED, called
from tests.support.importing import Given

MAIL: Given = {"kind": "EMAIL", "value": "ada@example.org"}
WRITERS = 8


def word(number: int) -> Given:
    """Each source names the e-mail address and an id of its own, states a need and grants a consent."""
    mine = {"kind": "EXTERNAL_ID", "value": "1", "source": f"s{number}"}
    about: Given = {
        "identities": [MAIL, mine],
        "source": f"s{number}",
        "recordedAt": f"2025-05-{1 + number:02}T00:00:00Z",
    }
    consent = {"channel": "EMAIL", "status": "GRANTED" if number % 2 else "DENIED"}
    return about | {
        "givenName": f"Ada {number}",
        "needs": [{"kind": "BELIEF", "name": str(number)}],
        "consents": [consent],
    }


async def test_one_customer_and_every_word(db: Database) -> None:
    told = await asyncio.gather(*(called(db, Kind.CUSTOMERS, [word(number)]) for number in range(WRITERS)))
    found = [one.status for [one] in told]
    assert found.count(CREATED) == 1
    assert found.count(UPDATED) == WRITERS - 1
    assert len({one.id for [one] in told}) == 1
    async with db.connection() as tx:
        assert await tx.fetchval("SELECT count(*) FROM customer") == 1
        assert await tx.fetchval("SELECT given_name FROM customer") == f"Ada {WRITERS - 1}"
        assert await tx.fetchval("SELECT count(*) FROM customer_need") == WRITERS
        assert await tx.fetchval("SELECT count(*) FROM customer_identity") == WRITERS + 1
        assert await tx.fetchval("SELECT array_agg(status) FROM customer_consent WHERE holds") == ["GRANTED"]
        assert await tx.fetchval("SELECT count(*) FROM customer_consent") == WRITERS


async def test_the_same_word_from_all_is_one_word(db: Database) -> None:
    told = await asyncio.gather(*(called(db, Kind.CUSTOMERS, [word(1)]) for _ in range(WRITERS)))
    found: list[RecordStatus] = [one.status for [one] in told]
    assert sorted(found) == sorted([CREATED, *[DUPLICATE] * (WRITERS - 1)])
    async with db.connection() as tx:
        assert await tx.fetchval("SELECT count(*) FROM customer_statement") == 2
        assert await tx.fetchval("SELECT count(*) FROM customer_consent") == 1


@pytest.mark.proof
async def test_upserts_and_touchpoints_that_cross_end_in_the_same_customers(db: Database) -> None:
    """Each names two people in another order, one of them by something new."""
    people: list[Given] = [{"kind": "EMAIL", "value": f"p{number}@example.org"} for number in range(4)]
    await called(db, Kind.CUSTOMERS, [{"identities": [one], "givenName": "P", "source": "s"} for one in people])

    async def touches(number: int) -> None:
        rows: list[Given] = [
            {
                "channel": "WEB",
                "kind": "VISIT",
                "source": "s",
                "externalId": f"{number}-{at}",
                "occurredAt": "2025-05-05T00:00:00Z",
                "customer": {"identity": one},
            }
            for at, one in enumerate(
                (*people[number % 4 :], {"kind": "COOKIE", "value": f"c{number}"}, *people[: number % 4])
            )
        ]
        await called(db, Kind.TOUCHPOINTS, rows)

    async def upserts(number: int) -> None:
        rows: list[Given] = [
            {"identities": [one], "familyName": str(number), "source": f"s{number}"} for one in people[::-1]
        ]
        rows[0]["identities"] = [people[-1], {"kind": "COOKIE", "value": f"c{number}"}]
        await called(db, Kind.CUSTOMERS, rows)

    await asyncio.gather(*(deed(number) for number in range(WRITERS) for deed in (touches, upserts)))
    async with db.connection() as tx:
        assert await tx.fetchval("SELECT count(*) FROM customer WHERE merged_into IS NULL") == len(people)
        assert await tx.fetchval("SELECT count(*) FROM touchpoint") == WRITERS * (len(people) + 1)
        assert await tx.fetchval("SELECT count(*) FROM customer_identity") == len(people) + WRITERS
