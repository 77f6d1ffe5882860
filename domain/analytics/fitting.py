"""A fit of the value models with its back-test, from purchase records to values that can be stored; pure."""

from dataclasses import asdict, astuple, dataclass

import numpy as np

from domain.analytics import bg_nbd, bg_nbd_forecast, churn, gamma_gamma, holdout
from domain.analytics.bg_nbd import BgNbd
from domain.analytics.churn import Calibration
from domain.analytics.fitted import Fit
from domain.analytics.gamma_gamma import GammaGammaFit
from domain.analytics.histories import DAYS_A_WEEK, Floats, aggregate
from domain.analytics.holdout import Holdout

FEWEST_REPEATERS = 30
DEGENERATE = "Degenerate: "
"""What the warnings of a fit begin with that scores may not come from."""


@dataclass(frozen=True, slots=True)
class PurchaseRecord:
    """One entry a customer; days are counted from the last day of the calibration, NaN where there is none."""

    first_day: Floats
    purchases_until_cut: Floats
    last_until_cut: Floats
    later: Floats
    purchases: Floats
    last_day: Floats
    repeat_profit: Floats


@dataclass(frozen=True, slots=True)
class Fitted:
    """What a fit made: the models, the back-test and what it taught of churn, as far as the history allowed."""

    purchases: Fit[BgNbd]
    spending: GammaGammaFit | None
    holdout: Holdout | None
    calibration: Calibration

    def warnings(self) -> tuple[str, ...]:
        return (*(DEGENERATE + warning for warning in self.purchases.warnings), *self.purchases.notes)

    def told_holdout(self) -> dict[str, object] | None:
        """In the names of the contract's ModelHoldout; what is not of the contract stands beside it."""
        if (
            self.holdout is None
            or not np.isfinite([value for value in astuple(self.holdout) if value is not None]).all()
        ):
            return None
        names = {name: _camel(name) for name in Holdout.__slots__}
        return {names[name]: value for name, value in asdict(self.holdout).items()} | {
            "calibration": asdict(self.calibration)
        }


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part.title() for part in rest)


def enough(record: PurchaseRecord) -> bool:
    return int((record.purchases > 1).sum()) >= FEWEST_REPEATERS


def fit(record: PurchaseRecord, back_days: int, cut_is_the_end: bool, warm: BgNbd | None) -> Fitted:
    """back_days: length of the back-test, 0 for none; cut_is_the_end: it follows the calibration, which it judges."""
    x, T = record.purchases - 1, -record.first_day
    purchases = _fit(x, record.last_day - record.first_day, T, warm)
    mean = np.nan_to_num(record.repeat_profit) / np.maximum(x, 1)
    spending = gamma_gamma.fit(x, mean)
    if not back_days:
        return Fitted(purchases, spending, None, Calibration())
    judged, calibration = _back_test(record, back_days, purchases if cut_is_the_end else None)
    return Fitted(purchases, spending, judged, calibration)


def _fit(x: Floats, t_x: Floats, T: Floats, warm: BgNbd | None) -> Fit[BgNbd]:
    days = (np.rint(values).astype(np.int64) for values in (x, t_x, T))
    return bg_nbd.fit(aggregate(*days), warm=warm)


def _back_test(record: PurchaseRecord, days: int, fitted: Fit[BgNbd] | None) -> tuple[Holdout | None, Calibration]:
    """A model of what was known at the cut, against what came after it."""
    known = record.purchases_until_cut > 0
    if not known.any():
        return None, Calibration()
    first, last = record.first_day[known], record.last_until_cut[known]
    x, actual = record.purchases_until_cut[known] - 1, record.later[known]
    age = -first if fitted else -first - days
    model = (fitted or _fit(x, last - first, age, None)).model
    weeks = (x, (last - first) / DAYS_A_WEEK, age / DAYS_A_WEEK)
    silent = bg_nbd_forecast.p_none(model, *weeks, days / DAYS_A_WEEK)
    return holdout.back_test(model, *weeks, days / DAYS_A_WEEK, actual), churn.calibrate(silent, actual == 0)
