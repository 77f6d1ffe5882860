"""For every order of arrival of one person's dated facts the end is the same, up to ids."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.customers.attributes import Declaration
from domain.customers.declaring import declare
from domain.transfer import Kind
from domain.vocabulary import AttributeType, RecordStatus
from tests.domain.customers.one_life import FACTS, Fact, known, told, undone
from tests.support.calling import OCCASION, call
from tests.support.generating import EACH_RUN_ALIKE
from tests.support.one_connection import OneConnection, made_for_a_test

FEW = settings(EACH_RUN_ALIKE, max_examples=4)
MANY = settings(FEW, max_examples=80)
ORDERS = st.permutations(range(len(FACTS)))


class House(OneConnection):
    """One connection, a pen to buy and two attributes, for all examples of a test."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.runner.run(self._begin())
        self.end = self.runner.run(self.after(FACTS))

    async def _begin(self) -> None:
        async with self.tx.transaction():
            await call(self.tx, Kind.PRODUCTS, [{"sku": "pen", "name": "Pen", "category": "Paper", "unitCost": "1"}])
            for name, type_ in {"hat": AttributeType.NUMBER, "vip": AttributeType.BOOLEAN}.items():
                await declare(self.tx, Declaration(name, type_, personal=False), occasion=OCCASION)

    async def after(self, facts: Sequence[Fact]) -> dict[str, object]:
        async with undone(self.tx):
            await told(self.tx, facts)
            return await known(self.tx)


house = made_for_a_test(House)


def check(house: House, order: Sequence[int]) -> None:
    end = house.runner.run(house.after([FACTS[at] for at in order]))
    for what, rows in house.end.items():
        assert end[what] == rows, what


def test_the_end_is_the_same_whatever_comes_first(house: House) -> None:
    @FEW
    @given(ORDERS)
    def tried(order: list[int]) -> None:
        check(house, order)

    tried()


@pytest.mark.proof
def test_the_end_is_the_same_in_many_orders_also_where_much_is_sent_twice(house: House) -> None:
    @MANY
    @given(ORDERS, st.lists(st.integers(0, len(FACTS) - 1), max_size=8))
    def tried(order: list[int], again: list[int]) -> None:
        check(house, [*again, *order])

    tried()


def test_what_is_sent_again_is_nothing_new(house: House) -> None:
    async def twice() -> list[RecordStatus]:
        async with undone(house.tx):
            await told(house.tx, FACTS)
            before = await known(house.tx)
            again = await told(house.tx, FACTS[::-1])
            assert await known(house.tx) == before
            return again

    assert set(house.runner.run(twice())) == {RecordStatus.DUPLICATE}
