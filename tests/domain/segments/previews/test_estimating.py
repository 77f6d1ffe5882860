"""Intervals of shares, held against published ones, and what of all a share in a sample says."""

from math import comb

import pytest

from domain.segments.previews.estimating import Estimate, estimated, interval

# R. G. Newcombe, Two-sided confidence intervals for the single proportion: comparison of seven methods, Statistics in
# Medicine 17 (1998), 857-872, table I, method 5 (exact).
PUBLISHED = [(81, 263, 0.2527, 0.3676), (15, 148, 0.0578, 0.1617), (0, 20, 0.0, 0.1684), (1, 29, 0.0009, 0.1776)]


@pytest.mark.parametrize(("hits", "drawn", "low", "high"), PUBLISHED)
def test_intervals_are_the_published_ones(hits: int, drawn: int, low: float, high: float) -> None:
    assert interval(hits, drawn) == pytest.approx((low, high), abs=5e-5)


def test_an_estimate_is_never_sure_of_those_who_were_not_drawn() -> None:
    assert estimated(0, 100, 10_000).count == 0
    assert estimated(0, 100, 10_000).margin > 300
    assert estimated(100, 100, 10_000) == Estimate(10_000, estimated(0, 100, 10_000).margin)


def test_who_was_drawn_is_known() -> None:
    assert estimated(3, 10, 10) == Estimate(3, 0)
    assert estimated(1, 9, 10).count in (1, 2)


@pytest.mark.parametrize("members", [0, 1, 4, 20, 77, 150, 283, 300])
def test_draws_of_every_kind_are_covered_often_enough(members: int) -> None:
    """Exactly: over all that can be drawn of 300 customers, by how likely each draw is."""
    of, drawn = 300, 40
    covered = sum(
        comb(members, hits) * comb(of - members, drawn - hits) / comb(of, drawn)
        for hits in range(max(0, drawn - of + members), min(members, drawn) + 1)
        if abs(estimated(hits, drawn, of).count - members) <= estimated(hits, drawn, of).margin
    )
    assert covered >= 0.95
