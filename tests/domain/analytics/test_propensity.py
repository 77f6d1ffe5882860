"""Shrunk response rates: what groups teach each other, intervals that cover, and the answer of plain summation."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.special import betaln

from domain.analytics.propensity import Propensities, shrink


def told(responses: list[float], trials: list[float], confidence: float = 0.8) -> Propensities:
    found = shrink(np.array(responses, dtype=float), np.array(trials, dtype=float), confidence=confidence)
    assert found is not None
    return found


def test_a_small_group_leans_on_the_others_and_a_large_one_does_not() -> None:
    found = told([30, 2, 40, 4_000], [1_000, 4, 1_100, 100_000])
    assert 0.03 < found.rate[1] < 0.25
    assert found.rate[3] == pytest.approx(0.04, abs=1e-3)
    assert found.high[3] - found.low[3] < 0.002 < found.high[1] - found.low[1]


def test_a_group_that_was_never_tried_gets_what_the_others_teach() -> None:
    found = told([30, 35, 32, 0], [1_000, 1_000, 1_000, 0])
    assert found.rate[3] == pytest.approx(found.mean)
    assert found.low[3] < 0.032 < found.high[3]
    assert found.high[3] - found.low[3] > found.high[0] - found.low[0]


def test_where_nobody_was_tried_nothing_is_known() -> None:
    assert shrink(np.zeros(3), np.zeros(3)) is None
    assert shrink(np.zeros(0), np.zeros(0)) is None


def test_counts_that_cannot_be_are_refused() -> None:
    for responses, trials in (([2.0], [1.0]), ([-1.0], [1.0]), ([1.0, 1.0], [2.0])):
        with pytest.raises(ValueError, match="between 0 and the trials"):
            shrink(np.array(responses), np.array(trials))


def test_rates_and_intervals_are_those_of_a_much_finer_sum() -> None:
    """The same model, summed over a plain grid fifteen times as fine, and drawn from."""
    k, n = np.array([3.0, 0, 20, 1]), np.array([100.0, 10, 400, 3])
    found = told(list(k), list(n))
    logit, log = np.meshgrid(np.linspace(-12, 12, 700), np.linspace(0, 11.5, 700), indexing="ij")
    m, weight = 1 / (1 + np.exp(-logit)), np.exp(log)
    density = np.log(m) + np.log1p(-m) + log - 2 * np.log(weight + n.mean())
    a, b = m * weight, (1 - m) * weight
    density += sum(betaln(a + hits, b + tried - hits) - betaln(a, b) for hits, tried in zip(k, n, strict=True))
    likely = np.exp(density - density.max()).ravel()
    likely /= likely.sum()
    a, b = a.ravel(), b.ravel()
    for group in range(4):
        alpha, beta = a + k[group], b + n[group] - k[group]
        assert found.rate[group] == pytest.approx(float(likely @ (alpha / (alpha + beta))), rel=2e-3)
        some = likely > 1e-9
        for end, share in ((found.low[group], 0.1), (found.high[group], 0.9)):
            reached = float(likely[some] @ stats.beta.cdf(end, alpha[some], beta[some]))
            assert reached == pytest.approx(share, abs=2e-3)


@settings(deadline=None, max_examples=25)
@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 300)), min_size=1, max_size=6))
def test_rates_lie_in_their_intervals_between_no_and_yes(groups: list[tuple[int, int]]) -> None:
    responses, trials = np.array([(min(k, n), n) for k, n in groups], dtype=float).T
    found = shrink(responses, trials)
    if found is None:
        assert not trials.any()
        return
    assert (found.low > 0).all()
    assert (found.low < found.high).all()
    assert (found.high < 1).all()
    assert ((found.rate > 0) & (found.rate < 1)).all()
    wide = shrink(responses, trials, confidence=0.95)
    assert wide is not None
    assert (wide.low <= found.low).all()
    assert (wide.high >= found.high).all()


def test_groups_of_the_same_counts_get_the_same_and_order_does_not_matter() -> None:
    found, turned = told([5, 9, 5], [100, 120, 100]), told([9, 5, 5], [120, 100, 100])
    assert found.rate[0] == found.rate[2]
    assert found.rate[[1, 0, 2]] == pytest.approx(turned.rate)


def simulated(times: int, groups: int, mean: float, weight: float, seed: int) -> tuple[float, float, float]:
    """How often the 80 % interval holds the truth; mean square errors of the shrunk and of the raw rates."""
    rng = np.random.default_rng(seed)
    held, shrunk, raw = [], [], []
    for _ in range(times):
        truth = rng.beta(mean * weight, (1 - mean) * weight, groups)
        trials = rng.integers(5, 300, groups).astype(float)
        responses = rng.binomial(trials.astype(int), truth).astype(float)
        found = told(list(responses), list(trials))
        held.append((found.low <= truth) & (truth <= found.high))
        shrunk.append((found.rate - truth) ** 2)
        raw.append((responses / trials - truth) ** 2)
    return float(np.mean(held)), float(np.mean(shrunk)), float(np.mean(raw))


def test_intervals_hold_the_truth_with_few_groups_and_shrinking_errs_less() -> None:
    held, shrunk, raw = simulated(30, 5, 0.05, 60, 1)
    assert 0.68 < held < 0.92
    assert shrunk < 0.7 * raw


@pytest.mark.proof
@pytest.mark.parametrize(("groups", "mean", "weight"), [(3, 0.05, 30), (8, 0.02, 100), (12, 0.1, 20)])
def test_eight_intervals_in_ten_hold_the_truth(groups: int, mean: float, weight: float) -> None:
    held, shrunk, raw = simulated(60, groups, mean, weight, 2)
    assert held == pytest.approx(0.8, abs=0.08)
    assert shrunk < raw
