"""The three families of purchase models behind one face: fitted to the same histories, asked the same questions."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Protocol, TypeAlias

from domain.analytics import bg_nbd, bg_nbd_forecast, mbg_nbd, pareto_nbd, pareto_nbd_forecast
from domain.analytics.bg_nbd import BgNbd
from domain.analytics.bg_nbd_forecast import Forecast, Horizon
from domain.analytics.fitted import Fit
from domain.analytics.histories import Floats, Histories
from domain.analytics.mbg_nbd import MbgNbd
from domain.analytics.pareto_nbd import ParetoNbd
from domain.vocabulary import ValueModelFamily

Forecaster: TypeAlias = Callable[[Floats, Floats, Floats, Horizon], Forecast]
Parameters: TypeAlias = Mapping[str, float]
FAMILIES = (ValueModelFamily.BG_NBD, ValueModelFamily.MBG_NBD, ValueModelFamily.PARETO_NBD)


class Family(Protocol):
    """A family with its parameters, asked of (x, t_x, T) in weeks."""

    def forecast(self, x: Floats, t_x: Floats, T: Floats, horizon: Horizon) -> Forecast: ...

    def p_none_if_alive(self, x: Floats, T: Floats, weeks: float) -> Floats:
        """P(no purchase in (T, T + weeks] | alive at T)."""


@dataclass(frozen=True, slots=True)
class _Bg:
    model: BgNbd

    def forecast(self, x: Floats, t_x: Floats, T: Floats, horizon: Horizon) -> Forecast:
        return bg_nbd_forecast.forecast(self.model, x, t_x, T, horizon)

    def p_none_if_alive(self, x: Floats, T: Floats, weeks: float) -> Floats:
        return bg_nbd_forecast.p_none_if_alive(self.model, x, T, weeks)


@dataclass(frozen=True, slots=True)
class _Mbg:
    model: MbgNbd

    def forecast(self, x: Floats, t_x: Floats, T: Floats, horizon: Horizon) -> Forecast:
        return mbg_nbd.forecast(self.model, x, t_x, T, horizon)

    def p_none_if_alive(self, x: Floats, T: Floats, weeks: float) -> Floats:
        """As BG/NBD's: drop-out follows a purchase, so only the rate speaks."""
        return bg_nbd_forecast.p_none_if_alive(BgNbd(**asdict(self.model)), x, T, weeks)


@dataclass(frozen=True, slots=True)
class _Pareto:
    model: ParetoNbd

    def forecast(self, x: Floats, t_x: Floats, T: Floats, horizon: Horizon) -> Forecast:
        return pareto_nbd_forecast.forecast(self.model, x, t_x, T, horizon)

    def p_none_if_alive(self, x: Floats, T: Floats, weeks: float) -> Floats:
        return pareto_nbd_forecast.p_none_if_alive(self.model, x, T, weeks)


def read(family: ValueModelFamily, parameters: Parameters) -> Family:
    """A model by its letters, as it was stored. Raises ValueError for a family that is no model of purchases."""
    if family is ValueModelFamily.BG_NBD:
        return _Bg(BgNbd(**parameters))
    if family is ValueModelFamily.MBG_NBD:
        return _Mbg(MbgNbd(**parameters))
    if family is ValueModelFamily.PARETO_NBD:
        return _Pareto(ParetoNbd(**parameters))
    raise ValueError(f"{family} is no model of purchases")


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


def fit(family: ValueModelFamily, histories: Histories, warm: Parameters | None = None) -> FamilyFit:
    """Maximum likelihood, from where an earlier fit of the family ended, if that is told.

    Raises ValueError for a family that is no model of purchases.
    """
    found: Fit[BgNbd] | Fit[MbgNbd] | Fit[ParetoNbd]
    if family is ValueModelFamily.BG_NBD:
        found = bg_nbd.fit(histories, warm=BgNbd(**warm) if warm else None)
    elif family is ValueModelFamily.MBG_NBD:
        found = mbg_nbd.fit(histories, warm=MbgNbd(**warm) if warm else None)
    elif family is ValueModelFamily.PARETO_NBD:
        found = pareto_nbd.fit(histories, warm=ParetoNbd(**warm) if warm else None)
    else:
        raise ValueError(f"{family} is no model of purchases")
    parameters = asdict(found.model)
    return FamilyFit(
        family,
        parameters,
        found.log_likelihood,
        found.gradient_norm,
        found.warnings,
        found.notes,
        read(family, parameters).forecast,
    )
