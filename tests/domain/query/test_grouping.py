"""Rows that are too old for everything that is asked of a source are not read."""

from itertools import permutations

import pytest

from domain.query.grouping import Source
from domain.query.predicate import Grouped

AT, UNTIL = "g0r.occurred_at", "g0r.ended_at"


def source(*figures: dict[str, str]) -> Source:
    found = Source(Grouped("touchpoint {c}"), "g0")
    for since in figures:
        found.bounded(since)
    return found


def test_before_anything_is_asked_no_row_is_too_old() -> None:
    assert source().earliest() == []


@pytest.mark.parametrize("figures", list(permutations([{AT: "$1"}, {AT: "$2", UNTIL: "$3"}, {AT: "$1"}])))
def test_a_row_is_too_old_that_is_so_for_every_figure(figures: tuple[dict[str, str], ...]) -> None:
    assert source(*figures).earliest() == [f"{AT} >= least($1, $2)"]


@pytest.mark.parametrize("figures", list(permutations([{AT: "$1"}, {}, {AT: "$2"}])))
def test_one_figure_of_all_times_needs_every_row(figures: tuple[dict[str, str], ...]) -> None:
    assert source(*figures).earliest() == []


@pytest.mark.parametrize("figures", list(permutations([{AT: "$1"}, {UNTIL: "$2"}])))
def test_what_only_one_figure_asks_of_a_column_binds_no_other(figures: tuple[dict[str, str], ...]) -> None:
    assert source(*figures).earliest() == []
