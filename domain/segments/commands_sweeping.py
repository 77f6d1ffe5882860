"""Windows that the clock opens and closes: whoever stands at the edge of one is looked at again, and nobody else.

"Within the last 90 days" turns for somebody when the moment it speaks of passes from one side of "90 days ago" to the
other. So between two sweeps only those turn whose moment lies between where the edge was and where it is.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

from domain.customers.entities.customer import CUSTOMER
from domain.database import Tx
from domain.query.asking import Asked, Occasion
from domain.query.filters import FilterReader
from domain.query.predicate import Around, Denied, Either, Every, Fact, Grouped, Predicate, Test
from domain.segments.commands import EVERYBODY, look_at_everybody
from domain.segments.commands_refreshing import refresh
from domain.segments.queries_membership import Rule
from domain.segments.rule import thawed
from domain.sqlfile import statements
from domain.vocabulary import SegmentChangeCause

_SQL = statements(Path(__file__).parent / "sql" / "sweep.sql")
_RELATIVE: Final = frozenset({"within", "olderThan", "ahead"})
LONGEST_GAP: Final = timedelta(minutes=10)
"""After a longer one everybody is looked at by a job: candidates would be too many for one transaction."""
_MOST: Final = 5_000
_TABLES: Final = {"{s}": "customer_score", "{a}": "customer", "{m}": "customer_summary"}
_CONSENTS: Final = frozenset({"consent", "reachableBy"})


@dataclass(frozen=True, slots=True)
class Edge:
    """Rows whose column lies between where an edge of a window was and where it is."""

    rows: str
    key: str
    column: str
    low: datetime
    high: datetime


async def sweep(
    tx: Tx, rules: Sequence[Rule], *, occasion: Occasion, longest: timedelta = LONGEST_GAP, as_it_is: bool = False
) -> int:
    """Looks at everybody whom the time since the last sweep may have turned; how many they were.

    After a gap longer than `longest` a job looks at everybody.

    Rules that change with the day, or over a period that moves, are looked at by a job when a day has begun.
    """
    before: datetime | None = await tx.fetchval(_SQL["until"], occasion.now)
    if before is None or before >= occasion.now:
        return 0
    then = replace(occasion, now=before)
    edges, daily = set(), False
    for rule in rules:
        for edge in _edges(rule, then, occasion):
            daily |= edge is None
            edges |= {edge} if edge else set()
    if occasion.now - before > longest or (daily and then.today != occasion.today):
        await look_at_everybody(tx, occasion, EVERYBODY)
        if occasion.now - before > longest:
            return 0
    customers = await _standing_at(tx, edges)
    for at in range(0, len(customers), _MOST):
        some = customers[at : at + _MOST]
        await refresh(tx, rules, some, occasion=occasion, cause=SegmentChangeCause.TIME_PASSED, as_it_is=as_it_is)
    return len(customers)


async def _standing_at(tx: Tx, edges: set[Edge]) -> list[UUID]:
    found: set[UUID] = set()
    for edge in sorted(edges, key=repr):
        names = {"rows": edge.rows, "key": edge.key, "column": edge.column}
        found |= {row[0] for row in await tx.fetch(_SQL["edge"].format(**names), edge.low, edge.high)}
    return sorted(found)


def _edges(rule: Rule, then: Occasion, now: Occasion) -> Iterator[Edge | None]:
    """None: the rule turns with the day in a way that no edge tells."""
    if rule.rule is None:
        return
    asked = Asked(now)
    predicate = FilterReader(asked, CUSTOMER).read(thawed(rule.rule))
    yield from _Looking(asked, then, now).below(predicate, None)


@dataclass(frozen=True, slots=True)
class _Looking:
    asked: Asked
    then: Occasion
    now: Occasion

    def below(self, predicate: Predicate, grouped: Grouped | None) -> Iterator[Edge | None]:
        if isinstance(predicate, Every | Either):
            for part in predicate.parts:
                yield from self.below(part, grouped)
        elif isinstance(predicate, Denied):
            yield from self.below(predicate.part, grouped)
        elif isinstance(predicate, Around):
            inside = predicate.grouped or grouped
            yield from self.below(predicate.inner, inside)
            if predicate.rows is not None:
                yield from self.below(predicate.rows, inside)
            if predicate.grouped is None and predicate.slots and "profitability" in predicate.name:
                yield None
        elif isinstance(predicate, Fact):
            yield from self._fact(predicate)
        else:
            yield from self._test(predicate, grouped)

    def _fact(self, fact: Fact) -> Iterator[Edge | None]:
        if fact.name in _CONSENTS:
            yield Edge("customer_consent c", "c.customer_id", "c.expires_at", self.then.now, self.now.now)
        elif "{now}" in fact.sql or "{today}" in fact.sql:
            yield None

    def _test(self, test: Test, grouped: Grouped | None) -> Iterator[Edge | None]:
        if test.operator == "anniversaryAhead" or "{today}" in test.sql or "{now}" in test.sql:
            yield None
            return
        if test.operator not in _RELATIVE:
            return
        for slot in test.slots:
            binding = self.asked.bindings[slot.index]
            given = [one.now({}) for one in binding.givens]
            low, high = binding.turn(self.then, *given), binding.turn(self.now, *given)
            if isinstance(low, datetime) and isinstance(high, datetime):
                yield self._edge(test.sql, grouped, low, high)
            elif isinstance(low, date):
                yield None

    def _edge(self, sql: str, grouped: Grouped | None, low: datetime, high: datetime) -> Edge:
        if grouped is not None:
            rows, key = grouped.source.replace("{c}", "c"), grouped.key.replace("{c}", "c")
            return Edge(rows, key, sql.replace("{a}", "c"), low, high)
        table = _TABLES[sql[:3]]
        return Edge(f"{table} c", "c.customer_id", sql.replace(sql[:3], "c"), low, high)
