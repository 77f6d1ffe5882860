"""The deed of fitting: every family of value models to everybody's purchases, one of them chosen and put in use."""

from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from domain.analytics import evaluation, fitting, queries
from domain.analytics.compute import Compute
from domain.analytics.evaluation import FEWEST_REPEATERS, SHORTEST_BACK_TEST
from domain.analytics.families import FAMILIES
from domain.analytics.fitting import Candidate, PurchaseRecord, Tested
from domain.analytics.gamma_gamma import GammaGammaFit
from domain.clock import day_of, start_of, told
from domain.database import Tx
from domain.ids import Prefix, new_id, to_public
from domain.settings import Settings
from domain.vocabulary import ValueModelFamily

_READ, _FITTED = 0.2, 0.95

_INSERT = """
INSERT INTO value_model (value_model_id, family, parameters, customers, log_likelihood, calibrated_until, fitted_at,
  in_use, warnings, holdout, back_test)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
"""
_OUT_OF_USE = "UPDATE value_model SET in_use = false WHERE in_use AND family = ANY ($1)"

Candidates = dict[ValueModelFamily, Candidate]
Progress = Callable[[float, str], Awaitable[None]]


async def _unheard(_share: float, _detail: str) -> None:
    """For whoever asks for no progress."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """The days that a fit sees, up to `until`.

    What was known at `cut` is tested on the days up to `until`, by which the family is chosen; the fit itself on the
    days up to `end`, where `until` lies in the past.
    """

    until: date
    cut: date
    end: date

    @property
    def days(self) -> fitting.Days:
        return fitting.Days((self.until - self.cut).days, (self.end - self.until).days)


def calibration(span: tuple[date, date], today: date, until: date | None, horizon_days: int) -> Calibration:
    """A back-test is as long as the churn horizon where the history allows it; it ends before the present."""
    first, last = span
    judged = until is not None and (last - until).days >= SHORTEST_BACK_TEST
    until = min(until or today, today)
    back = evaluation.back_test_days(horizon_days, (min(until, last) - first).days)
    return Calibration(until, until - timedelta(days=back), last if judged else until)


@dataclass(frozen=True, slots=True)
class _Made:
    """A fit of everything that there is to be stored of, and when."""

    days: Calibration
    settings: Settings
    now: datetime

    @property
    def calibrated_until(self) -> datetime:
        return min(self._after(self.days.until), self.now)

    def _after(self, day: date) -> datetime:
        return start_of(day + timedelta(days=1), self.settings.zone)

    def told(self, tested: Tested | None, opened: date, closed: date) -> dict[str, object] | None:
        figures = fitting.told_figures(tested.figures) if tested else None
        if figures is None:
            return None
        return figures | {"from": told(self._after(opened)), "until": told(min(self._after(closed), self.now))}

    def back_test(self, candidate: Candidate) -> dict[str, object] | None:
        found = self.told(candidate.before, self.days.cut, self.days.until)
        return found and found | {"calibration": asdict(candidate.calibration)}

    def holdout(self, candidate: Candidate) -> dict[str, object] | None:
        """Of the fit itself, where days are known that came after it."""
        if self.days.end > self.days.until:
            return self.told(candidate.after, self.days.until, self.days.end)
        return self.told(candidate.before, self.days.cut, self.days.until)


async def fit_value_model(
    tx: Tx,
    compute: Compute,
    *,
    until: date | None,
    now: datetime,
    family: ValueModelFamily | None = None,
    progress: Progress = _unheard,
) -> dict[str, object]:
    """Fit and test every family, store them, put the chosen one in use; tells the models' ids, or why there is none.

    family: the one to choose, instead of the one that the back-test would. A degenerate fit is never put in use, so it
    takes the place of no good one.
    """
    await tx.execute(queries.UNHURRIED)
    settings = await Settings.load(tx)
    today = day_of(now, settings.zone)
    span = await queries.purchases_span(tx, settings.time_zone, now)
    if span is None or (until is not None and until < span[0]):
        return {"models": [], "reason": "There is no purchase to fit to."}
    days = calibration(span, today, until, settings.churn_horizon_days)
    await progress(0, "Reading everybody's purchases")
    record = await queries.read_histories(tx, settings.time_zone, now, until=days.until, cut=days.cut, end=days.end)
    if not fitting.enough(record):
        return {"models": [], "reason": f"Fewer than {FEWEST_REPEATERS} customers have bought again."}
    found = await _candidates(tx, compute, progress, record, days.days)
    await progress(_FITTED, f"Fitting {ValueModelFamily.GAMMA_GAMMA}")
    spent = await compute(fitting.spending, record)
    chosen = family or evaluation.choose(found)
    ids = await _store(tx, found, chosen, spent, _Made(days, settings, now))
    return {
        "models": [to_public(Prefix.VALUE_MODEL, id_) for id_ in ids],
        "chosen": chosen,
        "warnings": found[chosen].warnings(),
    }


async def _candidates(
    tx: Tx, compute: Compute, progress: Progress, record: PurchaseRecord, days: fitting.Days
) -> Candidates:
    before, found = await queries.last_parameters(tx), Candidates()
    for done, family in enumerate(FAMILIES):
        customers = f"{len(record.purchases):,} customers"
        await progress(_READ + (_FITTED - _READ) * done / len(FAMILIES), f"Fitting {family} to {customers}")
        found[family] = await compute(fitting.candidate, family, record, days, before.get(family))
    return found


async def _store(
    tx: Tx, found: Candidates, chosen: ValueModelFamily, spent: GammaGammaFit | None, made: _Made
) -> list[UUID]:
    serve = not found[chosen].fit.degenerate
    if serve:
        await tx.execute(_OUT_OF_USE, list(FAMILIES))
    ids = [await _store_family(tx, one, serve and family is chosen, made) for family, one in found.items()]
    if serve and (spent is None or not spent.degenerate):
        await tx.execute(_OUT_OF_USE, [ValueModelFamily.GAMMA_GAMMA])
    if spent is not None:
        ids.append(await _store_spending(tx, spent, serve and not spent.degenerate, made))
    return ids


async def _store_family(tx: Tx, one: Candidate, serve: bool, made: _Made) -> UUID:
    id_, fit = new_id(made.now), one.fit
    seen = (fit.customers, fit.log_likelihood, made.calibrated_until, made.now, serve, one.warnings())
    tests = (made.holdout(one), made.back_test(one))
    await tx.execute(_INSERT, id_, fit.model.family, fit.model.parameters, *seen, *tests)
    return id_


async def _store_spending(tx: Tx, spent: GammaGammaFit, serve: bool, made: _Made) -> UUID:
    id_, warnings = new_id(made.now), fitting.told_warnings(spent.warnings)
    seen = (spent.customers, spent.log_likelihood, made.calibrated_until, made.now, serve, warnings)
    await tx.execute(_INSERT, id_, ValueModelFamily.GAMMA_GAMMA, asdict(spent.model), *seen, None, None)
    return id_
