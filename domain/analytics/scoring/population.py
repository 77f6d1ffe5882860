"""What a full run learns of everybody, and stores: cut points, means, quantiles; they place a changed customer."""

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec
import numpy as np

from domain.analytics.models import credibility
from domain.analytics.models.credibility import Credibility, Sums
from domain.analytics.models.histories import Floats, Short
from domain.analytics.scoring import rfm
from domain.analytics.scoring.ranks import Scale, TierBorders
from domain.analytics.scoring.rfm import Cuts
from domain.analytics.scoring.summaries import Summaries

MEASURES = ("revenue", "profit", "value", "churn")
"""What customers are ranked by."""


@dataclass(frozen=True, slots=True)
class Means:
    """How far a customer's own mean profit and revenue of a purchase are believed; who bought again at all.

    `losing`: the share of those whose repeat purchases lost money on their mean.
    """

    profit: Credibility
    revenue: Credibility
    repeaters: int
    losing: float = 0.0


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
    """What is gathered of everybody, batch by batch, before anybody can be placed: three numbers a customer."""

    def __init__(self) -> None:
        self._recency, self._frequency = list[Short](), list[Short]()
        self._monetary = list[Floats]()
        self._profit, self._revenue = Sums(), Sums()
        self._repeaters, self._losing = 0, 0

    def count(self, summaries: Summaries) -> None:
        bought = summaries.profiled
        self._recency.append((-summaries.real("last_day")[bought]).astype(np.int32))
        self._frequency.append(summaries.count("in_window")[bought].astype(np.int32))
        self._monetary.append(summaries.real("window_profit")[bought])
        x, m = summaries.x, summaries.repeat_mean("profit")
        self._repeaters += int((x > 0).sum())
        self._losing += int(((x > 0) & (m < 0)).sum())
        self._profit += Sums.of(x, m, summaries.real("repeat_profit_squares"))
        self._revenue += Sums.of(x, summaries.repeat_mean("revenue"), summaries.real("repeat_revenue_squares"))

    def means(self) -> Means:
        losing = self._losing / max(self._repeaters, 1)
        return Means(credibility.fit(self._profit), credibility.fit(self._revenue), self._repeaters, losing)

    def cuts(self) -> Cuts:
        if not self._monetary:
            return Cuts((), (), ())
        recency, frequency = np.concatenate(self._recency), np.concatenate(self._frequency)
        return rfm.cuts(recency, frequency, np.concatenate(self._monetary))


@dataclass(frozen=True, slots=True)
class Standing:
    """How everybody stands by one measure: exact ranks, 0 where there is none; and what places others by it."""

    ranks: Short
    scale: Scale
    mean: float
    borders: TierBorders | None


def population(means: Means, cuts: Cuts, stand: Mapping[str, Standing]) -> Population:
    """Whoever is ranked at all is ranked by revenue."""
    scales = {name: stand[name].scale for name in MEASURES}
    return Population(scales["revenue"].of, means, cuts, stand["churn"].mean, stand["value"].borders, scales)
