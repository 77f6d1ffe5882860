"""What a full run learns of everybody, and stores: cut points, means, quantiles; they place a changed customer."""

from dataclasses import dataclass

import msgspec
import numpy as np

from domain.analytics.models import credibility
from domain.analytics.models.credibility import Credibility, Sums
from domain.analytics.models.histories import Floats
from domain.analytics.scoring import ranks, rfm
from domain.analytics.scoring.ranks import Scale, TierBorders
from domain.analytics.scoring.rfm import Cuts
from domain.analytics.scoring.summaries import Summaries

MEASURES = ("revenue", "profit", "value", "churn")
"""What customers are ranked by."""


@dataclass(frozen=True, slots=True)
class Means:
    """How far a customer's own mean profit and revenue of a purchase are believed; who bought again at all."""

    profit: Credibility
    revenue: Credibility
    repeaters: int


@dataclass(frozen=True, slots=True)
class Population:
    """All that is stored of a full run; `of` customers were ranked, `typical` is their mean churn risk."""

    of: int
    means: Means
    rfm: Cuts
    typical: float
    borders: TierBorders | None
    scales: dict[str, Scale]

    def stored(self) -> dict[str, object]:
        """As JSON values."""
        return msgspec.convert(msgspec.to_builtins(self), dict[str, object])

    @staticmethod
    def read(stored: object) -> "Population":
        return msgspec.convert(stored, Population)


class Census:
    """What is gathered of everybody, batch by batch, before anybody can be placed: seven numbers a customer."""

    def __init__(self) -> None:
        self._rfm: list[tuple[Floats, Floats, Floats]] = []
        self._profit, self._revenue = Sums(), Sums()
        self._repeaters = 0

    def count(self, summaries: Summaries) -> None:
        bought = summaries.profiled
        measured = (-summaries.real("last_day"), summaries.real("in_window"), summaries.real("window_profit"))
        self._rfm.append((measured[0][bought], measured[1][bought], measured[2][bought]))
        x = summaries.x
        self._repeaters += int((x > 0).sum())
        self._profit += Sums.of(x, summaries.repeat_mean("profit"), summaries.real("repeat_profit_squares"))
        self._revenue += Sums.of(x, summaries.repeat_mean("revenue"), summaries.real("repeat_revenue_squares"))

    def means(self) -> Means:
        return Means(credibility.fit(self._profit), credibility.fit(self._revenue), self._repeaters)

    def cuts(self) -> Cuts:
        if not self._rfm:
            return Cuts((), (), ())
        recency, frequency, monetary = (np.concatenate(parts) for parts in zip(*self._rfm, strict=True))
        return rfm.cuts(recency, frequency, monetary)


def population(of: int, means: Means, cuts: Cuts, measures: dict[str, Floats]) -> Population:
    """From everybody's measures, NaN where there is none."""
    known = {name: values[~np.isnan(values)] for name, values in measures.items()}
    typical = float(known["churn"].mean()) if known["churn"].size else 0.0
    scales = {name: ranks.scale(values) for name, values in known.items()}
    borders = ranks.borders(known["value"]) if known["value"].size else None
    return Population(of, means, cuts, typical, borders, scales)
