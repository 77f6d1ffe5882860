"""The deed of fitting: every family of value models to everybody's purchases, one of them chosen and put in use."""

from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from domain.analytics import queries
from domain.analytics.compute import Compute
from domain.analytics.judging import evaluation, fitting
from domain.analytics.judging.evaluation import FEWEST_REPEATERS, SHORTEST_BACK_TEST
from domain.analytics.judging.fitting import Candidate, Correction, PurchaseRecord
from domain.analytics.judging.holdout import Holdout
from domain.analytics.models.families import FAMILIES
from domain.analytics.models.gamma_gamma import GammaGammaFit
from domain.clock import day_of, start_of, told
from domain.database import Tx
from domain.ids import Prefix, new_id, to_public
from domain.settings import Settings
from domain.vocabulary import ValueModelFamily

_READ, _FITTED, _CHOSEN = 0.2, 0.85, 0.9

_INSERT = """
INSERT INTO value_model (value_model_id, family, parameters, customers, log_likelihood, calibrated_until, fitted_at,
  in_use, warnings, holdout, back_test, residual)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
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

    def told(self, figures: Holdout | None, opened: date, closed: date) -> dict[str, object] | None:
        named = fitting.told_figures(figures) if figures else None
        if named is None:
            return None
        return named | {"from": told(self._after(opened)), "until": told(min(self._after(closed), self.now))}

    def back_test(self, one: Candidate) -> dict[str, object] | None:
        found = self.told(one.figures_before, self.days.cut, self.days.until)
        return found and found | {"calibration": asdict(one.calibration)}

    def holdout(self, one: Candidate, corrected: Correction | None) -> dict[str, object] | None:
        """Of the fit itself, as it is used, where days are known that came after it; else its back-test."""
        if self.days.end == self.days.until:
            return self.told(one.figures_before, self.days.cut, self.days.until)
        after = corrected.after if corrected else one.figures_after
        return self.told(after, self.days.until, self.days.end)


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

    family: the one to use, by itself, instead of the one that the back-test would choose and what corrects it. A
    degenerate fit is never put in use, so it takes the place of no good one.
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
    found = await _candidates(compute, progress, record, days.days)
    await progress(_FITTED, f"Fitting {ValueModelFamily.GAMMA_GAMMA}")
    spent = await compute(fitting.spending, record)
    chosen = family or evaluation.choose(found)
    await progress(_CHOSEN, f"Learning what {chosen} misses")
    plain = family is not None or found[chosen].fit.degenerate
    corrected = None if plain else await compute(fitting.correction, found[chosen], record, days.days)
    ids = await _store(tx, found, chosen, corrected, spent, _Made(days, settings, now))
    return {
        "models": [to_public(Prefix.VALUE_MODEL, id_) for id_ in ids],
        "chosen": chosen,
        "warnings": _warnings(found[chosen], corrected),
    }


def _warnings(one: Candidate, corrected: Correction | None) -> list[str]:
    return [*one.warnings(), *([corrected.note] if corrected else [])]


async def _candidates(compute: Compute, progress: Progress, record: PurchaseRecord, days: fitting.Days) -> Candidates:
    found = Candidates()
    for done, family in enumerate(FAMILIES):
        customers = f"{len(record.purchases):,} customers"
        await progress(_READ + (_FITTED - _READ) * done / len(FAMILIES), f"Fitting {family} to {customers}")
        found[family] = await compute(fitting.candidate, family, record, days)
    return found


async def _store(
    tx: Tx,
    found: Candidates,
    chosen: ValueModelFamily,
    corrected: Correction | None,
    spent: GammaGammaFit | None,
    made: _Made,
) -> list[UUID]:
    serve = not found[chosen].fit.degenerate
    if serve:
        await tx.execute(_OUT_OF_USE, list(FAMILIES))
    ids = []
    for family, one in found.items():
        used = family is chosen
        ids.append(await _store_family(tx, one, serve and used, corrected if used else None, made))
    if serve and (spent is None or not spent.degenerate):
        await tx.execute(_OUT_OF_USE, [ValueModelFamily.GAMMA_GAMMA])
    if spent is not None:
        ids.append(await _store_spending(tx, spent, serve and not spent.degenerate, made))
    return ids


async def _store_family(tx: Tx, one: Candidate, serve: bool, corrected: Correction | None, made: _Made) -> UUID:
    id_, fit = new_id(made.now), one.fit
    seen = (fit.customers, fit.log_likelihood, made.calibrated_until, made.now, serve, _warnings(one, corrected))
    tests = (made.holdout(one, corrected), made.back_test(one), corrected and corrected.residual.as_json())
    await tx.execute(_INSERT, id_, fit.model.family, fit.model.parameters, *seen, *tests)
    return id_


async def _store_spending(tx: Tx, spent: GammaGammaFit, serve: bool, made: _Made) -> UUID:
    id_, warnings = new_id(made.now), fitting.told_warnings(spent.warnings)
    seen = (spent.customers, spent.log_likelihood, made.calibrated_until, made.now, serve, warnings)
    await tx.execute(_INSERT, id_, ValueModelFamily.GAMMA_GAMMA, asdict(spent.model), *seen, None, None, None)
    return id_
