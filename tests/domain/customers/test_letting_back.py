"""Who was erased stays forgotten, unless an admin alone lets them back with a consent granted since."""

from datetime import datetime, timedelta

import pytest

from domain.database import Database
from domain.errors import ErrorCode
from domain.identity.normalise import Known
from domain.privacy.queries import tombstone_key
from domain.query.asking import Occasion
from domain.settings import Settings
from domain.transfer import Kind
from domain.transfer.answering import Recorded
from domain.transfer.calls import record
from domain.vocabulary import IdentityKind, RecordErrorPolicy, RecordStatus
from tests.support.calling import OCCASION, partner
from tests.support.importing import NOW, Given

MAIL = Known(IdentityKind.EMAIL, "", "ada@example.org")
PHONE = Known(IdentityKind.PHONE, "", "+442079460018")
SINCE = NOW - timedelta(hours=1)


async def say(db: Database, *, alone: bool = True, occasion: Occasion = OCCASION, **more: object) -> Recorded:
    identities = [{"kind": "EMAIL", "value": "Ada@example.org"}, {"kind": "COOKIE", "value": "new"}]
    row: Given = {"identities": identities} | more
    async with db.transaction() as tx:
        settings, policy = await Settings.load(tx), RecordErrorPolicy.RECORD_GOOD_ROWS
        [told] = await record(
            tx, Kind.CUSTOMERS, [row], occasion=occasion, settings=settings, policy=policy, alone=alone
        )
    return told


@pytest.fixture
async def house(db: Database) -> Database:
    """Ada and her telephone were erased two hours ago."""
    keys = [tombstone_key(OCCASION.keys.tombstones, known) for known in (MAIL, PHONE)]
    async with db.transaction() as tx:
        await tx.executemany("INSERT INTO tombstone VALUES ($1, $2)", [(key, NOW - timedelta(hours=2)) for key in keys])
    return db


def granted(at: datetime, status: str = "GRANTED") -> list[Given]:
    return [{"channel": "EMAIL", "status": status, "recordedAt": at.isoformat()}]


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"consents": granted(NOW - timedelta(hours=3))},
        {"consents": granted(SINCE, "DENIED")},
        {"consents": [{"channel": "EMAIL", "status": "GRANTED"}]},
        {"alone": False, "consents": granted(SINCE)},
        {"occasion": partner("till"), "consents": granted(SINCE)},
    ],
    ids=["nothing", "before", "denied", "undated", "in bulk", "by a partner"],
)
async def test_they_stay_forgotten(house: Database, said: dict[str, object]) -> None:
    told = await say(house, **said)  # type: ignore[arg-type]
    assert told.status is RecordStatus.REJECTED
    [fault] = told.faults
    assert (fault.code, fault.path) == (ErrorCode.ERASED, ("identities", "0", "value"))
    async with house.connection() as tx:
        assert await tx.fetchval("SELECT count(*) FROM customer") == 0
        assert await tx.fetchval("SELECT count(*) FROM tombstone") == 2


async def test_a_consent_granted_since_lets_them_back_as_somebody_new(house: Database) -> None:
    assert (await say(house, consents=granted(SINCE))).status is RecordStatus.CREATED
    async with house.connection() as tx:
        assert await tx.fetchval("SELECT count(*) FROM tombstone") == 1
    assert (await say(house, alone=False)).status is RecordStatus.DUPLICATE
