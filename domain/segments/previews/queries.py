"""How many customers an unsaved rule holds for, within the time that somebody who is typing waits.

Counted where that is quick. Where it is not, the rule is asked of customers drawn at random, of fewer and fewer if it
has to be; where even that takes too long, the planner's own guess is told, with a margin that holds whatever is true.
Postgres itself ends each step in time.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from math import ceil
from pathlib import Path
from typing import Final
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
from domain.query.predicate import Predicate
from domain.query.writing import Row
from domain.segments.entities.withheld import FEWEST
from domain.segments.membership.queries import Bound
from domain.segments.previews.estimating import estimated
from domain.segments.previews.population import Drawn, Population
from domain.segments.previews.queries_folding import folded
from domain.segments.previews.queries_steps import BUDGET, Budget, Steps, stepping
from domain.segments.rule import Json, thawed
from domain.sqlfile import statements

_SQL = statements(Path(__file__).parent / "sql" / "preview.sql")
_MOMENT: Final = 0.1
"""Seconds for what only looks something up."""
_CHOICE: Final = 32
"""Ids that are gathered for each that is shown."""


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
    known = population or Population()
    asked = _asked(rule, occasion)
    try:
        fetch = partial(steps.fetch, until=steps.budget.exact)
        asked = replace(asked, predicate=await folded(fetch, asked.predicate, asked.pen))
        everybody = _of_everybody(asked)
        rows = await _exactly(steps, everybody, sample)
        if rows is None:
            found = await _estimated(steps, asked, sample, known, seed)
            return found or await _guessed(steps, everybody, known, occasion)
        of = await _customers(steps, known, occasion)
        return Counted(rows[0]["n"], max(of, rows[0]["n"]), None, tuple(rows[0]["some"]))
    except (asyncpg.DataError, OverflowError) as error:
        raise QuestionRefused("INVALID", f"cannot be asked: {error}", ("where",)) from error


async def _exactly(steps: Steps, everybody: "_Selection", sample: int) -> list[asyncpg.Record] | None:
    """Where there are fewer than were expected, they are asked for again to be shown."""
    one_in = 1
    if sample:
        expected = await _expected(steps, everybody, until=steps.budget.exact)
        one_in = 2 ** max((expected // (_CHOICE * sample)).bit_length() - 1, 0)
    rows = await steps.fetch(everybody.told(sample, one_in=one_in), everybody.values, until=steps.budget.exact)
    if rows and len(rows[0]["some"]) < min(sample, rows[0]["n"]):
        return await steps.fetch(everybody.told(sample), everybody.values, until=steps.budget.whole) or rows
    return rows


async def _expected(steps: Steps, asked: "_Selection", *, until: float) -> int:
    """How many the planner expects."""
    sql = f"EXPLAIN (FORMAT JSON) SELECT {asked.key} FROM {asked.rows}"
    rows = await steps.fetch(sql, asked.values, until=until)
    return int(orjson.loads(rows[0][0])[0]["Plan"]["Plan Rows"]) if rows else 0


@dataclass(frozen=True, slots=True)
class _Selection:
    """Whom a rule holds for, as SQL after FROM; `key` is the customer's id."""

    rows: str
    key: str
    values: list[object]

    def told(self, some: int, *, one_in: int = 1) -> str:
        """How many, and the ids of some of them, spread over all as they were found. To gather millions of ids takes
        longer than to count them: one in so many (a power of two) is enough to choose from.
        """
        if not some:
            return f"SELECT count(*) AS n, '{{}}'::uuid[] AS some FROM {self.rows}"
        thinned = f" FILTER (WHERE uuid_hash({self.key}) & {one_in - 1} = 0)" if one_in > 1 else ""
        many = f"least({some}, cardinality(t.ids))"
        spread = f"SELECT t.ids[1 + g * cardinality(t.ids) / {many}] FROM generate_series(0, {many} - 1) AS g"
        return (
            f"SELECT t.n, ARRAY({spread}) AS some FROM"
            f" (SELECT count(*) AS n, coalesce(array_agg({self.key}){thinned}, '{{}}') AS ids FROM {self.rows}) t"
        )


