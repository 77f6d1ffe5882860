"""Previews of rules: exact where there is time, an estimate that keeps its word where there is not, and in time always;
a newer one cancels the older one, and nobody else.
"""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from random import Random
from zoneinfo import ZoneInfo

import asyncpg
import pytest

from domain.access.principal import OPERATOR
from domain.clock import Duration
from domain.customers.entities.filters import FILTERS
from domain.database import Tx, connect
from domain.errors import QuestionRefused
from domain.query.asking import Occasion
from domain.query.entity import Compare
from domain.segments.previews import queries_steps
from domain.segments.previews.population import Population
from domain.segments.previews.queries import Counted, preview
from domain.segments.previews.queries_steps import Budget, stepping
from domain.segments.previews.queries_superseding import superseding
from domain.segments.rule import Json, kept
from tests.bench.loading import load
from tests.schema.arguments import NOW
from tests.schema.world import KEYS
from tests.support import keeper

OCCASION = Occasion(OPERATOR, NOW, ZoneInfo("Europe/Berlin"), KEYS)
NO_TIME = Budget(exact=0.0, samples=((120, 5.0),), whole=6.0)
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
    once = "generate_series(1, length({a}.kind) / length({a}.kind))"
    sql = f"(CASE WHEN (SELECT count(pg_sleep(0.003)) FROM {once}) > 0 THEN {{a}}.city END)"
    monkeypatch.setitem(FILTERS, "city", Compare(sql=sql))
    return kept({"city": {"ne": "nowhere"}})


async def test_all_who_are_drawn_answer_as_the_list_does(connection: Tx) -> None:
    for which in RULES:
        exact = await preview(connection, kept(which), occasion=OCCASION, sample=7)
        everybody = Budget(exact=0.0, samples=((10 * CUSTOMERS, 5.0),))
        drawn = await preview(connection, kept(which), occasion=OCCASION, sample=7, budget=everybody)
        assert exact.exact
        assert drawn == Counted(exact.count, CUSTOMERS, None, drawn.some)
        assert len(set(drawn.some)) == len(set(exact.some)) == min(7, exact.count)


@pytest.mark.proof
async def test_the_truth_lies_within_the_margin_of_95_estimates_in_100(connection: Tx) -> None:
    population = Population(CUSTOMERS, NOW)
    for which in RULES[:4]:
        rule, within = kept(which), 0
        truth = (await preview(connection, rule, occasion=OCCASION)).count
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
    within = 0
    for seed in range(30):
        told = await preview(connection, kept(RULES[4]), occasion=OCCASION, budget=NO_TIME, seed=seed)
        truth = await preview(connection, kept(RULES[4]), occasion=OCCASION)
        within += abs(told.count - truth.count) <= (told.margin or 0)
    assert within >= 27


async def test_a_slow_rule_is_estimated_of_as_many_as_there_is_time_for(connection: Tx, slow: Json) -> None:
    budget = Budget(exact=0.1, samples=((500, 0.2), (250, 0.3), (20, 5.0)), whole=5.5)
    told = await preview(connection, slow, occasion=OCCASION, sample=2, budget=budget)
    assert not told.exact
    assert len(told.some) == 2
    assert abs(told.count - CUSTOMERS) <= (told.margin or 0) < CUSTOMERS / 2
    assert await connection.fetchval("SHOW statement_timeout") == "30s"
    assert await connection.fetchval("SHOW plan_cache_mode") == "auto"


async def test_a_rule_that_nobody_can_be_asked_in_time_is_guessed(connection: Tx, slow: Json) -> None:
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
    told = await preview(connection, kept(RULES[0]), occasion=OCCASION, population=population)
    assert (told.customers, population.count) == (CUSTOMERS, CUSTOMERS)
    population.count = 10 * CUSTOMERS
    told = await preview(connection, kept(RULES[0]), occasion=OCCASION, population=population)
    assert told.customers == 10 * CUSTOMERS
    population.at = NOW - timedelta(minutes=2)
    told = await preview(connection, kept(RULES[0]), occasion=OCCASION, population=population)
    assert told.customers == CUSTOMERS


async def _superseding(connection: Tx, rule: Json, caller: str) -> Counted:
    async with superseding(connection, caller):
        return await preview(connection, rule, occasion=OCCASION, budget=Budget(exact=60.0))


# Other tests preview at the same time, in databases of their own on the same server.
_MARKED = (
    "FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'rapport preview %'"
    " AND state = 'active'"
)
_MARKS = f"SELECT max(application_name) {_MARKED}"


async def _is_marked(connection: Tx, how_many: int = 1) -> None:
    sql = f"SELECT count(*) {_MARKED} AND query LIKE '%pg_sleep%'"
    while await connection.fetchval(sql) < how_many:  # noqa: ASYNC110 Postgres knows it
        await asyncio.sleep(0.01)


