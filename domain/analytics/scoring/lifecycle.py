"""Life-cycle stage and lapse: the first rule that holds, for one customer or for arrays of them."""

import numpy as np
import numpy.typing as npt

from domain.analytics.models.histories import Floats
from domain.vocabulary import LifecycleStage

LEAST_LAPSE_DAYS, GAPS_A_LAPSE, LAPSE_OF_FEW_DAYS, FEW_PURCHASES = 180.0, 3.0, 365.0, 3
RECENT_DAYS = 90
LOYAL_PURCHASES, LOYAL_IN_WINDOW = 5, 4

Flags = npt.NDArray[np.bool_]


def lapse_days(purchases: Floats, median_gap: Floats) -> Floats:
    """How long a silence is a lapse: max(180, 3 x own median gap) days, 365 with fewer than 3 purchases."""
    own = np.maximum(LEAST_LAPSE_DAYS, GAPS_A_LAPSE * np.nan_to_num(median_gap))
    days: Floats = np.where(purchases < FEW_PURCHASES, LAPSE_OF_FEW_DAYS, own)
    return days


def stages(
    *, purchases: Floats, in_window: Floats, silent: Floats, age: Floats, lapse: Floats, won_back: Flags, at_risk: Flags
) -> npt.NDArray[np.object_]:
    """silent and age: days since the last and the first purchase; at_risk: band HIGH; won_back: see `came_back`."""
    stage = np.select(
        [
            purchases < 1,
            won_back,
            silent > lapse,
            at_risk,
            age < RECENT_DAYS,
            (purchases >= LOYAL_PURCHASES) & (in_window >= LOYAL_IN_WINDOW),
        ],
        [0, 1, 2, 3, 4, 5],
        default=6,
    )
    names = np.array(
        [
            LifecycleStage.PROSPECT,
            LifecycleStage.WON_BACK,
            LifecycleStage.LAPSED,
            LifecycleStage.AT_RISK,
            LifecycleStage.NEW,
            LifecycleStage.LOYAL,
            LifecycleStage.ACTIVE,
        ],
        dtype=object,
    )
    named: npt.NDArray[np.object_] = names[stage]
    return named


def came_back(*, silence: Floats, purchases_before: Floats, gap_before: Floats, days_since: Floats) -> Flags:
    """Whether a purchase ended a silence that was a lapse by what was known when it ended, and lately enough.

    silence: days without a purchase before it (not a number: it never happened); gap_before: median gap until then.
    """
    lapse = lapse_days(purchases_before, gap_before)
    with np.errstate(invalid="ignore"):
        flags: Flags = (silence > lapse) & (days_since < RECENT_DAYS)
    return flags
