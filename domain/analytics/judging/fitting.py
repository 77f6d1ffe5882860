"""Fits of the value models with their tests, from purchase records to values that can be stored; pure."""

from dataclasses import asdict, dataclass, replace

import numpy as np

from domain.analytics.judging import evaluation, holdout, residual
from domain.analytics.judging.evaluation import FEWEST_REPEATERS, Trial
from domain.analytics.judging.holdout import Holdout
from domain.analytics.judging.purchase_days import Known
from domain.analytics.judging.residual import Residual
from domain.analytics.models import families, gamma_gamma
from domain.analytics.models.bg_nbd_forecast import Horizon
from domain.analytics.models.families import PurchaseModel
from domain.analytics.models.fitted import Fit
from domain.analytics.models.gamma_gamma import GammaGammaFit
from domain.analytics.models.histories import DAYS_A_WEEK, Floats, Ints
from domain.analytics.scoring import churn
from domain.analytics.scoring.churn import Calibration
from domain.vocabulary import ValueModelFamily

DEGENERATE = "Degenerate: "
"""What the warnings of a fit begin with that scores may not come from."""


@dataclass(frozen=True, slots=True)
class PurchaseRecord:
    """One entry a customer who had bought by the last day of the calibration, from which days are counted.

    A back-test is of what was known at the cut, before that day; `later` are the purchases after it.
    """

    first_day: Ints
    purchases: Ints
    last_day: Ints
    purchases_until_cut: Ints
    last_until_cut: Ints
    later: Ints
    repeat_profit: Floats

    def known(self) -> Known:
        """By the last day of the calibration."""
        return _known(self.purchases, self.first_day, self.last_day, 0, self.later)

    def known_before(self, days: int) -> Known:
        """By the cut, so many days earlier."""
        some = self.purchases_until_cut > 0
        until_cut, first, last = (of[some] for of in (self.purchases_until_cut, self.first_day, self.last_until_cut))
        return _known(until_cut, first, last, -days, self.purchases[some] - until_cut)


def _known(purchases: Ints, first: Ints, last: Ints, day: int, later: Ints) -> Known:
    x, t_x, T = (values.astype(np.int64) for values in (purchases - 1, last - first, day - first))
    return Known(x, t_x, T, later.astype(np.float64))


@dataclass(frozen=True, slots=True)
class Days:
    """How long the test before the end of the calibration is, and the time that is known after it; 0 for none."""

    back: int
    ahead: int


@dataclass(frozen=True, slots=True)
class Tested:
    """What a test found, and what it taught of churn."""

    trial: Trial
    figures: Holdout
    calibration: Calibration


@dataclass(frozen=True, slots=True)
class Candidate:
    """A family as it was fitted, and as of the cut, with the tests before the end of the calibration and after it."""

    fit: Fit[PurchaseModel]
    at_cut: PurchaseModel | None
    before: Tested | None
    after: Tested | None

    @property
    def back_test(self) -> Trial | None:
        return self.before.trial if self.before else None

    @property
    def figures_before(self) -> Holdout | None:
        return self.before.figures if self.before else None

    @property
    def figures_after(self) -> Holdout | None:
        return self.after.figures if self.after else None

    @property
    def calibration(self) -> Calibration:
        return self.before.calibration if self.before else Calibration()

    def warnings(self) -> list[str]:
        return told_warnings(self.fit.warnings, self.fit.notes)


def told_warnings(warnings: tuple[str, ...], notes: tuple[str, ...] = ()) -> list[str]:
    return [*(DEGENERATE + warning for warning in warnings), *notes]


def enough(record: PurchaseRecord) -> bool:
    return int((record.purchases > 1).sum()) >= FEWEST_REPEATERS


