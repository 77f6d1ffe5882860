"""A fit of any family of purchase models, as a value."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from domain.analytics.models.histories import Histories
from domain.analytics.models.newton import Optimum

M = TypeVar("M")
N = TypeVar("N")


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

    def of(self, seen_as: Callable[[M], N]) -> "Fit[N]":
        """The same fit of the model seen as something else."""
        facts = (self.log_likelihood, self.customers, self.gradient_norm, self.iterations, self.warnings, self.notes)
        return Fit(seen_as(self.model), *facts)


def fitted(model: M, best: Optimum, histories: Histories, warnings: tuple[str, ...], notes: tuple[str, ...]) -> Fit[M]:
    """What a climb ended in; notes are told of a sound fit only."""
    customers = round(histories.customers)
    told = () if warnings else notes
    return Fit(model, best.value, customers, best.gradient_norm, best.iterations, warnings, told)
