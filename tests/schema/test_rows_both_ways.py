"""The same rows, the straight way in and the standard one: the same results, errors and records, up to ids."""

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.access.principal import OPERATOR, Principal
from domain.database import Database, Tx
from domain.tables import metadata
from domain.vocabulary import RecordErrorPolicy, Role
from schema.bulk import BULK
from schema.execution import Way
from schema.root import graphql_schema
from tests.schema.generated_rows import rows
from tests.schema.world import ask
from tests.support import keeper
from tests.support.generating import UNSHRUNK

FEW = settings(UNSHRUNK, max_examples=15)
MANY = settings(FEW, max_examples=600)
POLICIES = (*[RecordErrorPolicy.RECORD_GOOD_ROWS] * 3, RecordErrorPolicy.REFUSE_ALL)
TILL = Principal("till", Role.PARTNER, source="till")
TEXT = """mutation Do($rows: [%s!]!, $policy: RecordErrorPolicy!) { told: %s(input: $rows, errorPolicy: $policy) {
  created updated duplicates rejected errors { code message path subjects }
  results { index status id errors { ...why } kind: __typename } } }
fragment why on UserError { code path subjects }"""
_ID = re.compile(r"\b[a-z]{2,3}_([0-9a-f]{32})\b")
COLUMNS = """
SELECT table_name, string_agg(quote_ident(column_name), ', ' ORDER BY ordinal_position) FROM information_schema.columns
WHERE table_schema = 'public' AND table_name = ANY ($1::text[]) AND udt_name NOT IN ('uuid', '_uuid', 'bytea')
  AND column_name <> 'bucket'
GROUP BY table_name
"""
WORLD = (
    ("productsUpsert", "ProductInput", [{"sku": "TEA", "name": "Tea", "unitCost": "1"}, {"sku": "POT", "name": "Pot"}]),
    (
        "customersUpsert",
        "CustomerUpsertInput",
        [
            {"identities": [{"kind": "EMAIL", "value": f"{name}@example.org"}], "displayName": name, "source": "shop"}
            for name in ("ada", "bob")
        ],
    ),
    (
        "ordersRecord",
        "OrderInput",
        [
            {
                "customer": {"identity": {"kind": "EMAIL", "value": "ada@example.org"}},
                "source": source,
                "externalId": "O-1",
                "orderedAt": "2026-02-01T00:00:00Z",
                "channel": "WEB",
                "lines": [{"sku": "TEA", "quantity": 9, "unitPrice": "4"}],
            }
            for source in ("shop", "till")
        ],
    ),
)


class Undoing(Database):
    """Every transaction ends undone; what it left is looked at before."""

    question = ""
    left: dict[str, list[str]] | None = None

    @asynccontextmanager
    async def transaction(self, *, read_only: bool = False) -> AsyncIterator[Tx]:
        async with self.connection() as connection:
            transaction = connection.transaction()
            await transaction.start()
            try:
                yield connection
                self.left = await records(connection, self.question)
            finally:
                await transaction.rollback()


async def records(tx: Tx, text: str) -> dict[str, list[str]]:
    """All that is stored, without ids and what is drawn by lot."""
    found: dict[str, list[str]] = {}
    for name, row in await tx.fetch(text):
        found.setdefault(name, []).append(_ID.sub("id", row))
    return {name: sorted(told) for name, told in found.items()}


async def everything(db: Database) -> str:
    """The one question for all rows of all tables."""
    async with db.connection() as connection:
        tables = await connection.fetch(COLUMNS, list(metadata.tables))
    return " UNION ALL ".join(
        f"SELECT '{name}', to_jsonb(t)::text FROM (SELECT {columns} FROM {name}) t" for name, columns in tables
    )


@dataclass(slots=True)
class Desk:
    """One loop with a small world, kept for all examples of a test."""

    runner: asyncio.Runner
    db: Undoing
    ids: tuple[str, ...]
    seen: Counter[str] = field(default_factory=Counter)

    def told(
        self, mutation: str, given: list[Any], caller: Principal, policy: RecordErrorPolicy, way: Way
    ) -> tuple[str, dict[str, list[str]]]:
        type_ = type_of(mutation)
        variables = {"rows": given, "policy": policy}
        self.db.left = None
        answer = self.runner.run(ask(self.db, caller, TEXT % (type_, mutation), variables, way=way))
        assert answer.unexpected == (), answer.unexpected
        assert answer.executed, answer.body
        assert answer.straight == (way == "auto")
        told = orjson.loads(answer.body)["data"]["told"]
        self.seen.update(one["status"] for one in told["results"])
        assert self.db.left is not None
        return numbered(told), self.db.left


def type_of(mutation: str) -> str:
    assert graphql_schema.mutation_type is not None
    return re.sub(r"\W", "", str(graphql_schema.mutation_type.fields[mutation].args["input"].type))


def numbered(told: Any) -> Any:
    """With ids numbered in the order in which they are told."""
    known: dict[str, str] = {}
    return _ID.sub(lambda found: known.setdefault(found[0], f"#{len(known)}"), orjson.dumps(told).decode())


@pytest.fixture(scope="module")
def url() -> str:
    return keeper.ask("database")


@pytest.fixture
def desk(url: str) -> Iterator[Desk]:
    with asyncio.Runner() as runner:
        db = Database(url, size=1)
        ids = []
        for mutation, type_, given_ in WORLD:
            variables = {"rows": given_, "policy": "RECORD_GOOD_ROWS"}
            answer = runner.run(ask(db, OPERATOR, TEXT % (type_, mutation), variables))
            assert answer.unexpected == (), answer.unexpected
            ids += [one["id"] for one in orjson.loads(answer.body)["data"]["told"]["results"]]
        runner.run(db.close())
        undoing = Undoing(url, size=1)
        undoing.question = runner.run(everything(undoing))
        yield Desk(runner, undoing, tuple(ids))
        runner.run(undoing.close())


def check(desk: Desk, strength: settings) -> None:
    cases = st.one_of(*(st.tuples(st.just(name), rows(type_of(name), desk.ids)) for name in BULK))

    @strength
    @given(cases, st.sampled_from((OPERATOR, TILL)), st.sampled_from(POLICIES))
    def alike(case: tuple[str, list[Any]], caller: Principal, policy: RecordErrorPolicy) -> None:
        mutation, given_ = case
        caller = OPERATOR if mutation == "productsUpsert" else caller
        straight, there = desk.told(mutation, given_, caller, policy, "auto")
        standard, too = desk.told(mutation, given_, caller, policy, "standard")
        assert straight == standard
        assert {name for name in {**there, **too} if there.get(name) != too.get(name)} == set()

    alike()


def test_generated_rows_are_recorded_alike(desk: Desk) -> None:
    check(desk, FEW)
    assert desk.seen["CREATED"] > 0, desk.seen
    assert desk.seen["REJECTED"] > 0, desk.seen


@pytest.mark.proof
def test_hundreds_of_generated_rows_are_recorded_alike(desk: Desk) -> None:
    check(desk, MANY)
    assert min(desk.seen[one] for one in ("CREATED", "UPDATED", "DUPLICATE", "REJECTED")) > 0, desk.seen
