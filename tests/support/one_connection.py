"""One connection for all examples of a test, on a loop that outlives each: Hypothesis draws them one after another."""

import asyncio
from collections.abc import Callable, Iterator
from typing import TypeVar

import pytest

from domain.database import Tx, connect


class OneConnection:
    def __init__(self, url: str) -> None:
        self.runner = asyncio.Runner()
        self.tx: Tx = self.runner.run(connect(url))

    def close(self) -> None:
        self.runner.run(self.tx.close())
        self.runner.close()


Made = TypeVar("Made", bound=OneConnection)


def made_for_a_test(kind: type[Made]) -> Callable[..., Iterator[Made]]:
    """The fixture that a module calls as it likes: one of `kind` on the test's own database."""

    @pytest.fixture
    def one(database_url: str) -> Iterator[Made]:
        made = kind(database_url)
        yield made
        made.close()

    return one
