"""What a cut tells of purchase days, against counting by hand."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from domain.analytics.judging.purchase_days import PurchaseDays

pairs = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 30)), min_size=1, max_size=60)


@given(pairs=pairs, cut=st.integers(0, 30), length=st.integers(0, 30))
def test_a_cut_tells_what_counting_by_hand_tells(pairs: list[tuple[int, int]], cut: int, length: int) -> None:
    found = PurchaseDays.of(*np.array(pairs, dtype=np.int64).T).known(cut, cut + length)
    bought: dict[int, set[int]] = {}
    for customer, day in pairs:
        bought.setdefault(customer, set()).add(day)
    expected = []
    for _, days in sorted(bought.items()):
        before = [day for day in days if day <= cut]
        if before:
            later = sum(cut < day <= cut + length for day in days)
            expected.append((len(before) - 1, max(before) - min(before), cut - min(before), later))
    assert list(zip(found.x, found.t_x, found.T, found.later, strict=True)) == expected
