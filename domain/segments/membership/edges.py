"""Where windows open and close with the clock: whose answer a rule may change between two moments, and nobody else's.

"Within the last 90 days" turns for somebody when the moment it speaks of passes from one side of "90 days ago" to the
other. So between two looks only those turn of whom a row lies between where the edge was and where it is.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, TypeAlias, TypeVar

from domain.clock import Duration
from domain.customers.entities.customer import CUSTOMER
from domain.query.asking import Asked, Occasion
from domain.query.filters import FilterReader
from domain.query.operators import SQL
from domain.query.predicate import Around, Denied, Either, Every, Fact, Grouped, Predicate, Slots, Test
from domain.segments.membership.queries import UNREADABLE, Rule, complain
from domain.segments.rule import thawed

T = TypeVar("T", date, datetime)
_OFF_THE_CLOCK: Final = frozenset({"within", "olderThan", "ahead"})
_TABLES: Final = {"{a}": "customer", "{s}": "customer_score", "{m}": "customer_summary"}
_ROWS: Final = re.compile(r"FROM (\w+) \{b\}(?!\w)")
_BEYOND: Final = re.compile(r"\{(?!a\})")
"""A test on more than its row, such as on a named value."""
_BETWEEN: Final = "{x} BETWEEN {0} AND {1}"
_OF_NOBODY: Final = Grouped("")
"""Rows of rows, such as the products of orders: whose they are is not looked up."""
# What sums over a period are made of.
_SUMMED: Final = (("customer_order", "ordered_at"), ("order_return", "returned_at"), ("touchpoint", "occurred_at"))
_FACTS: Final = {
    "consent": ("customer_consent", "expires_at"),
    "reachableBy": ("customer_consent", "expires_at"),
    "late": ("customer_order", "promised_at"),
}
"""Of conditions that are told by now: the rows and the moment that they turn with."""


@dataclass(frozen=True, slots=True, order=True)
class Edge:
    """Rows, under the alias c, that lie between where an edge of a window was and where it is, both with them."""

    rows: str
    key: str
    # Over {0} and {1}, as these types.
    condition: str
    type: str
    low: datetime | date
    high: datetime | date


@dataclass(frozen=True, slots=True)
class Anybody:
    """The rule may turn for anybody: with each day; or, where a table is named, with the moments of its rows."""

    table: str = ""
    column: str = ""


Turn: TypeAlias = Edge | Anybody


def edges(rule: Rule, then: Occasion, now: Occasion) -> Iterator[Turn]:
    """What of the rule turns between the two; where it cannot be read, nothing does, for nobody enters or leaves."""
    if rule.rule is None:
        return
    asked = Asked(now)
    try:
        found = list(_Looking(asked, then, now).below(FilterReader(asked, CUSTOMER).read(thawed(rule.rule)), None))
    except UNREADABLE as error:
        complain(rule, error)
        return
    yield from found


@dataclass(frozen=True, slots=True)
class _Looking:
    asked: Asked
    then: Occasion
    now: Occasion

    def below(self, predicate: Predicate, rows: Grouped | None) -> Iterator[Turn]:
        """`rows` are those that the tests are on; None: the customer's own."""
        if isinstance(predicate, Every | Either):
            for part in predicate.parts:
                yield from self.below(part, rows)
        elif isinstance(predicate, Denied):
            yield from self.below(predicate.part, rows)
        elif isinstance(predicate, Around):
            yield from self._around(predicate, rows)
        elif isinstance(predicate, Fact):
            yield from self._fact(predicate)
        else:
            yield from self._test(predicate, rows)

    def _around(self, around: Around, rows: Grouped | None) -> Iterator[Turn]:
        yield from self._sums(around.slots)
        inside = around.grouped or (_rows_of(around) if rows is None else _within(around, rows))
        yield from self.below(around.inner, inside)
        if around.rows is not None:
            yield from self.below(around.rows, inside)

    def _sums(self, slots: Slots) -> Iterator[Turn]:
        """Over a period that ends now: what falls out of it at its beginning, and what comes in at its end."""
        for _, slot in slots:
            givens = self.asked.bindings[slot.index].givens
            span = givens[0].now({}) if len(givens) == 1 else None
            if isinstance(span, Duration):
                ends = span.before(self.then.now), span.before(self.now.now)
                low, high = _passed(*ends, self.now.now - self.then.now)
                for table, column in _SUMMED:
                    yield _moment(table, column, low, high)
                    yield _moment(table, column, self.then.now, self.now.now)
                return

    def _fact(self, fact: Fact) -> Iterator[Turn]:
        if "{now}" not in fact.sql and "{today}" not in fact.sql:
            return
        if fact.name in _FACTS:
            yield _moment(*_FACTS[fact.name], self.then.now, self.now.now)
        elif fact.name == "discontinued":
            yield Anybody("product", "discontinued_at")
        else:
            yield Anybody()

    def _test(self, test: Test, rows: Grouped | None) -> Iterator[Turn]:
        if test.operator == "anniversaryAhead":
            yield from self._anniversaries(test, rows)
        elif "{today}" in test.sql and "birth_date" in test.sql and rows is None:
            yield from self._birthdays("c.birth_date", [(self.then.today, self.now.today)])
        elif "{today}" in test.sql or "{now}" in test.sql:
            yield Anybody()
        elif test.operator in _OFF_THE_CLOCK:
            for low, high in self._bounds(test):
                if low != high:
                    yield self._edge(test, rows, low, high)

    def _bounds(self, test: Test) -> Iterator[tuple[datetime | date, datetime | date]]:
        """From where to where each edge of the window went."""
        for slot in test.slots:
            binding = self.asked.bindings[slot.index]
            given = [one.now({}) for one in binding.givens]
            low, high = binding.turn(self.then, *given), binding.turn(self.now, *given)
            assert isinstance(low, date)
            assert isinstance(high, date)
            days = self.now.today - self.then.today
            yield _passed(low, high, self.now.now - self.then.now if isinstance(low, datetime) else days)

    def _anniversaries(self, test: Test, rows: Grouped | None) -> Iterator[Turn]:
        if rows is not None or test.sql[:3] != "{a}":
            yield Anybody()
            return
        yield from self._birthdays(test.sql.replace("{a}", "c"), self._bounds(test))

    def _birthdays(self, column: str, spans: Iterable[tuple[date, date]]) -> Iterator[Turn]:
        for low, high in spans:
            if low != high:
                condition = f"{column} IS NOT NULL AND {SQL['anniversaryAhead'].replace('{x}', column)}"
                yield Edge("customer c", "c.customer_id", condition, "date", low, high)

    def _edge(self, test: Test, rows: Grouped | None, low: datetime | date, high: datetime | date) -> Turn:
        type_ = "timestamptz" if isinstance(low, datetime) else "date"
        if rows is not None:
            if rows is _OF_NOBODY or _BEYOND.search(test.sql):
                return Anybody()
            source, key = rows.source.replace("{c}", "c"), rows.key.replace("{c}", "c")
            return Edge(source, key, _between(test.sql.replace("{a}", "c")), type_, low, high)
        if test.sql[:3] not in _TABLES:
            return Anybody()
        table = _TABLES[test.sql[:3]]
        return Edge(f"{table} c", "c.customer_id", _between(test.sql.replace(test.sql[:3], "c")), type_, low, high)


def _rows_of(around: Around) -> Grouped | None:
    """The rows of one table that a condition speaks of, where they are not grouped."""
    found = _ROWS.search(around.sql)
    return Grouped(f"{found[1]} {{c}}") if found else None


def _within(around: Around, rows: Grouped) -> Grouped:
    return _OF_NOBODY if "{b}" in around.sql else rows


def _passed(then: T, now: T, meanwhile: timedelta) -> tuple[T, T]:
    """All that an edge has passed. It goes as fast as the clock, and steps back where months have fewer days: a month
    before the 31st of March at midnight is earlier than a month before the 30th in the evening. Whoever was looked at
    in between was so by where it was just before.
    """
    return min(then, now - meanwhile), max(now, then + meanwhile)


def _moment(rows: str, column: str, low: datetime, high: datetime) -> Edge:
    return Edge(f"{rows} c", "c.customer_id", _between(f"c.{column}"), "timestamptz", low, high)


def _between(column: str) -> str:
    return _BETWEEN.replace("{x}", column)
