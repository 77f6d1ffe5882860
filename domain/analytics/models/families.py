"""The three families of purchase models behind one face: fitted to the same histories, asked the same questions."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import partial

from domain.analytics.models import bg_nbd, bg_nbd_forecast, counts, mbg_nbd, pareto_nbd, pareto_nbd_forecast
from domain.analytics.models.bg_nbd import BgNbd
from domain.analytics.models.bg_nbd_forecast import Forecast, Horizon
from domain.analytics.models.fitted import Fit
from domain.analytics.models.histories import Floats, Histories, Ints
from domain.analytics.models.mbg_nbd import MbgNbd
from domain.analytics.models.pareto_nbd import ParetoNbd
from domain.vocabulary import ValueModelFamily

FAMILIES = (ValueModelFamily.BG_NBD, ValueModelFamily.MBG_NBD, ValueModelFamily.PARETO_NBD)


@dataclass(frozen=True, slots=True)
class PurchaseModel:
    """A model of some family, whole in its name and parameters. Histories are arrays of x, t_x and T in weeks."""

    family: ValueModelFamily
    parameters: dict[str, float]
    p_alive: Callable[[Floats, Floats, Floats], Floats]
    forecast: Callable[[Floats, Floats, Floats, Horizon], Forecast]
    if_alive: Callable[[Floats, Floats, Horizon], Forecast]
    _p_none_if_alive: Callable[[Floats, Floats, float], Floats]
    _cumulative_if_alive: Callable[[Floats, Floats, float], Iterator[Floats]]

    def p_none_if_alive(self, x: Floats, T: Floats, weeks: float) -> Floats:
        """P(no purchase within the weeks) of somebody who certainly is a customer still."""
        return counts.once_for_alike(lambda x, T: self._p_none_if_alive(x, T, weeks), x, T)

    def p_none(self, x: Floats, t_x: Floats, T: Floats, weeks: float) -> Floats:
        """P(no purchase within the weeks): gone, or alive and silent."""
        return 1 - self.p_alive(x, t_x, T) * (1 - self.p_none_if_alive(x, T, weeks))

    def cumulative_if_alive(self, x: Floats, T: Floats, weeks: float) -> Iterator[Floats]:
        """P(Y <= 0), P(Y <= 1), ... of somebody who certainly is a customer still."""
        return self._cumulative_if_alive(x, T, weeks)

    def purchase_quantiles(
        self, x: Floats, t_x: Floats, T: Floats, weeks: float, shares: tuple[float, float]
    ) -> tuple[Ints, Ints]:
        """The least counts of purchases within the weeks whose P(Y <= count) reaches each share."""
        alive, ahead = self.p_alive(x, t_x, T), partial(self._ahead, weeks)
        low, high = counts.quantiles(ahead, alive, x, T, shares)
        return low, high

    def chances(self, x: Floats, t_x: Floats, T: Floats, weeks: float, actual: Floats) -> tuple[Floats, Floats]:
        """P(Y < actual) and P(Y <= actual) of each."""
        return counts.chances(partial(self._ahead, weeks), self.p_alive(x, t_x, T), x, T, actual)

    def _ahead(self, weeks: float, x: Floats, T: Floats) -> Iterator[Floats]:
        return self._cumulative_if_alive(x, T, weeks)


def model(family: ValueModelFamily, parameters: Mapping[str, float]) -> PurchaseModel:
    """From what is stored. Raises ValueError for a family that is no model of purchases."""
    if family is ValueModelFamily.BG_NBD:
        return _bg(BgNbd(**parameters))
    if family is ValueModelFamily.MBG_NBD:
        return _mbg(MbgNbd(**parameters))
    if family is ValueModelFamily.PARETO_NBD:
        return _pareto(ParetoNbd(**parameters))
    raise ValueError(f"{family} is no model of purchases")


def fit(family: ValueModelFamily, histories: Histories, warm: Mapping[str, float] | None = None) -> Fit[PurchaseModel]:
    """Maximum likelihood, from `warm` where it is given. Raises ValueError for a family that is no such model."""
    if family is ValueModelFamily.BG_NBD:
        return bg_nbd.fit(histories, warm=BgNbd(**warm) if warm else None).of(_bg)
    if family is ValueModelFamily.MBG_NBD:
        return mbg_nbd.fit(histories, warm=MbgNbd(**warm) if warm else None).of(_mbg)
    if family is ValueModelFamily.PARETO_NBD:
        return pareto_nbd.fit(histories, warm=ParetoNbd(**warm) if warm else None).of(_pareto)
    raise ValueError(f"{family} is no model of purchases")


def _bg(model: BgNbd) -> PurchaseModel:
    return PurchaseModel(
        ValueModelFamily.BG_NBD,
        asdict(model),
        partial(bg_nbd_forecast.p_alive, model),
        partial(bg_nbd_forecast.forecast, model),
        partial(bg_nbd_forecast.if_alive, model),
        partial(bg_nbd_forecast.p_none_if_alive, model),
        partial(bg_nbd_forecast.cumulative_if_alive, model),
    )


def _mbg(model: MbgNbd) -> PurchaseModel:
    return PurchaseModel(
        ValueModelFamily.MBG_NBD,
        asdict(model),
        partial(mbg_nbd.p_alive, model),
        partial(mbg_nbd.forecast, model),
        partial(mbg_nbd.if_alive, model),
        partial(mbg_nbd.p_none_if_alive, model),
        partial(mbg_nbd.cumulative_if_alive, model),
    )


def _pareto(model: ParetoNbd) -> PurchaseModel:
    return PurchaseModel(
        ValueModelFamily.PARETO_NBD,
        asdict(model),
        partial(pareto_nbd_forecast.p_alive, model),
        partial(pareto_nbd_forecast.forecast, model),
        partial(pareto_nbd_forecast.if_alive, model),
        partial(pareto_nbd_forecast.p_none_if_alive, model),
        partial(pareto_nbd_forecast.cumulative_if_alive, model),
    )
