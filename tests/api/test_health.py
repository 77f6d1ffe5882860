"""Whether the process lives, and whether it may be sent requests."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from api import health, migrating
from api.app import App, create_app
from domain.deployment import Deployment
from domain.ids import new_id
from tests.api.conftest import SECRET
from tests.support.waiting import PATIENCE


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who takes a while on a slow machine is not away."""
    monkeypatch.setattr(health, "_PATIENCE", PATIENCE)


async def ready(client: httpx.AsyncClient, app: App) -> tuple[int, dict[str, object]]:
    app.health._at = float("-inf")  # what was found a moment ago does not count
    answer = await client.get("/readyz")
    return answer.status_code, answer.json()


async def beat(app: App, *, age: timedelta = timedelta(0)) -> None:
    async with app.house.db.transaction() as tx:
        await tx.execute("DELETE FROM worker_beat")
        await tx.execute(
            "INSERT INTO worker_beat (worker_id, part, started_at, seen_at)"
            " VALUES ($1, 'loop', now(), now() - $2::interval)",
            new_id(datetime.now(UTC)),
            age,
        )


async def test_it_lives_whatever_else_does(stranger: httpx.AsyncClient, app: App) -> None:
    await app.house.db.close()
    answer = await stranger.get("/livez")
    assert (answer.status_code, answer.json()) == (200, {"status": "live"})


async def test_with_everything_there_it_is_ready(stranger: httpx.AsyncClient, app: App) -> None:
    await beat(app)
    assert await ready(stranger, app) == (
        200,
        {
            "status": "ready",
            "leaving": False,
            "postgres": "ok",
            "migrations": "at head",
            "redis": "ok",
            "worker": "ok",
        },
    )


async def test_without_workers_it_is_degraded_and_ready(stranger: httpx.AsyncClient, app: App) -> None:
    status, told = await ready(stranger, app)
    assert (status, told["status"], told["worker"]) == (200, "degraded", "silent")
    await beat(app, age=timedelta(minutes=1))
    assert (await ready(stranger, app))[1]["worker"] == "silent"


async def test_without_redis_it_is_degraded_and_ready(deployment: Deployment) -> None:
    app = create_app(replace(deployment, redis_url="redis://127.0.0.1:1/0"), pool=2)
    async with app.opened(), httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://r") as client:
        await beat(app)
        status, told = await ready(client, app)
    assert (status, told["status"], told["redis"], told["worker"]) == (200, "degraded", "away", "ok")


async def test_without_postgres_it_is_not_ready(redis_url: str) -> None:
    app = create_app(Deployment("postgresql://nobody@127.0.0.1:1/none", redis_url, SECRET), pool=2)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://r") as client:
        status, told = await ready(client, app)
    assert (status, told["status"], told["postgres"]) == (503, "not ready", "away")
    assert "127.0.0.1" not in str(told)


async def test_not_at_the_head_of_the_migrations_it_is_not_ready(stranger: httpx.AsyncClient, app: App) -> None:
    async with app.house.db.transaction() as tx:
        await tx.execute("UPDATE alembic_version SET version_num = '0000'")
    status, told = await ready(stranger, app)
    assert (status, told["postgres"], told["migrations"]) == (503, "ok", "not at head")


async def test_about_to_leave_it_is_not_ready(stranger: httpx.AsyncClient, app: App) -> None:
    app.house.leaving.set()
    status, told = await ready(stranger, app)
    assert (status, told["leaving"]) == (503, True)
    assert (await stranger.get("/livez")).status_code == 200


async def test_to_be_asked_often_costs_the_database_nothing(
    stranger: httpx.AsyncClient, app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = 0
    revision = migrating.revision

    async def counted(url: str) -> str | None:
        nonlocal opened
        opened += 1
        return await revision(url)

    monkeypatch.setattr(migrating, "revision", counted)
    monkeypatch.setattr(health, "_KEPT", PATIENCE)  # a second may pass on a slow machine
    app.health._at = float("-inf")
    await asyncio.gather(*(stranger.get("/readyz") for _ in range(50)))
    assert opened == 1
