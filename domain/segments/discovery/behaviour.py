"""What customers do, as figures that can be compared, and the groups that they fall into by them, named. Pure.

Amounts and counts are taken as logarithms; then each figure is measured from its median in spreads (interquartile range
÷ 1.349, the deviation of a bell curve; where half of all are alike, the deviation itself; never less than what makes a
difference to anybody, .15 of a share and .3 of a logarithm), at most three either way.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from domain.analytics.clusters import FEWEST, MOST, SMALLEST_SHARE, Tried, best, nearest, tried

Floats: TypeAlias = NDArray[np.float64]
Raw: TypeAlias = NDArray[np.float32]

LEAST_SILHOUETTE: Final = 0.15
"""Below it groups are not told apart well enough to be worth a name."""
_FARTHEST, _OF_A_BELL = 3.0, 1.349
_LEAST_SHARE, _LEAST_LOGARITHM, _SAME = 0.15, 0.3, 1e-9
_TELLING: Final = 0.35
"""Spreads from the mean of all, from which on a group is named by it."""
_SAID, _EXPLAINED = 2, 4
"""Traits of a name, where that tells it from the others; traits of a description."""


class Turn(StrEnum):
    """How a figure is taken: counts and amounts as logarithms, of amounts on both sides of nothing."""

    COUNT = "count"
    AMOUNT = "amount"
    RATIO = "ratio"
    SHARE = "share"


@dataclass(frozen=True, slots=True)
class Behaviour:
    """One figure: its name in the statement, what it is, and the words for less and for more of it."""

    name: str
    told: str
    turn: Turn
    less: str
    more: str


BEHAVIOURS: Final = (
    Behaviour("recency", "days since the last order", Turn.COUNT, "bought lately", "silent for long"),
    Behaviour("frequency", "purchase days", Turn.COUNT, "buy rarely", "buy often"),
    Behaviour("profit", "profit so far", Turn.AMOUNT, "earn us little", "earn us much"),
    Behaviour("order_value", "average order", Turn.AMOUNT, "small orders", "large orders"),
    Behaviour("categories", "categories bought", Turn.COUNT, "few categories", "many categories"),
    Behaviour("discounts", "orders with a discount", Turn.SHARE, "full price", "on discount"),
    Behaviour("returns", "of revenue returned", Turn.SHARE, "", "return much"),
    Behaviour("trend", "revenue of a year ÷ the year before", Turn.RATIO, "spend less", "spend more"),
    Behaviour("tenure", "days since the first order", Turn.COUNT, "new", "long-standing"),
    Behaviour("touches", "touches in twelve months", Turn.COUNT, "seldom in touch", "often in touch"),
    Behaviour("online", "orders online", Turn.SHARE, "", "online"),
    Behaviour("in_person", "orders in person", Turn.SHARE, "", "in person"),
    Behaviour("by_phone", "orders by phone", Turn.SHARE, "", "by phone"),
    Behaviour("by_mail", "orders by mail", Turn.SHARE, "", "by mail"),
)


@dataclass(frozen=True, slots=True)
class Scale:
    """How these customers' figures are measured: from where, in which spreads; `differs`: which of them tell at all."""

    usual: Floats
    middle: Floats
    spread: Floats
    differs: NDArray[np.bool_]

    @staticmethod
    def of(raw: Raw) -> "Scale":
        """Measured on these customers, a row each."""
        usual = np.array([_usual(column) for column in raw.astype(np.float64).T])
        figures = _turned(raw, usual)
        low, middle, high = np.percentile(figures, (25, 50, 75), axis=0)
        spread = np.where(high > low, (high - low) / _OF_A_BELL, figures.std(axis=0))
        least = [_LEAST_SHARE if one.turn is Turn.SHARE else _LEAST_LOGARITHM for one in BEHAVIOURS]
        return Scale(usual, middle, np.maximum(spread, least), spread > _SAME)

    def measured(self, raw: Raw) -> Floats:
        """Raw figures on this scale, without those that are the same for all."""
        figures = (_turned(raw, self.usual) - self.middle) / self.spread
        return np.ascontiguousarray(np.clip(figures, -_FARTHEST, _FARTHEST)[:, self.differs])


