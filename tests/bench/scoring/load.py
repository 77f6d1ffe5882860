"""Loads the lives into a migrated, empty database: set-based, and indexes made afterwards."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import asyncpg
import numpy as np

from domain.ledger.rules import BUCKETS
from domain.sqlfile import statements
from tests.bench.scoring.lives import lives
from tests.bench.staging import copy, without_indexes

_SQL = Path(__file__).with_name("load.sql")
_STEPS = (
    *("keyed", "customers", "identities", "consents", "skeletons", "summaries", "marks"),
    *("products", "orders", "lines", "months"),
)
_FILLED = ("customer", "customer_order", "order_line", "customer_month")


async def load(url: str, customers: int, end: datetime) -> None:
    """So many customers whose last order is at `end`."""
    drawn, steps = lives(customers), statements(_SQL)
    tuned = {"timezone": "UTC", "synchronous_commit": "off", "work_mem": "512MB", "maintenance_work_mem": "1GB"}
    connection = await asyncpg.connect(url, server_settings=tuned)
    try:
        for name in ("staging", "staging_customers", "ids"):
            await connection.execute(steps[name])
        await copy(connection, "joined", {"owner": np.arange(customers), "at": drawn.joined})
        sums = {"total": drawn.total, "cost": drawn.cost, "discount": drawn.discount}
        await copy(connection, "lived", {"n": np.arange(len(drawn.at)), "owner": drawn.owner, "at": drawn.at} | sums)
        await connection.execute("ANALYZE joined, lived")
        later = await without_indexes(connection, _FILLED)
        for name in _STEPS:
            sql = steps[name].replace("{last}", str(BUCKETS - 1))
            await connection.execute(sql, *([end] if "$1" in sql else []))
            if name == "keyed":
                await connection.execute("ANALYZE known")
        for definition in later:
            await connection.execute(definition)
        await connection.execute("VACUUM (ANALYZE)")
        await connection.execute("CHECKPOINT")
    finally:
        await connection.close()
