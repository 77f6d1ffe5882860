"""The ready segments: each can be read, is worded, and is saved once."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from domain.access.principal import OPERATOR
from domain.customers.entities.customer import CUSTOMER
from domain.database import Database
from domain.demo import save_segments
from domain.demo.segments import READY, Ready
from domain.query.asking import Asked, Keys, Occasion
from domain.query.filters import FilterReader
from domain.segments.rule import kept, thawed

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)


def test_there_are_eight_at_least_and_no_key_twice() -> None:
    assert len({ready.key for ready in READY}) == len(READY) >= 8


@pytest.mark.parametrize("ready", READY, ids=lambda ready: ready.key)
def test_its_rule_is_one_that_can_be_asked(ready: Ready) -> None:
    asked = Asked(Occasion(OPERATOR, NOW, ZoneInfo("UTC"), Keys(b"", b"")))
    FilterReader(asked, CUSTOMER).read(thawed(kept(ready.where)))


async def test_they_are_saved_once_and_a_job_finds_who_is_in_them(database_url: str) -> None:
    db = Database(database_url)
    try:
        assert await save_segments(db, NOW) is not None
        assert await save_segments(db, NOW) is None
        async with db.connection() as tx:
            rows = await tx.fetch("SELECT s.key, v.definition FROM segment s JOIN segment_version v USING (segment_id)")
    finally:
        await db.close()
    assert sorted(row["key"] for row in rows) == sorted(ready.key for ready in READY)
    assert all(row["definition"] for row in rows)
