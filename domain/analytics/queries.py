"""What scoring asks of Postgres: the summaries, the model in use, the population of the last full run, histories."""

from datetime import date, datetime
from functools import cache
from pathlib import Path

import numpy as np

from domain.analytics.judging.fitting import DEGENERATE, PurchaseRecord
from domain.analytics.judging.residual import Residual
from domain.analytics.models import families
from domain.analytics.models.families import FAMILIES
from domain.analytics.models.gamma_gamma import GammaGamma
from domain.analytics.scoring.churn import Calibration
from domain.analytics.scoring.foresight import Model
from domain.analytics.scoring.population import Population
from domain.analytics.scoring.wire import Inflow, Kind, Rows, row_type
from domain.database import Tx, copy_out
from domain.vocabulary import ValueModelFamily

BATCH = 25_000
UNHURRIED = """
SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0;
SET LOCAL enable_nestloop = off; SET LOCAL work_mem = '64MB'
"""
"""For a transaction that reads everything. Nested loops win only where the planner takes a table for empty: after a
first import, before its statistics."""


@cache
def _sql(name: str) -> str:
    return (Path(__file__).parent / "sql" / f"{name}.sql").read_text()


def _numbered(sql: str, *names: str) -> str:
    """Named parameters become numbered ones, in the order of the names."""
    for number, name in enumerate(names, 1):
        sql = sql.replace(f"${name}", f"${number}")
    return sql


async def purchases_span(tx: Tx, zone: str, before: datetime) -> tuple[date, date] | None:
    """The first and the last day with a standing order before that instant."""
    row = await tx.fetchrow(
        "SELECT (min(ordered_at) AT TIME ZONE $1)::date AS first, (max(ordered_at) AT TIME ZONE $1)::date AS last"
        " FROM customer_order WHERE cancelled_at IS NULL AND ordered_at < $2",
        zone,
        before,
    )
    return (row["first"], row["last"]) if row and row["first"] else None


async def read_histories(tx: Tx, zone: str, as_of: datetime, *, until: date, cut: date, end: date) -> PurchaseRecord:
    """Everybody who had bought by `until`; days count from it and are at most 0."""
    sql = _numbered(_sql("histories"), "zone", "as_of", "until", "cut", "end")
    kinds = dict.fromkeys(PurchaseRecord.__slots__, Kind.WHOLE) | {"repeat_profit": Kind.REAL}
    types = {Kind.WHOLE: "integer", Kind.REAL: "double precision"}
    told = ", ".join(f"{name}::{types[kind]}" for name, kind in kinds.items())
    inflow, parts = Inflow(row_type(list(kinds.items()))), []

    def keep(rows: Rows) -> None:
        parts.append([rows[name].astype(rows[name].dtype.newbyteorder("=")) for name in kinds])

    async def take(data: bytes) -> None:
        inflow.feed(data)
        if inflow.complete >= BATCH:
            keep(inflow.take())

    query = f"SELECT {told} FROM ({sql}) AS told"
    await copy_out(tx, query, zone, as_of, until, cut, end, output=take, format="binary")
    keep(inflow.take())
    return PurchaseRecord(*(np.concatenate(column) for column in zip(*parts, strict=True)))


Used = Model | tuple[str, ...] | None
"""The fitted models that scores come from; what is wrong with all of the last fits; None where there are none."""


async def model_in_use(tx: Tx) -> Used:
    rows = await tx.fetch(
        "SELECT value_model_id, family, parameters, warnings, holdout, back_test, residual FROM value_model"
        " WHERE in_use ORDER BY fitted_at"
    )
    by_family = {row["family"]: row for row in rows}
    purchases = next((row for row in reversed(rows) if row["family"] in FAMILIES), None)
    if purchases is None or _degenerate(purchases["warnings"]):
        return await _what_is_wrong(tx)
    spending = by_family.get(ValueModelFamily.GAMMA_GAMMA)
    calibration = (purchases["back_test"] or purchases["holdout"] or {}).get("calibration")
    return Model(
        purchases["value_model_id"],
        families.model(ValueModelFamily(purchases["family"]), purchases["parameters"]),
        GammaGamma(**spending["parameters"]) if spending else None,
        Calibration(**calibration) if calibration else Calibration(),
        Residual.from_json(purchases["residual"]) if purchases["residual"] else None,
    )


def _degenerate(warnings: list[str]) -> tuple[str, ...]:
    return tuple(warning.removeprefix(DEGENERATE) for warning in warnings if warning.startswith(DEGENERATE))


async def _what_is_wrong(tx: Tx) -> tuple[str, ...] | None:
    rows = await tx.fetch(
        "SELECT family, warnings FROM value_model WHERE family = ANY ($1)"
        " AND fitted_at = (SELECT max(fitted_at) FROM value_model WHERE family = ANY ($1)) ORDER BY family",
        list(FAMILIES),
    )
    return tuple(f"{row['family']}: {' '.join(_degenerate(row['warnings']))}" for row in rows) or None


async def last_population(tx: Tx) -> Population | None:
    """Of the full run whose scores are live, if it found anybody who buys."""
    cuts = await tx.fetchval("SELECT cuts FROM score_run ORDER BY finished_at DESC LIMIT 1")
    population = Population.read(cuts) if cuts else None
    return population if population and population.rfm.recency else None
