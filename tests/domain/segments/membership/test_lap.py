"""Going round: each version is looked at everybody once, whenever it joined, wherever the way was cut."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from domain.segments.membership.lap import Lap
from domain.vocabulary import SegmentChangeCause

DATA, RULE = SegmentChangeCause.DATA_CHANGED, SegmentChangeCause.RULE_CHANGED
PEOPLE = [UUID(int=one) for one in range(1, 12)]
JOINS = st.lists(st.tuples(st.integers(0, 9), st.integers(1, 6), st.booleans()), max_size=8)


class Road:
    """Goes on batch by batch, its note read back each time, and writes down who was looked at by whom."""

    def __init__(self, at_once: int) -> None:
        self.lap, self.at_once = Lap(), at_once
        self.seen: dict[int, list[UUID]] = {}

    def joined(self, number: int, *, anew: bool = False) -> None:
        if anew or (number not in self.lap.legs and number not in self.lap.round):
            self.seen[number] = []
        self.lap = self.lap.joined([number], RULE, anew=anew)

    def on(self) -> None:
        some = [one for one in PEOPLE if one > self.lap.after][: self.at_once]
        for number in self.lap.legs:
            self.seen[number] += some
        last = some[-1] if some else self.lap.after
        self.lap = self.lap.went(last, len(some), is_end=len(some) < self.at_once)
        self.lap = Lap.of(self.lap.noted())


@given(st.integers(1, 13), JOINS)
def test_everybody_is_looked_at_by_whoever_joins_whenever(at_once: int, joins: list[tuple[int, int, bool]]) -> None:
    road = Road(at_once)
    for steps, number, anew in joins:
        road.joined(number, anew=anew)
        for _ in range(steps):
            if road.lap.legs:
                road.on()
    for _ in range(40):
        if road.lap.legs:
            road.on()
    assert not road.lap.legs
    assert set(road.lap.round) == set(road.seen)
    for seen in road.seen.values():
        assert set(seen) == set(PEOPLE)
        assert len(seen) < len(PEOPLE) + at_once, "hardly anybody twice"


def test_who_is_on_the_way_is_not_held_up_by_who_joins_or_goes() -> None:
    road = Road(4)
    road.joined(1)
    road.on()
    road.joined(2)
    road.on()
    assert road.lap.legs.keys() == {1, 2}
    road.lap = road.lap.keeping([1])
    road.on()
    assert road.lap.round == (1,), "as soon as if it had been alone"
    assert road.seen[1] == PEOPLE


def test_why_members_change_is_kept_apart() -> None:
    lap = Lap().joined([3, 1], DATA).joined([2, 1], RULE)
    assert lap.by_cause() == {DATA: [1, 3], RULE: [2]}
    assert lap.without([1, 2, 3]).legs == {}
