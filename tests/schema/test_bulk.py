"""Bulk mutations: which way they go, and that the straight way answers what is asked, in the shape it is asked."""

from collections.abc import Callable
from typing import Any

import asyncpg
import orjson
import pytest

from domain.access.principal import OPERATOR
from domain.database import Database
from domain.staged import Moved
from domain.transfer.answering import Recorded
from domain.transfer.calls import record as really
from schema.execution import Answer, Way
from tests.schema.world import ask

PRODUCTS = """
mutation Upsert($input: [ProductInput!]!, $policy: RecordErrorPolicy! = RECORD_GOOD_ROWS) {
  productsUpsert(input: $input, errorPolicy: $policy) {
    results { index status id errors { code message path subjects } }
    created updated duplicates rejected errors { code message path subjects }
  }
}
"""
WAYS: tuple[Way, Way] = ("auto", "standard")
TEA = {"sku": "TEA", "name": "Tea", "price": "2.50"}


async def done(db: Database, text: str, way: Way = "auto", **variables: Any) -> Answer:
    answer = await ask(db, OPERATOR, text, variables, way=way)
    assert answer.code is None, answer.body
    return answer


def failing(raised: Exception, fails: Callable[[], bool]) -> Callable[..., Any]:
    """Recording that does all its work, and then finds that it was in vain, as often as `fails` says so."""

    async def record(*given: Any, **named: Any) -> list[Recorded]:
        told = await really(*given, **named)
        if fails():
            raise raised
        return told

    return record


def data(answer: Answer) -> Any:
    return orjson.loads(answer.body)["data"]


async def test_rows_are_recorded_or_refused_on_their_own(db: Database) -> None:
    rows = [TEA, {"sku": ""}, {"sku": "CUP", "name": "Cup", "colour": "red"}]
    answer = await done(db, PRODUCTS, input=rows)
    assert answer.straight
    told = data(answer)["productsUpsert"]
    assert [one["status"] for one in told["results"]] == ["CREATED", "REJECTED", "REJECTED"]
    assert told["results"][0]["id"].startswith("prd_")
    assert [[fault["path"] for fault in one["errors"]] for one in told["results"]] == [
        [],
        [["input", "1", "sku"]],
        [["input", "2", "colour"]],
    ]
    assert (told["created"], told["rejected"], told["errors"]) == (1, 2, [])


ROWS = "mutation ($r: [ProductInput!]!) "
SHAPES = [
    ROWS + "{ a: productsUpsert(input: $r) { n: created __typename } }",
    ROWS + "{ productsUpsert(input: $r) { rejected } productsUpsert(input: $r) { results { id } } }",
    ROWS + "{ a: productsUpsert(input: $r) { created } b: productsUpsert(input: $r) { duplicates } }",
    """mutation ($r: [ProductInput!]!, $yes: Boolean = true) { ...all @include(if: $yes) }
    fragment all on Mutation {
      productsUpsert(input: $r) { created @skip(if: $yes) ... on RecordsPayload { updated } ...more } }
    fragment more on RecordsPayload { results { ... { s: status } errors { __typename path } } }""",
    ROWS + "{ productsUpsert(input: $r) { created @skip(if: true) } }",
    "mutation ($r: [ProductInput!]!, $no: Boolean!) { productsUpsert(input: $r) @include(if: $no) { created } }",
    ROWS + "{ productsUpsert(errorPolicy: REFUSE_ALL, input: $r) { created rejected } }",
]


@pytest.mark.parametrize("text", SHAPES)
async def test_whatever_is_asked_is_answered_as_by_the_standard_way(db: Database, text: str) -> None:
    variables: dict[str, Any] = {"r": [TEA, {"sku": "", "name": "x"}], "no": False}
    straight = await done(db, text, **variables)
    async with db.transaction() as tx:
        await tx.execute("TRUNCATE product, product_price")
    standard = await done(db, text, "standard", **variables)
    assert (straight.straight, standard.straight) == (True, False)
    assert orjson.dumps(without_ids(data(straight))) == orjson.dumps(without_ids(data(standard)))


def without_ids(told: Any) -> Any:
    if isinstance(told, dict):
        return {key: "id" if key == "id" and held else without_ids(held) for key, held in told.items()}
    return [without_ids(one) for one in told] if isinstance(told, list) else told


OTHERS = [
    (ROWS + "{ productsUpsert(input: $r) { created } __typename }", {"r": [TEA]}),
    ("mutation ($r: ProductInput!) { productsUpsert(input: [$r]) { created } }", {"r": TEA}),
    (ROWS + "{ productsUpsert(input: $r) { created } }", {"r": TEA}),
    ("mutation ($r: [ProductInput!]! = []) { productsUpsert(input: $r) { created } }", {}),
    ('mutation { productsUpsert(input: [{sku: "TEA", name: "Tea"}]) { created } }', {}),
]


@pytest.mark.parametrize(("text", "variables"), OTHERS)
async def test_anything_else_goes_the_standard_way(db: Database, text: str, variables: dict[str, Any]) -> None:
    answer = await done(db, text, **variables)
    assert not answer.straight
    assert data(answer)["productsUpsert"]["created"] == ("$r" not in text or bool(variables))


async def test_other_variables_are_held_to_their_types(db: Database) -> None:
    for given in ({"policy": "PERHAPS"}, {"policy": None}):
        answer = await ask(db, OPERATOR, PRODUCTS, {"input": [TEA], **given})
        assert (answer.executed, answer.code) == (False, "INVALID")
        assert b"policy" in answer.body


@pytest.mark.parametrize("raised", [Moved(), asyncpg.DeadlockDetectedError(), asyncpg.SerializationError()])
@pytest.mark.parametrize("way", WAYS)
async def test_what_another_writer_was_in_the_way_of_is_done_again(
    db: Database, monkeypatch: pytest.MonkeyPatch, raised: Exception, way: Way
) -> None:
    times = iter(range(9))
    record = failing(raised, lambda: next(times) < 3)
    monkeypatch.setattr("schema.records.record", record)
    told = data(await done(db, PRODUCTS, way, input=[TEA]))["productsUpsert"]
    assert (told["created"], next(times)) == (1, 4)
    async with db.connection() as connection:
        assert await connection.fetchval("SELECT count(*) FROM audit_entry") == 1


async def test_who_is_always_in_the_way_is_told_to_send_it_again(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("schema.records.record", failing(Moved(), lambda: True))
    answer = await ask(db, OPERATOR, PRODUCTS, {"input": [TEA]})
    assert (answer.executed, answer.code, answer.unexpected) == (False, "UNAVAILABLE", ())


async def test_what_nobody_expected_undoes_the_whole_request(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    text = ROWS + "{ a: productsUpsert(input: $r) { created } b: productsUpsert(input: $r) { created } }"
    times = iter(range(9))
    monkeypatch.setattr("schema.records.record", failing(RuntimeError("odd"), lambda: next(times) % 2 == 1))
    answers = [await ask(db, OPERATOR, text, {"r": [TEA]}, way=way) for way in WAYS]
    assert [(one.executed, one.code, len(one.unexpected)) for one in answers] == [(True, "INTERNAL", 1)] * 2
    assert answers[0].body == answers[1].body
    async with db.connection() as connection:
        assert await connection.fetchval("SELECT count(*) FROM product") == 0
