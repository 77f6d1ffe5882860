"""Where customers stand: ranks exact in a full run, placed by its quantiles between runs; quintiles and tiers."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from domain.analytics.models.histories import Floats, Ints
from domain.analytics.scoring import ranks, rfm
from domain.analytics.scoring.foresight import Foresight
from domain.analytics.scoring.population import MEASURES, Population
from domain.analytics.scoring.summaries import Summaries

NOWHERE = 0
"""Stands for null among ranks, quintiles and deciles, which begin at 1."""


@dataclass(frozen=True, slots=True)
class Places:
    """Ranks by measure, the decile by value, the quintiles, the tiers (empty for none), and whether ranks are exact."""

    ranks: dict[str, Ints]
    decile: Ints
    quintiles: tuple[Ints, Ints, Ints]
    tier: npt.NDArray[np.object_]
    exact: bool


def measures(summaries: Summaries, foresight: Foresight) -> dict[str, Floats]:
    """What ranks are made of; value is profit so far and predicted."""
    profit = summaries.profit.floats()
    values = (summaries.money("revenue").floats(), profit, profit + foresight.predicted, foresight.risk)
    return dict(zip(MEASURES, values, strict=True))


def exact_ranks(values: Floats) -> Ints:
    """Competition ranks from the most; NOWHERE for who has no such measure."""
    found = np.full(len(values), NOWHERE, dtype=np.int64)
    known = ~np.isnan(values)
    found[known] = ranks.competition(values[known])
    return found


def place(
    summaries: Summaries, measured: dict[str, Floats], population: Population | None, exact: dict[str, Ints] | None
) -> Places:
    """With the ranks of a full run, or without: by the scales that the last one stored; nowhere before the first."""
    nowhere = np.full(len(summaries), NOWHERE, dtype=np.int64)
    tier = np.full(len(summaries), "", dtype=object)
    if population is None:
        return Places(dict.fromkeys(MEASURES, nowhere), nowhere, (nowhere, nowhere, nowhere), tier, False)
    found = exact or {name: _placed(measured[name], population.scales[name]) for name in MEASURES}
    valued = ~np.isnan(measured["value"]) & (population.borders is not None)
    if population.borders is not None:
        tier[valued] = ranks.tiers(measured["value"][valued], population.borders)
    decile = np.where(valued, ranks.deciles(found["value"], population.scales["value"].of), NOWHERE)
    return Places(found, decile, _quintiles(summaries, population), tier, exact is not None)


def _placed(values: Floats, scale: ranks.Scale) -> Ints:
    found = np.full(len(values), NOWHERE, dtype=np.int64)
    known = ~np.isnan(values) & (scale.of > 0)
    found[known] = scale.place(values[known])
    return found


def _quintiles(summaries: Summaries, population: Population) -> tuple[Ints, Ints, Ints]:
    bought = summaries.profiled & bool(population.rfm.recency)
    measured = (-summaries.real("last_day"), summaries.real("in_window"), summaries.real("window_profit"))
    recency, frequency, monetary = rfm.quintiles(population.rfm, *measured)
    return (
        np.where(bought, recency, NOWHERE),
        np.where(bought, frequency, NOWHERE),
        np.where(bought, monetary, NOWHERE),
    )
