"""Gradient boosting of Poisson counts about what was foretold: what a forecast misses, as a factor of few plain traits.

Each tree asks two questions, the second depending on the answer to the first. Plain numpy and without chance, so that
the same inputs give the same trees, and a million customers cost little."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from domain.analytics.models.histories import Floats, Ints

RATE = 0.1
BINS = 32
FEWEST_IN_A_LEAF = 50
UNSEEN = 20.0
"""A leaf is shrunk as though so many purchases more, times the overdispersion, had come as foretold."""

Leaves: TypeAlias = npt.NDArray[np.int8]
Question: TypeAlias = tuple[int, float]
"""Is this trait (its number) at most that?"""
_NOBODY: Question = (0, -1e300)
_AT_A_TIME = 1 << 14


@dataclass(frozen=True, slots=True)
class Tree:
    """A first question, then one for those who said no and one for those who said yes; `added` to the logarithm for no
    and no, no and yes, yes and no, yes and yes."""

    first: Question
    no: Question
    yes: Question
    added: tuple[float, ...]

    def leaves(self, traits: Floats) -> Leaves:
        """Rows are traits, columns customers."""
        first, no, yes = (traits[trait] <= most for trait, most in (self.first, self.no, self.yes))
        leaves: Leaves = np.where(first, yes, no).view(np.int8) + 2 * first.view(np.int8)
        return leaves

    def of(self, traits: Floats) -> Floats:
        added: Floats = np.array(self.added).take(self.leaves(traits))
        return added


def logarithm(trees: Sequence[Tree], traits: Floats) -> Floats:
    """What the trees add up to, for each customer."""
    total = np.zeros(traits.shape[1])
    for start in range(0, len(total), _AT_A_TIME):
        some = np.ascontiguousarray(traits[:, start : start + _AT_A_TIME])
        for tree in trees:
            total[start : start + _AT_A_TIME] += tree.of(some)
    return total


def boost(traits: Floats, foretold: Floats, actual: Floats, trees: int) -> tuple[Tree, ...]:
    """Trees that make foretold * exp(their sum) likelier, each a step of RATE; fewer where nothing may be asked."""
    binned = _Binned.of(traits)
    came, expected = actual.sum(), foretold * (actual.sum() / foretold.sum())
    overdispersion = max(1.0, float(((actual - expected) ** 2).sum() / came)) if came else 1.0
    grown: list[Tree] = []
    while came and len(grown) < trees:
        tree = _grow(binned, traits, (actual - expected, expected), UNSEEN * overdispersion)
        if tree is None:
            break
        grown.append(tree)
        expected = expected * np.exp(tree.of(traits))
        expected *= came / expected.sum()
    return tuple(grown)


@dataclass(frozen=True, slots=True)
class _Binned:
    """Traits cut into bins, numbered through all traits: where each trait's begin, the highest value of each bin, and
    everybody's bins."""

    starts: Ints
    highest: Floats
    codes: Ints

    @classmethod
    def of(cls, traits: Floats) -> "_Binned":
        shares = np.linspace(0, 1, BINS + 1)[1:-1]
        edges = [np.append(np.unique(np.quantile(row, shares, method="lower")), np.inf) for row in traits]
        starts = np.cumsum([0, *(len(edge) for edge in edges)])
        codes = [np.searchsorted(edge, row) for edge, row in zip(edges, traits, strict=True)]
        return cls(starts, np.concatenate(edges), np.stack(codes) + starts[:-1, None])

    def best(self, some: npt.NDArray[np.bool_], missed: Floats, expected: Floats, unseen: float) -> Question | None:
        """The question that parts `some` best, with enough of them on either side; None where there is none."""
        codes, traits = self.codes[:, some].ravel(), len(self.codes)
        weights = (np.tile(missed[some], traits), np.tile(expected[some], traits), None)
        sums = np.stack([np.bincount(codes, weight, self.starts[-1]) for weight in weights])
        whole = sums[:, : self.starts[1]].sum(axis=1)[:, None]
        trait = np.repeat(np.arange(traits), np.diff(self.starts))
        low = sums.cumsum(axis=1) - trait * whole
        high = whole - low
        gain = low[0] ** 2 / (low[1] + unseen) + high[0] ** 2 / (high[1] + unseen)
        gain[np.minimum(low[2], high[2]) < FEWEST_IN_A_LEAF] = 0.0
        at = int(np.argmax(gain))
        return (int(trait[at]), float(self.highest[at])) if gain[at] > 0 else None


def _grow(binned: _Binned, traits: Floats, weights: tuple[Floats, Floats], unseen: float) -> Tree | None:
    missed, expected = weights
    first = binned.best(np.ones(len(missed), dtype=bool), missed, expected, unseen)
    if first is None:
        return None
    said = traits[first[0]] <= first[1]
    no, yes = (binned.best(half, missed, expected, unseen) or _NOBODY for half in (~said, said))
    leaves = Tree(first, no, yes, ()).leaves(traits)
    steps = RATE * np.bincount(leaves, missed, 4) / (np.bincount(leaves, expected, 4) + unseen)
    return Tree(first, no, yes, tuple(float(step) for step in steps))
