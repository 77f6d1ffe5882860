"""Reduced samples of real data, for tests that run everywhere; README.md says where they come from."""

from datetime import date
from pathlib import Path

import numpy as np

from domain.analytics.judging.purchase_days import Known, PurchaseDays
from domain.analytics.models.histories import Floats

_HERE = Path(__file__).parent
ONLINE_RETAIL_UNTIL = date(2011, 8, 31)
_ONLINE_RETAIL_FIRST = date(2010, 12, 1)


def cdnow() -> tuple[Known, Floats]:
    """Every customer at 1997-09-30, with the purchases of the 39 weeks after it; and the mean spent on a repeat."""
    table = np.loadtxt(_HERE / "cdnow_histories.csv", delimiter=",", skiprows=1, dtype=np.int64)
    x, t_x, T, later, cents = np.repeat(table[:, :5], table[:, 5], axis=0).T
    return Known(x, t_x, T, later.astype(np.float64)), cents / 100 / np.maximum(x, 1)


def online_retail() -> PurchaseDays:
    """543 of the 4,338 customers."""
    lines = (_HERE / "online_retail_days.csv").read_text().splitlines()
    first = _ONLINE_RETAIL_FIRST.toordinal()
    pairs = [(who, first + int(day)) for who, line in enumerate(lines) for day in line.split(",")]
    customer, day = np.array(pairs, dtype=np.int64).T
    return PurchaseDays.of(customer, day)
