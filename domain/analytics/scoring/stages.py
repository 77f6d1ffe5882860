"""The life-cycle stage of summaries, since when it holds, and when the next order is to be expected."""

from dataclasses import dataclass

import numpy as np

from domain.analytics.models.histories import Floats, Ints
from domain.analytics.scoring import churn, lifecycle
from domain.analytics.scoring.foresight import Foresight
from domain.analytics.scoring.summaries import Summaries
from domain.analytics.scoring.wire import NEVER
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
    """A stage begins when its rule came true, where that is told; else when it was first seen to hold."""
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
    lapsed = _is(stage, LifecycleStage.LAPSED)
    return Stages(stage, _since(summaries, stage, lapse, as_of), _next_order(summaries, foresight, lapsed, as_of))


def _since(summaries: Summaries, stage: Ints, lapse: Floats, as_of: int) -> Ints:
    """Of some stages the facts tell when they began, whenever anybody looked; of the others, who looked last."""
    first, last, created = (summaries.count(name) for name in ("first_at", "last_at", "created_at"))
    returned = _returned(summaries, as_of)
    told = [
        (LifecycleStage.PROSPECT, created),
        (LifecycleStage.NEW, first),
        (LifecycleStage.LAPSED, last + (lapse * MICROSECONDS_A_DAY).astype(np.int64)),
        (LifecycleStage.WON_BACK, returned),
    ]
    began = [np.minimum(moment, as_of) for _, moment in told]
    since: Ints = np.select([_is(stage, name) for name, _ in told], began, default=_seen(summaries, stage, as_of))
    return since


def _seen(summaries: Summaries, stage: Ints, as_of: int) -> Ints:
    """Held already, it keeps its time; else it began when the stage before it ended by its rule, or with a purchase."""
    first, last, before, scored = (
        summaries.count(name) for name in ("first_at", "last_at", "since_before", "scored_before")
    )
    was, known = summaries.count("stage_before"), (scored != NEVER) & (before != NEVER)
    recent = lifecycle.RECENT_DAYS * MICROSECONDS_A_DAY
    well = ~_is(stage, LifecycleStage.AT_RISK)  # a model says so, and nobody knows what it would have said before
    began = np.select(
        [
            known & (stage == was),
            known & well & _is(was, LifecycleStage.NEW),
            known & well & _is(was, LifecycleStage.WON_BACK),
            known & well & (last >= scored),
        ],
        [before, first + recent, before + recent, last],
        default=as_of,
    )
    seen: Ints = np.minimum(began, as_of)
    return seen


def _returned(summaries: Summaries, as_of: int) -> Ints:
    """When the purchase was that ended the silence: the last one, or the one that was seen then, or on its day."""
    days, before = summaries.real("returned_on"), summaries.count("since_before")
    on_its_day = as_of + (np.nan_to_num(days) * MICROSECONDS_A_DAY).astype(np.int64)
    held = _is(summaries.count("stage_before"), LifecycleStage.WON_BACK) & (summaries.count("scored_before") != NEVER)
    held &= np.abs(before - on_its_day) <= MICROSECONDS_A_DAY
    moment: Ints = np.select(
        [held, days == summaries.real("last_day")], [before, summaries.count("last_at")], default=on_its_day
    )
    return moment


def _is(stages: Ints, stage: LifecycleStage) -> lifecycle.Flags:
    flags: lifecycle.Flags = stages == STAGES.index(stage)
    return flags


def _next_order(summaries: Summaries, foresight: Foresight, lapsed: lifecycle.Flags, as_of: int) -> Ints:
    """The last order and the customer's own median gap, not before now; none for who has probably left."""
    gap = summaries.real("median_gap")
    with np.errstate(invalid="ignore"):
        left = lapsed | (foresight.alive < _PROBABLY_GONE) | np.isnan(gap)
    expected = summaries.count("last_at") + (np.nan_to_num(gap) * MICROSECONDS_A_DAY).astype(np.int64)
    moment: Ints = np.where(left, NEVER, np.maximum(expected, as_of))
    return moment
