"""Secrets in answers are told once: what is kept for a replay has null in their place."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import orjson
import pytest
import strawberry
from graphql import OperationDefinitionNode, parse, validate
from strawberry import Info

from domain.access.principal import OPERATOR
from domain.audit import Did
from domain.database import Database, Tx
from domain.idempotency import Once
from schema import execution
from schema.context import Context
from schema.deeds import deed
from schema.execution import Answer, Prepared, execute
from schema.fields import secret
from tests.schema.world import context

CUSTOMER = UUID(int=7)


@strawberry.type
class Made:
    name: str

    @secret("Shown once.")
    def shown(self) -> str | None:
        return f"whsec_{self.name}"

    @secret("Shown once, too.")
    async def later(self) -> str | None:
        return f"rap_{self.name}"


@strawberry.type
class Query:
    nothing: str | None = None


@strawberry.type
class Mutation:
    @strawberry.field
    async def make(self, info: Info[Context, None], names: list[str]) -> list[Made]:
        async def act(tx: Tx) -> Did:
            await tx.execute("INSERT INTO tombstone (tombstone_key, erased_at) VALUES (gen_random_uuid(), now())")
            return Did(key=CUSTOMER, customer=CUSTOMER)

        await deed(info.context, "make", act)
        return [Made(name=name) for name in names]


SCHEMA = strawberry.Schema(Query, Mutation)._schema
TEXT = 'mutation { a: make(names: ["x", "y"]) { name shown later } b: make(names: ["z"]) { name } }'


async def ask(db: Database, once: Once) -> Answer:
    document = parse(TEXT)
    assert validate(SCHEMA, document) == []
    [operation] = document.definitions
    assert isinstance(operation, OperationDefinitionNode)
    return await execute(Prepared(document, operation), None, replace(context(db, OPERATOR), once=once))


async def test_secrets_are_told_once(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(execution, "graphql_schema", SCHEMA)
    once = Once(UUID(int=1), b"h" * 32, b"k" * 32)
    first, second = await ask(db, once), await ask(db, once)
    assert (first.replayed, second.replayed) == (False, True)
    assert told(first) == {
        "a": [{"name": "x", "shown": "whsec_x", "later": "rap_x"}, {"name": "y", "shown": "whsec_y", "later": "rap_y"}],
        "b": [{"name": "z"}],
    }
    assert told(second) == {
        "a": [{"name": "x", "shown": None, "later": None}, {"name": "y", "shown": None, "later": None}],
        "b": [{"name": "z"}],
    }
    async with db.connection() as connection:
        assert await connection.fetchval("SELECT count(*) FROM tombstone") == 2
        assert await connection.fetchval("SELECT customers FROM idempotency_key") == [CUSTOMER]


def told(answer: Answer) -> Any:
    return orjson.loads(answer.body)["data"]
