"""What every family of purchase models claims: its derivatives are those of its likelihood, what was simulated is found
again, and what it foretells comes.
"""

from collections.abc import Callable
from typing import Protocol, TypeVar

import numpy as np
import pytest

from domain.analytics.models.bg_nbd_forecast import Forecast
from domain.analytics.models.fitted import Fit
from domain.analytics.models.histories import Floats
from domain.analytics.models.newton import Slope
from tests.domain.analytics.simulated import Lives


class Model(Protocol):
    """A model of some family."""

    def vector(self) -> Floats: ...


M = TypeVar("M", bound=Model)


def one(x: float, t_x: float, T: float) -> tuple[Floats, Floats, Floats]:
    """The history of one customer."""
    return np.array([float(x)]), np.array([float(t_x)]), np.array([float(T)])


def check_derivatives(slope: Callable[[Floats], Slope], here: Floats) -> None:
    """Gradient and Hessian are what steps to both sides say."""
    told = slope(here)
    for which in range(4):
        step = np.zeros(4)
        step[which] = 1e-5 * here[which]
        up, down = slope(here + step), slope(here - step)
        assert (up.value - down.value) / (2 * step[which]) == pytest.approx(told.gradient[which], rel=1e-5)
        np.testing.assert_allclose(
            (up.gradient - down.gradient) / (2 * step[which]), told.hessian[which], rtol=1e-4, atol=1e-4
        )


def check_recovered(fit: Fit[M], slope: Slope, truth: M) -> None:
    """The fit is sound and within three standard errors of the truth; `slope` is that of its likelihood."""
    errors = np.sqrt(np.diag(np.linalg.inv(-slope.hessian)))
    assert fit.gradient_norm <= 1e-8
    assert fit.warnings == ()
    assert (np.abs(fit.model.vector() - truth.vector()) < 3 * errors).all()


def check_foretold(told: Forecast, lives: Lives) -> None:
    """Silence and purchases of those who bought never again, once, often, or not for long are within four standard
    errors of what came.
    """
    for group in (lives.x == 0, lives.x == 1, lives.x > 4, lives.T - lives.t_x > 30):
        size = np.sqrt(group.sum())
        assert abs((lives.later == 0)[group].mean() - told.none[group].mean()) < 4 * 0.5 / size
        assert abs(lives.later[group].mean() - told.purchases[group].mean()) < 4 * lives.later[group].std() / size
