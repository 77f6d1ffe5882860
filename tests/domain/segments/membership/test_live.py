"""Live membership equals a full look at everybody after any series of writes, merges, clock moves and edits, and the
history replayed gives who was in it at every moment.
"""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.domain.customers.one_life import undone
from tests.domain.segments.campaigning import DEEDS
from tests.domain.segments.life import PEOPLE, Life
from tests.domain.segments.turning import RULES
from tests.support.generating import UNSHRUNK
from tests.support.one_connection import OneConnection, made_for_a_test

FEW = settings(UNSHRUNK, max_examples=2)
MANY = settings(FEW, max_examples=40)
WRITES = st.tuples(st.just("call"), st.integers(0, PEOPLE - 1), st.integers(0, 40))
BUYS = st.tuples(st.just("buy"), st.integers(0, PEOPLE - 1), st.integers(0, 30))
CLOCK = st.tuples(st.just("wait"), st.just(0), st.sampled_from([1, 3, 8, 15]))
NAMING = st.tuples(st.just("name"), st.integers(0, len(RULES) - 1), st.integers(0, len(RULES) - 1))
EDITS = st.tuples(st.just("edit"), st.integers(0, len(RULES) - 1), st.integers(0, len(RULES) - 1))
LATER = st.tuples(st.just("fact"), st.integers(0, PEOPLE - 1), st.integers(0, 6))
GOODS = st.tuples(st.just("goods"), st.integers(0, 2), st.integers(0, 20))
MERGES = st.tuples(st.just("merge"), st.integers(0, PEOPLE - 1), st.integers(0, PEOPLE - 1))
LISTS = st.tuples(st.just("list"), st.integers(0, PEOPLE - 1), st.integers(0, 1))
CAMPAIGN = st.tuples(st.just("campaign"), st.integers(0, PEOPLE - 1), st.integers(0, DEEDS - 1))
ERASES = st.tuples(st.just("erase"), st.integers(0, PEOPLE - 1), st.just(0))
ANY = st.one_of(
    *(WRITES, BUYS, BUYS, CLOCK, CLOCK, CLOCK, EDITS, NAMING, MERGES, LISTS, LATER, LATER, GOODS, ERASES),
    *(CAMPAIGN, CAMPAIGN),
)
CAMPAIGNS = st.one_of(CAMPAIGN, CAMPAIGN, CAMPAIGN, CLOCK, MERGES, ERASES)
SERIES = st.lists(ANY, min_size=3, max_size=14)


class House(OneConnection):
    async def live(self, series: list[tuple[str, int, int]]) -> None:
        async with undone(self.tx):
            life = Life(self.tx)
            await life.begin()
            for step in series:
                await life.do(*step)
            await life.replay()


house = made_for_a_test(House)


def test_membership_is_right_after_whatever_happened(house: House) -> None:
    @FEW
    @given(SERIES)
    def check(series: list[tuple[str, int, int]]) -> None:
        house.runner.run(house.live(series))

    check()


def test_days_turn_whoever_has_nothing_else_to_turn_them(house: House) -> None:
    """A birthday that comes near, a consent that ends, an order that is late: nobody else looks at them."""
    house.runner.run(house.live([("fact", 0, 2), ("fact", 1, 4), ("fact", 2, 5), ("wait", 0, 8)]))


def test_contacts_turn_with_words_of_them_with_answers_with_the_clock_and_with_their_campaign(house: House) -> None:
    """Sent and told twice, answered late, merged and parted, and the campaign's window is cut."""
    house.runner.run(
        house.live(
            [
                *(("campaign", 0, 0), ("campaign", 0, 4), ("campaign", 1, 1), ("campaign", 1, 2), ("wait", 0, 3)),
                *(("campaign", 2, 7), ("merge", 0, 1), ("campaign", 1, 6), ("wait", 0, 3), ("campaign", 0, 2)),
                *(("merge", 0, 1), ("campaign", 3, 0), ("campaign", 3, 8), ("erase", 1, 0)),
            ]
        )
    )


@pytest.mark.proof
def test_membership_is_right_whatever_campaigns_did(house: House) -> None:
    @settings(MANY, max_examples=25)
    @given(st.lists(CAMPAIGNS, min_size=6, max_size=16))
    def check(series: list[tuple[str, int, int]]) -> None:
        house.runner.run(house.live(series))

    check()


@pytest.mark.proof
def test_membership_is_right_after_whatever_happened_again_and_again(house: House) -> None:
    @MANY
    @given(SERIES)
    def check(series: list[tuple[str, int, int]]) -> None:
        house.runner.run(house.live(series))

    check()
