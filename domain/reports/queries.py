"""What the report asks of Postgres: a portrait of everybody in a few statements over one read-only snapshot."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np

from domain.clock import add_months, day_of
from domain.database import Tx
from domain.reports.facts import (
    Absent,
    CohortMonth,
    Decile,
    Earned,
    Portrait,
    Purchases,
    RfmCell,
    RiskCell,
    Span,
    Stage,
    StoredModel,
)
from domain.settings import Settings
from domain.sqlfile import statements
from domain.vocabulary import Channel, LifecycleStage, RiskBand, ValueModelFamily, ValueTier

_FILE = Path(__file__).parent / "sql" / "portrait.sql"
_UNHURRIED = """
SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL work_mem = '128MB'
"""
_STEPS = 4
_ARRAYS = ("x", "t_x", "t", "later", "n")
_TWELVE_MONTHS = 11
"""The month at hand and so many before it."""

Progress = Callable[[int, int, str], None]


async def read_portrait(tx: Tx, *, now: datetime, progress: Progress) -> Portrait:
    """As of the full run whose scores are live, or of now where there is none.

    The transaction must be REPEATABLE READ and may be read only.
    """
    # Before the snapshot: a switch to scores that it does not see would leave the view empty for it.
    await tx.execute(f"{_UNHURRIED}; LOCK TABLE customer_score IN ACCESS SHARE MODE")
    settings = await Settings.load(tx)
    run = await tx.fetchrow(_sql("run"))
    as_of = min(run["as_of"], now) if run else now
    today = day_of(as_of, settings.zone)
    progress(0, _STEPS, "purchases")
    models = tuple([_model(dict(row)) for row in await tx.fetch(_sql("models"))])
    purchases = await _purchases(tx, settings, models)
    progress(1, _STEPS, "cohorts")
    sql, values = _bound("cohorts", zone=settings.time_zone, as_of=as_of)
    cohorts = tuple([CohortMonth(*row) for row in await tx.fetch(sql, *values)])
    progress(2, _STEPS, "earnings")
    earned = await _earned(tx, today)
    progress(3, _STEPS, "scores")
    return Portrait(
        as_of=as_of,
        currency=settings.base_currency,
        time_zone=settings.time_zone,
        today=today,
        customers=await tx.fetchval(_sql("customers")),
        scored=run["as_of"] if run else None,
        models=models,
        purchases=purchases,
        cohorts=cohorts,
        earned=earned,
        deciles=tuple([Decile(*row) for row in await tx.fetch(_sql("deciles"))]),
        rfm=tuple([RfmCell(*row) for row in await tx.fetch(_sql("rfm"))]),
        risks=tuple([RiskCell(RiskBand(b), ValueTier(t), *rest) for b, t, *rest in await tx.fetch(_sql("risks"))]),
        stages=tuple([Stage(LifecycleStage(name), *rest) for name, *rest in await tx.fetch(_sql("stages"))]),
        absences=tuple([Absent(*row) for row in await tx.fetch(_sql("absences"))]),
    )


def _sql(name: str) -> str:
    return statements(_FILE)[name]


def _bound(name: str, **values: object) -> tuple[str, tuple[object, ...]]:
    """Named parameters become numbered ones, those that occur."""
    sql, used = _sql(name), []
    for parameter, value in values.items():
        if f"${parameter}" in sql:
            used.append(value)
            sql = sql.replace(f"${parameter}", f"${len(used)}")
    return sql, tuple(used)


def _model(row: Mapping[str, object]) -> StoredModel:
    told = dict(row)
    family, warnings = ValueModelFamily(str(told.pop("family"))), told.pop("warnings")
    assert isinstance(warnings, list)
    return StoredModel(family=family, warnings=tuple(warnings), **told)  # type: ignore[arg-type]


def back_test_span(model: StoredModel, settings: Settings) -> Span:
    """The days of the stored back-test; without one, all the days of the calibration and nothing after them."""
    last = day_of(model.calibrated_until - timedelta(microseconds=1), settings.zone)
    if model.holdout is None:
        return Span(last, last)
    opened, closed = (datetime.fromisoformat(str(model.holdout[name])) for name in ("from", "until"))
    moment = timedelta(microseconds=1)
    return Span(day_of(opened - moment, settings.zone), day_of(closed - moment, settings.zone))


async def _purchases(tx: Tx, settings: Settings, models: tuple[StoredModel, ...]) -> Purchases | None:
    """What the model of purchases in use was calibrated on and is judged by, whatever the scores are as of."""
    used = [model for model in models if model.in_use and model.family is not ValueModelFamily.GAMMA_GAMMA]
    if not used:
        return None
    span = back_test_span(used[0], settings)
    given = {"zone": settings.time_zone, "as_of": used[0].fitted_at, "cut": span.cut, "end": span.end}
    sql, values = _bound("histories", **given)
    # The index has customers in order: taken as they come they cost half of what hashing everybody does.
    await tx.execute("SET LOCAL enable_hashagg = off")
    rows = await tx.fetch(sql, *values)
    await tx.execute("SET LOCAL enable_hashagg = on")
    if not rows:
        return None
    known = {name: np.array([row[name] for row in rows], dtype=np.int64) for name in _ARRAYS}
    sql, values = _bound("repeats", **given)
    daily = await tx.fetch(sql, *values)
    first = span.cut - timedelta(days=int(known["t"].max()))
    repeats = np.zeros((span.end - first).days + 1)
    repeats[[(row["day"] - first).days for row in daily]] = [row["purchases"] for row in daily]
    return Purchases(span, known["x"], known["t_x"], known["t"], known["later"], known["n"], first, repeats)


async def _earned(tx: Tx, today: date) -> tuple[Earned, ...]:
    month = today.replace(day=1)
    since = add_months(datetime(month.year, month.month, 1), -_TWELVE_MONTHS).date()  # noqa: DTZ001
    sql, values = _bound("earnings", since=since, month=month)
    return tuple([Earned(Channel(channel), *rest) for channel, *rest in await tx.fetch(sql, *values)])
