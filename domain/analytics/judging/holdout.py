"""The back-test: what a model foretold of a period that it had not seen, held against what came."""

from dataclasses import dataclass

import numpy as np

from domain.analytics.models.histories import Floats, Ints

INTERVAL = (0.1, 0.9)
MAY_BE_MISSING = ("correlation", "area_under_curve", "interval_coverage")


@dataclass(frozen=True, slots=True)
class Holdout:
    """The figures of the contract's ModelHoldout; RMSE besides."""

    mean_absolute_error: float
    root_mean_square_error: float
    correlation: float | None
    poisson_deviance: float
    area_under_curve: float | None
    interval_coverage: float | None
    total_error: float


def judge(foretold: Floats, interval: tuple[Ints, Ints], actual: Floats) -> Holdout:
    """foretold purchases, which rank who buys again, the 80 % interval of their number, and what came."""
    error = foretold - actual
    return Holdout(
        float(np.abs(error).mean()),
        float(np.sqrt((error**2).mean())),
        _correlation(foretold, actual),
        poisson_deviance(foretold, actual),
        area_under_curve(foretold, actual > 0),
        float(((interval[0] <= actual) & (actual <= interval[1])).mean()),
        float(error.sum()) / max(float(actual.sum()), 1.0),
    )


def poisson_deviance(foretold: Floats, actual: Floats) -> float:
    """Mean of 2 (y ln(y / mu) - (y - mu)), y ln y being 0 at 0."""
    return float(deviances(foretold, actual).mean())


def deviances(foretold: Floats, actual: Floats) -> Floats:
    """Of each customer."""
    mu = np.maximum(foretold, 1e-12)
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.where(actual > 0, actual * np.log(actual / mu), 0.0)
    each: Floats = 2 * (logs - (actual - mu))
    return each


def area_under_curve(score: Floats, positive: "np.typing.NDArray[np.bool_]") -> float | None:
    """The chance that somebody who bought again was given a higher score than somebody who did not; ties count half."""
    yes, no = int(positive.sum()), int((~positive).sum())
    if not yes or not no:
        return None
    against = np.sort(score[~positive])
    below = np.searchsorted(against, score[positive], side="left")
    tied = np.searchsorted(against, score[positive], side="right") - below
    return float((below + tied / 2).sum() / (yes * no))


def _correlation(left: Floats, right: Floats) -> float | None:
    if len(left) < 2 or not left.std() or not right.std():
        return None
    return float(np.corrcoef(left, right)[0, 1])
