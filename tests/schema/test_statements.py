"""One question is one statement, whichever way it is answered and however deep it goes."""

import asyncio
from typing import Any

import pytest

from domain.access.principal import OPERATOR
from domain.database import Database
from tests.schema.world import World, ask

DEEP = """{
  viewer { name }
  customers(first: 3, orderBy: [{field: REVENUE}]) {
    totalCount
    edges { cursor node {
      id displayName identities { value } lifetimeValue { total model { family holdout { until } } } ranks { of }
      recent: orders(first: 2) { nodes { total lines { product { sku } }
        returns { lines { quantity } } payments { amount } } }
      early: orders(last: 1) { nodes { orderedAt } }
      touchpoints(first: 2) { nodes { kind order { customer { id } } product { name } } }
      nextActions { strategy product { name } } offerAffinities { offer } channelPreferences { channel }
      profitability(over: {last: "P1Y"}) { profit margin }
      purchasing { categories { category } products(first: 2) { units } }
    } }
    pageInfo { endCursor }
  }
  products(first: 2) { nodes { name } }
  jobs(first: 2) { nodes { kind } }
  valueModels { parameters }
}"""


@pytest.mark.parametrize(
    ("text", "statements"),
    [
        (DEEP, 1),
        ("{ __schema { queryType { name } } jobs { totalCount } }", 1),
        ("{ __schema { queryType { name } } }", 0),
    ],
)
@pytest.mark.parametrize("way", ["auto", "standard"])
async def test_a_question_is_one_statement(world: World, text: str, statements: int, way: Any) -> None:
    db, sent = Database(world.url, size=1), []
    async with db.connection() as connection:
        connection.add_query_logger(lambda record: sent.append(record.query))
    answer = await ask(db, OPERATOR, text, way=way)
    await asyncio.sleep(0)
    assert answer.code is None, answer.body
    assert len(sent) == statements
    await db.close()
