"""What is kept of a forecast from one batch to the next is what the model itself says."""

from dataclasses import astuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.analytics.models import families, outlook
from domain.analytics.models.bg_nbd_forecast import Horizon
from domain.analytics.models.families import FAMILIES
from domain.vocabulary import ValueModelFamily

LETTERS = {
    ValueModelFamily.BG_NBD: {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426},
    ValueModelFamily.MBG_NBD: {"r": 0.525, "alpha": 6.183, "a": 0.891, "b": 1.614},
    ValueModelFamily.PARETO_NBD: {"r": 0.553, "alpha": 10.578, "s": 0.606, "beta": 11.669},
}
DAYS = st.tuples(st.integers(0, 90), st.integers(0, 9_000), st.floats(0, 1)).map(
    lambda drawn: (drawn[0], int(drawn[1] * drawn[2]) if drawn[0] else 0, drawn[1])
)


@pytest.mark.parametrize("family", FAMILIES)
@settings(deadline=None, max_examples=40)
@given(lives=st.lists(DAYS, min_size=1, max_size=30), weeks=st.sampled_from([4.0, 52.18]))
def test_batch_after_batch_is_told_what_the_model_says(
    family: ValueModelFamily, lives: list[tuple[int, int, int]], weeks: float
) -> None:
    model, horizon = families.model(family, LETTERS[family]), Horizon(weeks, 0.0018)
    x, t_x, T = np.array(lives, dtype=float).T
    for some in (slice(None), slice(None, None, 2), slice(None, None, -1)):
        history = (x[some], t_x[some] / 7, T[some] / 7)
        told, said = outlook.forecast(model, *history, horizon), model.forecast(*history, horizon)
        np.testing.assert_allclose(astuple(told), astuple(said), rtol=1e-12)
        none = outlook.p_none_if_alive(model, history[0], history[2], weeks)
        np.testing.assert_allclose(none, model.p_none_if_alive(history[0], history[2], weeks), rtol=1e-12)


def test_moments_that_are_no_whole_days_are_worked_out_as_they_are() -> None:
    model = families.model(ValueModelFamily.BG_NBD, LETTERS[ValueModelFamily.BG_NBD])
    x, t_x, T = (np.array([value]) for value in (2.0, 30.43, 38.86))
    assert f"{outlook.forecast(model, x, t_x, T, Horizon(39)).purchases[0]:.3f}" == "1.226"


def test_another_model_or_horizon_is_another_outlook() -> None:
    x, t_x, T = (np.array([value]) for value in (2.0, 30.0, 40.0))
    found = {
        outlook.forecast(families.model(family, letters), x, t_x, T, Horizon(weeks, interest)).discounted[0]
        for family, letters in LETTERS.items()
        for weeks in (10.0, 20.0)
        for interest in (0.0, 0.01)
    }
    assert len(found) == 12


@pytest.mark.parametrize("family", FAMILIES)
def test_a_batch_over_several_horizons_is_told_what_the_model_says(family: ValueModelFamily) -> None:
    model = families.model(family, LETTERS[family])
    ours = outlook.kept(model)
    for x in (3.0, 4.0):
        history = np.array([x, 0.0]), np.array([20.0, 0.0]), np.array([30.0, 30.0])
        for weeks in (10.0, 50.0):
            told, said = ours.forecast(*history, Horizon(weeks)), model.forecast(*history, Horizon(weeks))
            np.testing.assert_allclose(astuple(told), astuple(said), rtol=1e-12)
