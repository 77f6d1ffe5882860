"""Seeded orders as NDJSON: many small ones of many customers, for where Online Retail's large ones are not at hand."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import orjson

SEED, PRODUCTS = 20260301, 2_000


def products() -> bytes:
    return b"\n".join(
        orjson.dumps({"sku": f"P{number}", "name": f"Product {number}", "category": f"Group {number % 12}"})
        for number in range(PRODUCTS)
    )


def orders(count: int) -> bytes:
    """Each of one to five lines; a customer has four orders on average."""
    chance = random.Random(SEED)
    start = datetime(2024, 1, 1, tzinfo=UTC)
    return b"\n".join(orjson.dumps(_order(number, count, chance, start)) for number in range(count))


def _order(number: int, count: int, chance: random.Random, start: datetime) -> dict[str, object]:
    lines = [
        {
            "sku": f"P{chance.randrange(PRODUCTS)}",
            "quantity": chance.randint(1, 9),
            "unitPrice": f"{chance.randint(99, 9999) / 100:.2f}",
        }
        for _ in range(chance.randint(1, 5))
    ]
    return {
        "source": "shop",
        "externalId": f"order {number}",
        "orderedAt": (start + timedelta(minutes=number * 1_000_000 // count)).isoformat(),
        "channel": chance.choice(("WEB", "MOBILE_APP", "IN_PERSON")),
        "customer": {"identity": {"kind": "EXTERNAL_ID", "value": str(chance.randrange(max(count // 4, 1)))}},
        "lines": lines,
    }
