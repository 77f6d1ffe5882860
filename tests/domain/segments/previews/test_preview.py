"""Previews of rules: exact where there is time, an estimate that keeps its word where not, and in time always."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial
from zoneinfo import ZoneInfo

import pytest

from domain.access.principal import OPERATOR
from domain.clock import Duration
from domain.customers.entities.filters import FILTERS
from domain.database import Tx, connect
from domain.errors import QuestionRefused
from domain.query.asking import Occasion
from domain.query.entity import Compare
from domain.segments.previews import queries
from domain.segments.previews.population import Population
from domain.segments.previews.queries import Counted, preview
from domain.segments.previews.queries_steps import Budget
from domain.segments.rule import Json, kept
from tests.bench.loading import load
from tests.schema.arguments import NOW
from tests.schema.world import KEYS
from tests.support import keeper

OCCASION = Occasion(OPERATOR, NOW, ZoneInfo("Europe/Berlin"), KEYS)
NO_TIME = Budget(exact=0.0, samples=((120, 60.0),), whole=70.0)
# A busy machine is no reason to fail: what is counted may take long where the time is not what is tested.
ALL_TIME = Budget(exact=60.0, samples=((120, 60.0),), whole=70.0)
RULES: list[dict[str, object]] = [
    {"country": {"eq": "GB"}},
    {"orders": {"count": {"gte": 4}}},
    {"touchpoints": {"where": {"occurredAt": {"olderThan": Duration.parse("P300D")}}, "count": {"lt": 2}}},
    {"bought": {"product": {"category": {"eq": "Category 05"}}}},
    {"not": {"orderCount": {"gte": 1}}},
    {"profitability": {"over": {"last": Duration.parse("P90D")}, "profit": {"gt": 5}}},
    {"profitability": {"over": {"last": Duration.parse("P1Y")}, "profit": {"lte": 5}}},
    {"city": {"eq": "Town 7"}},
]
CUSTOMERS = 600


@pytest.fixture(scope="module")
def url() -> str:
    url = keeper.ask("database")
    asyncio.run(load(url, CUSTOMERS / 100_000))
    return url


@pytest.fixture
async def connection(url: str) -> AsyncIterator[Tx]:
    made = await connect(url)
    yield made
    await made.close()


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Json:
    """A rule that takes 3 ms a customer, and is known to be dear."""
    return doing("pg_sleep(0.003)", monkeypatch)


def doing(what: str, monkeypatch: pytest.MonkeyPatch) -> Json:
    """A rule that holds for all, and does this for each whom it is asked of."""
    once = "generate_series(1, length({a}.kind) / length({a}.kind))"
    sql = f"(CASE WHEN (SELECT count({what}) FROM {once}) > 0 THEN {{a}}.city END)"
    monkeypatch.setitem(FILTERS, "city", Compare(sql=sql))
    return kept({"city": {"ne": "nowhere"}})


async def test_all_who_are_drawn_answer_as_the_list_does(connection: Tx) -> None:
    for which in RULES:
        exact = await preview(connection, kept(which), occasion=OCCASION, sample=7, budget=ALL_TIME)
        everybody = Budget(exact=0.0, samples=((10 * CUSTOMERS, 60.0),), whole=70.0)
        drawn = await preview(connection, kept(which), occasion=OCCASION, sample=7, budget=everybody)
        assert exact.exact
        assert drawn == Counted(exact.count, CUSTOMERS, None, drawn.some)
        assert len(set(drawn.some)) == len(set(exact.some)) == min(7, exact.count)


@pytest.mark.proof
async def test_the_truth_lies_within_the_margin_of_95_estimates_in_100(connection: Tx) -> None:
    population = Population(CUSTOMERS, NOW)
    for which in RULES[:4]:
        rule, within = kept(which), 0
        truth = (await preview(connection, rule, occasion=OCCASION, budget=ALL_TIME)).count
        assert 0 < truth < CUSTOMERS
        for seed in range(100):
            told = await preview(
                connection, rule, occasion=OCCASION, budget=NO_TIME, seed=seed, population=population, sample=3
            )
            assert not told.exact
            assert told.margin
            within += abs(told.count - truth) <= told.margin
        assert within >= 93, which


async def test_an_estimate_without_the_number_of_customers_tells_that_it_is_unsure_of_it(connection: Tx) -> None:
    within, truth = 0, await preview(connection, kept(RULES[4]), occasion=OCCASION, budget=ALL_TIME)
    for seed in range(30):
        told = await preview(connection, kept(RULES[4]), occasion=OCCASION, budget=NO_TIME, seed=seed)
        within += abs(told.count - truth.count) <= (told.margin or 0)
    assert within >= 27


async def test_a_slow_rule_is_estimated_of_as_many_as_there_is_time_for(connection: Tx, slow: Json) -> None:
    budget = Budget(exact=0.1, samples=((500, 0.2), (250, 0.3), (20, 60.0)), whole=70.0)
    told = await preview(connection, slow, occasion=OCCASION, sample=2, budget=budget)
    assert not told.exact
    assert len(told.some) == 2
    assert abs(told.count - CUSTOMERS) <= (told.margin or 0) < CUSTOMERS / 2
    assert await connection.fetchval("SHOW statement_timeout") == "30s"
    assert await connection.fetchval("SHOW plan_cache_mode") == "auto"


async def test_a_rule_that_nobody_can_be_asked_in_time_is_guessed(
    connection: Tx, slow: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "_MOMENT", 60.0)  # what the planner believes may be looked up for longer than that
    budget = Budget(exact=0.05, samples=((500, 0.1), (100, 0.15)), whole=0.5)
    told = await preview(connection, slow, occasion=OCCASION, sample=2, budget=budget)
    assert not told.exact
    assert told.some == ()
    assert abs(told.count - CUSTOMERS) <= (told.margin or 0)


async def test_nobody_waits_for_a_table_that_is_locked(connection: Tx, url: str) -> None:
    other, budget = await connect(url), Budget(exact=0.1, samples=((500, 0.2), (20, 0.3)), whole=0.4)
    async with other.transaction():
        await other.execute("LOCK TABLE customer IN ACCESS EXCLUSIVE MODE")
        # By itself it would wait for ever, or until the session's own time-out, which raises.
        told = await preview(connection, kept(RULES[0]), occasion=OCCASION, budget=budget)
    await other.close()
    assert not told.exact
    assert told.margin


async def test_what_postgres_does_not_take_is_refused(connection: Tx) -> None:
    with pytest.raises(QuestionRefused) as refused:
        await preview(connection, kept({"orderCount": {"eq": 2**40}}), occasion=OCCASION)
    assert (refused.value.code, refused.value.path) == ("INVALID", ("where",))
    assert await connection.fetchval("SELECT 1") == 1


async def test_customers_are_counted_again_after_a_minute(connection: Tx) -> None:
    population = Population()
    again = partial(preview, connection, kept(RULES[0]), occasion=OCCASION, population=population, budget=ALL_TIME)
    assert ((await again()).customers, population.count) == (CUSTOMERS, CUSTOMERS)
    population.count = 10 * CUSTOMERS
    assert (await again()).customers == 10 * CUSTOMERS
    population.at = NOW - timedelta(minutes=2)
    told = await again()
    assert told.customers == CUSTOMERS
