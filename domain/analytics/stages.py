"""The life-cycle stage of summaries, since when it holds, and when the next order is to be expected."""

from dataclasses import dataclass

import numpy as np

from domain.analytics import churn, lifecycle
from domain.analytics.foresight import Foresight
from domain.analytics.histories import Floats, Ints
from domain.analytics.summaries import Summaries
from domain.analytics.wire import NEVER
from domain.vocabulary import LifecycleStage

MICROSECONDS_A_DAY = 86_400_000_000
STAGES = (
    LifecycleStage.PROSPECT,
    LifecycleStage.NEW,
    LifecycleStage.ACTIVE,
    LifecycleStage.LOYAL,
    LifecycleStage.AT_RISK,
    LifecycleStage.LAPSED,
    LifecycleStage.WON_BACK,
)
"""As `stage_before` of the summary counts them."""
_PROBABLY_GONE = 0.5


@dataclass(frozen=True, slots=True)
class Stages:
    """Numbers into STAGES; instants in microseconds as on the wire, NEVER for none."""

    stage: Ints
    since: Ints
    next_order: Ints


def stages(summaries: Summaries, foresight: Foresight, as_of: int) -> Stages:
    """A stage that holds already keeps its time; a new one begins when its rule came true, if that is told."""
    purchases, silent = summaries.real("purchases"), -summaries.real("last_day")
    lapse = lifecycle.lapse_days(purchases, summaries.real("median_gap"))
    won_back = lifecycle.came_back(
        silence=summaries.real("silence"),
        purchases_before=summaries.real("purchases_before"),
        gap_before=summaries.real("gap_before"),
        days_since=-summaries.real("returned_on"),
    )
    with np.errstate(invalid="ignore"):
        named = lifecycle.stages(
            purchases=purchases,
            in_window=summaries.real("in_window"),
            silent=silent,
            age=-summaries.real("first_day"),
            lapse=lapse,
            won_back=won_back,
            at_risk=foresight.risk >= churn.HIGH_FROM,
        )
    stage = np.select([named == name for name in STAGES], list(range(len(STAGES)))).astype(np.int64)
    lapsed = stage == STAGES.index(LifecycleStage.LAPSED)
    return Stages(stage, _since(summaries, stage, lapse, as_of), _next_order(summaries, foresight, lapsed, as_of))


def _since(summaries: Summaries, stage: Ints, lapse: Floats, as_of: int) -> Ints:
    first, last, before = (summaries.count(name) for name in ("first_at", "last_at", "since_before"))
    began = np.select(
        [stage == STAGES.index(name) for name in (LifecycleStage.PROSPECT, LifecycleStage.NEW, LifecycleStage.LAPSED)],
        [summaries.count("created_at"), first, last + (lapse * MICROSECONDS_A_DAY).astype(np.int64)],
        default=as_of,
    )
    held = (stage == summaries.count("stage_before")) & (summaries.count("scored_before") != NEVER) & (before != NEVER)
    since: Ints = np.where(held, before, np.minimum(began, as_of))
    return since


def _next_order(summaries: Summaries, foresight: Foresight, lapsed: "np.typing.NDArray[np.bool_]", as_of: int) -> Ints:
    """The last order and the customer's own median gap, not before now; none for who has probably left."""
    gap = summaries.real("median_gap")
    with np.errstate(invalid="ignore"):
        left = lapsed | (foresight.alive < _PROBABLY_GONE) | np.isnan(gap)
    expected = summaries.count("last_at") + (np.nan_to_num(gap) * MICROSECONDS_A_DAY).astype(np.int64)
    moment: Ints = np.where(left, NEVER, np.maximum(expected, as_of))
    return moment
