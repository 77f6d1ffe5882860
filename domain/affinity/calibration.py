"""How chances are calibrated: a logistic regression on what a back-test proposed, and how good it was. Pure."""

from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Truths = NDArray[np.bool_]

_ENOUGH = 100
"""Purchases of what was proposed, below which nothing is learnt."""
_STEPS = 50
_RIDGE = 1.0


@dataclass(frozen=True, slots=True)
class Calibration:
    """logit = intercept + slope·base + pull·pull + onward·onward; of products bought again, logit + again_shift."""

    intercept: float = 0.0
    slope: float = 1.0
    pull: float = 1.0
    onward: float = 1.0
    again_shift: float = 0.0


@dataclass(frozen=True, slots=True)
class Proposed:
    """What a back-test proposed, a row a customer and product, and what became of it at the next purchase."""

    customer: NDArray[np.int64]
    is_fitted: Truths
    is_new: Truths
    base: Floats
    pull: Floats
    onward: Floats
    profit: Floats
    is_bought: Truths
    earned: Floats
    # How many candidates a row stands for.
    weight: Floats

    def only(self, chosen: Truths) -> "Proposed":
        return Proposed(*(getattr(self, name)[chosen] for name in self.__slots__))


def judged(rows: Proposed) -> tuple[Calibration, dict[str, object] | None]:
    """What some customers teach, and how that does on the others."""
    calibration = calibrate(rows.only(rows.is_fitted))
    return calibration, held_out(rows.only(~rows.is_fitted), calibration) if rows.customer.size else None


def calibrate(rows: Proposed) -> Calibration:
    """What these rows teach; where they are too few, nothing is changed."""
    return Calibration(**_of_new(rows.only(rows.is_new)), again_shift=_shift(rows.only(~rows.is_new)))


def probabilities(rows: Proposed, by: Calibration) -> Floats:
    new = by.intercept + by.slope * rows.base + by.pull * rows.pull + by.onward * rows.onward
    # Of what is bought again, base already is the logit of the customer's own rate.
    again = rows.base + by.again_shift
    return _sigmoid(np.where(rows.is_new, new, again))


def held_out(rows: Proposed, by: Calibration, *, first: int = 5) -> dict[str, object]:
    """How the best `first` of each customer did, beside the most popular; and whether chances came true."""
    chance = probabilities(rows, by)
    popular = _sigmoid(rows.base) * rows.is_new
    customers = int(np.unique(rows.customer).size)
    told: dict[str, object] = {"customers": customers}
    for name, worth in (("recommended", chance * rows.profit), ("popular", popular * rows.profit)):
        best = _best(rows.customer, worth, first)
        told[f"{name}Hits"] = _hits(rows.only(best))
        told[f"{name}Profit"] = float(rows.earned[best].sum()) / max(customers, 1)
    best = _best(rows.customer, chance * rows.profit, first)
    told["expected"] = float(chance[best].mean()) if best.any() else None
    told["observed"] = float(rows.is_bought[best].mean()) if best.any() else None
    return told


def as_json(by: Calibration) -> dict[str, object]:
    return asdict(by)


def _of_new(rows: Proposed) -> dict[str, float]:
    """Slopes below zero are set to zero and the rest fitted again: a lift never speaks against a product."""
    columns = {"slope": rows.base, "pull": rows.pull, "onward": rows.onward}
    if rows.is_bought.sum() < _ENOUGH:
        return {}
    free = {name: values for name, values in columns.items() if np.ptp(values) > 0}
    while True:
        intercept, *slopes = (float(one) for one in logistic(list(free.values()), rows.is_bought, rows.weight))
        found = dict(zip(free, slopes, strict=True))
        if all(slope >= 0 for slope in slopes):
            return {"intercept": intercept, **{name: found.get(name, 0.0) for name in columns}}
        free = {name: values for name, values in free.items() if found[name] >= 0}


def _shift(rows: Proposed) -> float:
    if rows.is_bought.sum() < _ENOUGH:
        return 0.0
    return float(logistic([], rows.is_bought, rows.weight, offset=rows.base)[0])


def logistic(columns: list[Floats], came_true: Truths, weight: Floats, *, offset: Floats | None = None) -> Floats:
    """Newton's way to the best intercept and slopes, drawn a little towards slopes of one."""
    size = came_true.size
    held = np.column_stack([np.ones(size), *columns])
    fixed = np.zeros(size) if offset is None else offset
    prior = np.r_[0.0, np.ones(len(columns))]
    pulled = np.r_[0.0, np.full(len(columns), _RIDGE)]
    found: Floats = prior.copy()
    for _ in range(_STEPS):
        chance = _sigmoid(held @ found + fixed)
        slope = held.T @ (weight * (came_true - chance)) - pulled * (found - prior)
        curve = (held * (weight * chance * (1 - chance))[:, None]).T @ held + np.diag(pulled + 1e-9)
        step: Floats = np.linalg.solve(curve, slope)
        found = found + np.clip(step, -2.0, 2.0)
        if np.abs(step).max() < 1e-10:
            break
    return found


def _best(customer: NDArray[np.int64], worth: Floats, first: int) -> Truths:
    """The rows of the best `first` of each customer."""
    order = np.lexsort((-worth, customer))
    sorted_customers = customer[order]
    begins = np.r_[True, sorted_customers[1:] != sorted_customers[:-1]] if order.size else np.zeros(0, dtype=bool)
    place = np.arange(order.size) - np.maximum.accumulate(np.where(begins, np.arange(order.size), 0))
    chosen = np.zeros(order.size, dtype=bool)
    chosen[order[place < first]] = True
    return chosen


def _hits(rows: Proposed) -> float:
    """The share of customers of whom at least one came true."""
    everybody = np.unique(rows.customer).size
    return float(np.unique(rows.customer[rows.is_bought]).size / everybody) if everybody else 0.0


def _sigmoid(logit: Floats) -> Floats:
    chance: Floats = 1 / (1 + np.exp(-np.clip(logit, -60, 60)))
    return chance
