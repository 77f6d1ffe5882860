"""A fit of any family of purchase models, as a value."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from domain.analytics.histories import Histories
from domain.analytics.newton import Optimum

M = TypeVar("M")


@dataclass(frozen=True, slots=True)
class Fit(Generic[M]):
    """Warnings name what makes it degenerate; notes what to know of one that may be served."""

    model: M
    log_likelihood: float
    customers: int
    gradient_norm: float
    iterations: int
    warnings: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def degenerate(self) -> bool:
        return bool(self.warnings)


def fitted(model: M, best: Optimum, histories: Histories, warnings: tuple[str, ...], notes: tuple[str, ...]) -> Fit[M]:
    """What a climb ended in; notes are told of a sound fit only."""
    customers = round(histories.customers)
    told = () if warnings else notes
    return Fit(model, best.value, customers, best.gradient_norm, best.iterations, warnings, told)