def candidate(family: ValueModelFamily, record: PurchaseRecord, days: Days) -> Candidate:
    """The family fitted to what was known at the cut, then to everything; each held against what came after.

    The same purchases give the same fit: it begins where the fit at the cut ended, not where one of last week did.
    """
    earlier, known = record.known_before(days.back), record.known()
    tested = days.back > 0 and earlier.repeaters >= FEWEST_REPEATERS
    at_cut = families.fit(family, earlier.histories()) if tested else None
    before = _tested(at_cut, earlier, days.back) if at_cut else None
    fit = _fitted(family, known, at_cut)
    after = _tested(fit, known, days.ahead) if days.ahead else None
    return Candidate(fit, at_cut.model if at_cut else None, before, after)


def _fitted(family: ValueModelFamily, known: Known, earlier: Fit[PurchaseModel] | None) -> Fit[PurchaseModel]:
    histories = known.histories()
    if earlier and not earlier.degenerate:
        fit = families.fit(family, histories, earlier.model.parameters)
        if not fit.degenerate:
            return fit
    return families.fit(family, histories)


@dataclass(frozen=True, slots=True)
class Correction:
    """What a residual makes of a family: in words, and what the days after the calibration say of both together."""

    residual: Residual
    note: str
    after: Holdout | None


def correction(candidate: Candidate, record: PurchaseRecord, days: Days) -> Correction | None:
    """Learnt from the back-test alone; None where it does not surely help there."""
    if candidate.at_cut is None:
        return None
    learnt, known = residual.learn(candidate.at_cut, record.known_before(days.back), days.back), record.known()
    if not learnt.helps:
        return None
    model, weeks = candidate.fit.model, known.in_weeks()
    level = learnt.levelled(model, *weeks)
    low, high = np.quantile(level.factors(model, *weeks), holdout.INTERVAL)
    note = (
        f"A boosted residual moves the purchases expected of the next {days.back} days between customers, by a factor"
        f" of {low:.2f} to {high:.2f} for eight in ten of them. In the back-test it lowered the Poisson deviance of"
        f" customers whom it had not seen by {learnt.gain:.4f} (standard error {learnt.error:.4f})."
    )
    if not days.ahead:
        return Correction(level, note, None)
    horizon = Horizon(days.ahead / DAYS_A_WEEK)
    interval = model.purchase_quantiles(*weeks, horizon.weeks, holdout.INTERVAL)
    foretold = level.corrected(model, *weeks, horizon).purchases
    return Correction(level, note, holdout.judge(foretold, interval, known.later))


def spending(record: PurchaseRecord) -> GammaGammaFit | None:
    x = (record.purchases - 1).astype(np.float64)
    return gamma_gamma.fit(x, np.nan_to_num(record.repeat_profit) / np.maximum(x, 1))


def _tested(fit: Fit[PurchaseModel], known: Known, days: int) -> Tested:
    trial, history = evaluation.held_against(fit, known, days), (*known.in_weeks(), days / DAYS_A_WEEK)
    interval = fit.model.purchase_quantiles(*history, holdout.INTERVAL)
    figures = holdout.judge(trial.each.foretold, interval, known.later)
    calibration = churn.calibrate(fit.model.p_none(*history), known.later == 0)
    return Tested(_slim(trial), figures, replace(calibration, days=days))


def _slim(trial: Trial) -> Trial:
    """Without what the choice of a family does not ask for: it goes from one process to another."""
    nothing = np.empty(0)
    return Trial(
        trial.figures, replace(trial.each, foretold=nothing, actual=nothing, place=np.empty(0, dtype=np.int64))
    )


def told_figures(figures: Holdout) -> dict[str, object] | None:
    """In the names of the contract's ModelHoldout; None where one is not finite that must be told."""
    told = {_camel(name): value for name, value in asdict(figures).items()}
    odd = {name for name, value in told.items() if value is not None and not np.isfinite(value)}
    if odd - {_camel(name) for name in holdout.MAY_BE_MISSING}:
        return None
    return told | dict.fromkeys(odd)


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part.title() for part in rest)
