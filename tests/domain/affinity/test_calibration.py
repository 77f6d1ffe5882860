"""Chances are calibrated by a regression that finds what was put in, and nothing where there is too little."""

import numpy as np
import pytest

from domain.affinity.calibration import Calibration, Proposed, calibrate, held_out, logistic, probabilities


def _proposed(seed: int, truth: Calibration, *, customers: int = 2_000, each: int = 20) -> Proposed:
    rng = np.random.default_rng(seed)
    size = customers * each
    base, pull, onward = rng.normal(-3, 1, size), rng.gamma(1, 0.5, size), rng.normal(0, 0.3, size)
    is_new = rng.random(size) < 0.8
    nothing = np.zeros(size)
    made = Proposed(
        customer=np.repeat(np.arange(customers), each),
        is_fitted=np.repeat(rng.random(customers) < 0.5, each),
        is_new=is_new,
        base=base,
        pull=np.where(is_new, pull, 0),
        onward=np.where(is_new, onward, 0),
        profit=rng.gamma(2, 5, size),
        is_bought=np.zeros(size, dtype=bool),
        earned=nothing,
        weight=np.ones(size),
    )
    bought = rng.random(size) < probabilities(made, truth)
    return Proposed(
        **{n: getattr(made, n) for n in made.__slots__} | {"is_bought": bought, "earned": bought * made.profit}
    )


TRUTH = Calibration(intercept=-0.5, slope=0.8, pull=0.6, onward=0.4, again_shift=0.3)


def test_what_was_put_in_is_found() -> None:
    found = calibrate(_proposed(1, TRUTH))
    assert found.intercept == pytest.approx(TRUTH.intercept, abs=0.15)
    assert found.slope == pytest.approx(TRUTH.slope, abs=0.05)
    assert found.pull == pytest.approx(TRUTH.pull, abs=0.06)
    assert found.onward == pytest.approx(TRUTH.onward, abs=0.12)
    assert found.again_shift == pytest.approx(TRUTH.again_shift, abs=0.12)


def test_where_few_came_true_nothing_is_learnt() -> None:
    assert calibrate(_proposed(2, TRUTH, customers=20)) == Calibration()


def test_what_speaks_against_products_is_left_out() -> None:
    found = calibrate(_proposed(3, Calibration(slope=1.0, pull=-0.5, onward=0.5)))
    assert found.pull == 0.0
    assert found.slope > 0.9


def test_a_row_that_stands_for_twenty_weighs_as_twenty() -> None:
    rows = _proposed(4, TRUTH, customers=500)
    weight = np.where(rows.is_bought, 1.0, 20.0)
    again = np.repeat(np.arange(rows.base.size), weight.astype(int))
    light = logistic([rows.base], rows.is_bought, weight)
    heavy = logistic([rows.base[again]], rows.is_bought[again], np.ones(again.size))
    assert light == pytest.approx(heavy)


def test_the_slope_at_the_best_is_nothing() -> None:
    rows = _proposed(5, TRUTH, customers=500)
    found = logistic([rows.base], rows.is_bought, rows.weight)
    chance = 1 / (1 + np.exp(-(found[0] + found[1] * rows.base)))
    slope = np.array([(rows.is_bought - chance).sum(), ((rows.is_bought - chance) * rows.base).sum() - (found[1] - 1)])
    assert np.abs(slope).max() / rows.base.size < 1e-10


def test_held_out_figures_are_counted_by_customer() -> None:
    one, no = np.array([1.0, 1, 1, 1]), np.zeros(4)
    rows = Proposed(
        customer=np.array([1, 1, 2, 2]),
        is_fitted=no.astype(bool),
        is_new=one.astype(bool),
        base=np.array([-1.0, -2.0, -1.0, -2.0]),
        pull=np.array([0.0, 3.0, 0.0, 0.5]),
        onward=no,
        profit=one,
        is_bought=np.array([False, True, False, True]),
        earned=np.array([0.0, 7.0, 0.0, 3.0]),
        weight=one,
    )
    told = held_out(rows, Calibration(), first=1)
    assert (told["customers"], told["recommendedHits"], told["popularHits"]) == (2, 0.5, 0.0)
    assert (told["recommendedProfit"], told["popularProfit"]) == (3.5, 0.0)
    assert told["observed"] == 0.5