@dataclass(frozen=True, slots=True)
class _Question:
    """A rule as it was read, for one caller and moment."""

    predicate: Predicate
    asked: Asked

    @property
    def pen(self) -> Bound:
        caller = self.asked.occasion.principal
        return Bound(Sight(caller.role, caller.reads_personal_data), asked=self.asked)


def _asked(rule: Json, occasion: Occasion) -> _Question:
    asked = Asked(occasion)
    return _Question(FilterReader(asked, CUSTOMER).read(thawed(rule)), asked)


def _of_everybody(question: _Question) -> _Selection:
    """As a list asks it."""
    pen = question.pen
    row = Row(CUSTOMER, pen.alias(), "", CUSTOMER.joins)
    row.owner = f"{row.alias}.{CUSTOMER.key}"
    holds = condition(pen, question.predicate, row)
    joins = [pen.fill(row.declared[name], row) for name in tuple(row.joins)]
    rows = " ".join([f"{CUSTOMER.table} {row.alias}", *joins])
    return _Selection(f"{rows} WHERE {pen.fill(CUSTOMER.standing, row)} AND {holds}", row.owner, pen.values)


def _of_some(question: _Question, whom: Sequence[UUID]) -> _Selection:
    """As saved rules are asked of customers who changed, but that each is looked up by itself."""
    pen = question.pen
    pen.values.append(list(whom))
    grouping = Grouping.of(pen, CUSTOMER, "")
    row = grouping.row
    grouping.whom = f"{{key}} = {row.owner}"
    holds = grouping.condition(question.predicate)
    rows = f"unnest($1::uuid[]) AS w (id) CROSS JOIN {grouping.origin()}"
    standing = f"{row.owner} = w.id AND {pen.fill(CUSTOMER.standing, row)}"
    return _Selection(f"{rows} WHERE {standing} AND {holds}", row.owner, pen.values)


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
    steps: Steps, question: _Question, sample: int, population: Population, seed: int
) -> Counted | None:
    """By whoever was drawn: of fewer where it takes too long; None where nobody can be asked in time."""
    occasion = question.asked.occasion
    drawn = await _some(steps, population, occasion, seed)
    for many, until in steps.budget.samples if drawn and drawn.whom else ():
        assert drawn is not None
        whom = drawn.whom[:: max(len(drawn.whom) // many, 1)]
        asked = _of_some(question, whom)
        found = await steps.fetch(asked.told(sample), asked.values, until=until)
        if found is not None:
            hits, some = found[0]["n"], tuple(found[0]["some"])
            if drawn.chance >= 1 and len(whom) == len(drawn.whom):  # that was everybody
                return Counted(hits, len(whom), None, some)
            of, unsure = population.known(occasion.now), 0.0
            if of is None:
                of, unsure = drawn.of()
            told = estimated(hits, len(whom), max(of, len(whom)))
            return Counted(told.count, of, told.margin + ceil(unsure * hits / len(whom)), some)
    return None


async def _some(steps: Steps, population: Population, occasion: Occasion, seed: int) -> Drawn | None:
    """Drawn now, or a little while ago."""
    if (kept := population.some(seed, occasion.now)) is not None:
        return kept
    samples = steps.budget.samples
    believed = population.known(occasion.now) or await _believed(steps)
    chance = min(samples[0][0] / believed, 1.0)
    rows = await steps.fetch(_SQL["drawn"], (100 * chance, seed), until=samples[-1][1])
    if rows is None:
        return None
    population.drawn = Drawn(tuple(row[0] for row in rows), chance, seed, occasion.now)
    return population.drawn


async def _guessed(steps: Steps, everybody: _Selection, population: Population, occasion: Occasion) -> Counted:
    """As many as the planner expects; it may be off by all of them."""
    believed = population.known(occasion.now) or await _believed(steps)
    guess = min(await _expected(steps, everybody, until=steps.budget.whole), believed)
    return Counted(guess, believed, max(guess, believed - guess))
