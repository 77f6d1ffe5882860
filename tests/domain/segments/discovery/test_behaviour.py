"""Customers who do alike are found together, and the groups have names that people read."""

import numpy as np
import pytest

from domain.segments.discovery.behaviour import BEHAVIOURS, LEAST_SILHOUETTE, Raw, discovered, placed
from tests.domain.analytics.test_clusters import rand_index

_AT = {one.name: at for at, one in enumerate(BEHAVIOURS)}
_USUAL = {"recency": 60.0, "frequency": 6.0, "profit": 200.0, "order_value": 50.0, "categories": 4.0, "tenure": 700.0}
_USUAL |= {"discounts": 0.2, "trend": 1.0, "touches": 20.0, "online": 0.5}
KINDS = (
    {"recency": 10.0, "frequency": 40.0, "profit": 3_000.0, "categories": 12.0},
    {"recency": 500.0, "frequency": 2.0, "trend": 0.2, "touches": 2.0},
    {"discounts": 0.9, "order_value": 12.0, "profit": 15.0},
    {"tenure": 40.0, "frequency": 1.0, "online": 1.0, "recency": 30.0, "categories": 1.0},
)


def crowd(*kinds: dict[str, float], size: int = 150, seed: int = 0) -> Raw:
    """So many of each kind, one after the other, each a little different."""
    chance = np.random.default_rng(seed)
    rows = np.zeros((size * len(kinds), len(BEHAVIOURS)))
    for n, kind in enumerate(kinds):
        for name, value in {**_USUAL, **kind}.items():
            share = name in ("discounts", "online", "returns")
            spread = chance.normal(0, 0.05, size) if share else np.exp(chance.normal(0, 0.25, size))
            rows[n * size : (n + 1) * size, _AT[name]] = np.clip(value + spread, 0, 1) if share else value * spread
    return rows.astype(np.float32)


@pytest.mark.parametrize("kinds", [2, 3, 4])
def test_kinds_of_customers_are_found_again(kinds: int) -> None:
    raw = crowd(*KINDS[:kinds])
    found = discovered(raw, None)
    assert found.chosen is not None
    assert found.chosen.groups == kinds
    assert rand_index(np.repeat(np.arange(kinds), 150), placed(raw, found.scale, found.chosen.centres)) > 0.9
    assert [number for number, _ in found.tried] == list(range(2, 11))
    assert max(score or 0 for _, score in found.tried) == found.chosen.silhouette


def test_a_group_is_called_by_what_it_does_more_or_less_than_others() -> None:
    raw = crowd(*KINDS)
    found = discovered(raw, 4)
    assert found.chosen is not None
    labels = placed(raw, found.scale, found.chosen.centres)
    names = [found.groups[label].name for label in labels[::150]]
    assert len(set(names)) == 4
    for name, words in zip(
        names,
        (
            {"earn us much", "buy often", "many categories"},
            {"silent for long", "spend less", "seldom in touch"},
            {"on discount", "small orders", "earn us little"},
            {"new", "few categories", "online"},
        ),
        strict=True,
    ):
        assert words & set(name.lower().split(", ")), name
        assert name[0].isupper()
    assert "(orders with a discount: 9" in found.groups[labels[300]].traits


def test_names_stay_apart_where_groups_do_much_alike() -> None:
    names = ("recency", "frequency", "profit", "order_value", "categories", "tenure", "touches")
    kinds = [dict.fromkeys(names, level) for level in (2.0, 8.0, 40.0, 200.0, 900.0)]
    found = discovered(crowd(*kinds), 5)
    assert len({group.name for group in found.groups}) == 5


def test_customers_who_all_do_alike_are_in_no_groups() -> None:
    chance = np.random.default_rng(0)
    raw = np.exp(chance.normal(size=(600, len(BEHAVIOURS)))).astype(np.float32)
    found = discovered(raw, None)
    assert found.chosen is None
    assert all((score or 0) < LEAST_SILHOUETTE for _, score in found.tried)
    nobody = discovered(np.ones((60, len(BEHAVIOURS)), np.float32), None)
    assert (nobody.chosen, nobody.tried) == (None, ())


def test_one_of_them_more_changes_little_and_their_order_nothing() -> None:
    raw = crowd(*KINDS)
    order = np.random.default_rng(3).permutation(len(raw))
    one, other = discovered(raw, None), discovered(raw[order], None)
    assert one.chosen is not None
    assert other.chosen is not None
    assert np.array_equal(one.chosen.centres, other.chosen.centres)
    assert one.groups == other.groups
