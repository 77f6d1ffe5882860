"""What tests of the reader can ask for."""

import pytest

from domain.database import Tx
from tests.domain.query.world import House


@pytest.fixture
def house(tx: Tx) -> House:
    return House(tx)
