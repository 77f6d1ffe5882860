"""Purchase histories as the papers write them: x repeat purchases, the last at t_x, watched for T; times in weeks.

Days stay integers until the last moment, so that customers with the same history are one row with a count."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

DAYS_A_WEEK = 7.0

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Short = npt.NDArray[np.int32]
"""Half as wide, for where a number of everybody is held."""


@dataclass(frozen=True, slots=True)
class Histories:
    """Arrays of one length: x repeat purchase days, t_x and T in weeks since the first, n customers alike."""

    x: Floats
    t_x: Floats
    T: Floats
    n: Floats

    @property
    def customers(self) -> float:
        return float(self.n.sum())

    def rows(self, chosen: npt.NDArray[np.bool_] | slice) -> "Histories":
        return Histories(self.x[chosen], self.t_x[chosen], self.T[chosen], self.n[chosen])

    def chunks(self, size: int) -> Iterator["Histories"]:
        return (self.rows(slice(start, start + size)) for start in range(0, len(self.x), size))


def aggregate(x: Ints, t_x_days: Ints, T_days: Ints) -> Histories:
    """Customers whose (x, t_x, T) are the same day for day become one row; rows come out sorted by x."""
    if x.size == 0:
        nothing = np.empty(0)
        return Histories(nothing, nothing, nothing, nothing)
    days, repeats = int(T_days.max()) + 1, int(x.max()) + 1
    if min(int(x.min()), int(t_x_days.min()), int(T_days.min())) < 0 or repeats * days * days >= 2**62:
        raise ValueError("a history needs x, t_x and T of at least 0 and of a human size")
    key, n = np.unique((x * days + t_x_days) * days + T_days, return_counts=True)
    rest, T = np.divmod(key, days)
    repeats_of, t_x = np.divmod(rest, days)
    return Histories(repeats_of.astype(np.float64), t_x / DAYS_A_WEEK, T / DAYS_A_WEEK, n.astype(np.float64))


def singles(x: npt.ArrayLike, t_x: npt.ArrayLike, T: npt.ArrayLike) -> Histories:
    """Histories as they are, in weeks, each of one customer."""
    xs, txs, Ts = np.broadcast_arrays(*(np.asarray(value, dtype=np.float64) for value in (x, t_x, T)))
    return Histories(np.atleast_1d(xs), np.atleast_1d(txs), np.atleast_1d(Ts), np.ones(np.atleast_1d(xs).shape))


def distinct_histories(x: Floats, t_x: Floats, T: Floats) -> tuple[Floats, Floats, Floats, Ints]:
    """The different (x, t_x, T) and, for every customer, which of them is the customer's."""
    days = [np.rint(time * DAYS_A_WEEK) for time in (t_x, T)]
    span = float(max(day.max() for day in days) + 1) if T.size else 1.0
    off_grid = [np.abs(day / DAYS_A_WEEK - time).max() for day, time in zip(days, (t_x, T), strict=True) if T.size]
    if T.size <= 1000 or max(off_grid) >= 1e-12 or span * span * (x.max() + 1) >= 2**53:
        return x, t_x, T, np.arange(len(x))
    key, which = np.unique(((x * span + days[0]) * span + days[1]).astype(np.int64), return_inverse=True)
    rest, of_T = np.divmod(key, int(span))
    of_x, of_t_x = np.divmod(rest, int(span))
    return of_x.astype(np.float64), of_t_x / DAYS_A_WEEK, of_T / DAYS_A_WEEK, which.astype(np.int64)


def distinct(x: Floats, T: Floats) -> tuple[Floats, Floats, Ints]:
    """The different (x, T) and, for every customer, which of them is the customer's: a million share a few thousand."""
    days = np.rint(T * DAYS_A_WEEK)
    span = float(days.max() + 1) if T.size else 1.0
    if T.size > 1000 and np.abs(days / DAYS_A_WEEK - T).max() < 1e-12 and span * (x.max() + 1) < 2e7:
        key = (x * span + days).astype(np.int64)
        found = np.flatnonzero(np.bincount(key))
        places = np.zeros(int(key.max()) + 1, dtype=np.int64)
        places[found] = np.arange(len(found))
        of_x, of_T = np.divmod(found, int(span))
        return of_x.astype(np.float64), of_T / DAYS_A_WEEK, places[key]
    pairs, which = np.unique(x + 1j * T, return_inverse=True)
    return pairs.real, pairs.imag, which.astype(np.int64)
