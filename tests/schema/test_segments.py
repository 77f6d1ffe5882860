"""Segments over GraphQL: generated rules have the members that the same filter lists, live and after edits."""

import asyncio
from collections.abc import Iterator
from random import Random
from typing import Any, cast
from zoneinfo import ZoneInfo

import orjson
import pytest
from graphql import GraphQLInputObjectType

from domain.access.principal import OPERATOR
from domain.database import Database
from domain.query.asking import Occasion
from domain.segments.commands_forgetting import forget_values
from schema.root import graphql_schema
from tests.domain.segments.looking import look_at_everybody
from tests.schema.arguments import NOW, Pool, value_of
from tests.schema.world import CALLERS, KEYS, ask, build
from tests.support import keeper

_LIST = "query ($where: CustomerFilter) { customers(first: 250, where: $where) { nodes { id } } }"
_CREATE = (
    "mutation ($input: SegmentInput!) { segmentCreate(input: $input)"
    " { segment { id key definition memberCount } errors { code message path } } }"
)
_MEMBERS = "query ($id: ID) { segment(id: $id) { memberCount members(first: 250) { nodes { id } } } }"


GONE = "0190a1b2c3d47e5f8a9b000000000004"
"""The segment that is put away."""


class Desk:
    def __init__(self, url: str) -> None:
        self.runner = asyncio.Runner()
        self.pool: Pool = self.runner.run(build(url)).pool
        self.db = Database(url, size=2)

    def ask(self, text: str, variables: dict[str, Any]) -> dict[str, Any]:
        answer = self.runner.run(ask(self.db, CALLERS[0], text, variables))
        return cast("dict[str, Any]", orjson.loads(answer.body))

    def look_at_everybody(self) -> None:
        self.runner.run(self._look())

    async def _look(self) -> None:
        async with self.db.transaction() as tx:
            await look_at_everybody(tx, Occasion(OPERATOR, NOW, ZoneInfo("Europe/Berlin"), KEYS))


@pytest.fixture(scope="module")
def desk() -> Iterator[Desk]:
    made = Desk(keeper.ask("database"))
    yield made
    made.runner.run(made.db.close())
    made.runner.close()


def test_generated_rules_have_the_members_that_the_same_filter_lists(desk: Desk) -> None:
    rng = Random(5)
    type_ = cast("GraphQLInputObjectType", graphql_schema.get_type("CustomerFilter"))
    desk.look_at_everybody()
    expected: dict[str, set[str]] = {}
    rules: dict[str, object] = {}
    while len(expected) < 60:
        where = value_of(rng, desk.pool, "customer", type_)
        if "seg_0000" in str(where) or f"seg_{GONE}" in str(where):
            continue
        listed = desk.ask(_LIST, {"where": where})
        if "errors" in listed:
            continue
        answer = desk.ask(_CREATE, {"input": {"name": f"Rule {len(expected)}", "where": where}})
        assert "errors" not in answer, (where, answer)
        made = answer["data"]["segmentCreate"]
        assert made["errors"] == [], (where, made["errors"])
        assert made["segment"]["definition"]
        rules[made["segment"]["id"]] = where
        expected[made["segment"]["id"]] = {node["id"] for node in listed["data"]["customers"]["nodes"]}
    desk.look_at_everybody()
    assert sum(map(bool, expected.values())) > 15
    for id_, members in expected.items():
        found = desk.ask(_MEMBERS, {"id": id_})["data"]["segment"]
        assert {node["id"] for node in found["members"]["nodes"]} == members, rules[id_]
        assert found["memberCount"] == len(members)


def test_an_erased_person_is_in_no_rule(desk: Desk) -> None:
    made = desk.ask(_CREATE, {"input": {"name": "One", "where": {"email": {"eq": "ada.0@example.org"}}}})
    assert made["data"]["segmentCreate"]["segment"]["definition"] == "e-mail address is “ada.0@example.org”"
    desk.runner.run(_forget(desk, "ada.0@example.org"))
    told = desk.ask('{ segment(key: "one") { where definition } }', {})["data"]["segment"]
    assert told == {"where": {"email": {"eq": "(erased)"}}, "definition": "e-mail address is “(erased)”"}


async def _forget(desk: Desk, value: str) -> None:
    async with desk.db.transaction() as tx:
        await forget_values(tx, [value])
