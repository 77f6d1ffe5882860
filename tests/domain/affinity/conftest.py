"""A house of one's own, rolled back when the test ends."""

import pytest

from domain.database import Tx
from tests.domain.query.world import House


@pytest.fixture
def house(tx: Tx) -> House:
    return House(tx)
