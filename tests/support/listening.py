"""Listening to a feed, as a subscription does."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Hashable
from contextlib import aclosing, asynccontextmanager
from typing import Generic, TypeVar

from domain.following import Feed
from tests.support.waiting import PATIENCE

Topic = TypeVar("Topic", bound=Hashable)
Item = TypeVar("Item")
Told = TypeVar("Told")


class Ear(Generic[Told]):
    """Hears what a feed tells."""

    def __init__(self, told: AsyncGenerator[Told, None]) -> None:
        self.heard: list[Told] = []
        self._told = told
        self.task = asyncio.create_task(self._listen())

    async def _listen(self) -> None:
        async with aclosing(self._told) as told:
            async for one in told:
                self.heard.append(one)

    async def hears(self, count: int) -> list[Told]:
        """Until it has heard so many, or nothing more is told."""
        async with asyncio.timeout(PATIENCE):
            while len(self.heard) < count and not self.task.done():  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        return self.heard


@asynccontextmanager
async def listening(feed: Feed[Topic, Item], *each: AsyncGenerator[Told, None]) -> AsyncIterator[list[Ear[Told]]]:
    """An ear for each of what is told, when the feed knows of all of them."""
    before = len(feed._listeners)
    ears = [Ear(told) for told in each]
    async with asyncio.timeout(PATIENCE):
        while len(feed._listeners) < before + len(ears):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    try:
        yield ears
    finally:
        for ear in ears:
            ear.task.cancel()
        await asyncio.gather(*(ear.task for ear in ears), return_exceptions=True)


async def looks(feed: Feed[Topic, Item], count: int = 3) -> None:
    """Until it has looked so often again."""
    until = feed.looks + count
    async with asyncio.timeout(PATIENCE):
        while feed.looks < until:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
