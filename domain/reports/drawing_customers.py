"""Pictures of customers: who holds the value, grids of groups, cohorts that stay or leave, stages."""

from collections.abc import Callable, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from matplotlib.ticker import FuncFormatter, MaxNLocator

from domain.analytics.models.histories import Floats
from domain.reports.canvas import HEAT, INK, LOSS, RULE, SEEN, SOFT, inline, sheet
from domain.reports.wording import short

_STRONGEST = 0.62
"""Of a heat's colour, so that ink on it can be read by day and by night."""
_BAR = 30
_FEW_MONTHS = 14


def deciles(shares: Floats) -> str:
    """Each tenth's share of the value, the best first."""
    with sheet(260) as drawn:
        axes, at = drawn.axes, np.arange(1, len(shares) + 1)
        bars = axes.bar(at, shares * 100, 0.72, color=[SEEN if value >= 0 else LOSS for value in shares])
        for bar, value in zip(bars, shares * 100, strict=True):
            place = (bar.get_x() + bar.get_width() / 2, value)
            below = value < 0
            axes.annotate(
                f"{value:.0f}".replace("-", "−"), place, (0, -3 if below else 3), textcoords="offset points",
                ha="center", va="top" if below else "bottom", fontsize=10, color=INK,
            )  # fmt: skip
        axes.margins(y=0.12)
        axes.set_xticks(at)
        axes.set_xlabel("tenth of the customers by value, the best first")
        axes.set_ylabel("% of all value")
        axes.axhline(0, color=RULE, linewidth=0.8)
        return inline(drawn, "deciles", "Bars: share of all value that each tenth of the customers holds")


def concentration(customers: Floats, value: Floats) -> str:
    """Cumulative shares from 0 to 1, the best first."""
    with sheet(300) as drawn:
        axes = drawn.axes
        axes.plot([0, 100], [0, 100], color=RULE, linewidth=1)
        axes.plot(customers * 100, value * 100, color=SEEN, linewidth=2, marker="o", markersize=4)
        axes.text(52, 48, "everybody worth the same", color=SOFT, rotation=0, va="top", fontsize=10)
        axes.set_xlim(0, 101)
        axes.set_xlabel("% of the customers, the best first")
        axes.set_ylabel("% of all value")
        axes.yaxis.set_major_locator(MaxNLocator(6))
        return inline(drawn, "concentration", "Line: share of all value that the best so many customers hold together")


def grid(
    name: str, alternative: str, heat: Floats, words: Sequence[Sequence[str]], rows: Sequence[str],
    columns: Sequence[str], labels: tuple[str, str], *, cell: int = 46,
) -> str:  # fmt: skip
    """A table as a picture: heat from −1 (a loss) to 1, not a number where there is nothing; rows run downwards."""
    with sheet(70 + cell * len(rows), grid=None) as drawn:
        axes = drawn.axes
        _cells(axes, heat)
        for (row, column), value in np.ndenumerate(heat):
            if np.isfinite(value):
                _word(axes, column, row, words[row][column])
        axes.set_xticks(range(len(columns)), columns)
        axes.set_yticks(range(len(rows)), rows)
        axes.set_xlabel(labels[0])
        axes.set_ylabel(labels[1])
        return inline(drawn, name, alternative)


def triangle(shares: Floats, cohorts: Sequence[str], sizes: Floats) -> str:
    """Cohorts downwards with how many each was, then the share that bought 1, 2, ... months later, told if there is
    room."""
    cohorts = [f"{cohort}  {short(float(size))}" for cohort, size in zip(cohorts, sizes, strict=True)]
    months = np.arange(shares.shape[1])
    with sheet(80 + 19 * len(cohorts), grid=None) as drawn:
        axes = drawn.axes
        _cells(axes, shares / max(float(np.nanmax(shares)), 1e-9))
        for (row, column), value in np.ndenumerate(shares):
            if len(months) <= _FEW_MONTHS and np.isfinite(value):
                _word(axes, column, row, f"{value * 100:.0f}")
        every = max(1, len(cohorts) // 12)
        axes.set_yticks(range(0, len(cohorts), every), cohorts[::every])
        shown = months if len(months) <= _FEW_MONTHS else months[2::3]
        axes.set_xticks(shown, [str(month + 1) for month in shown])
        axes.set_xlabel("months since the first purchase")
        axes.set_ylabel("first purchase, customers")
        return inline(drawn, "retention", "Grid: share of each monthly cohort that bought in each month since")


def _cells(axes: Axes, heat: Floats) -> None:
    axes.set_xlim(-0.5, heat.shape[1] - 0.5)
    axes.set_ylim(heat.shape[0] - 0.5, -0.5)
    for (row, column), value in np.ndenumerate(heat):
        if np.isfinite(value):
            colour, strength = HEAT if value >= 0 else LOSS, 0.06 + (_STRONGEST - 0.06) * min(abs(value), 1.0)
            cell = Rectangle((column - 0.48, row - 0.47), 0.96, 0.94, color=colour, alpha=strength, linewidth=0)
            cell.set_in_layout(False)
            axes.add_artist(cell)
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)


def _word(axes: Axes, column: float, row: float, text: str) -> None:
    """Inside the axes, so that what lies around them need not make room for it."""
    axes.text(column, row, text, ha="center", va="center", fontsize=9.5, color=INK, in_layout=False)


def bars(
    name: str, alternative: str, labels: Sequence[str], values: Floats, label: str, *,
    told: Callable[[float], str] = short,
) -> str:  # fmt: skip
    """Bars that lie, the first on top, each with its number; losses in their own colour."""
    with sheet(64 + _BAR * len(labels), grid="x") as drawn:
        axes, at = drawn.axes, np.arange(len(labels))
        axes.spines["left"].set_visible(False)
        axes.barh(at, values, 0.68, color=[SEEN if value >= 0 else LOSS for value in values])
        for place, value in zip(at, values, strict=True):
            below = value < 0
            axes.annotate(
                told(float(value)), (value, place), (-4 if below else 4, 0), textcoords="offset points",
                ha="right" if below else "left", va="center", fontsize=10, color=INK,
            )  # fmt: skip
        axes.set_yticks(at, labels)
        axes.invert_yaxis()
        axes.margins(x=0.16)
        if len(values) and values.min() >= 0:
            axes.set_xlim(left=0)
        axes.axvline(0, color=RULE, linewidth=0.8)
        axes.xaxis.set_major_locator(MaxNLocator(5))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: short(value)))
        axes.set_xlabel(label)
        return inline(drawn, name, alternative)
