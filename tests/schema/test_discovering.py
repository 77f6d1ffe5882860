"""Groups asked for over GraphQL, and what is said of a segment that is not there."""

from typing import Any

import orjson
import pytest

from domain.access.principal import Principal
from domain.database import Database
from domain.vocabulary import Role
from schema.execution import Answer, Way
from tests.schema.world import ask

_MARKETER = Principal("writer", Role.MARKETER)
_DISCOVER = """mutation ($input: SegmentsDiscoverInput!) { segmentsDiscover(input: $input) {
  job { kind status arguments } errors { code message path } } }"""
_OVERLAP = """query ($with: ID!) { segments { nodes { key overlap(with: $with) { both onlyThis onlyOther } } } }"""


async def _told(db: Database, said: dict[str, Any]) -> Any:
    answer = await ask(db, _MARKETER, _DISCOVER, {"input": said})
    assert answer.code is None, answer.body
    return orjson.loads(answer.body)["data"]["segmentsDiscover"]


async def test_a_marketer_has_groups_looked_for(db: Database) -> None:
    where = {"createdAt": {"within": "P1Y"}, "country": {"in": ["GB", "DE"]}}
    told = await _told(db, {"keyPrefix": "habit", "segments": 3, "where": where})
    assert told["errors"] == []
    assert (told["job"]["kind"], told["job"]["status"]) == ("DISCOVER_SEGMENTS", "QUEUED")
    assert told["job"]["arguments"]["keyPrefix"] == "habit"
    assert told["job"]["arguments"]["where"]["country"] == where["country"]


async def test_what_is_wrong_with_the_wish_is_told_in_words(db: Database) -> None:
    told = await _told(db, {"keyPrefix": "Our habits", "segments": 40})
    assert told["job"] is None
    assert [(fault["code"], fault["path"]) for fault in told["errors"]] == [
        ("INVALID", ["input", "keyPrefix"]),
        ("OUT_OF_RANGE", ["input", "segments"]),
    ]
    personal = await _told(db, {"keyPrefix": "habit", "where": {"postalCode": {"eq": "E1"}}})
    assert [(fault["code"], fault["path"][:2]) for fault in personal["errors"]] == [("NOT_ALLOWED", ["input", "where"])]
    nothing = await _told(db, {"keyPrefix": "habit", "where": None})
    assert [fault["path"] for fault in nothing["errors"]] == [["input", "where"]]


async def test_an_analyst_may_not(db: Database) -> None:
    answer = await ask(db, Principal("a", Role.ANALYST), _DISCOVER, {"input": {"keyPrefix": "habit"}})
    assert answer.code == "NOT_ALLOWED"


@pytest.mark.parametrize("way", ["auto", "standard"])
async def test_nothing_is_in_common_with_a_segment_that_is_not_there_which_is_said(db: Database, way: Way) -> None:
    make = 'mutation { segmentCreate(input: {name: "Guests", kind: STATIC}) { segment { id } } }'
    [made] = orjson.loads((await ask(db, _MARKETER, make)).body)["data"]["segmentCreate"].values()
    answer: Answer = await ask(db, _MARKETER, _OVERLAP, {"with": "seg_" + "0" * 32}, way=way)
    [error] = orjson.loads(answer.body)["errors"]
    assert (error["message"], error["extensions"]["code"]) == ("with names no segment", "NOT_FOUND")
    assert error["extensions"]["path"] == ["with"]
    itself = await ask(db, _MARKETER, _OVERLAP, {"with": made["id"]}, way=way)
    told = orjson.loads(itself.body)["data"]["segments"]["nodes"]
    assert told == [{"key": "guests", "overlap": {"both": 0, "onlyThis": 0, "onlyOther": 0}}]
