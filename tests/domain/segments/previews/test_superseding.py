"""A newer preview cancels an older one of the same caller, and nobody else; what takes too long is no newer preview."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from math import inf
from random import Random

import asyncpg
import pytest

from domain.database import Tx, connect
from domain.errors import QuestionRefused
from domain.segments.previews import queries_steps
from domain.segments.previews.queries import Counted, preview
from domain.segments.previews.queries_steps import Budget, stepping
from domain.segments.previews.queries_superseding import superseding
from domain.segments.rule import Json, kept
from tests.bench.loading import load
from tests.domain.segments.previews.test_preview import OCCASION, RULES, doing
from tests.support import keeper

_GATE = 4711


@pytest.fixture(scope="module")
def url() -> str:
    url = keeper.ask("database")
    asyncio.run(load(url, 0.0005))
    return url


@pytest.fixture
def waiting(monkeypatch: pytest.MonkeyPatch) -> Json:
    """A rule that is answered to nobody who has not come through the gate."""
    return doing(f"pg_advisory_xact_lock_shared({_GATE})", monkeypatch)


@asynccontextmanager
async def _gate_shut(connection: Tx) -> AsyncIterator[None]:
    await connection.execute(f"SELECT pg_advisory_lock({_GATE})")
    yield
    await connection.execute(f"SELECT pg_advisory_unlock({_GATE})")


async def _superseding(connection: Tx, rule: Json, caller: str) -> Counted:
    async with superseding(connection, caller):
        return await preview(connection, rule, occasion=OCCASION, budget=Budget(exact=60.0))


# Other tests preview at the same time, in databases of their own on the same server.
_MARKED = (
    "FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'rapport preview %'"
    " AND wait_event_type = 'Lock'"
)
_MARKS = f"SELECT max(application_name) {_MARKED}"


async def _is_marked(connection: Tx, how_many: int = 1) -> None:
    """So many stand at the gate."""
    async with asyncio.timeout(60):
        while await connection.fetchval(f"SELECT count(*) {_MARKED}") < how_many:  # noqa: ASYNC110 Postgres knows it
            await asyncio.sleep(0.01)


async def _sleeping(connection: Tx) -> None:
    async with superseding(connection, "ada"):
        await connection.execute("SET statement_timeout = 20")
        await connection.execute("SELECT pg_sleep(1)")


async def test_what_takes_too_long_is_not_taken_for_a_newer_preview(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor is it where the next step's beginning falls into what is left to the one before."""
    connection = await connect(url)
    slow = {"step": queries_steps._SQL["step"].replace("superseded,", "superseded, pg_sleep(0.03),")}
    async with superseding(connection, "ada"), stepping(connection) as steps:
        while steps._longest == inf:  # where we ourselves were held up for so long, it was not even begun
            assert await steps.fetch("SELECT pg_sleep(1)", (), until=steps.passed + 0.02) is None
        with monkeypatch.context() as patch:
            patch.setattr(queries_steps, "_SQL", slow)
            assert await steps.fetch("SELECT 1", (), until=steps.passed + 1) is None
        with pytest.raises(TimeoutError):
            await steps.need(lambda: connection.fetch("SELECT pg_sleep(1)"), until=steps.passed + 0.02)
    with pytest.raises(asyncpg.QueryCanceledError):
        await _sleeping(connection)
    await connection.execute("RESET statement_timeout")
    assert await connection.fetchval("SHOW application_name") == "rapport"
    await connection.close()


async def test_a_newer_preview_cancels_the_older_one_of_the_same_caller_only(url: str, waiting: Json) -> None:
    connections = [await connect(url) for _ in range(4)]
    first, other, second, looking = connections
    async with _gate_shut(looking):
        older = asyncio.create_task(_superseding(first, waiting, "ada"))
        others = asyncio.create_task(_superseding(other, waiting, "bob"))
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


async def test_the_one_that_comes_last_is_the_newest_whatever_a_clock_says(url: str, waiting: Json) -> None:
    """Here Postgres's own was put back by a day while the older one ran."""
    first, second, looking = [await connect(url) for _ in range(3)]
    async with _gate_shut(looking):
        older = asyncio.create_task(_superseding(first, waiting, "ada"))
        await _is_marked(looking)
        mark = await looking.fetchval(_MARKS)
        tomorrow = f"{mark[:-16]}{int(mark[-16:]) + 86_400_000_000:016d}"
        older.cancel()
        with pytest.raises(asyncio.CancelledError):
            await older
        await first.execute(f"SET application_name = '{tomorrow}'")
        stays = asyncio.create_task(first.execute(f"SELECT pg_advisory_xact_lock_shared({_GATE})"))
        await _is_marked(looking)
        assert (await _superseding(second, kept(RULES[0]), "ada")).exact
        with pytest.raises(asyncpg.QueryCanceledError):
            await stays
    for one in (first, second, looking):
        await one.close()


@pytest.mark.proof
async def test_a_cancellation_never_hits_what_the_session_does_next(url: str) -> None:
    """Sessions end their previews at the very moment at which newer ones cancel them, and go on to something else."""
    rng, seen = Random(7), {"superseded": 0, "told": 0}

    async def one(connection: Tx) -> bool:
        try:
            async with superseding(connection, "ada"), stepping(connection) as steps:
                assert await steps.fetch("SELECT pg_sleep($1)", (rng.random() / 300,), until=60)
            is_told = True
        except QuestionRefused:
            is_told = False
        seen["told" if is_told else "superseded"] += 1
        if connection.is_closed():  # then nobody uses it again
            return is_told
        try:
            await connection.fetchval("SELECT pg_sleep(0.003)")
        except asyncpg.QueryCanceledError:
            pytest.fail("somebody else's statement was cancelled")
        return is_told

    async def many(connection: Tx) -> None:
        in_vain = 0
        for turn in range(2_000):
            if turn >= 150 and seen["told"] > 10 and seen["superseded"] > 50:
                break
            if connection.is_closed():
                connection = await connect(url)
            in_vain = 0 if await one(connection) else min(in_vain + 1, 6)
            # On a busy machine nobody would be told, each being superseded by the next: so they wait longer and longer.
            await asyncio.sleep(rng.random() / 100 * 2**in_vain)
        await connection.close()

    connections = [await connect(url) for _ in range(4)]
    await asyncio.gather(*(many(connection) for connection in connections))
    assert seen["told"] > 10
    assert seen["superseded"] > 50


async def test_who_goes_away_leaves_nothing_behind(url: str, waiting: Json) -> None:
    connection, looking = await connect(url), await connect(url)
    async with _gate_shut(looking):
        task = asyncio.create_task(_superseding(connection, waiting, "ada"))
        await _is_marked(looking)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert await connection.fetchval("SHOW application_name") == "rapport"
    held = "SELECT count(*) FROM pg_locks JOIN pg_database ON oid = database WHERE datname = current_database()"
    assert await connection.fetchval(f"{held} AND locktype = 'advisory'") == 0
    async with stepping(connection) as steps:
        assert await steps.fetch("SELECT 1", (), until=60.0)
    await connection.close()
    await looking.close()
