"""Lift out of six sums: the known figures of Hillstrom's test, other people's formulas, and intervals that cover."""

from collections.abc import Callable
from dataclasses import astuple
from math import inf
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from domain.analytics.lift import (
    Arm,
    Estimate,
    adjusted_difference,
    always_valid,
    difference,
    ratio,
    ratio_difference,
    relative_difference,
    sample_ratio,
)
from domain.analytics.models.histories import Floats
from tests.domain.analytics import hillstrom
from tests.domain.analytics.hillstrom import CONTROL, LIFTS, MEASURES, NOBODY, SAMPLE_RATIO, SIZES


def table(arm: Callable[[str, str], Arm]) -> None:
    for (measure, name), told in LIFTS.items():
        found = difference(arm(measure, name), arm(measure, NOBODY))
        assert (f"{found.value:+.6f}", f"{found.standard_error:.6f}") == told
    assert {measure: f"{arm(measure, NOBODY).mean:.6f}" for measure in MEASURES} == CONTROL
    assert {name: arm("visit", name).n for name in SIZES} == SIZES


@pytest.mark.shared
def test_hillstrom_s_customers_give_the_known_table_and_the_committed_sums(shared_data: Path) -> None:
    found = hillstrom.customers(shared_data)
    table(lambda measure, name: found[measure, name])
    for (measure, name), arm in found.items():
        assert astuple(arm) == pytest.approx(astuple(hillstrom.sums(measure, name)), rel=1e-12)


def test_hillstrom_s_sums_give_the_known_table() -> None:
    table(hillstrom.sums)


def test_hillstrom_was_drawn_as_planned() -> None:
    assert f"{sample_ratio(list(SIZES.values()), [1, 1, 1]):.3f}" == SAMPLE_RATIO
    assert sample_ratio([21_000, 22_000], [1, 1]) < 1e-5
    assert sample_ratio([100, 300], [0.25, 0.75]) == pytest.approx(1)
    assert sample_ratio([90, 310], [25, 75]) == pytest.approx(stats.chisquare([90, 310], [100, 300]).pvalue)


def test_what_was_bought_before_explains_a_little_of_hillstrom_s_spend() -> None:
    plain, adjusted = (
        of(hillstrom.sums("spend", hillstrom.MENS), hillstrom.sums("spend", NOBODY))
        for of in (difference, adjusted_difference)
    )
    assert adjusted.standard_error < plain.standard_error
    assert adjusted.value == pytest.approx(plain.value, abs=plain.standard_error / 10)


@pytest.fixture
def drawn() -> tuple[tuple[Floats, Floats], tuple[Floats, Floats]]:
    """y and x of the treated and of the held out: skewed, of different sizes and spreads."""
    rng = np.random.default_rng(5)
    x = [rng.gamma(2, 3, size) for size in (70, 45)]
    y = [1.5 * x[0] + rng.gamma(1, 4, 70), 0.7 * x[1] + rng.gamma(1, 2, 45)]
    return (y[0], x[0]), (y[1], x[1])


def test_the_difference_is_welch_s(drawn: tuple[tuple[Floats, Floats], tuple[Floats, Floats]]) -> None:
    (y, _), (y0, _) = drawn
    found, told = difference(Arm.of(y), Arm.of(y0)), stats.ttest_ind(y, y0, equal_var=False)
    interval = told.confidence_interval(0.95)
    assert found.value == pytest.approx(y.mean() - y0.mean())
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high))
    assert (found.p_value, found.freedom) == pytest.approx((told.pvalue, told.df))


def test_the_adjusted_difference_is_the_regression_with_a_slope_an_arm(
    drawn: tuple[tuple[Floats, Floats], tuple[Floats, Floats]],
) -> None:
    (y, x), (y0, x0) = drawn
    treated = np.r_[np.ones_like(y), np.zeros_like(y0)]
    centred = np.r_[x, x0] - np.r_[x, x0].mean()
    design = np.column_stack([np.ones_like(treated), treated, centred, treated * centred])
    told = np.linalg.lstsq(design, np.r_[y, y0], rcond=None)[0][1]
    found = adjusted_difference(Arm.of(y, x), Arm.of(y0, x0))
    assert found.value == pytest.approx(told)
    assert found.standard_error < difference(Arm.of(y), Arm.of(y0)).standard_error


