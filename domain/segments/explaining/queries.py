"""Why a customer is or is not in a segment: each clause of its rule asked of that one customer, in one statement.

It is the same reading and the same translation as membership's own; beside each clause stands what the customer has.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final
from uuid import UUID

import asyncpg
import orjson

from domain.clock import told
from domain.customers.entities.customer import CUSTOMER
from domain.customers.queries import named
from domain.database import Tx
from domain.errors import Fault, QuestionRefused, Refused
from domain.ids import Prefix, parse_id
from domain.query.asking import Asked, Given, Occasion
from domain.query.fetch import Sight
from domain.query.filters import FilterReader
from domain.query.grouping import Grouping
from domain.segments.entities.withheld import REMEDY, veiled
from domain.segments.explaining.queries_values import Having, Value
from domain.segments.membership.queries import Bound
from domain.segments.queries_listed import LISTED
from domain.segments.queries_named import names_in
from domain.segments.rule import Json, thawed
from domain.segments.wording.clauses import Node, clauses_of, in_place, judge, leaves, places
from domain.segments.wording.words import Teller
from domain.sqlfile import statements
from domain.vocabulary import SegmentKind

_SQL = statements(Path(__file__).parent / "sql" / "explaining.sql")
_ASKED = _SQL["asked"].format(veiled=veiled("s.segment_id"))
_ON_LIST = _SQL["listed"].format(listed=LISTED)
_LISTED: Final = {
    SegmentKind.STATIC: "is on the list",
    SegmentKind.DISCOVERED: "is in the group that was found in the data",
}


@dataclass(frozen=True, slots=True)
class Told:
    """A clause in words, whether it holds as it is worded, and what the customer has."""

    clause: str
    holds: bool
    value: Json


@dataclass(frozen=True, slots=True)
class Explained:
    """What is stored of the membership, and the clauses as they are now, those that decide first.

    Where the rule is being built, or something was recorded a moment ago, the clauses are ahead of the membership.
    """

    entered_at: datetime | None
    clauses: tuple[Told, ...]
    # What the clauses come to; the stored membership follows within a minute.
    holds: bool

    @property
    def member(self) -> bool:
        return self.entered_at is not None


async def explain(tx: Tx, segment: UUID, customer: str, *, occasion: Occasion) -> Explained:
    """Raises Refused: NOT_FOUND where nobody has the id; QuestionRefused: NOT_ALLOWED where the rule asks for personal
    data and the caller may not read such.
    """
    row = await tx.fetchrow(_ASKED, segment)
    if row is None:
        raise Refused(Fault.not_found("there is no such segment", "id"))
    if row["veiled"] and not occasion.principal.reads_personal_data:
        raise QuestionRefused("NOT_ALLOWED", f"explain {REMEDY}", ("explain",))
    whom = await named(tx, parse_id(Prefix.CUSTOMER, customer, "customer"))
    if whom is None:
        raise Refused(Fault.not_found(f"there is no customer {customer}", "customer"))
    if row["kind"] != SegmentKind.RULE:
        return await _listed(tx, whom, segment, row)
    teller = Teller(await names_in(tx, row["rule"]))
    return await _asked(tx, whom, row["number"], clauses_of(row["rule"]), teller, occasion)


async def _listed(tx: Tx, whom: UUID, segment: UUID, row: asyncpg.Record) -> Explained:
    """Of a list: since when the customer is on it."""
    found = await tx.fetchrow(_ON_LIST, whom, segment, row["number"])
    assert found is not None
    since: datetime | None = found["listed_at"]
    on = since is not None
    clause = Told(_LISTED[SegmentKind(row["kind"])], on, told(since) if since else None)
    return Explained(found["entered_at"], (clause,), on)


async def _asked(tx: Tx, whom: UUID, number: int | None, rule: Node, teller: Teller, occasion: Occasion) -> Explained:
    sql, parameters, values = _statement(whom, number, rule, occasion)
    row = await tx.fetchrow(sql, *parameters)
    assert row is not None
    held: Sequence[bool] = orjson.loads(row["holds"])
    holds, decided = judge(rule, iter(held))
    several = len({place.choice for stands in places(rule) for place in stands}) > 1
    clauses = [
        Told(in_place(clause.words(teller), place, several=several), holds_, value.pick(orjson.loads(text)))
        for clause, place, holds_, value, text in zip(
            leaves(rule), places(rule), held, values, orjson.loads(row["values"]), strict=True
        )
    ]
    ordered = sorted(zip(decided, clauses, strict=True), key=lambda one: not one[0])
    return Explained(row["entered_at"], tuple(clause for _, clause in ordered), holds)


def _statement(
    whom: UUID, number: int | None, rule: Node, occasion: Occasion
) -> tuple[str, tuple[object, ...], list[Value]]:
    """Of each clause whether it holds and what the customer has, and since when the customer is in the segment."""
    caller = occasion.principal
    pen = Bound(Sight(caller.role, caller.reads_personal_data), asked=Asked(occasion))
    pen.values.append(whom)
    grouping = Grouping.of(pen, CUSTOMER, "{key} = $1::uuid")
    having, holds, values = Having(pen, grouping), [], []
    for clause in leaves(rule):
        asked = pen.asked = Asked(occasion)
        predicate = FilterReader(asked, CUSTOMER).read(thawed(dict(clause.rule)))
        holds.append(f"({grouping.condition(predicate)}) IS {'NOT ' if clause.denied else ''}TRUE")
        values.append(having.of(clause.rule, predicate, asked))
    asked = pen.asked = Asked(occasion)
    sql = _SQL["clauses"].format(
        holds=", ".join(holds),
        values=", ".join(f"coalesce(({value.sql})::text, 'null')" for value in values),
        number=pen.parameter(asked.slot("bigint", Given(number))),
        owner=grouping.row.owner,
        origin=grouping.origin(),
    )
    return sql, tuple(pen.values), values
