"""Segments over GraphQL: generated rules have the members that the same filter lists, live and after edits."""

from collections.abc import Iterator
from random import Random

import pytest

from domain.segments.commands_forgetting import forget_values
from tests.schema.ruled import CREATE, RuleDesk
from tests.support import keeper

_MEMBERS = "query ($id: ID) { segment(id: $id) { memberCount members(first: 250) { nodes { id } } } }"


@pytest.fixture(scope="module")
def desk() -> Iterator[RuleDesk]:
    made = RuleDesk(keeper.ask("database"))
    yield made
    made.close()


def test_generated_rules_have_the_members_that_the_same_filter_lists(desk: RuleDesk) -> None:
    desk.look_at_everybody()
    rules = desk.rules(Random(5), 60)
    assert sum(bool(rule.listed) for rule in rules.values()) > 15
    for id_, rule in rules.items():
        found = desk.ask(_MEMBERS, {"id": id_})["data"]["segment"]
        assert {node["id"] for node in found["members"]["nodes"]} == rule.listed, rule.where
        assert found["memberCount"] == len(rule.listed)


def test_an_erased_person_is_in_no_rule(desk: RuleDesk) -> None:
    made = desk.ask(CREATE, {"input": {"name": "One", "where": {"email": {"eq": "ada.0@example.org"}}}})
    assert made["data"]["segmentCreate"]["segment"]["definition"] == "e-mail address is “ada.0@example.org”"
    desk.runner.run(_forget(desk, "ada.0@example.org"))
    told = desk.ask('{ segment(key: "one") { where definition } }', {})["data"]["segment"]
    assert told == {"where": {"email": {"eq": "(erased)"}}, "definition": "e-mail address is “(erased)”"}


async def _forget(desk: RuleDesk, value: str) -> None:
    async with desk.db.transaction() as tx:
        await forget_values(tx, [value])
