"""How many customers an unsaved rule holds for, within the time that somebody who is typing waits.

Counted where that is quick. Where it is not, the rule is asked of customers drawn at random, of fewer and fewer if it
has to be; where even that takes too long, the planner's own guess is told, with a margin that holds whatever is true.
Postgres itself ends each step in time.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil, sqrt
from pathlib import Path
from time import monotonic
from typing import Final, TypeVar
from uuid import UUID

import asyncpg
import orjson

from domain.customers.entities.customer import CUSTOMER
from domain.database import Tx
from domain.errors import QuestionRefused
from domain.query.asking import Asked, Occasion
from domain.query.conditions import condition
from domain.query.fetch import Sight
from domain.query.filters import FilterReader
from domain.query.grouping import Grouping
from domain.query.writing import Row
from domain.segments.entities.withheld import FEWEST
from domain.segments.estimating import Z, estimated
from domain.segments.queries_membership import Bound
from domain.segments.rule import Json, thawed
from domain.sqlfile import statements

_SQL = statements(Path(__file__).parent / "sql" / "preview.sql")
T = TypeVar("T")
SUPERSEDED: Final = "SUPERSEDED"
_FRESH: Final = timedelta(minutes=1)
_MOMENT: Final = 0.1
"""Seconds for what only looks something up."""
_TRIES: Final = 5
_LEAST: Final = 2
"""Milliseconds: with less it is not begun."""


@dataclass(frozen=True, slots=True)
class Budget:
    """Seconds since the preview began: until when each step may take, and how many customers are drawn."""

    exact: float = 1.1
    # From the largest sample to the smallest: how many are drawn, and until when they may take.
    samples: tuple[tuple[int, float], ...] = ((16_000, 1.6), (2_000, 1.75), (250, 1.85))
    whole: float = 1.95


BUDGET: Final = Budget()


@dataclass(slots=True)
class Population:
    """How many customers there are, counted at most a minute ago: kept by who asks often, such as a web process."""

    count: int | None = None
    at: datetime | None = None

    def known(self, now: datetime) -> int | None:
        return self.count if self.at is not None and abs(now - self.at) < _FRESH else None


@dataclass(frozen=True, slots=True)
class Counted:
    """How many the rule holds for, of how many; some of them. An estimate has a margin."""

    count: int
    customers: int
    margin: int | None = None
    some: tuple[UUID, ...] = ()

    def withheld(self) -> "Counted":
        """As it is told to who may not learn of fewer than FEWEST: "FEWEST" is at most that many."""
        return self if self.count >= FEWEST else Counted(FEWEST, self.customers, max(self.margin or 0, FEWEST))

    @property
    def exact(self) -> bool:
        return self.margin is None

    @property
    def share(self) -> float:
        return min(self.count / self.customers, 1.0) if self.customers else 0.0


@dataclass(slots=True)
class Steps:
    """Statements one after the other, each ended by Postgres when its time is over."""

    connection: Tx
    budget: Budget = BUDGET
    began: float = field(default_factory=monotonic)

    @property
    def passed(self) -> float:
        return monotonic() - self.began

    async def fetch(self, sql: str, values: Sequence[object], *, until: float) -> list[asyncpg.Record] | None:
        """The rows; None where they took too long."""
        # All at once: Postgres goes parallel for nobody who may stop in the middle.
        return await self.take(lambda: self.connection.fetch(sql, *values), until=until)

    async def take(self, act: Callable[[], Awaitable[T]], *, until: float) -> T | None:
        """What one statement gives; None where it took too long. Raises QuestionRefused (SUPERSEDED) where somebody
        else cancelled it.
        """
        milliseconds = int((until - self.passed) * 1000)
        if milliseconds < _LEAST:
            return None
        started = monotonic()
        try:
            await self.connection.execute(f"SET statement_timeout = {milliseconds}")
            return await act()
        except asyncpg.QueryCanceledError:
            if monotonic() - started < milliseconds / 1000:
                raise superseded() from None
            return None


@asynccontextmanager
async def stepping(connection: Tx, budget: Budget = BUDGET) -> AsyncIterator[Steps]:
    """Values are planned for as they are; whoever has the connection next finds it as ever. It is outside a
    transaction.
    """
    try:
        await connection.execute("SET plan_cache_mode = force_custom_plan")
        yield Steps(connection, budget)
    finally:
        await restored(connection, "RESET plan_cache_mode; RESET statement_timeout")


def superseded() -> QuestionRefused:
    message = "A newer preview of the same caller took this one's place (or an operator ended it)."
    return QuestionRefused(SUPERSEDED, message)


async def preview(
    connection: Tx,
    rule: Json,
    *,
    occasion: Occasion,
    sample: int = 0,
    population: Population | None = None,
    budget: Budget = BUDGET,
    seed: int = 0,
) -> Counted:
    """`connection` is outside a transaction. `sample`: how many of them are told, spread over all that were found.

    Raises QuestionRefused where the caller may not ask the rule, or it cannot be asked.
    """
    async with stepping(connection, budget) as steps:
        return await counted(steps, rule, occasion=occasion, sample=sample, population=population, seed=seed)


async def counted(
    steps: Steps, rule: Json, *, occasion: Occasion, sample: int, population: Population | None = None, seed: int = 0
) -> Counted:
    """The same as a step among others."""
    everybody, known = _of_everybody(rule, occasion), population or Population()
    try:
        rows = await steps.fetch(everybody.told(sample), everybody.values, until=steps.budget.exact)
        if rows is None:
            return await _estimated(steps, rule, occasion, sample, known, seed)
        of = await _customers(steps, known, occasion)
        return Counted(rows[0]["n"], max(of, rows[0]["n"]), None, tuple(rows[0]["some"]))
    except (asyncpg.DataError, OverflowError) as error:
        raise QuestionRefused("INVALID", f"cannot be asked: {error}", ("where",)) from error


@dataclass(frozen=True, slots=True)
class _Selection:
    """Whom a rule holds for, as SQL after FROM; `key` is the customer's id."""

    rows: str
    key: str
    values: list[object]

    def told(self, some: int) -> str:
        """How many, and the ids of some of them, spread over all as they were found."""
        if not some:
            return f"SELECT count(*) AS n, '{{}}'::uuid[] AS some FROM {self.rows}"
        spread = f"SELECT t.ids[1 + g * t.n / least({some}, t.n)] FROM generate_series(0, least({some}, t.n) - 1) AS g"
        return (
            f"SELECT t.n, ARRAY({spread}) AS some"
            f" FROM (SELECT count(*) AS n, array_agg({self.key}) AS ids FROM {self.rows}) t"
        )


