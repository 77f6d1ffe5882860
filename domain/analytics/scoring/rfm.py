"""Recency, frequency and monetary value as quintiles, 5 the best, by cut points that a full run stores."""

from dataclasses import dataclass

import numpy as np

from domain.analytics.models.histories import Floats, Ints, Short
from domain.analytics.scoring.rfm_labels import LABELS as LABELS

SHARES = (0.2, 0.4, 0.6, 0.8)


@dataclass(frozen=True, slots=True)
class Cuts:
    """Four cut points a measure; recency in days, frequency in purchase days, monetary in profit of the window."""

    recency: tuple[float, ...]
    frequency: tuple[float, ...]
    monetary: tuple[float, ...]


def cuts(recency: Floats | Short, frequency: Floats | Short, monetary: Floats) -> Cuts:
    """The values that 20, 40, 60 and 80 % of the customers do not exceed."""
    if not recency.size:
        return Cuts((), (), ())
    measured = (np.quantile(values, SHARES, method="inverted_cdf") for values in (recency, frequency, monetary))
    return Cuts(*(tuple(float(cut) for cut in found) for found in measured))


def rising(values: Floats, borders: tuple[float, ...]) -> Ints:
    """1 to 5, one more for every border exceeded: who ties shares a quintile."""
    places: Ints = 1 + np.searchsorted(np.asarray(borders), values, side="left")
    return places


def quintiles(found: Cuts, recency: Floats, frequency: Floats, monetary: Floats) -> tuple[Ints, Ints, Ints]:
    """R, F and M; fewer days since the last purchase are better."""
    return 6 - rising(recency, found.recency), rising(frequency, found.frequency), rising(monetary, found.monetary)


def label(recency: int, frequency: int, monetary: int) -> str:
    """The customary name of the cell."""
    worth = (frequency + monetary + 1) // 2
    for name, (low, high), (least, most) in LABELS:
        if low <= recency <= high and least <= worth <= most:
            return name
    raise ValueError("quintiles go from 1 to 5")
