"""A small world to ask about: the bench's population in miniature with every oddity, callers of all roles."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg
from graphql import DocumentNode, OperationDefinitionNode, parse, validate

from domain.access.principal import Principal
from domain.database import Database
from domain.ids import Prefix, to_public
from domain.query.asking import Keys
from domain.vocabulary import Role
from schema.context import Context
from schema.execution import Answer, Prepared, Way, execute
from schema.root import graphql_schema
from tests.bench.loading import load
from tests.schema.arguments import NOW, Pool

_SCALE = 0.0003
KEYS = Keys(bytes(range(64)), bytes(range(32)))

CALLERS = (
    Principal("head", Role.ADMIN, reads_personal_data=True),
    Principal("masked admin", Role.ADMIN),
    Principal("writer", Role.MARKETER, reads_personal_data=True),
    Principal("reader", Role.ANALYST),
    Principal("till", Role.PARTNER, source="till"),
    Principal("shop", Role.PARTNER, source="shop", reads_personal_data=True),
)

STAFF = CALLERS[:4]

WORDS = (
    *("shop", "till", "web", "", "%", "_", "a", "Ada", "ada.0@example.org", "100%_", "Article 0015", "SKU-00015"),
    *("Category 05", "GB", "en", "C-1", "Über", "O'Neill\"", "page", "colour", "vip", "L-1", "O-3", "T-7", "SAVE_10%"),
    *("\\", "Zoë 😀", "$1", "{a}", "{test}", "%s"),
)


@dataclass(frozen=True, slots=True)
class World:
    """The loaded database, and what it holds."""

    url: str
    pool: Pool


async def build(url: str) -> World:
    await load(url, _SCALE)
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(Path(__file__).with_name("world.sql").read_text())
        ids = []
        for prefix, table in (
            (Prefix.CUSTOMER, "customer"),
            (Prefix.ORDER, "customer_order"),
            (Prefix.TOUCHPOINT, "touchpoint"),
            (Prefix.PRODUCT, "product"),
            (Prefix.VALUE_MODEL, "value_model"),
            (Prefix.JOB, "job"),
            (Prefix.SEGMENT, "segment"),
            (Prefix.CAMPAIGN, "campaign"),
            (Prefix.CONTACT, "campaign_contact"),
        ):
            key = f"{table.removeprefix('customer_').removeprefix('campaign_')}_id"
            rows = await connection.fetch(f"SELECT {key} AS id FROM {table} ORDER BY {key} LIMIT 6")
            ids += [to_public(prefix, row["id"]) for row in rows]
    finally:
        await connection.close()
    nothing = ("cus_" + "0" * 32, "prd_" + "f" * 32, "cmp_" + "1" * 32, "x", "", "cus_zz", "seg_" + "0" * 32)
    return World(url, Pool(tuple(ids) + nothing, WORDS))


def context(db: Database, caller: Principal) -> Context:
    return Context(caller, db, NOW, "req-1", ZoneInfo("Europe/Berlin"), KEYS)


@lru_cache(maxsize=8)
def read(text: str) -> tuple[DocumentNode, OperationDefinitionNode]:
    """The document, found valid, and its operation; the last few are kept, for they are asked several times."""
    document = parse(text)
    assert validate(graphql_schema, document) == []
    [operation] = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    return document, operation


def prepare(text: str) -> Prepared:
    """As the door does it, with nothing kept yet."""
    return Prepared(*read(text))


async def ask(
    db: Database, caller: Principal, text: str, variables: dict[str, Any] | None = None, *, way: Way = "auto"
) -> Answer:
    return await execute(prepare(text), variables, context(db, caller), way=way)
