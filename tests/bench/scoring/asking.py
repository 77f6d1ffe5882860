"""What to offer a customer and what to do next, asked over HTTP for one customer after the other."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles

import orjson

from domain.advice.commands_rating import make_rates
from domain.database import Database
from domain.ids import Prefix, to_public
from domain.vocabulary import JobKind, Role
from tests.bench.read.servers import make_key
from tests.bench.record.__main__ import web
from tests.bench.record.measure import Client
from tests.bench.scoring.nightly import done

_QUESTION = """
query Next($id: ID!) {
  customer(id: $id) {
    productRecommendations(first: 5) { product { sku } lift probability expectedProfit reason }
    nextActions { strategy channel product { sku } expectedProfit reason }
  }
}
"""
_WHO = "SELECT customer_id FROM customer ORDER BY hashtextextended(customer_id::text, 1) LIMIT $1"
_ASKED = 300
_WARMING = 30


async def prepared(db: Database) -> None:
    """The small tables that the night makes; a worker is there."""
    await done(db, JobKind.RELATE_PRODUCTS)
    async with db.transaction() as tx:
        await make_rates(tx, now=datetime.now(UTC))
    async with db.connection() as connection:
        await connection.execute("SET statement_timeout = 0")
        await connection.execute("VACUUM (ANALYZE)")


async def measure(url: str, redis_url: str, folder: Path) -> dict[str, float]:
    """Milliseconds of a question, and how many recommendations and actions came on average."""
    db = Database(url)
    try:
        await prepared(db)
        async with db.connection() as connection:
            rows = await connection.fetch(_WHO, _ASKED + _WARMING)
        ids = [row["customer_id"] for row in rows]
        key, took, told = await make_key(url, Role.ANALYST), list[float](), [0, 0]
        async with web(url, redis_url, folder) as port:
            client = Client(port, key)
            for id_ in ids:
                variables = {"id": to_public(Prefix.CUSTOMER, id_)}
                body = orjson.dumps({"query": _QUESTION, "variables": variables})
                begun = time.perf_counter()
                customer = client.send(body)["customer"]
                took.append((time.perf_counter() - begun) * 1_000)
                for at, name in enumerate(("productRecommendations", "nextActions")):
                    found = customer[name]
                    assert isinstance(found, list)
                    told[at] += len(found)
    finally:
        await db.close()
    took = took[min(_WARMING, len(took) // 2) :]
    each = {"recommendations": told[0] / len(ids), "actions": told[1] / len(ids)}
    return {"median": median(took), "of95in100": quantiles(took, n=20)[-1]} | each
