"""From the door to the ledger and back: a mutation starts a job, with Redis or without, and its progress is told."""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.app import App, create_app
from domain import access
from domain.deployment import Deployment
from domain.ledger.kinds import STARTABLE
from domain.vocabulary import Role
from tests.support.jobs import House

START = "mutation { jobStart(kind: SCORE_CUSTOMERS) { job { id kind status attempts } errors { code message path } } }"
CANCEL = "mutation ($id: ID!) { jobCancel(id: $id) { job { status } errors { code message } } }"
SHOW = "query ($id: ID!) { job(id: $id) { status progress attempts error result finishedAt } }"


@pytest.fixture
async def nobody_to_wake(workers: House, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """A web process whose Redis is away."""
    environment = workers.environment | {"REDIS_URL": f"unix://{tmp_path}/nobody?db=0"}
    app: App = create_app(Deployment.from_environment(environment), pool=3)
    async with app.opened():
        async with app.house.db.transaction() as tx:
            key = await access.create_key(tx, access.KeyRequest("Test", Role.ADMIN, None), now=datetime.now(UTC))
        headers = {"authorization": f"Bearer {key.token}"}
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://rapport", headers=headers) as client:
            yield client


async def ask(client: httpx.AsyncClient, document: str, **variables: object) -> Any:
    answer = await client.post("/graphql", json={"query": document, "variables": variables})
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


async def test_a_mutation_answers_while_redis_is_away(nobody_to_wake: httpx.AsyncClient) -> None:
    await ask(nobody_to_wake, START)
    began = time.monotonic()
    said = (await ask(nobody_to_wake, START))["jobStart"]
    assert time.monotonic() - began < 5
    assert said["errors"] == []
    assert (said["job"]["kind"], said["job"]["status"], said["job"]["attempts"]) == ("SCORE_CUSTOMERS", "QUEUED", 0)
    cancelled = (await ask(nobody_to_wake, CANCEL, id=said["job"]["id"]))["jobCancel"]
    assert cancelled == {"job": {"status": "CANCELLED"}, "errors": []}
    again = (await ask(nobody_to_wake, CANCEL, id=said["job"]["id"]))["jobCancel"]
    assert [error["code"] for error in again["errors"]] == ["IN_WRONG_STATE"]


async def test_a_kind_without_a_function_is_refused(nobody_to_wake: httpx.AsyncClient) -> None:
    said = (await ask(nobody_to_wake, START.replace("SCORE_CUSTOMERS", "RUN_CAMPAIGN")))["jobStart"]
    assert said["job"] is None
    assert [(error["code"], error["path"]) for error in said["errors"]] == [("NOT_FOUND", ["kind"])]
    assert f"these can: {', '.join(sorted(STARTABLE))}" in said["errors"][0]["message"]


@pytest.mark.proof
async def test_the_loop_alone_carries_it_out(nobody_to_wake: httpx.AsyncClient, workers: House) -> None:
    job = (await ask(nobody_to_wake, START))["jobStart"]["job"]
    workers.start("product-loop")
    end = time.monotonic() + 60
    while not (said := (await ask(nobody_to_wake, SHOW, id=job["id"]))["job"])["finishedAt"]:
        assert time.monotonic() < end, f"{said}\n{workers.said()}"
        await asyncio.sleep(0.05)
    assert (said["status"], said["progress"], said["attempts"], said["error"]) == ("SUCCEEDED", 1.0, 1, None)
    assert said["result"]["customers"] == 0
