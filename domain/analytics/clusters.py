"""Groups in a table of standardised figures: k-means from seeded starts, their number by the mean silhouette. Pure.

The starts are those of k-means++ (Arthur & Vassilvitskii 2007), the silhouette is Rousseeuw's (1987). Rows are put in
an order of their own first, so that the same rows give the same groups in whatever order they come. scipy's part is
loaded by whoever clusters: 13 MiB that a worker which only hands the rows on does not need.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]

SEED = 1967
"""Fixed, so that the same rows give the same groups: the year of MacQueen's k-means."""
FEWEST, MOST = 2, 10
"""Numbers of groups that are tried where none is asked for."""
SMALLEST_SHARE = 0.01
"""Of the rows: a smaller group is a few odd ones, and a number of groups that makes one is not chosen."""
_SMALLEST = 5
_JUDGED = 3_000
"""Rows that the silhouette is taken of: its standard error is below .01 then."""
_STARTS, _FIRST_ROUNDS, _ROUNDS = 12, 6, 60
_STILL = 1e-9
_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Tried:
    """One number of groups: their centres and how far apart they are; no silhouette where one was too small."""

    centres: Floats
    silhouette: float | None

    @property
    def groups(self) -> int:
        return len(self.centres)


def tried(rows: Floats, numbers: Iterable[int], *, smallest_share: float = SMALLEST_SHARE) -> list[Tried]:
    """Every number of groups that these rows can be parted into, in the order of `numbers`."""
    if rows.shape[1] == 0:  # nothing is told of them that is not the same for all
        return []
    ordered = rows[np.lexsort(rows.T[::-1])]
    different = len(np.unique(ordered, axis=0))
    found = [one for k in numbers if k <= different and (one := _parted(ordered, k)) is not None]
    labels = [nearest(ordered, centres) for centres in found]
    judged = _some(len(ordered))
    means = silhouettes(ordered[judged], [one[judged] for one in labels])
    least = max(_SMALLEST, smallest_share * len(ordered))
    fit = [np.bincount(one, minlength=len(centres)).min() >= least for one, centres in zip(labels, found, strict=True)]
    return [
        Tried(*one) for one in zip(found, (m if ok else None for m, ok in zip(means, fit, strict=True)), strict=True)
    ]


def best(found: Sequence[Tried]) -> Tried | None:
    """The one whose groups are farthest apart; of equals the one with fewer groups."""
    judged = [one for one in found if one.silhouette is not None]
    return max(judged, key=lambda one: (one.silhouette or 0.0, -one.groups), default=None)


def nearest(rows: Floats, centres: Floats) -> Labels:
    """The group of each row, by its place among the centres."""
    from scipy.cluster.vq import vq

    return vq(rows, centres, check_finite=False)[0].astype(np.int64)


def silhouettes(rows: Floats, labellings: Sequence[Labels]) -> list[float]:
    """The mean silhouette of each way to part the rows; distances are found once, a few rows at a time."""
    from scipy.spatial import distance

    if len(rows) == 0:
        return [0.0 for _ in labellings]
    members = [np.eye(labels.max() + 1)[labels] for labels in labellings]
    totals = [0.0] * len(labellings)
    for start in range(0, len(rows), _CHUNK):
        distances = distance.cdist(rows[start : start + _CHUNK], rows)
        for at, (labels, of) in enumerate(zip(labellings, members, strict=True)):
            totals[at] += float(_silhouette(distances @ of, of.sum(axis=0), labels[start : start + _CHUNK]).sum())
    return [total / len(rows) for total in totals]


def _silhouette(sums: Floats, sizes: Floats, labels: Labels) -> Floats:
    """(b − a) ÷ max(a, b) of each row, from its sums of distances to each group; 0 for who is alone in a group."""
    row = np.arange(len(labels))
    others = sizes[labels] - 1
    inside = sums[row, labels] / np.maximum(others, 1)
    outside = np.where(sizes > 0, sums / np.maximum(sizes, 1), np.inf)
    outside[row, labels] = np.inf
    nearest_other = outside.min(axis=1)
    larger = np.maximum(inside, nearest_other)
    apart = (others > 0) & np.isfinite(nearest_other) & (larger > 0)
    return np.where(apart, (nearest_other - inside) / np.where(apart, larger, 1.0), 0.0)


def _parted(rows: Floats, k: int) -> Floats | None:
    """The centres of the best of several seeded starts, run to its end; None where each leaves a group empty."""
    chance = np.random.default_rng([SEED, k])
    begun = [one for _ in range(_STARTS) if (one := _begun(rows, k, chance)) is not None]
    if not begun:
        return None
    centres = min(begun, key=lambda one: _within(rows, one))
    for _ in range(_ROUNDS):
        labels = nearest(rows, centres)
        sizes = np.bincount(labels, minlength=k)
        if (sizes == 0).any():
            return None
        sums = np.column_stack([np.bincount(labels, weights=column, minlength=k) for column in rows.T])
        moved = sums / sizes[:, None]
        if np.abs(moved - centres).max() < _STILL:
            break
        centres = moved
    return centres


def _begun(rows: Floats, k: int, chance: np.random.Generator) -> Floats | None:
    from scipy.cluster.vq import ClusterError, kmeans2

    try:
        centres, _ = kmeans2(rows, k, iter=_FIRST_ROUNDS, minit="++", missing="raise", check_finite=False, rng=chance)
    except ClusterError:  # a group went empty: another start does better
        return None
    return np.asarray(centres, dtype=np.float64)


def _within(rows: Floats, centres: Floats) -> float:
    """The sum of squared distances to the nearest centre."""
    from scipy.cluster.vq import vq

    return float((vq(rows, centres, check_finite=False)[1] ** 2).sum())


def _some(size: int) -> Labels:
    """Which rows are judged: the same ones each time."""
    if size <= _JUDGED:
        return np.arange(size)
    return np.sort(np.random.default_rng(SEED).choice(size, _JUDGED, replace=False))
