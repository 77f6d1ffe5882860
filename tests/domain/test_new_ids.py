"""New ids are UUIDs of version 7, of their moment, and no two alike, be they few or many."""

import uuid
from datetime import UTC, datetime

import pytest

from domain.ids import new_ids

NOW = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)


@pytest.mark.parametrize("count", [0, 1, 99, 100, 3_000])
def test_ids_are_of_their_moment_and_all_different(count: int) -> None:
    made = [uuid.UUID(bytes=id_.bytes) for id_ in new_ids(NOW, count)]
    assert len(set(made)) == count
    assert all(id_.version == 7 and id_.variant == uuid.RFC_4122 for id_ in made)
    assert all(id_.int >> 80 == int(NOW.timestamp() * 1000) for id_ in made)


@pytest.mark.parametrize("count", [99, 3_000])
def test_all_that_may_be_chance_is(count: int) -> None:
    ids = [id_.int for id_ in new_ids(NOW, count)]
    seen_one = seen_none = 0
    for id_ in ids:
        seen_one, seen_none = seen_one | id_, seen_none | ~id_
    chance = (1 << 80) - 1 & ~(0xF << 76) & ~(3 << 62)
    assert seen_one & seen_none & ((1 << 128) - 1) == chance
