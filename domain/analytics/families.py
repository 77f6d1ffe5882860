"""The three families of purchase models behind one face: fitted to the same histories, asked the same questions."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from typing import TypeAlias

from domain.analytics import bg_nbd, bg_nbd_forecast, mbg_nbd, pareto_nbd, pareto_nbd_forecast
from domain.analytics.bg_nbd import BgNbd
from domain.analytics.bg_nbd_forecast import Forecast, Horizon
from domain.analytics.fitted import Fit
from domain.analytics.histories import Floats, Histories
from domain.analytics.mbg_nbd import MbgNbd
from domain.analytics.pareto_nbd import ParetoNbd
from domain.vocabulary import ValueModelFamily

Forecaster: TypeAlias = Callable[[Floats, Floats, Floats, Horizon], Forecast]
FAMILIES = (ValueModelFamily.BG_NBD, ValueModelFamily.MBG_NBD, ValueModelFamily.PARETO_NBD)


@dataclass(frozen=True, slots=True)
class FamilyFit:
    """A fit of one family. Warnings name what makes it degenerate; `forecast` answers for (x, t_x, T) in weeks."""

    family: ValueModelFamily
    parameters: dict[str, float]
    log_likelihood: float
    gradient_norm: float
    warnings: tuple[str, ...]
    notes: tuple[str, ...]
    forecast: Forecaster

    @property
    def degenerate(self) -> bool:
        return bool(self.warnings)


def fit(family: ValueModelFamily, histories: Histories) -> FamilyFit:
    """Maximum likelihood. Raises ValueError for a family that is no model of purchases."""
    if family is ValueModelFamily.BG_NBD:
        bought = bg_nbd.fit(histories)
        return _behind(family, bought, partial(bg_nbd_forecast.forecast, bought.model))
    if family is ValueModelFamily.MBG_NBD:
        modified = mbg_nbd.fit(histories)
        return _behind(family, modified, partial(mbg_nbd.forecast, modified.model))
    if family is ValueModelFamily.PARETO_NBD:
        died = pareto_nbd.fit(histories)
        return _behind(family, died, partial(pareto_nbd_forecast.forecast, died.model))
    raise ValueError(f"{family} is no model of purchases")


def _behind(
    family: ValueModelFamily, found: Fit[BgNbd] | Fit[MbgNbd] | Fit[ParetoNbd], forecast: Forecaster
) -> FamilyFit:
    return FamilyFit(
        family,
        asdict(found.model),
        found.log_likelihood,
        found.gradient_norm,
        found.warnings,
        found.notes,
        forecast,
    )