@dataclass(frozen=True, slots=True)
class Group:
    """What a group is called, and what it does more or less than all."""

    name: str
    traits: str


@dataclass(frozen=True, slots=True)
class Discovery:
    """What was tried, and what came of it: no groups where none are told apart well enough."""

    scale: Scale
    tried: tuple[tuple[int, float | None], ...]
    chosen: Tried | None
    groups: tuple[Group, ...]


def discovered(raw: Raw, groups: int | None) -> Discovery:
    """The groups that these customers fall into: as many as are asked for, or as separate them best."""
    scale = Scale.of(raw)
    rows = scale.measured(raw)
    numbers = range(FEWEST, MOST + 1) if groups is None else [groups]
    found = tried(rows, numbers, smallest_share=SMALLEST_SHARE if groups is None else 0.0)
    told = tuple((one.groups, one.silhouette) for one in found)
    chosen = best(found)
    if chosen is None or (chosen.silhouette or 0.0) < LEAST_SILHOUETTE:
        return Discovery(scale, told, None, ())
    return Discovery(scale, told, chosen, _named(raw, rows, nearest(rows, chosen.centres), scale))


def placed(raw: Raw, scale: Scale, centres: Floats) -> NDArray[np.int64]:
    """The group of each customer, by its place."""
    return nearest(scale.measured(raw), centres)


def _usual(column: Floats) -> float:
    """What an amount is told in units of: the median of those that are any."""
    amounts = np.abs(column[column != 0])
    return float(np.median(amounts)) if amounts.size else 1.0


def _turned(raw: Raw, usual: Floats) -> Floats:
    columns = [_turn(one.turn, column, unit) for one, column, unit in zip(BEHAVIOURS, raw.T, usual, strict=True)]
    return np.column_stack(columns)


def _turn(turn: Turn, column: Raw, usual: float) -> Floats:
    values = column.astype(np.float64)
    if turn is Turn.COUNT:
        return np.log1p(np.maximum(values, 0.0))
    if turn is Turn.AMOUNT:
        return np.arcsinh(values / usual)
    return np.log(np.clip(values, 0.2, 5.0)) if turn is Turn.RATIO else values


def _named(raw: Raw, rows: Floats, labels: NDArray[np.int64], scale: Scale) -> tuple[Group, ...]:
    """Each by what it does more or less than all, in plain words; no two alike."""
    taken: set[str] = set()
    groups = []
    for label in range(int(labels.max()) + 1):
        inside = labels == label
        distance = np.zeros(len(BEHAVIOURS))
        distance[scale.differs] = rows[inside].mean(axis=0) - rows.mean(axis=0)
        traits = list(_traits(distance))
        name = _name([words for _, words in traits], taken)
        taken.add(name)
        told = "; ".join(_explained(at, words, raw[:, at], inside) for at, words in traits[:_EXPLAINED])
        groups.append(Group(name, told))
    return tuple(groups)


def _traits(distance: Floats) -> Iterator[tuple[int, str]]:
    """Which figures tell it from all, the strongest first, in words."""
    for at in np.argsort(-np.abs(distance), kind="stable"):
        words = BEHAVIOURS[at].more if distance[at] > 0 else BEHAVIOURS[at].less
        if words and abs(distance[at]) >= _TELLING:
            yield int(at), words


def _name(words: Sequence[str], taken: set[str]) -> str:
    """As few of its traits as tell it from those before it."""
    for count in range(_SAID, max(len(words), _SAID) + 1):
        name = ", ".join(words[:count]).capitalize() or "Like most"
        if name not in taken:
            return name
    return next(told for n in range(2, MOST + 2) if (told := f"{name} ({n})") not in taken)


def _explained(at: int, words: str, column: Raw, inside: NDArray[np.bool_]) -> str:
    """Such as: buy often (purchase days 58, all 21)."""
    one = BEHAVIOURS[at]
    middle = np.mean if one.turn is Turn.SHARE else np.median
    theirs, everybody = (_number(float(middle(values)), one.turn) for values in (column[inside], column))
    return f"{words} ({one.told}: {theirs}, all: {everybody})"


def _number(value: float, turn: Turn) -> str:
    if turn is Turn.SHARE:
        return f"{100 * value:.0f} %"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}".removesuffix(".0")
