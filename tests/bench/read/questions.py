"""The five questions of the read mix, in the words of each server, with seeded variables.

Each question is asked with many values, so that no server can answer from a cache of answers.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import orjson

from tests.bench.population import SEED

HERE = Path(__file__).parent
NAMES = ("customer", "list", "nested", "timeline", "profitability")
_TIERS = ("HIGH",)
_BANDS = ("LOW", "MEDIUM", "HIGH")
_YEARS = [(f"2025-{month:02d}-01", f"2026-{month:02d}-01") for month in range(1, 7)]


@dataclass(frozen=True, slots=True)
class Question:
    """One question and the values that it is asked with: each server's request bodies, in the same order."""

    name: str
    ours: tuple[bytes, ...]
    floor: tuple[bytes, ...]
    peer: tuple[bytes, ...]


async def all_questions(url: str, count: int = 400) -> list[Question]:
    """Drawn from the loaded database: any customers, and for the timeline those with at least 100 touchpoints."""
    connection = await asyncpg.connect(url)
    try:
        anybody = await connection.fetch("SELECT customer_id FROM customer ORDER BY customer_id")
        busy = await connection.fetch(
            "SELECT customer_id FROM touchpoint GROUP BY 1 HAVING count(*) >= 100 ORDER BY customer_id"
        )
    finally:
        await connection.close()
    chance = random.Random(SEED)
    values = {
        "customer": [{"id": row[0].hex} for row in chance.choices(anybody, k=count)],
        "timeline": [{"id": row[0].hex} for row in chance.choices(busy, k=count)],
    }
    pages = [
        {"tier": tier, "band": band, "from": since, "until": until}
        for tier in _TIERS
        for band in _BANDS
        for since, until in _YEARS
    ]
    chance.shuffle(pages)
    two = [{"tier": page["tier"], "band": page["band"]} for page in pages]
    values |= {"list": two, "nested": two, "profitability": pages}
    return [_question(name, values[name]) for name in NAMES]


def _question(name: str, values: list[dict[str, str]]) -> Question:
    return Question(
        name,
        ours=_bodies(HERE / "ours" / f"{name}.graphql", [_as_ours(value) for value in values]),
        floor=tuple(orjson.dumps({"question": name, "variables": value}) for value in values),
        peer=_bodies(HERE / "peer" / f"{name}.graphql", values),
    )


def _bodies(document: Path, values: list[dict[str, str]]) -> tuple[bytes, ...]:
    text = document.read_text()
    return tuple(orjson.dumps({"query": text, "variables": value}) for value in values)


def _as_ours(value: dict[str, str]) -> dict[str, str]:
    told = dict(value)
    if "id" in told:
        told["id"] = f"cus_{told['id']}"
    for bound in ("from", "until"):
        if bound in told:
            told[bound] += "T00:00:00+00:00"
    return told