def test_an_x_that_tells_nothing_changes_nothing() -> None:
    rng = np.random.default_rng(6)
    arms = [Arm.of(rng.normal(size=50), np.full(50, 3.0)) for _ in range(2)]
    assert adjusted_difference(*arms).value == pytest.approx(difference(*arms).value)


def test_ratios_are_those_of_the_jackknife(drawn: tuple[tuple[Floats, Floats], tuple[Floats, Floats]]) -> None:
    """Leaving out one customer at a time finds the delta method's standard errors, nearly."""
    (y, x), (y0, x0) = drawn
    found = ratio(Arm.of(y, x))
    assert found is not None
    left_out = (y.sum() - y) / (x.sum() - x)
    jackknife = np.sqrt((len(y) - 1) * ((left_out - left_out.mean()) ** 2).mean())
    assert found.value == pytest.approx(y.sum() / x.sum())
    assert found.standard_error == pytest.approx(jackknife, rel=0.05)
    both = ratio_difference(Arm.of(y, x), Arm.of(y0, x0))
    other = ratio(Arm.of(y0, x0))
    assert both is not None
    assert other is not None
    assert both.standard_error == pytest.approx(np.hypot(found.standard_error, other.standard_error))
    relative = relative_difference(Arm.of(y), Arm.of(y0))
    assert relative is not None
    assert relative.value == pytest.approx(y.mean() / y0.mean() - 1)
    spread = [
        np.sqrt((len(some) - 1) * ((values - values.mean()) ** 2).mean())
        for some, values in (
            (y, (y.sum() - y) / (len(y) - 1) / y0.mean()),
            (y0, y.mean() / ((y0.sum() - y0) / (len(y0) - 1))),
        )
    ]
    assert relative.standard_error == pytest.approx(np.hypot(*spread), rel=0.05)


numbers = st.lists(st.floats(-1e4, 1e4), min_size=3, max_size=30).map(np.array)


@given(numbers, numbers, st.integers(1, 2))
def test_sums_of_parts_add_up_and_swapping_the_arms_turns_the_sign(y: Floats, y0: Floats, at: int) -> None:
    whole, parts = Arm.of(y, y**2), Arm.of(y[:at], y[:at] ** 2) + Arm.of(y[at:], y[at:] ** 2)
    assert astuple(parts) == pytest.approx(astuple(whole), rel=1e-9, abs=1e-6)
    one, other = difference(Arm.of(y), Arm.of(y0)), difference(Arm.of(y0), Arm.of(y))
    assert one.value == -other.value
    assert (one.low, one.high) == (-other.high, -other.low)
    assert one.low <= one.value <= one.high
    assert 0 <= one.p_value <= 1


def test_where_nobody_differs_nothing_is_claimed() -> None:
    nobody = Arm.of(np.zeros(40), np.zeros(40))
    for found in (difference(nobody, nobody), adjusted_difference(nobody, nobody)):
        assert (found.low, found.high, found.p_value) == (-inf, inf, 1.0)
    assert always_valid(difference(nobody, nobody), 0.5).high == inf
    assert relative_difference(nobody, nobody) is None
    assert ratio(nobody) is None
    assert ratio_difference(nobody, nobody) is None


def test_what_cannot_be_judged_is_refused() -> None:
    one, two = Arm.of(np.ones(1)), Arm.of(np.ones(2))
    with pytest.raises(ValueError, match="needs 2"):
        difference(one, two)
    with pytest.raises(ValueError, match="needs 3"):
        adjusted_difference(two, two)
    for share in (0, -1, inf):
        with pytest.raises(ValueError, match="share"):
            always_valid(difference(two, two), share)
    for counts, shares in (([1], [1]), ([1, 2], [1, 0]), ([0, 0], [1, 1]), ([1, 2], [1])):
        with pytest.raises(ValueError, match="two arms"):
            sample_ratio(counts, shares)


