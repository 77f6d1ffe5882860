"""Groups that were put in are found again: how many, and who is in which; the same rows give the same groups."""

import numpy as np
import pytest
from numpy.typing import NDArray

from domain.analytics import clusters

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]


def drawn(groups: int, *, size: int = 900, apart: float = 5.0, seed: int = 0) -> tuple[Floats, Labels]:
    """Round groups whose centres are so many deviations from the middle, each in a direction of its own."""
    chance = np.random.default_rng(seed)
    directions = np.linalg.qr(chance.normal(size=(8, 8)))[0][:groups]
    labels = chance.choice(groups, size, p=np.linspace(1, 2, groups) / np.linspace(1, 2, groups).sum())
    return apart * directions[labels] + chance.normal(size=(size, 8)), labels


def rand_index(one: Labels, other: Labels) -> float:
    """Adjusted for chance (Hubert & Arabie 1985), from the table of pairs."""
    table = np.zeros((one.max() + 1, other.max() + 1))
    np.add.at(table, (one, other), 1)
    together, rows, columns = ((part * (part - 1) / 2).sum() for part in (table, table.sum(1), table.sum(0)))
    by_chance = rows * columns / (len(one) * (len(one) - 1) / 2)
    return float((together - by_chance) / ((rows + columns) / 2 - by_chance))


def found(rows: Floats) -> tuple[int, Labels]:
    best = clusters.best(clusters.tried(rows, range(clusters.FEWEST, clusters.MOST + 1)))
    assert best is not None
    return best.groups, clusters.nearest(rows, best.centres)


@pytest.mark.parametrize("groups", [2, 3, 4, 5, 6])
def test_as_many_groups_are_found_as_there_are_with_the_same_members(groups: int) -> None:
    rows, labels = drawn(groups, seed=groups)
    number, again = found(rows)
    assert number == groups
    assert rand_index(labels, again) > 0.97


def test_the_rand_index_is_the_known_one() -> None:
    """Of four, two pairs against a pair and two alone: 4/7."""
    assert rand_index(np.array([0, 0, 1, 1]), np.array([0, 0, 1, 2])) == pytest.approx(4 / 7)
    assert rand_index(np.array([0, 0, 1, 1]), np.array([1, 1, 0, 0])) == 1


def test_the_silhouette_is_the_known_one() -> None:
    """(b − a) ÷ max(a, b), b the mean distance to the nearest other group; 0 for who is alone (Rousseeuw 1987)."""
    rows, labels = drawn(4, apart=3, size=60)
    alone = labels.copy()
    alone[0] = 4
    told = clusters.silhouettes(rows, [labels, alone])
    assert told == [pytest.approx(np.mean([_by_hand(rows, one, n) for n in range(60)])) for one in (labels, alone)]


def _by_hand(rows: Floats, labels: Labels, n: int) -> float:
    far = [float(np.sqrt(((row - rows[n]) ** 2).sum())) for row in rows]
    means = {
        group: np.mean([far[m] for m in range(len(rows)) if labels[m] == group and m != n])
        for group in set(labels.tolist())
        if any(labels[m] == group and m != n for m in range(len(rows)))
    }
    inside = means.pop(int(labels[n]), None)
    return 0.0 if inside is None else float((min(means.values()) - inside) / max(min(means.values()), inside))


def test_neither_the_order_of_the_rows_nor_the_hour_matters() -> None:
    rows, _ = drawn(4, apart=2.5)
    order = np.random.default_rng(1).permutation(len(rows))
    number, labels = found(rows)
    again, shuffled = found(rows[order])
    assert number == again
    assert np.array_equal(labels[order], shuffled)


def test_what_has_no_groups_is_not_far_apart() -> None:
    rows = np.random.default_rng(2).normal(size=(900, 8))
    assert max(one.silhouette or 0 for one in clusters.tried(rows, range(2, 11))) < 0.12


def test_a_few_odd_rows_make_no_group_and_few_different_rows_no_more_than_they_are() -> None:
    rows, _ = drawn(2)
    rows[:3] = 40.0
    assert [one.silhouette is None for one in clusters.tried(rows, [2, 3])] == [True, True]
    same = np.repeat(np.eye(3), 20, axis=0)
    assert [one.groups for one in clusters.tried(same, range(2, 11))] == [2, 3]
