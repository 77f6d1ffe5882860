"""The nightly deed: what goes with what, out of everybody's orders into the small tables, in one transaction.

Whoever reads meanwhile sees the tables of before; whoever reads afterwards sees the new ones.
"""

from collections.abc import Awaitable, Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np

from domain.affinity import queries
from domain.affinity.calibration import Calibration, Proposed, as_json, judged
from domain.analytics.compute import Compute
from domain.clock import day_of
from domain.database import Tx
from domain.ids import new_id
from domain.orders.rules import assumed_cost_share
from domain.settings import Settings
from domain.sqlfile import statements

_SQL = statements(Path(__file__).parent / "sql" / "relating.sql")
_UNHURRIED = """
SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0;
SET LOCAL enable_nestloop = off; SET LOCAL work_mem = '128MB'
"""
_PARTS = 65_536
MOST_CUSTOMERS = 200_000
"""Of so many the purchases are counted: shares are as good as of ten times as many, at a tenth of the price."""
WINDOW = timedelta(days=730)
BACK_TEST = timedelta(days=90)
_TESTED = 3_000
_ALL = 1_000_000
_TEMPORARY = {"offers": "t_offer", "affinities": "t_affinity", "transitions": "t_transition"}

Progress = Callable[[float, str], Awaitable[None]]


async def relate(tx: Tx, compute: Compute, *, as_of: datetime, now: datetime, progress: Progress) -> dict[str, object]:
    """Write the tables anew from what was bought before that instant; what a job tells of it."""
    await tx.execute(_UNHURRIED)
    settings = await Settings.load(tx)
    await progress(0.0, "Reading orders")
    await _facts(tx, settings, as_of)
    cut = as_of - BACK_TEST
    await progress(0.3, "Relating products as they were before the back-test")
    await _related(tx, day_of(cut, settings.zone), progress, 0.3)
    await progress(0.5, "Back-testing")
    calibration, holdout = await compute(judged, await _proposed(tx, settings, cut))
    await tx.execute(_SQL["again"])
    await _related(tx, day_of(as_of, settings.zone) + timedelta(days=1), progress, 0.6)
    await progress(0.9, "Writing")
    await _publish(tx, calibration)
    await tx.execute(_SQL["record"], new_id(now), as_of, now, as_json(calibration), holdout)
    await progress(0.99, "Done")  # the last place at which it can be called off
    counts = await tx.fetchrow(_COUNTS)
    assert counts is not None
    return {"asOf": as_of.isoformat(), **dict(counts)}


_COUNTS = """
SELECT (SELECT count(*) FROM t_customer) AS customers, (SELECT count(*) FROM product_offer) AS products,
  (SELECT count(*) FROM product_affinity) AS pairs
"""


async def _facts(tx: Tx, settings: Settings, as_of: datetime) -> None:
    customers: int = await tx.fetchval("SELECT count(*) FROM customer WHERE merged_into IS NULL AND erased_at IS NULL")
    parts = min(_PARTS, -(-_PARTS * MOST_CUSTOMERS // max(customers, 1)))
    since = as_of - WINDOW
    await tx.execute(_SQL["customers"], parts)
    await tx.execute(_SQL["products"])
    await tx.execute(_SQL["bought"], as_of, settings.time_zone, since, assumed_cost_share(settings))
    await tx.execute(_SQL["returned"], as_of, settings.time_zone, since)
    await tx.execute(_SQL["facts_known"])


async def _related(tx: Tx, before: date, progress: Progress, share: float) -> None:
    """Of the days before that one."""
    await tx.execute(_SQL["days"], before)
    await tx.execute(_SQL["owned"])
    await tx.execute(_SQL["days_known"])
    await progress(share + 0.05, "Summing up products")
    await tx.execute(_SQL["offers"], before)
    await progress(share + 0.1, "Counting who bought what together")
    await tx.execute(_SQL["pairs"])
    await tx.execute(_SQL["affinities"])
    await progress(share + 0.25, "Counting what follows on what")
    await tx.execute(_SQL["transitions"])
    await tx.execute(_SQL["known"])


async def _proposed(tx: Tx, settings: Settings, cut: datetime) -> Proposed:
    """What the tables as of the cut recommend to those who bought again, and what they bought."""
    day = day_of(cut, settings.zone)
    await tx.execute(_SQL["tested"], day, _TESTED)
    await tx.execute(_SQL["tested_known"])
    recommended = queries.recommended_to_many(
        "SELECT customer_id FROM t_tested",
        now="($1::date)::timestamp AT TIME ZONE $2::text",
        today="$1::date",
        zone="$2::text",
        most=_ALL,
        tables=_TEMPORARY,
    )
    text = _SQL["proposed"].format(recommended=recommended)
    columns: dict[str, list[object]] = {name: [] for name in Proposed.__slots__}
    async for row in tx.cursor(text, day, settings.time_zone, prefetch=1_000):
        for name, values in columns.items():
            values.append(row[name])
    return Proposed(**{name: np.array(values, dtype=_KINDS.get(name, "float64")) for name, values in columns.items()})


_KINDS = {"customer": "int64", "is_fitted": "bool", "is_new": "bool", "is_bought": "bool"}


async def _publish(tx: Tx, by: Calibration) -> None:
    """In the order in which readers name them; all at once for whoever looks."""
    for name in ("clear", "clear_affinities", "clear_transitions", "clear_shares"):
        await tx.execute(_SQL[name])
    await tx.execute(_SQL["publish_offers"], by.intercept, by.slope, by.again_shift)
    await tx.execute(_SQL["publish_affinities"], by.pull)
    await tx.execute(_SQL["publish_transitions"], by.onward)
    await tx.execute(_SQL["publish_shares"].format(valued=queries.VALUED))
