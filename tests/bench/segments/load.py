"""Loads the population into a migrated, empty database: COPY into staging, sets from there, indexes afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import asyncpg
import numpy as np

from domain.analytics.scoring.wire import Kind
from domain.ledger.rules import BUCKETS
from domain.sqlfile import statements
from tests.bench.segments.population import CATEGORIES, CHANNELS, KINDS, SUPPLIERS, population
from tests.bench.staging import copy, without_indexes

_SQL = Path(__file__).with_name("load.sql")
_STEPS = ("customers", "marks", "products", "touchpoints", "orders", "lines", "months", "scores", "summaries")
_FILLED = (
    *("customer", "customer_mark", "touchpoint", "customer_order", "order_line", "customer_month"),
    *("customer_score_a", "customer_summary"),
)
_WIRE = {"customer_id": Kind.UUID, "id": Kind.UUID, "order_id": Kind.UUID, "at": Kind.INSTANT}
_TUNED = {"timezone": "UTC", "synchronous_commit": "off", "work_mem": "512MB", "maintenance_work_mem": "1GB"}


async def load(url: str, customers: int, end: datetime) -> None:
    """So many customers, of whom the last was heard at `end`."""
    steps, drawn = statements(_SQL), population(customers, int(end.timestamp() * 1_000_000))
    prices = {"product": np.arange(len(drawn.prices)), "price": drawn.prices}
    staged = {"joined": drawn.customers, "touched": drawn.touched, "ordered": drawn.ordered, "lined": drawn.lines}
    connection = await asyncpg.connect(url, server_settings=_TUNED)
    try:
        await connection.execute(steps["staging"])
        for table, columns in (staged | {"priced": prices}).items():
            await copy(connection, table, columns, _WIRE)
            await connection.execute(f"ANALYZE {table}")
        later = await without_indexes(connection, _FILLED, keys=True)
        for name in _STEPS:
            await connection.execute(_filled(steps[name], end))
        for definition in later:
            await connection.execute(definition)
        await connection.execute("VACUUM (ANALYZE)")
        await connection.execute("CHECKPOINT")
    finally:
        await connection.close()


def _filled(sql: str, end: datetime) -> str:
    said = {"last": str(BUCKETS - 1), "categories": str(CATEGORIES), "suppliers": str(SUPPLIERS)}
    said |= {"kinds": _array(KINDS), "channels": _array(CHANNELS), "end": f"'{end.isoformat()}'::timestamptz"}
    return sql.format(**said)


def _array(names: Sequence[str]) -> str:
    return "ARRAY[{}]".format(", ".join(f"'{name}'" for name in names))
