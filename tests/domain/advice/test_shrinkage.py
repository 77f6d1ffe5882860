"""Priors by the method of moments: what was simulated is found again, and a posterior lies between its parts."""

from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta

from domain.advice.shrinkage import (
    FEWEST,
    MOST,
    UNKNOWN_STRENGTH,
    Prior,
    Sums,
    interval,
    of_group,
    shares,
    shrunk,
    strength,
)


def sums(trials: Iterable[float], successes: Iterable[float]) -> Sums:
    pairs = [(float(n), float(r)) for n, r in zip(trials, successes, strict=True)]
    return Sums(
        len(pairs),
        sum(n for n, _ in pairs),
        sum(r for _, r in pairs),
        sum(n * n for n, _ in pairs),
        sum(r * r / n for n, r in pairs),
    )


@pytest.mark.parametrize(("rate", "of"), [(0.05, 20.0), (0.3, 4.0), (0.5, 60.0)])
def test_a_simulated_prior_is_found_again(rate: float, of: float) -> None:
    rng = np.random.default_rng(7)
    trials = rng.integers(1, 12, size=30_000)
    theirs = rng.beta(rate * of, (1 - rate) * of, size=len(trials))
    found = of_group(sums(trials, rng.binomial(trials, theirs)), Prior(0.9, 25))
    assert found.rate == pytest.approx(rate, rel=0.04)
    assert found.strength == pytest.approx(of, rel=0.2)


def test_a_simulated_dirichlet_is_found_again() -> None:
    rng = np.random.default_rng(11)
    expected, of = np.array([0.6, 0.25, 0.1, 0.05]), 8.0
    trials = rng.integers(1, 30, size=20_000)
    theirs = rng.dirichlet(expected * of, size=len(trials))
    counts = rng.multinomial(trials, theirs)
    told, found = shares([sums(trials, counts[:, at]) for at in range(4)])
    assert told == pytest.approx(expected, abs=0.01)
    assert sum(told) == pytest.approx(1)
    assert found == pytest.approx(of, rel=0.1)


def test_the_same_estimate_as_by_hand() -> None:
    """Four customers: Kleinman's moments with weights n."""
    n, r = np.array([6.0, 5, 8, 4]), np.array([2.0, 1, 7, 3])
    p = r.sum() / n.sum()
    spread = (n * (r / n - p) ** 2).sum()
    correlation = (spread / (p * (1 - p)) - 3) / (n.sum() - (n**2).sum() / n.sum() - 3)
    assert strength(sums(n, r)) == pytest.approx(1 / correlation - 1)


def test_where_nobody_was_tried_twice_nothing_tells_how_customers_differ() -> None:
    assert strength(sums([1, 1, 1, 1], [0, 1, 0, 0])) == UNKNOWN_STRENGTH
    assert strength(Sums(0, 0, 0, 0, 0)) == UNKNOWN_STRENGTH


_histories = st.lists(st.integers(1, 50).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n))), min_size=1)


@given(_histories)
def test_a_strength_is_always_within_its_bounds(histories: list[tuple[int, int]]) -> None:
    found = strength(sums(*zip(*histories, strict=True)))
    assert FEWEST - 1e-9 <= found <= MOST + 1e-6 or found == UNKNOWN_STRENGTH


@given(st.integers(0, 500), st.integers(0, 500), st.floats(0.001, 0.999), st.floats(0.5, 1_000))
def test_what_is_shrunk_lies_between_what_was_seen_and_what_is_usual(r: int, rest: int, rate: float, of: float) -> None:
    n, prior = r + rest, Prior(rate, of)
    told = shrunk(r, n, prior)
    seen = r / n if n else rate
    assert min(seen, rate) - 1e-12 <= told <= max(seen, rate) + 1e-12
    low, high = interval(r, n, prior)
    a, b = r + rate * of, rest + (1 - rate) * of
    assert (low, high) == pytest.approx((beta.ppf(0.1, a, b), beta.ppf(0.9, a, b)), rel=1e-6, abs=1e-12)