def _of_everybody(rule: Json, occasion: Occasion) -> _Selection:
    """As a list asks it."""
    pen = _pen(occasion)
    row = Row(CUSTOMER, pen.alias(), "", CUSTOMER.joins)
    row.owner = f"{row.alias}.{CUSTOMER.key}"
    holds = condition(pen, FilterReader(pen.asked, CUSTOMER).read(thawed(rule)), row)
    joins = [pen.fill(row.declared[name], row) for name in tuple(row.joins)]
    rows = " ".join([f"{CUSTOMER.table} {row.alias}", *joins])
    return _Selection(f"{rows} WHERE {pen.fill(CUSTOMER.standing, row)} AND {holds}", row.owner, pen.values)


def _of_some(rule: Json, occasion: Occasion, whom: Sequence[UUID]) -> _Selection:
    """As many saved rules are asked of customers who changed: each source is read for these alone."""
    pen = _pen(occasion)
    pen.values.append(list(whom))
    grouping = Grouping.of(pen, CUSTOMER, "{key} = ANY ($1::uuid[])")
    holds = grouping.condition(FilterReader(pen.asked, CUSTOMER).read(thawed(rule)))
    row = grouping.row
    standing = f"{pen.fill(CUSTOMER.standing, row)} AND {grouping.whom.format(key=row.owner)}"
    return _Selection(f"{grouping.origin()} WHERE {standing} AND {holds}", row.owner, pen.values)


def _pen(occasion: Occasion) -> Bound:
    caller = occasion.principal
    return Bound(Sight(caller.role, caller.reads_personal_data), asked=Asked(occasion))


async def _customers(steps: Steps, population: Population, occasion: Occasion) -> int:
    """How many there are; where counting them takes too long, as many as the planner believes."""
    if (known := population.known(occasion.now)) is not None:
        return known
    rows = await steps.fetch(_SQL["customers"], (), until=steps.budget.whole)
    if rows is None:
        return await _believed(steps)
    population.count, population.at = rows[0]["n"], occasion.now
    return population.count or 0


async def _believed(steps: Steps) -> int:
    rows = await steps.fetch(_SQL["believed"], (), until=steps.passed + _MOMENT)
    return max(int(rows[0]["n"]), 1) if rows else 1


async def _estimated(
    steps: Steps, rule: Json, occasion: Occasion, sample: int, population: Population, seed: int
) -> Counted:
    """By whoever was drawn: of fewer where it takes too long."""
    believed = population.known(occasion.now) or await _believed(steps)
    samples = steps.budget.samples
    rate = min(100.0 * samples[0][0] / believed, 100.0)
    rows = await steps.fetch(_SQL["drawn"], (rate, seed), until=samples[-1][1]) or []
    drawn = [row[0] for row in rows]
    for many, until in samples:
        whom = drawn[:: max(len(drawn) // many, 1)]
        if not whom:
            break
        asked = _of_some(rule, occasion, whom)
        found = await steps.fetch(asked.told(sample), asked.values, until=until)
        if found is not None:
            hits, some = found[0]["n"], tuple(found[0]["some"])
            if rate >= 100 and len(whom) == len(drawn):  # that was everybody
                return Counted(hits, len(whom), None, some)
            of, unsure = population.known(occasion.now), 0.0
            if of is None:
                of, unsure = _told_by(len(drawn), rate / 100)
            told = estimated(hits, len(whom), max(of, len(whom)))
            return Counted(told.count, of, told.margin + ceil(unsure * hits / len(whom)), some)
    return await _guessed(steps, rule, occasion, believed)


def _told_by(drawn: int, rate: float) -> tuple[int, float]:
    """How many there are, where so many of them were drawn at that rate, and how far that may be off."""
    return round(drawn / rate), Z * sqrt(drawn * (1 - rate)) / rate


async def _guessed(steps: Steps, rule: Json, occasion: Occasion, believed: int) -> Counted:
    """As many as the planner expects; it may be off by all of them."""
    asked = _of_everybody(rule, occasion)
    sql = f"EXPLAIN (FORMAT JSON) SELECT {asked.key} FROM {asked.rows}"
    rows = await steps.fetch(sql, asked.values, until=steps.budget.whole)
    guess = believed // 2
    if rows:
        guess = min(int(orjson.loads(rows[0][0])[0]["Plan"]["Plan Rows"]), believed)
    return Counted(guess, believed, max(guess, believed - guess))


async def restored(connection: Tx, settings: str) -> None:
    """Whatever became of the preview, also where a cancellation comes too late; else the session is ended."""
    try:
        for left in reversed(range(_TRIES)):
            try:
                await connection.execute(settings)
                return
            except asyncpg.QueryCanceledError:
                if not left:
                    raise
    except BaseException:
        connection.terminate()
        raise
