"""Fits of the value models with their tests, from purchase records to values that can be stored; pure."""

from dataclasses import asdict, dataclass, replace

import numpy as np

from domain.analytics import churn, evaluation, families, gamma_gamma, holdout
from domain.analytics.churn import Calibration
from domain.analytics.evaluation import FEWEST_REPEATERS, Trial
from domain.analytics.families import PurchaseModel
from domain.analytics.fitted import Fit
from domain.analytics.gamma_gamma import GammaGammaFit
from domain.analytics.histories import DAYS_A_WEEK, Floats, Ints
from domain.analytics.holdout import Holdout
from domain.analytics.purchase_days import Known
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
    """A family as it was fitted, with its test before the end of the calibration and the one after it."""

    fit: Fit[PurchaseModel]
    before: Tested | None
    after: Tested | None

    @property
    def back_test(self) -> Trial | None:
        return self.before.trial if self.before else None

    @property
    def calibration(self) -> Calibration:
        return self.before.calibration if self.before else Calibration()

    def warnings(self) -> list[str]:
        return told_warnings(self.fit.warnings, self.fit.notes)


def told_warnings(warnings: tuple[str, ...], notes: tuple[str, ...] = ()) -> list[str]:
    return [*(DEGENERATE + warning for warning in warnings), *notes]


def enough(record: PurchaseRecord) -> bool:
    return int((record.purchases > 1).sum()) >= FEWEST_REPEATERS


def candidate(family: ValueModelFamily, record: PurchaseRecord, days: Days, warm: dict[str, float] | None) -> Candidate:
    """The family fitted to everything and to what was known at the cut, each held against what came after."""
    known = record.known()
    fit = families.fit(family, known.histories(), warm)
    after = _tested(fit, known, days.ahead) if days.ahead else None
    earlier = record.known_before(days.back) if days.back else None
    if earlier is None or earlier.repeaters < FEWEST_REPEATERS:
        return Candidate(fit, None, after)
    return Candidate(fit, _tested(families.fit(family, earlier.histories()), earlier, days.back), after)


def spending(record: PurchaseRecord) -> GammaGammaFit | None:
    x = (record.purchases - 1).astype(np.float64)
    return gamma_gamma.fit(x, np.nan_to_num(record.repeat_profit) / np.maximum(x, 1))


def _tested(fit: Fit[PurchaseModel], known: Known, days: int) -> Tested:
    trial, history = evaluation.held_against(fit, known, days), (*known.in_weeks(), days / DAYS_A_WEEK)
    interval = fit.model.purchase_quantiles(*history, holdout.INTERVAL)
    figures = holdout.judge(trial.each.foretold, interval, known.later)
    calibration = churn.calibrate(fit.model.p_none(*history), known.later == 0)
    return Tested(_slim(trial), figures, calibration)


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
