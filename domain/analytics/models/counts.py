"""What a model says of the number of purchases itself: its quantiles, and where in the distribution it fell.

A family tells P(Y <= 0), P(Y <= 1), ... of somebody who is alive; everybody else buys nothing."""

from collections.abc import Callable, Iterator
from typing import TypeAlias

import numpy as np

from domain.analytics.models.histories import Floats, Ints, distinct

Cumulative: TypeAlias = Callable[[Floats, Floats], Iterator[Floats]]
"""Of x and T, count after count."""

_PAIRS = 2_048
_ROUNDING = 1e-12


def quantiles(if_alive: Cumulative, alive: Floats, x: Floats, T: Floats, shares: tuple[float, ...]) -> tuple[Ints, ...]:
    """The least counts whose P(Y <= count) reaches each share: an exact interval, worked out one count at a time."""
    ends = tuple(np.zeros(len(x), dtype=np.int64) for _ in shares)
    for rows, which, cumulative in _alike(if_alive, x, T):
        behind = [np.arange(len(rows)) for _ in shares]
        wanted = [(share - (1 - alive[rows])) * (1 - _ROUNDING) for share in shares]
        for count, reached in enumerate(cumulative):
            for i, late in enumerate(behind):
                behind[i] = late[alive[rows[late]] * reached[which[late]] < wanted[i][late]]
                ends[i][rows[behind[i]]] = count + 1
            if not any(late.size for late in behind):
                break
    return ends


def chances(if_alive: Cumulative, alive: Floats, x: Floats, T: Floats, actual: Floats) -> tuple[Floats, Floats]:
    """P(Y < actual) and P(Y <= actual) of each."""
    below, reached = np.zeros_like(alive), np.ones_like(alive)
    for rows, which, cumulative in _alike(if_alive, x, T):
        came, still = actual[rows], alive[rows]
        before, most = np.zeros(len(rows)), came.max()
        for count, up_to in enumerate(cumulative):
            here, now = came == count, 1 - still + still * up_to[which]
            below[rows[here]], reached[rows[here]] = before[here], now[here]
            before = now
            if count >= most:
                break
    return below, reached


def once_for_alike(told: Callable[[Floats, Floats], Floats], x: Floats, T: Floats) -> Floats:
    """What is told of x and T, worked out once for each pair that occurs."""
    of_x, of_T, which = distinct(x, T)
    each: Floats = told(of_x, of_T)[which]
    return each


def _alike(if_alive: Cumulative, x: Floats, T: Floats) -> Iterator[tuple[Ints, Ints, Iterator[Floats]]]:
    """Some customers of nearly the same x at a time: which they are, the place of each one's (x, T), what it tells."""
    of_x, of_T, which = distinct(x, T)
    order = np.argsort(which, kind="stable")
    starts = np.arange(0, len(of_x), _PAIRS)
    cuts = np.searchsorted(which[order], np.append(starts, len(of_x)))
    for start, first, last in zip(starts, cuts[:-1], cuts[1:], strict=True):
        rows, some = order[first:last], slice(start, start + _PAIRS)
        yield rows, which[rows] - start, if_alive(of_x[some], of_T[some])
