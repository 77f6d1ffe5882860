"""What a family's expectation misses of the weeks after a cut, learnt at an earlier cut: a factor for each customer.

Everything is learnt and chosen from days before the present: features and expectation as of the earlier cut, against
the purchases between it and the present. How strongly it speaks is chosen by customers that the trees have not seen,
and where it does not surely help them it is silent. It moves purchases between customers and keeps their total, for
one window cannot teach a season."""

from dataclasses import dataclass, replace

import numpy as np

from domain.analytics.judging import boosting, holdout
from domain.analytics.judging.boosting import Tree
from domain.analytics.judging.purchase_days import Known
from domain.analytics.models.bg_nbd_forecast import Forecast, Horizon
from domain.analytics.models.families import PurchaseModel
from domain.analytics.models.histories import DAYS_A_WEEK, Floats

MOST_CUSTOMERS = 100_000
FOLDS, MOST_REPEATS, ENOUGH_TO_PART_ONCE = 5, 3, 20_000
TREES = (5, 10, 20, 40, 60)
"""The strength: each tree goes a tenth of its way, so that their number is the shrinkage. 0 where it is not sure."""
SURE = 2.0
"""Silent unless customers who were not learnt from gain so many standard errors by half of it."""
_FARTHEST = float(np.log(10))
_SEED = 20_260_103


@dataclass(frozen=True, slots=True)
class Residual:
    """Speaks of the `weeks` after T, as strongly as `strength` (0: not at all). `level` keeps the total. `gain` is what
    the back-test saw: by how much the Poisson deviance of a customer fell, with its standard error."""

    weeks: float
    strength: float = 0.0
    level: float = 0.0
    gain: float = 0.0
    error: float = 0.0
    trees: tuple[Tree, ...] = ()

    @property
    def helps(self) -> bool:
        return self.strength > 0

    def factors(self, model: PurchaseModel, x: Floats, t_x: Floats, T: Floats) -> Floats:
        """By what to multiply the purchases that `model` expects within the weeks; histories in weeks."""
        if not self.helps:
            return np.ones_like(x)
        return self._factors(model.forecast(x, t_x, T, Horizon(self.weeks)).purchases, x, t_x, T)

    def levelled(self, model: PurchaseModel, x: Floats, t_x: Floats, T: Floats) -> "Residual":
        """The same, so that everybody together is foretold what `model` foretells them."""
        if not self.helps:
            return self
        expected = model.forecast(x, t_x, T, Horizon(self.weeks)).purchases
        moved = expected @ self._factors(expected, x, t_x, T)
        return replace(self, level=self.level + float(np.log(expected.sum() / moved)))

    def corrected(self, model: PurchaseModel, x: Floats, t_x: Floats, T: Floats, horizon: Horizon) -> Forecast:
        """The forecast of `model`, moved within the weeks; beyond them the family alone speaks."""
        whole = model.forecast(x, t_x, T, horizon)
        if not self.helps:
            return whole
        within = model.forecast(x, t_x, T, Horizon(self.weeks, horizon.interest))
        factors = self._factors(within.purchases, x, t_x, T)
        return _moved(whole, within if horizon.weeks > self.weeks else whole, factors)

    def _factors(self, expected: Floats, x: Floats, t_x: Floats, T: Floats) -> Floats:
        told = self.strength * boosting.logarithm(self.trees, traits(expected / self.weeks, x, t_x, T))
        factors: Floats = np.exp(self.level + np.clip(told, -_FARTHEST, _FARTHEST))
        return factors

    def as_json(self) -> dict[str, object]:
        facts = {name: getattr(self, name) for name in ("weeks", "strength", "level", "gain", "error")}
        return facts | {"trees": [[*tree.first, *tree.no, *tree.yes, *tree.added] for tree in self.trees]}

    @classmethod
    def from_json(cls, stored: dict[str, object]) -> "Residual":
        """Raises ValueError for what `as_json` did not write."""
        facts, trees = {name: told for name, told in stored.items() if name != "trees"}, stored.get("trees")
        if set(facts) != {"weeks", "strength", "level", "gain", "error"} or not isinstance(trees, list):
            raise ValueError("no stored residual")
        return cls(**{name: float(str(told)) for name, told in facts.items()}, trees=tuple(map(_tree, trees)))


def _tree(told: list[float]) -> Tree:
    first, no, yes = ((int(told[at]), float(told[at + 1])) for at in (0, 2, 4))
    return Tree(first, no, yes, tuple(float(step) for step in told[6:]))