def experiments(runs: int, customers: int, seed: int) -> tuple[Floats, Floats, Floats, Floats]:
    """Profits that hang on the year before, of treated (2 more on average, and more where x is more) and of control."""
    rng = np.random.default_rng(seed)
    x, x0 = rng.gamma(2, 5, (2, runs, customers))
    noise, noise0 = rng.gamma(1, 6, (2, runs, customers))
    return 0.8 * x + 2 + 0.3 * (x - 10) + noise, x, 0.8 * x0 + noise0, x0


def covered(runs: int, customers: int, seed: int) -> dict[str, float]:
    y, x, y0, x0 = experiments(runs, customers, seed)
    truths = {"plain": 2.0, "adjusted": 2.0, "relative": 2 / 14, "ratio": 1.6 - 1.4}
    hits = dict.fromkeys(truths, 0)
    for run in range(runs):
        treated, control = Arm.of(y[run], x[run]), Arm.of(y0[run], x0[run])
        found: dict[str, Estimate | None] = {
            "plain": difference(treated, control),
            "adjusted": adjusted_difference(treated, control),
            "relative": relative_difference(treated, control),
            "ratio": ratio_difference(treated, control),
        }
        for name, one in found.items():
            assert one is not None
            hits[name] += one.low <= truths[name] <= one.high
    return {name: count / runs for name, count in hits.items()}


def test_intervals_cover_as_often_as_they_say() -> None:
    assert covered(400, 300, 7) == pytest.approx(
        dict.fromkeys(("plain", "adjusted", "relative", "ratio"), 0.95), abs=0.035
    )


@pytest.mark.proof
def test_intervals_cover_as_often_as_they_say_to_a_point() -> None:
    assert all(0.94 <= share <= 0.96 for share in covered(20_000, 300, 8).values())


def missed(runs: int, looks: int, a_day: int, seed: int) -> tuple[float, float, float]:
    """Shares of experiments without an effect in which some daily look shut 0 out: always valid, its p-value, plain."""
    rng = np.random.default_rng(seed)
    y, y0 = rng.gamma(0.5, 4, (2, runs, looks, a_day))
    shut_out = np.zeros(3)
    for run in range(runs):
        treated = control = Arm(0, 0, 0)
        outside = np.zeros(3, dtype=bool)
        for look in range(looks):
            treated, control = treated + Arm.of(y[run, look]), control + Arm.of(y0[run, look])
            plain = difference(treated, control)
            daily = always_valid(plain, (look + 1) / looks)
            outside |= [not daily.low <= 0 <= daily.high, daily.p_value < 0.05, not plain.low <= 0 <= plain.high]
        shut_out += outside
    always, p_value, plainly = shut_out / runs
    return float(always), float(p_value), float(plainly)


def test_who_looks_every_day_is_not_misled_by_the_always_valid_interval() -> None:
    always, by_p_value, plainly = missed(400, 25, 60, 9)
    assert always == by_p_value <= 0.075
    assert plainly > 0.15


@pytest.mark.proof
def test_who_looks_sixty_times_is_not_misled() -> None:
    always, by_p_value, plainly = missed(1_500, 60, 60, 10)
    assert always == by_p_value <= 0.055
    assert plainly > 0.2


def test_the_always_valid_interval_is_tightest_where_the_plan_is_full() -> None:
    found = Estimate(1.0, 0.5, 100, 0, 2, 0.05)
    reach = {share: always_valid(found, share).high - 1 for share in (0.02, 0.2, 1.0, 5.0, 50.0)}
    assert min(reach, key=lambda share: reach[share]) == 1.0
    assert reach[1.0] > 1.96 * 0.5
