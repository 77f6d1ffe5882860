"""Pictures of the model: what it expected beside what came, by frequency and by week."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from domain.analytics.models.histories import Floats
from domain.reports.canvas import EXPECTED, INK, PAPER, SEEN, SOFT, inline, sheet
from domain.reports.tracking import MOST, ByFrequency, ByWeek
from domain.reports.wording import short

GROUPS = (*(str(x) for x in range(MOST)), f"{MOST}+")
_HEIGHT, _HALF, _AIR = 270, 0.19, 1.12
_95 = 1.96


def calibrated(found: ByFrequency) -> str:
    """Customers by repeat purchases in the calibration."""
    with sheet(_HEIGHT) as drawn:
        _pairs(drawn.axes, found.customers, found.expected_customers)
        drawn.axes.set_xlabel("repeat purchases in the calibration")
        drawn.axes.set_ylabel("customers")
        _key(drawn.axes, "observed", "expected by the model")
        return inline(
            drawn, "calibrated", "Bars: customers by repeat purchases in the calibration, observed and expected"
        )


def held_out(found: ByFrequency) -> str:
    """Mean purchases held out, by repeat purchases in the calibration."""
    known = found.customers > 0
    with sheet(_HEIGHT) as drawn:
        axes, at = drawn.axes, np.arange(MOST + 1.0)
        axes.errorbar(
            at[known], found.later[known], _95 * found.error[known], color=SEEN, fmt="o", markersize=6, elinewidth=1.4
        )
        axes.plot(at[known], found.expected_later[known], color=EXPECTED, marker="D", markersize=5, linewidth=1.4)
        axes.set_xticks(at, GROUPS)
        axes.set_ylim(0, None)
        axes.set_xlabel("repeat purchases in the calibration")
        axes.set_ylabel("purchases held out, mean")
        _key(axes, "observed, with its 95 % interval of chance", "expected by the model")
        return inline(
            drawn, "held-out", "Points: mean purchases in the holdout by calibration frequency, observed and expected"
        )


def weekly(found: ByWeek) -> str:
    with sheet(_HEIGHT) as drawn:
        axes = drawn.axes
        axes.plot(found.weeks, found.observed, color=SEEN, linewidth=1.1)
        axes.plot(found.weeks, found.expected, color=EXPECTED, linewidth=1.8)
        _tracked(axes, found, "repeat purchases in the week")
        _key(axes, "observed", "expected by the model")
        return inline(drawn, "weekly", "Lines: repeat purchases in each week, observed and expected, with the cut")


def cumulative(found: ByWeek) -> str:
    with sheet(_HEIGHT) as drawn:
        axes, seen, expected = drawn.axes, np.cumsum(found.observed), np.cumsum(found.expected)
        axes.plot(found.weeks, seen, color=SEEN, linewidth=1.8)
        axes.plot(found.weeks, expected, color=EXPECTED, linewidth=1.8, dashes=(4, 2))
        _tracked(axes, found, "repeat purchases so far")
        _key(axes, "observed", "expected by the model (dashed)")
        return inline(
            drawn, "cumulative", "Lines: repeat purchases since the first week, observed and expected, with the cut"
        )


def _pairs(axes: Axes, seen: Floats, expected: Floats) -> None:
    at = np.arange(MOST + 1.0)
    axes.bar(at - _HALF, seen, 2 * _HALF, color=SEEN, edgecolor=PAPER, linewidth=0.5)
    axes.bar(at + _HALF, expected, 2 * _HALF, color=EXPECTED, edgecolor=PAPER, linewidth=0.5)
    axes.set_xticks(at, GROUPS)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: short(value)))


def _tracked(axes: Axes, found: ByWeek, label: str) -> None:
    """The scales of both kinds of tracking, and the cut where something was held out."""
    axes.set_ylim(0, None)
    axes.set_xlim(0, len(found.observed) + 0.5)
    top = axes.get_ylim()[1] * _AIR
    axes.set_ylim(0, top)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: short(value)))
    axes.set_xlabel("weeks since the first purchase of all")
    axes.set_ylabel(label)
    if found.cut < len(found.observed):
        axes.axvline(found.cut, color=INK, linewidth=1, dashes=(2, 2))
        for aside, side, words in ((-5, "right", "calibration"), (5, "left", "held out →")):
            place = (found.cut, top * 0.02)
            axes.annotate(words, place, (aside, 0), textcoords="offset points", color=SOFT, ha=side, fontsize=10)


def _key(axes: Axes, seen: str, expected: str) -> None:
    """Two coloured words in place of a legend's box."""
    axes.text(0, 1.07, f"■ {seen}", color=SEEN, transform=axes.transAxes, weight="bold", va="bottom")
    axes.text(0, 1.0, f"■ {expected}", color=EXPECTED, transform=axes.transAxes, weight="bold", va="bottom")
