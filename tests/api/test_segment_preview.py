"""Previews over HTTP: a newer one and a closed connection both end the work in Postgres."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import UUID

import asyncpg
import httpx
import pytest

from domain.customers.entities.filters import FILTERS
from domain.query.entity import Compare
from domain.segments.previews.queries_steps import Budget, stepping
from domain.vocabulary import Role
from schema import patience, segment_preview
from tests.api.conftest import Running, bearer, key_for
from tests.support.waiting import PATIENCE

SLOW = '{ segmentPreview(where: {city: {ne: "nowhere"}}) { count exact } }'
QUICK = "{ segmentPreview(where: {}) { count exact } }"
_WORKING = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    " AND application_name LIKE 'rapport preview %' AND wait_event_type = 'Lock'"
)


_LONG = 10 * PATIENCE
_BUDGET = Budget(exact=_LONG, samples=((200, _LONG),), whole=_LONG)
"""Nothing ends because its time is over."""


@pytest.fixture
async def looking(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """A customer of whom the slow rule works until we let it; whoever looks sees who works."""
    sql = "(CASE WHEN pg_advisory_xact_lock_shared(1) IS NOT NULL THEN {a}.city END)"
    monkeypatch.setitem(FILTERS, "city", Compare(sql=sql))
    monkeypatch.setattr(segment_preview, "stepping", partial(stepping, budget=_BUDGET))
    monkeypatch.setattr(patience, "PATIENCE", dict.fromkeys(Role, timedelta(seconds=_LONG)))
    connection = await asyncpg.connect(running.server.app.house.deployment.database_url)
    now = datetime.now(UTC)
    await connection.execute(
        "INSERT INTO customer (customer_id, created_at, updated_at) VALUES ($1, $2, $2)", UUID(int=1), now
    )
    await connection.execute("SELECT pg_advisory_lock(1)")
    yield connection
    await connection.close()


async def _until_working(looking: "asyncpg.Connection[asyncpg.Record]", many: int) -> None:
    async with asyncio.timeout(PATIENCE):
        while await looking.fetchval(_WORKING) != many:  # noqa: ASYNC110 another process knows it
            await asyncio.sleep(0.01)


async def test_a_newer_preview_of_the_same_key_and_client_takes_the_place_of_the_older(
    running: Running, looking: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    key = bearer(await key_for(running))
    async with httpx.AsyncClient(base_url=running.url, headers=key, timeout=PATIENCE) as client:

        def asked(query: str, name: str) -> "asyncio.Task[httpx.Response]":
            return asyncio.create_task(
                client.post("/graphql", json={"query": query}, headers={"x-rapport-client": name})
            )

        older, others = asked(SLOW, "a tab"), asked(SLOW, "another tab")
        await _until_working(looking, 2)
        newer = await asked(QUICK, "a tab")
        assert newer.json()["data"]["segmentPreview"] == {"count": 1, "exact": True}
        answer = await older
        assert answer.json()["errors"][0]["extensions"]["code"] == "SUPERSEDED"
        assert answer.status_code < 500
        await looking.execute("SELECT pg_advisory_unlock(1)")
        assert "errors" not in (await others).json()


async def test_who_closes_the_connection_is_not_worked_for(
    running: Running, looking: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    key = bearer(await key_for(running))
    async with httpx.AsyncClient(base_url=running.url, headers=key, timeout=PATIENCE) as client:
        asking = asyncio.create_task(client.post("/graphql", json={"query": SLOW}))
        await _until_working(looking, 1)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        await _until_working(looking, 0)
        assert (await client.post("/graphql", json={"query": QUICK})).json()["data"]["segmentPreview"]["exact"]
