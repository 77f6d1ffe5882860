"""Windows part an upload's rows so that no two parts write of the same, and are the same whoever reads them again."""

from collections.abc import Iterator
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.transfer import windows
from domain.transfer.refs import NOBODY, Who
from domain.transfer.uploads import Resume
from domain.transfer.windows import MOST_PARTS, Windows, number_of, parts_of, resumed, window_of

ROWS = 10
NAMES = [f"person {at}" for at in range(40)]


@pytest.fixture(autouse=True, scope="module")
def _small() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(windows, "BATCH_ROWS", ROWS)
        yield


def named(value: str) -> Who:
    return Who(None, "EXTERNAL_ID", "shop", value, False, "shop")


def claim(at: int) -> UUID:
    return UUID(int=at + 1)


def part_of(number: int) -> int:
    return number - number_of(window_of(number), 0)


def test_there_are_few_parts_at_first_and_never_too_many() -> None:
    assert [parts_of(at) for at in range(6)] == [1, 2, 4, 8, 16, MOST_PARTS]
    made = Windows(0)
    seen = [window_of(made.of(at, named(NAMES[at % 40]), claim(at), None)) for at in range(16 * ROWS)]
    assert sorted(seen) == seen
    assert [seen.count(at) for at in range(4)] == [ROWS, 2 * ROWS, 4 * ROWS, 8 * ROWS]


def test_what_one_customer_did_is_in_one_part() -> None:
    made = Windows(3)
    parts: dict[str, set[int]] = {}
    for at in range(8 * ROWS):
        parts.setdefault(NAMES[at % 40], set()).add(made.of(at, named(NAMES[at % 40]), claim(at), None))
    assert all(len(found) == 1 for found in parts.values())
    assert len(set.union(*parts.values())) > parts_of(3) / 2


def test_a_customer_named_by_id_has_a_part_too() -> None:
    made = Windows(3)
    whom = NOBODY._replace(customer=UUID(int=5))
    assert {part_of(made.of(at, whom, claim(at), None)) for at in range(5)} == {5}


def test_somebody_who_does_very_much_ends_the_window_early() -> None:
    made = Windows(3)
    seen = [window_of(made.of(at, named("robot"), claim(at), None)) for at in range(5 * ROWS)]
    assert [seen.count(at) for at in (3, 4, 5)] == [2 * ROWS, 2 * ROWS, ROWS]


def test_the_same_thing_of_two_people_goes_where_it_was_told_first() -> None:
    made = Windows(3)
    first = {name: made.of(at, named(name), claim(at), None) for at, name in enumerate(NAMES)}
    again = {name: made.of(40 + at, named(NAMES[at - 1]), claim(at), None) for at, name in enumerate(NAMES)}
    assert first == again


def test_what_has_its_two_claims_in_two_parts_begins_a_window() -> None:
    whose = {part_of(Windows(3).of(0, named(name), claim(0), None)): named(name) for name in NAMES}
    one, other = list(whose.values())[:2]
    made = Windows(3)
    assert window_of(made.of(0, one, claim(0), None)) == 3
    assert window_of(made.of(1, other, claim(1), claim(2))) == 3
    assert window_of(made.of(2, one, claim(0), claim(2))) == 4


@given(st.lists(st.tuples(st.integers(0, 39), st.integers(0, 60), st.none() | st.integers(100, 130)), max_size=150))
def test_a_claim_is_never_in_two_parts_of_a_window(rows: list[tuple[int, int, int | None]]) -> None:
    made, where = Windows(2), dict[tuple[int, UUID], int]()
    for line, (who, own, order) in enumerate(rows):
        purchase = None if order is None else claim(order)
        number = made.of(line, named(NAMES[who]), claim(own), purchase)
        for one in filter(None, (claim(own), purchase)):
            assert where.setdefault((window_of(number), one), number) == number


def test_a_window_that_was_begun_ends_where_it_ended_before() -> None:
    made = Windows(3, until=25)
    seen = [window_of(made.of(at, named(NAMES[at % 40]), claim(at), None)) for at in range(20, 345)]
    assert [seen.count(at) for at in (3, 4, 5)] == [5, 16 * ROWS, 16 * ROWS]


def test_whoever_goes_on_does_what_is_left() -> None:
    """Where nothing is done, windows are, a window and parts of the next, or batches in the file's order as of old."""
    first, two = number_of(0, 0), [number_of(1, part) for part in range(2)]
    assert resumed({}) == Resume(0, 0)
    assert resumed({first: 11}) == Resume(1, 11, recorded=1)
    assert resumed({first: 11, two[1]: 31}) == Resume(1, 11, frozenset({two[1]}), 31, 2)
    assert resumed({first: 11, two[0]: 31, two[1]: 31}) == Resume(2, 31, recorded=3)
    assert resumed({0: 51, 1: 101}) == Resume(2, 101, recorded=2)
    later = number_of(2, 3)
    assert resumed({0: 51, 1: 101, later: 141}) == Resume(2, 101, frozenset({later}), 141, 3)


def test_a_window_begun_when_there_were_fewer_parts_is_read_again_unless_it_was_done() -> None:
    """What of it is recorded is found again by its claims; nothing is taken for done that now is parted otherwise."""
    before, window = {number_of(at, part): 100 * at + 1 for at in range(4) for part in range(parts_of(at))}, 4
    old = [(window + 1 << 20) + part for part in range(8)]
    assert resumed({**before, old[2]: 900}) == Resume(window, 301, recorded=16)
    assert resumed({**before, **dict.fromkeys(old, 900)}) == Resume(window + 1, 900, recorded=23)
    assert min(number_of(window, part) for part in range(16)) > max(old)
