"""What two segments have in common equals counting in Python."""

from random import Random

import pytest

from domain.errors import QuestionRefused
from domain.ids import Prefix, to_public
from tests.domain.query.conftest import house
from tests.domain.query.world import MASKED, NOW, House
from tests.domain.segments.traits.test_traits import member, segment

__all__ = ["house"]

_COUNTS = "{ both onlyThis onlyOther }"
_OVERLAP = f"query ($with: ID!) {{ segments {{ nodes {{ key overlap(with: $with) {_COUNTS} }} }} }}"


async def test_what_segments_have_in_common_equals_counting(house: House) -> None:
    rng, members = Random(7), {number: set[int]() for number in (1, 2, 3, 4)}
    for n in range(50):
        inside = [number for number in (1, 2, 3) if rng.random() < 0.2 * number]
        await member(house, await house.customer(None), inside)
        for number in inside:
            members[number].add(n)
    ids = {n: await segment(house, n, members=len(members[n]), archived_at=NOW if n == 3 else None) for n in members}
    for other in members:
        told = await house.ask(_OVERLAP, {"with": to_public(Prefix.SEGMENT, ids[other])})
        for one in told["segments"]["nodes"]:
            mine = members[int(one["key"][1:])]
            assert one["overlap"] == {
                "both": len(mine & members[other]),
                "onlyThis": len(mine - members[other]),
                "onlyOther": len(members[other] - mine),
            }


async def test_no_part_is_told_below_nobody_where_members_are_counted_a_little_later(house: House) -> None:
    await segment(house, 1, members=1)
    other = await segment(house, 2, members=0)
    for _ in range(3):
        await member(house, await house.customer(None), [1, 2])
    text = f'{{ segment(key: "s1") {{ overlap(with: "{to_public(Prefix.SEGMENT, other)}") {_COUNTS} }} }}'
    assert (await house.ask(text))["segment"]["overlap"] == {"both": 3, "onlyThis": 0, "onlyOther": 0}


async def test_a_segment_that_is_not_there_has_nothing_in_common_but_is_refused(house: House) -> None:
    await segment(house, 1)
    with pytest.raises(QuestionRefused, match="with names no segment") as refused:
        await house.ask(_OVERLAP, {"with": "seg_" + "0" * 32})
    assert (refused.value.code, refused.value.path) == ("NOT_FOUND", ("with",))
    with pytest.raises(QuestionRefused, match="is no id"):
        await house.ask(_OVERLAP, {"with": "cus_" + "0" * 32})


@pytest.mark.parametrize(
    ("mine", "theirs", "shared", "told"),
    [
        (range(40), range(20, 60), 20, (20, 20, 20)),
        (range(40), range(38, 60), 2, (5, 35, 17)),
        (range(40), range(1, 40), 39, (34, 6, 5)),
        (range(3), range(3), 3, (5, 5, 5)),
    ],
)
async def test_nor_is_a_small_part_told_that_they_have_in_common(
    house: House, mine: range, theirs: range, shared: int, told: tuple[int, int, int]
) -> None:
    await segment(house, 1, members=len(mine))
    other = await segment(house, 2, members=len(theirs), personal=True)
    for n in range(60):
        await member(house, await house.customer(None), [1] * (n in mine) + [2] * (n in theirs))
    text = f'{{ segment(key: "s1") {{ overlap(with: "{to_public(Prefix.SEGMENT, other)}") {_COUNTS} }} }}'
    exact = (await house.ask(text))["segment"]["overlap"]
    assert tuple(exact.values()) == (shared, len(mine) - shared, len(theirs) - shared)
    assert tuple((await house.ask(text, caller=MASKED))["segment"]["overlap"].values()) == told
