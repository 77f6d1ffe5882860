"""Generated rules, saved as segments of the world and built, beside whom the same filter lists."""

import asyncio
from dataclasses import dataclass
from random import Random
from typing import Any, Final, cast
from zoneinfo import ZoneInfo

import orjson
from graphql import GraphQLInputObjectType

from domain.access.principal import OPERATOR
from domain.database import Database
from domain.query.asking import Occasion
from schema.root import graphql_schema
from tests.domain.segments.looking import look_at_everybody
from tests.schema.arguments import NOW, Pool, value_of
from tests.schema.world import CALLERS, KEYS, ask, build

ZONE: Final = ZoneInfo("Europe/Berlin")
OCCASION: Final = Occasion(OPERATOR, NOW, ZONE, KEYS)
CREATE: Final = (
    "mutation ($input: SegmentInput!) { segmentCreate(input: $input)"
    " { segment { id key definition memberCount } errors { code message path } } }"
)
_LIST: Final = "query ($where: CustomerFilter) { customers(first: 250, where: $where) { nodes { id } } }"
_NOT_NAMED: Final = ("seg_0000", "seg_0190a1b2c3d47e5f8a9b000000000004")
"""Segments that are not there, and the one that is put away: a rule may not name them."""


@dataclass(frozen=True, slots=True)
class Ruled:
    """What a rule is, and the ids of the customers whom the same filter lists."""

    where: Any
    listed: set[str]


class RuleDesk:
    def __init__(self, url: str) -> None:
        self.runner = asyncio.Runner()
        self.pool: Pool = self.runner.run(build(url)).pool
        self.db = Database(url, size=2)

    def close(self) -> None:
        self.runner.run(self.db.close())
        self.runner.close()

    def ask(self, text: str, variables: dict[str, Any] | None = None) -> dict[str, Any]:
        answer = self.runner.run(ask(self.db, CALLERS[0], text, variables))
        return cast("dict[str, Any]", orjson.loads(answer.body))

    def look_at_everybody(self) -> None:
        self.runner.run(self._look())

    async def _look(self) -> None:
        async with self.db.transaction() as tx:
            await look_at_everybody(tx, OCCASION)

    def rules(self, rng: Random, many: int) -> dict[str, Ruled]:
        """By their segments' ids."""
        type_ = cast("GraphQLInputObjectType", graphql_schema.get_type("CustomerFilter"))
        found: dict[str, Ruled] = {}
        while len(found) < many:
            where = value_of(rng, self.pool, "customer", type_)
            if any(name in str(where) for name in _NOT_NAMED):
                continue
            listed = self.ask(_LIST, {"where": where})
            if "errors" in listed:
                continue
            answer = self.ask(CREATE, {"input": {"name": f"Rule {len(found)}", "where": where}})
            assert "errors" not in answer, (where, answer)
            made = answer["data"]["segmentCreate"]
            assert made["errors"] == [], (where, made["errors"])
            assert made["segment"]["definition"]
            found[made["segment"]["id"]] = Ruled(where, {node["id"] for node in listed["data"]["customers"]["nodes"]})
        self.look_at_everybody()
        return found
