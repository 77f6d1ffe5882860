"""The deed of fitting: the value models of everybody's purchases, back-tested and put in use."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from domain.analytics import fitting, queries
from domain.analytics.compute import Compute
from domain.analytics.fitting import DEGENERATE, FEWEST_REPEATERS, Fitted
from domain.analytics.foresight import Model
from domain.clock import day_of, start_of, told
from domain.database import Tx
from domain.ids import Prefix, new_id, to_public
from domain.settings import Settings
from domain.vocabulary import ValueModelFamily

_SHORTEST_BACK_TEST = 14

_INSERT = """
INSERT INTO value_model (value_model_id, family, parameters, customers, log_likelihood, calibrated_until, fitted_at,
  in_use, warnings, holdout)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
"""


@dataclass(frozen=True, slots=True)
class Calibration:
    """The days that a fit sees, up to `until`; of its back-test, what was known at `cut` against the days to `end`."""

    until: date
    cut: date
    end: date

    @property
    def back_days(self) -> int:
        return (self.end - self.cut).days

    @property
    def cut_is_the_end(self) -> bool:
        return self.cut == self.until


def calibration(span: tuple[date, date], today: date, until: date | None, horizon_days: int) -> Calibration:
    """Days after a stated `until` judge the fit itself; else a third of the history at most is held back.

    A back-test is as long as the churn horizon where the history allows it, and left out below two weeks.
    """
    first, last = span
    if until is not None and (last - until).days >= _SHORTEST_BACK_TEST:
        return Calibration(until, until, last)
    until = min(until or today, today)
    held_back = min(horizon_days, ((min(until, last) - first).days) // 3)
    return Calibration(until, until - timedelta(days=held_back if held_back >= _SHORTEST_BACK_TEST else 0), until)


async def fit_value_model(tx: Tx, compute: Compute, *, until: date | None, now: datetime) -> dict[str, object]:
    """Fit, back-test, store and put in use; tells the models' ids, or why there is none.

    A degenerate fit takes the place of no fit and of another degenerate one, never of a good one.
    """
    await tx.execute(queries.UNHURRIED)
    settings = await Settings.load(tx)
    today = day_of(now, settings.zone)
    span = await queries.purchases_span(tx, settings.time_zone, now)
    if span is None or (until is not None and until < span[0]):
        return {"models": [], "reason": "There is no purchase to fit to."}
    days = calibration(span, today, until, settings.churn_horizon_days)
    record = await queries.read_histories(tx, settings.time_zone, now, until=days.until, cut=days.cut, end=days.end)
    if not fitting.enough(record):
        return {"models": [], "reason": f"Fewer than {FEWEST_REPEATERS} customers have bought again."}
    before = await queries.model_in_use(tx)
    warm = before.purchases if isinstance(before, Model) else None
    fitted = await compute(fitting.fit, record, days.back_days, days.cut_is_the_end, warm)
    serve = not fitted.purchases.degenerate or not isinstance(before, Model)
    ids = await _store(tx, fitted, days, settings, serve=serve, now=now)
    return {"models": [to_public(Prefix.VALUE_MODEL, id_) for id_ in ids], "warnings": list(fitted.warnings())}


async def _store(
    tx: Tx, fitted: Fitted, days: Calibration, settings: Settings, *, serve: bool, now: datetime
) -> list[UUID]:
    if serve:
        await tx.execute("UPDATE value_model SET in_use = false WHERE in_use")
    end = min(start_of(days.until + timedelta(days=1), settings.zone), now)
    holdout = fitted.told_holdout()
    if holdout is not None:
        opened, closed = (start_of(day + timedelta(days=1), settings.zone) for day in (days.cut, days.end))
        holdout |= {"from": told(opened), "until": told(min(closed, now))}
    bought, spent, made = fitted.purchases, fitted.spending, [new_id(now)]
    parameters = {name: getattr(bought.model, name) for name in ("r", "alpha", "a", "b")}
    seen = (bought.customers, bought.log_likelihood, end, now, serve, list(fitted.warnings()), holdout)
    await tx.execute(_INSERT, made[0], ValueModelFamily.BG_NBD, parameters, *seen)
    if spent is not None:
        made.append(new_id(now))
        parameters = {name: getattr(spent.model, name) for name in ("p", "q", "gamma")}
        warnings = [DEGENERATE + warning for warning in spent.warnings]
        serve = serve and not spent.degenerate
        seen = (spent.customers, spent.log_likelihood, end, now, serve, warnings, None)
        await tx.execute(_INSERT, made[1], ValueModelFamily.GAMMA_GAMMA, parameters, *seen)
    return made
