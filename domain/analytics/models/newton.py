"""Newton's method for a likelihood of few parameters, in their logarithms and inside a box.

The Hessian's eigenvalues are made positive where the likelihood is not concave, so that every step climbs."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from domain.analytics.models.histories import Floats

LONGEST_STEP = 2.0
GRADIENT_NORM = 1e-10
ROUNDING = 1e-12


@dataclass(frozen=True, slots=True)
class Slope:
    """A log-likelihood with its gradient and Hessian."""

    value: float
    gradient: Floats
    hessian: Floats

    def in_logarithms(self, parameters: Floats) -> "Slope":
        """The same by the logarithms of the parameters (chain rule)."""
        gradient = self.gradient * parameters
        hessian = self.hessian * np.outer(parameters, parameters) + np.diag(gradient)
        return Slope(self.value, gradient, hessian)


def summed(parts: Iterable[Slope]) -> Slope:
    """Of at least one part, added in the order given."""
    first, *rest = parts
    value, gradient, hessian = first.value, first.gradient, first.hessian
    for part in rest:
        value += part.value
        gradient = gradient + part.gradient
        hessian = hessian + part.hessian
    return Slope(value, gradient, hessian)


@dataclass(frozen=True, slots=True)
class Optimum:
    """Where the climb ended. gradient_norm is that of one observation; at_bound tells parameters held by the box."""

    parameters: Floats
    value: float
    gradient_norm: float
    iterations: int
    converged: bool
    at_bound: tuple[bool, ...]


def climb(
    slope_at: Callable[[Floats], Slope],
    start: Floats,
    observations: float,
    bounds: tuple[Floats, Floats],
    limit: int = 60,
) -> Optimum:
    """Maximise from `start` (parameters, all above 0); `slope_at` takes parameters and answers in them."""
    low, high = np.log(bounds[0]), np.log(bounds[1])
    theta = np.clip(np.log(start), low, high)
    here = _logarithmic(slope_at, theta)
    iterations, free = 0, _free(theta, here, low, high)
    while iterations < limit and _norm(here, free, observations) > GRADIENT_NORM:
        iterations += 1
        moved = _step(slope_at, theta, here, free, (low, high))
        if moved is None:
            break
        theta, here = moved
        free = _free(theta, here, low, high)
    norm = _norm(here, free, observations)
    at_bound = tuple(bool(held) for held in (theta <= low) | (theta >= high))
    return Optimum(np.exp(theta), here.value, norm, iterations, norm <= 1e-8, at_bound)


def _logarithmic(slope_at: Callable[[Floats], Slope], theta: Floats) -> Slope:
    parameters = np.exp(theta)
    return slope_at(parameters).in_logarithms(parameters)


def _free(theta: Floats, here: Slope, low: Floats, high: Floats) -> Floats:
    """1 for parameters that may move, 0 for those that the gradient presses against the box."""
    pressed = ((theta <= low) & (here.gradient <= 0)) | ((theta >= high) & (here.gradient >= 0))
    return np.where(pressed, 0.0, 1.0)


def _norm(here: Slope, free: Floats, observations: float) -> float:
    return float(np.linalg.norm(here.gradient * free) / observations)


def _direction(here: Slope, free: Floats) -> Floats:
    """Newton's step among the free parameters, uphill whatever the curvature."""
    curvature = -here.hessian * np.outer(free, free) + np.diag(1 - free)
    values, vectors = np.linalg.eigh(curvature)
    values = np.maximum(np.abs(values), 1e-12 * max(1.0, float(np.abs(values).max())))
    step: Floats = vectors @ ((vectors.T @ (here.gradient * free)) / values) * free
    length = float(np.abs(step).max())
    return step * min(1.0, LONGEST_STEP / length) if length > 0 else step


def _step(
    slope_at: Callable[[Floats], Slope], theta: Floats, here: Slope, free: Floats, box: tuple[Floats, Floats]
) -> tuple[Floats, Slope] | None:
    """The first of the halved steps that climbs; None where none does (the value's own rounding is reached)."""
    direction = _direction(here, free)
    for halving in range(30):
        candidate = np.clip(theta + direction * 0.5**halving, *box)
        there = _logarithmic(slope_at, candidate)
        tolerance = ROUNDING * abs(here.value)
        if np.isfinite(there.value) and (
            there.value > here.value or (there.value >= here.value - tolerance and _flatter(there, here))
        ):
            return candidate, there
    return None


def _flatter(there: Slope, here: Slope) -> bool:
    return float(np.linalg.norm(there.gradient)) < float(np.linalg.norm(here.gradient))
