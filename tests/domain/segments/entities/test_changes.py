"""Changes are told page by page, each once, however many happened at the same instant."""

from datetime import timedelta
from typing import Any

import pytest

from domain.ids import Prefix, to_public
from tests.domain.query.conftest import house
from tests.domain.query.world import NOW, House
from tests.domain.segments.traits.test_traits import member, segment

__all__ = ["house"]

_LIST = "(first: $first, after: $after) { nodes { entered at customer { id } segment { key } } pageInfo { endCursor } }"
_OF_SEGMENT = f'query ($first: Int, $after: String) {{ segment(key: "s1") {{ found: changes{_LIST} }} }}'
_ASKED = "query ($id: ID!, $first: Int, $after: String)"
_OF_CUSTOMER = f"{_ASKED} {{ customer(id: $id) {{ found: segmentChanges{_LIST} }} }}"


async def _paged(house: House, text: str, first: int, **said: Any) -> list[tuple[bool, str, str, str]]:
    found, after = list[tuple[bool, str, str, str]](), None
    while True:
        answer = await house.ask(text, {"first": first, "after": after, **said})
        [page] = [one["found"] for one in answer.values()]
        if not page["nodes"]:
            return found
        found += [(one["entered"], one["at"], one["customer"]["id"], one["segment"]["key"]) for one in page["nodes"]]
        after = page["pageInfo"]["endCursor"]


@pytest.mark.parametrize("first", [1, 2, 3, 100])
async def test_of_one_instant_each_is_told_once(house: House, first: int) -> None:
    people = [await house.customer(None) for _ in range(5)]
    ids = [await segment(house, number, members=5) for number in (1, 2)]
    for who in people:
        await member(house, who, [1, 2])
        for id_ in ids:
            # Out at the very instant at which the others came, and in again now.
            for entered, left in ((9, 7), (7, 5)):
                await house.row(
                    "segment_stay", customer_id=who, segment_id=id_, entered_at=NOW - timedelta(days=entered),
                    left_at=NOW - timedelta(days=left), entered_cause="DATA_CHANGED", left_cause="DATA_CHANGED",
                )  # fmt: skip
    told = await _paged(house, _OF_SEGMENT, first)
    assert len(told) == len(set(told)) == 5 * 5
    assert [at for _, at, _, _ in told] == sorted((at for _, at, _, _ in told), reverse=True)
    theirs = await _paged(house, _OF_CUSTOMER, first, id=to_public(Prefix.CUSTOMER, people[0]))
    assert len(theirs) == len(set(theirs)) == 2 * 5
