"""The read mix on a small population: ours and the floor give the same answers, so what is timed is the same work."""

from __future__ import annotations

import asyncpg
import httpx
import pytest

from api.app import create_app
from domain.database import Database
from domain.deployment import Deployment, Secret
from tests.bench.loading import load
from tests.bench.read import compare, floor
from tests.bench.read.questions import all_questions
from tests.bench.read.servers import SECRET, make_key

SCALE = 0.005


async def test_ours_answers_as_the_floor_does(
    database_url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await load(database_url, SCALE)
    monkeypatch.setattr(floor, "database", Database(database_url))
    app = create_app(Deployment(database_url, redis_url, Secret.parse(SECRET)))
    headers = {"authorization": f"Bearer {await make_key(database_url)}", "content-type": "application/json"}
    ours = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://ours", headers=headers)
    bare = httpx.AsyncClient(transport=httpx.ASGITransport(floor.app), base_url="http://floor")
    async with app.opened(), ours, bare:
        for question in await all_questions(database_url, count=5):
            for our_body, floor_body in list(zip(question.ours, question.floor, strict=True))[:5]:
                said = await ours.post("/graphql", content=our_body)
                expected = await bare.post("/graphql", content=floor_body)
                assert compare.data(said.content) == compare.data(expected.content), question.name
    await floor.database.close()


async def test_the_same_scale_gives_the_same_rows(database_url: str) -> None:
    await load(database_url, 0.001)
    connection = await asyncpg.connect(database_url)
    try:
        counts = [
            await connection.fetchval(f"SELECT count(*) FROM {table}")
            for table in ("customer", "customer_order", "touchpoint", "customer_score")
        ]
        booked = await connection.fetchval("SELECT sum(revenue) FROM customer_month")
        sold = await connection.fetchval("SELECT sum(total) FROM customer_order")
        told = "concat_ws(' ', customer_id, touchpoint_id, channel, kind, cost)"
        digest = await connection.fetchval(
            f"SELECT md5(string_agg({told}, ',' ORDER BY touchpoint_id)) FROM touchpoint"
        )
    finally:
        await connection.close()
    assert counts == [100, 500, 2000, 100]
    assert booked == sold
    assert digest == "6f9d9f32093acab543b80639fe475ad7"