async def _sleeping(connection: Tx) -> None:
    async with superseding(connection, "ada"):
        await connection.execute("SELECT pg_sleep(1)")


async def test_what_takes_too_long_is_not_taken_for_a_newer_preview(
    connection: Tx, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor is it where the next step's beginning falls into what is left to the one before."""
    slow = {"step": queries_steps._SQL["step"].replace("superseded,", "superseded, pg_sleep(0.03),")}
    async with superseding(connection, "ada"), stepping(connection) as steps:
        assert await steps.fetch("SELECT pg_sleep(1)", (), until=steps.passed + 0.02) is None
        with monkeypatch.context() as patch:
            patch.setattr(queries_steps, "_SQL", slow)
            assert await steps.fetch("SELECT 1", (), until=steps.passed + 1) is None
        with pytest.raises(TimeoutError):
            await steps.need(lambda: connection.fetch("SELECT pg_sleep(1)"), until=steps.passed + 0.02)
    await connection.execute("SET statement_timeout = 20")
    with pytest.raises(asyncpg.QueryCanceledError):
        await _sleeping(connection)
    await connection.execute("RESET statement_timeout")
    assert await connection.fetchval("SHOW application_name") == "rapport"


async def test_a_newer_preview_cancels_the_older_one_of_the_same_caller_only(url: str, slow: Json) -> None:
    connections = [await connect(url) for _ in range(4)]
    first, other, second, looking = connections
    older = asyncio.create_task(_superseding(first, slow, "ada"))
    others = asyncio.create_task(_superseding(other, slow, "bob"))
    await _is_marked(looking, 2)
    newer = await _superseding(second, kept(RULES[0]), "ada")
    assert newer.exact
    with pytest.raises(QuestionRefused) as refused:
        await older
    assert refused.value.code == "SUPERSEDED"
    assert (await others).exact
    assert {await one.fetchval("SHOW application_name") for one in connections} == {"rapport"}
    for one in connections:
        await one.close()


async def test_the_one_that_comes_last_is_the_newest_whatever_a_clock_says(url: str, slow: Json) -> None:
    """Here Postgres's own was put back by a day while the older one ran."""
    first, second, looking = [await connect(url) for _ in range(3)]
    older = asyncio.create_task(_superseding(first, slow, "ada"))
    await _is_marked(looking)
    mark = await looking.fetchval(_MARKS)
    tomorrow = f"{mark[:-16]}{int(mark[-16:]) + 86_400_000_000:016d}"
    older.cancel()
    with pytest.raises(asyncio.CancelledError):
        await older
    await first.execute(f"SET application_name = '{tomorrow}'")
    sleeping = asyncio.create_task(first.execute("SELECT pg_sleep(20)"))
    await _is_marked(looking)
    assert (await _superseding(second, kept(RULES[0]), "ada")).exact
    with pytest.raises(asyncpg.QueryCanceledError):
        await sleeping
    for one in (first, second, looking):
        await one.close()


@pytest.mark.proof
async def test_a_cancellation_never_hits_what_the_session_does_next(url: str) -> None:
    """Sessions end their previews at the very moment at which newer ones cancel them, and go on to something else."""
    rng, seen = Random(7), {"superseded": 0, "told": 0}

    async def one(connection: Tx) -> None:
        try:
            async with superseding(connection, "ada"), stepping(connection) as steps:
                assert await steps.fetch("SELECT pg_sleep($1)", (rng.random() / 300,), until=60)
            seen["told"] += 1
        except QuestionRefused:
            seen["superseded"] += 1
        if connection.is_closed():  # then nobody uses it again
            return
        try:
            await connection.fetchval("SELECT pg_sleep(0.003)")
        except asyncpg.QueryCanceledError:
            pytest.fail("somebody else's statement was cancelled")

    async def many(connection: Tx) -> None:
        for turn in range(2_000):
            if turn >= 150 and seen["told"] > 10 and seen["superseded"] > 50:  # on a busy machine few are told
                break
            if connection.is_closed():
                connection = await connect(url)
            await one(connection)
            await asyncio.sleep(rng.random() / 100)
        await connection.close()

    connections = [await connect(url) for _ in range(4)]
    await asyncio.gather(*(many(connection) for connection in connections))
    assert seen["told"] > 10
    assert seen["superseded"] > 50


async def test_who_goes_away_leaves_nothing_behind(url: str, slow: Json) -> None:
    connection, looking = await connect(url), await connect(url)
    task = asyncio.create_task(_superseding(connection, slow, "ada"))
    await _is_marked(looking)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await connection.fetchval("SHOW application_name") == "rapport"
    held = "SELECT count(*) FROM pg_locks JOIN pg_database ON oid = database WHERE datname = current_database()"
    assert await connection.fetchval(f"{held} AND locktype = 'advisory'") == 0
    async with stepping(connection) as steps:
        assert await steps.fetch("SELECT 1", (), until=5.0)
    await connection.close()
    await looking.close()
