"""Bulk mutations: the straight way in and the standard one tell the same, row by row."""

from typing import Any

import orjson

from domain.access.principal import OPERATOR
from domain.database import Database
from schema.execution import Answer
from tests.schema.world import ask

PRODUCTS = """
mutation Upsert($input: [ProductInput!]!, $policy: RecordErrorPolicy! = RECORD_GOOD_ROWS) {
  productsUpsert(input: $input, errorPolicy: $policy) {
    results { index status id errors { code message path subjects } }
    created updated duplicates rejected errors { code message path subjects }
  }
}
"""


async def done(db: Database, text: str, **variables: Any) -> Answer:
    answer = await ask(db, OPERATOR, text, variables)
    assert answer.code is None, answer.body
    return answer


def data(answer: Answer) -> Any:
    return orjson.loads(answer.body)["data"]


async def test_rows_are_recorded_or_refused_on_their_own(db: Database) -> None:
    rows = [{"sku": "A-1", "name": "Tea", "price": "2.50"}, {"sku": ""}, {"sku": "A-2", "name": "Cup", "colour": "red"}]
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
