"""Previews over GraphQL: whom the list shows, whoever asks; and what is refused before anything is counted."""

from functools import partial
from random import Random
from typing import Any, cast

import orjson
import pytest
from graphql import GraphQLInputObjectType

from domain.access.principal import Principal
from domain.segments.previews.queries_steps import Budget, stepping
from domain.vocabulary import Role
from schema import segment_preview
from schema.execution import Answer
from schema.root import graphql_schema
from tests.schema.arguments import value_of
from tests.schema.desk import Desk
from tests.schema.world import CALLERS, STAFF, ask

_PREVIEW = (
    "query ($where: CustomerFilter!, $sample: Int) { segmentPreview(where: $where, sample: $sample)"
    " { count exact marginOfError shareOfCustomers asOf definition sample { id } } }"
)
_LISTED = "seg_0190a1b2c3d47e5f8a9b000000000003"
NOBODYS = f'"seg_{"0" * 32}"'
_LIST = "query ($where: CustomerFilter) { customers(first: 250, where: $where) { nodes { id } totalCount } }"


def _asked(desk: Desk, caller: Principal, text: str, **variables: object) -> dict[str, Any]:
    answer = desk.runner.run(ask(desk.db, caller, text, variables))
    assert answer.unexpected == (), answer.unexpected
    return cast("dict[str, Any]", orjson.loads(answer.body))


def test_generated_rules_hold_for_those_whom_the_list_shows(desk: Desk) -> None:
    rng, told = Random(11), 0
    type_ = cast("GraphQLInputObjectType", graphql_schema.get_type("CustomerFilter"))
    everybody = _asked(desk, CALLERS[0], _LIST)["data"]["customers"]["totalCount"]
    for number in range(50):
        caller = STAFF[number % len(STAFF)]
        where = value_of(rng, desk.pool, "customer", type_)
        listed = _asked(desk, caller, _LIST, where=where)
        answer = _asked(desk, caller, _PREVIEW, where=where, sample=4)
        if "errors" in listed:
            assert answer["errors"][0]["extensions"]["code"] == listed["errors"][0]["extensions"]["code"], where
            continue
        if "errors" in answer:
            assert answer["errors"][0]["extensions"]["code"] == "NOT_FOUND", (where, answer)
            continue
        found, ids = answer["data"]["segmentPreview"], [one["id"] for one in listed["data"]["customers"]["nodes"]]
        assert (found["count"], found["exact"], found["marginOfError"]) == (len(ids), True, None), where
        assert found["shareOfCustomers"] == pytest.approx(len(ids) / everybody)
        assert {one["id"] for one in found["sample"]} <= set(ids)
        assert len(found["sample"]) == min(4, len(ids))
        told += bool(ids)
    assert told > 12


def test_any_field_of_the_customers_that_are_shown_can_be_asked(desk: Desk) -> None:
    text = (
        "{ segmentPreview(where: {}, sample: 3) { a: sample { id email orders(first: 1) { nodes { id } } }"
        " b: sample { __typename id } ...F } } fragment F on SegmentPreview { b: sample { createdAt } }"
    )
    told = _asked(desk, CALLERS[3], text)["data"]["segmentPreview"]
    assert [one["id"] for one in told["a"]] == [one["id"] for one in told["b"]]
    assert {one["email"] for one in told["a"]} <= {"***", None}
    assert all(list(one) == ["__typename", "id", "createdAt"] for one in told["b"])


def test_what_is_left_out_of_the_question_is_not_worked_for(desk: Desk) -> None:
    told = _asked(desk, CALLERS[0], "{ segmentPreview(where: {}) { definition sample { id } } }")["data"]
    assert told["segmentPreview"]["definition"] == "everybody"
    assert len(told["segmentPreview"]["sample"]) == 5


@pytest.mark.parametrize(
    ("inside", "code", "path"),
    [
        ('where: {email: {eq: "a"}}', "NOT_ALLOWED", ["email"]),
        (f"where: {{all: [{{}}, {{inSegment: [{NOBODYS}]}}]}}", "NOT_FOUND", ["where", "all", "1", "inSegment", "0"]),
        ('where: {inSegment: ["x"]}', "INVALID", ["where", "inSegment", "0"]),
        ("where: {}, sample: 51", "INVALID", ["sample"]),
        ("where: {}, sample: -1", "INVALID", ["sample"]),
        ("where: {country: null}", "INVALID", ["where", "country"]),
    ],
)
def test_what_cannot_be_asked_is_refused_where_it_stands(desk: Desk, inside: str, code: str, path: list[str]) -> None:
    reader = Principal("reader", Role.ANALYST)
    [error] = _asked(desk, reader, f"{{ segmentPreview({inside}) {{ count }} }}")["errors"]
    assert (error["extensions"]["code"], error["extensions"]["path"]) == (code, path)


def test_what_has_to_wait_is_too_late_and_nobody_superseded_it(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether a segment is veiled is asked of its rules, which are locked here."""
    hasty = partial(stepping, budget=Budget(exact=0.2, samples=((20, 0.3),), whole=0.4))

    async def asked() -> Answer:
        async with desk.db.transaction() as other:
            await other.execute("LOCK TABLE segment_version IN ACCESS EXCLUSIVE MODE")
            return await ask(desk.db, Principal("reader", Role.ANALYST), _PREVIEW, {"where": {"inSegment": [_LISTED]}})

    with monkeypatch.context() as patience:  # of a busy machine nobody knows how long an answer takes
        patience.setattr(segment_preview, "stepping", hasty)
        assert desk.runner.run(asked()).code == "TIMEOUT"
    for caller in STAFF:
        assert "errors" not in _asked(desk, caller, _PREVIEW, where={"inSegment": [_LISTED]})


def test_what_is_shown_is_priced_like_any_list(desk: Desk) -> None:
    text = "{ segmentPreview(where: {}, sample: 50) { sample { touchpoints(first: 250) { nodes { id } } } } }"
    [error] = _asked(desk, CALLERS[0], text)["errors"]
    assert error["extensions"]["code"] == "TOO_COSTLY"


def test_a_request_previews_one_rule(desk: Desk) -> None:
    text = "{ a: segmentPreview(where: {}) { count } b: segmentPreview(where: {}) { count } }"
    answer = _asked(desk, CALLERS[0], text)
    assert answer["errors"][0]["extensions"]["code"] == "TOO_COSTLY"
    assert "data" not in answer


def test_partners_preview_nothing(desk: Desk) -> None:
    answer = _asked(desk, CALLERS[4], "{ segmentPreview(where: {}) { count } }")
    assert answer["errors"][0]["extensions"]["code"] == "NOT_ALLOWED"
