"""Generated rules over a generated world: whom a filter lists, whom the one look for all rules finds, and whom plain
Python says that the rule means are the same.
"""

import asyncio
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any, cast
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson
import pytest
from graphql import GraphQLInputObjectType
from graphql.utilities import coerce_input_value
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.access.principal import OPERATOR
from domain.database import Database
from domain.ids import Prefix, parse_id
from domain.portfolio import rebuild
from domain.query.asking import Occasion
from domain.segments.membership import commands_refreshing
from domain.segments.membership.queries import Rule, evaluation
from domain.segments.rule import kept
from domain.settings import Settings
from domain.vocabulary import SegmentChangeCause
from schema.root import graphql_schema
from tests.domain.segments.comparing import Moment
from tests.domain.segments.reference import Reference
from tests.domain.segments.rows import read
from tests.domain.segments.rules import Drawing, Lore
from tests.schema.arguments import NOW
from tests.schema.world import CALLERS, KEYS, ask, build
from tests.support import keeper
from tests.support.generating import UNSHRUNK

_LIST = "query ($where: CustomerFilter) { customers(first: 250, where: $where) { nodes { id } totalCount } }"
_TYPE = cast("GraphQLInputObjectType", graphql_schema.get_type("CustomerFilter"))
_ZONE = ZoneInfo("Europe/Berlin")
_TOGETHER = 12
"""Rules that are looked at in one statement, as all segments are."""
FEW = settings(UNSHRUNK, max_examples=8)
MANY = settings(FEW, max_examples=170)


class Desk:
    def __init__(self, url: str) -> None:
        self.runner = asyncio.Runner()
        self.db = Database(url, size=2)
        self.runner.run(build(url))
        self.reference, self.lore = self.runner.run(self._furnish())
        self.seen: Counter[str] = Counter()
        self.fields: Counter[str] = Counter()

    async def _furnish(self) -> tuple[Reference, Lore]:
        async with self.db.transaction() as tx:
            await tx.execute(Path(__file__).with_name("oddities.sql").read_text())
            everybody = [row[0] for row in await tx.fetch("SELECT customer_id FROM customer")]
            await rebuild(tx, everybody, await Settings.load(tx))
            rules = await commands_refreshing.rules_at_work(tx)
            cause = SegmentChangeCause.DATA_CHANGED
            await commands_refreshing.refresh(tx, rules, everybody, occasion=self.occasion, cause=cause)
            rows = await read(tx)
            names = sorted({row["name"] for one in rows.of["customer_attribute"].values() for row in one})
            found = await tx.fetch("SELECT campaign_id FROM campaign ORDER BY 1")
            campaigns = [f"{Prefix.CAMPAIGN}_{row[0].hex}" for row in found]
        return Reference(rows, Moment(NOW, _ZONE)), Lore(rows, tuple(names), tuple(campaigns))

    @property
    def occasion(self) -> Occasion:
        return Occasion(OPERATOR, NOW, _ZONE, KEYS)

    def check(self, seed: int, only: str | None = None) -> None:
        """Some rules, each as a list, and all in one look; `only` of one field."""
        rng = Random(seed)
        rules: list[tuple[Any, set[UUID]]] = []
        while len(rules) < _TOGETHER:
            where = _drawn(Drawing(rng, self.lore), only)
            listed = self.runner.run(self._listed(where))
            if listed is not None:
                rules.append((where, listed))
        found = self.runner.run(self._evaluated([where for where, _ in rules]))
        for (where, listed), evaluated in zip(rules, found, strict=True):
            meant = self.reference.members(where)
            told = orjson.dumps(where).decode()
            assert listed == meant, (told, "listed, not meant", listed - meant, "meant, not listed", meant - listed)
            assert evaluated == meant, (told, "found", evaluated - meant, "meant", meant - evaluated)
            self.seen["nobody" if not meant else "all" if meant == self.reference.rows.standing() else "some"] += 1
            self.fields.update(_fields(where))

    async def _listed(self, where: Any) -> set[UUID] | None:
        answer = orjson.loads((await ask(self.db, CALLERS[0], _LIST, {"where": where})).body)
        if "errors" in answer:
            [error] = answer["errors"]
            self.seen[error["extensions"]["code"]] += 1
            assert error["extensions"]["code"] in ("INVALID", "TOO_COSTLY"), (where, error)
            return None
        page = answer["data"]["customers"]
        assert len(page["nodes"]) == page["totalCount"]
        return {parse_id(Prefix.CUSTOMER, node["id"]) for node in page["nodes"]}

    async def _evaluated(self, rules: list[Any]) -> list[set[UUID]]:
        """In one statement, beside the segments that they may name."""
        async with self.db.connection() as connection:
            held = await commands_refreshing.rules_at_work(connection)
            given = [
                Rule(UUID(int=at + 1), 1_000 + at, kept(coerce_input_value(where, _TYPE)))
                for at, where in enumerate(rules)
            ]
            made = evaluation([*held, *given], self.occasion, None)
            members: dict[int, set[UUID]] = {rule.number: set() for rule in given}
            for row in await connection.fetch(made.sql, *made.values):
                for number in row["segments"]:
                    if number in members:
                        members[number].add(row["customer_id"])
        return [members[rule.number] for rule in given]


def _drawn(drawing: Drawing, only: str | None) -> Any:
    if only is None:
        return drawing.draw(_TYPE, ("", ""))
    where = {only: drawing.value(_TYPE.fields[only].type, only, (_TYPE.name, only), 1)}
    return {"not": where} if drawing.chance(25) else where


def _fields(where: Any) -> Iterator[str]:
    for name, held in where.items():
        yield name
        for below in held if isinstance(held, list) else [held]:
            if isinstance(below, dict):
                yield from (f"{name}.{one}" if name not in ("all", "any", "not") else one for one in _fields(below))


@pytest.fixture(scope="module")
def desk() -> Iterator[Desk]:
    made = Desk(keeper.ask("database"))
    yield made
    made.runner.run(made.db.close())
    made.runner.close()


def test_rules_mean_whom_plain_python_says(desk: Desk) -> None:
    @FEW
    @given(st.integers(0, 2**48))
    def check(seed: int) -> None:
        desk.check(seed)

    check()
    assert desk.seen["some"] > 20, desk.seen


def test_contacts_mean_whom_plain_python_says(desk: Desk) -> None:
    """They are made of two tables, and answered by a third."""
    before = desk.seen["some"]

    @FEW
    @given(st.integers(0, 2**48))
    def check(seed: int) -> None:
        desk.check(seed, "contacts")

    check()
    assert desk.seen["some"] - before > 20, desk.seen
    assert {f"contacts.where.{name}" for name in ("responded", "sentAt", "goal", "step")} <= set(desk.fields)


@pytest.mark.proof
def test_more_than_a_thousand_rules_mean_whom_plain_python_says(desk: Desk) -> None:
    @MANY
    @given(st.integers(0, 2**48))
    def check(seed: int) -> None:
        desk.check(seed)

    check()
    assert sum(desk.seen[how] for how in ("some", "all", "nobody")) >= 1_500
    assert desk.seen["some"] > 500, desk.seen
    assert set(_TYPE.fields) - set(desk.fields) == set()