def traits(a_week: Floats, x: Floats, t_x: Floats, T: Floats) -> Floats:
    """What is asked about: the expectation a week, x, the share of T that was silent, the silence in own mean gaps."""
    silent = T - t_x
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(T > 0, silent / T, 0.0)
        gaps = np.where(x > 0, silent * x / t_x, -1.0)
    return np.stack([np.log(np.maximum(a_week, 1e-12)), x, share, gaps])


def learn(at_cut: PurchaseModel, known: Known, days: int) -> Residual:
    """From everybody known at a cut, the fit as of that cut, and the purchases of the `days` that followed it.

    In whatever order customers come, the same is learnt.
    """
    order = np.lexsort((known.later, known.T, known.t_x, known.x))
    some = order[:: max(1, -(-len(order) // MOST_CUSTOMERS))]
    x, t_x, T = (part[some] for part in known.in_weeks())
    weeks, came = days / DAYS_A_WEEK, known.later[some]
    expected = at_cut.forecast(x, t_x, T, Horizon(weeks)).purchases
    asked = traits(expected / weeks, x, t_x, T)
    found = _chosen(asked, expected, came)
    if found is None:
        return Residual(weeks)
    trees, gain, error = found
    grown = boosting.boost(asked, expected, came, trees)
    return Residual(weeks, 1.0, 0.0, gain, error, grown).levelled(at_cut, x, t_x, T)


def _chosen(asked: Floats, expected: Floats, came: Floats) -> tuple[int, float, float] | None:
    """The number of trees that helps customers most who are left out in turn, their gain and its error.

    None where there is nothing to gain, or where not even half of it would surely help: a half step is the cautious
    one, so that it tells best whether its direction is right.
    """
    half, whole = _gains(asked, expected, came)
    best = int(np.argmax(whole.mean(axis=1)))
    gain, error = float(whole[best].mean()), _error(whole[best])
    surely = half[best].mean() > SURE * _error(half[best])
    return (TREES[best], gain, error) if surely and gain > 0 else None


def _gains(asked: Floats, expected: Floats, came: Floats) -> tuple[Floats, Floats]:
    """By trees (rows) the fall of each customer's deviance (columns), at half the strength and at all of it. Few
    customers are parted into folds repeatedly, so that chance chooses less."""
    before, rng = holdout.deviances(expected, came), np.random.default_rng(_SEED)
    repeats = max(1, min(MOST_REPEATS, ENOUGH_TO_PART_ONCE // max(len(came), 1)))
    half, whole = np.zeros((len(TREES), len(came))), np.zeros((len(TREES), len(came)))
    for _ in range(repeats):
        for row, told in enumerate(_left_out(asked, expected, came, rng)):
            for strength, gains in ((0.5, half), (1.0, whole)):
                moved = expected * np.exp(strength * np.clip(told, -_FARTHEST, _FARTHEST))
                moved *= expected.sum() / moved.sum()
                gains[row] += (before - holdout.deviances(moved, came)) / repeats
    return half, whole


def _error(gain: Floats) -> float:
    return float(gain.std() / np.sqrt(len(gain)))


def _left_out(asked: Floats, expected: Floats, came: Floats, rng: np.random.Generator) -> Floats:
    """For each number of trees what they tell of everybody, grown without the customer's fold."""
    fold = rng.permutation(len(came)) % FOLDS
    told = np.zeros((len(TREES), len(came)))
    for out in (fold == number for number in range(FOLDS)):
        grown = boosting.boost(asked[:, ~out], expected[~out], came[~out], max(TREES)) if (~out).any() else ()
        for row, trees in zip(told, TREES, strict=True):
            row[out] = boosting.logarithm(grown[:trees], asked[:, out])
    return told


def _moved(whole: Forecast, within: Forecast, factors: Floats) -> Forecast:
    """Fewer purchases: as if fewer were customers still; more: as if they bought at a higher rate."""
    purchases = whole.purchases + (factors - 1) * within.purchases
    discounted = whole.discounted + (factors - 1) * within.discounted
    with np.errstate(divide="ignore", invalid="ignore"):
        change = np.where(whole.purchases > 0, purchases / whole.purchases, 1.0)
        silent = np.where(whole.alive > 0, 1 - (1 - whole.none) / whole.alive, 1.0)
    fewer, more = np.minimum(change, 1.0), np.maximum(change, 1.0)
    none = 1 - whole.alive * fewer * (1 - np.clip(silent, 0.0, 1.0) ** more)
    return Forecast(whole.alive, none, purchases, discounted, whole.second * fewer * more**2)
