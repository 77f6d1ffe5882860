"""One look a process for all who listen: what is dated since everything was last seen is asked for again and again,
and each listener is told what it was not told before.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Generic, Protocol, TypeVar

import asyncpg

from domain.database import BROKEN, Database, NoConnection, Tx
from domain.errors import ErrorCode, Fault, Refused
from domain.following.queries import seen_until

Topic = TypeVar("Topic", bound=Hashable)
Item = TypeVar("Item")

_TROUBLE: tuple[type[Exception], ...] = (NoConnection, asyncpg.PostgresError, *BROKEN)
MOST_AT_ONCE: Final = 20_000
MOST_WAITING: Final = 10_000
_PATIENT: Final = 4
"""So many times longer than a look takes, the next one waits."""


@dataclass(frozen=True, slots=True)
class News(Generic[Item]):
    """Something new, when it was dated, and what it is known by however often it is seen."""

    key: Hashable
    at: datetime
    item: Item


@dataclass(frozen=True, slots=True)
class Looked(Generic[Item]):
    """What one look at a topic found, in order.

    `state` tells of the topic itself; to whoever knew it in another state, `others` by that state are new as well,
    whenever they were dated.
    """

    news: list[News[Item]]
    state: Hashable = None
    others: Mapping[Hashable, list[News[Item]]] = field(default_factory=dict)


class Source(Protocol[Topic, Item]):
    """Where news come from."""

    async def look(
        self, tx: Tx, topics: Mapping[Topic, frozenset[Hashable]], since: datetime, most: int
    ) -> Mapping[Topic, Looked[Item]]:
        """What is dated at `since` or later, of each topic one more than `most` where there are too many.

        It is told which states listeners know each topic in.
        """
        ...

    def too_many(self) -> str:
        """What is said to whom it was too much, with the remedy."""
        ...


@dataclass(slots=True, eq=False)
class Listener(Generic[Topic, Item]):
    """Who listens to one topic; what was told stays known as long as it can be seen again."""

    topic: Topic
    since: datetime
    state: Hashable = None
    told: dict[Hashable, datetime] = field(default_factory=dict)
    waiting: "asyncio.Queue[Item | Exception]" = field(default_factory=asyncio.Queue)

    def note(self, looked: Looked[Item]) -> list[Item]:
        """What is new of these."""
        others = [] if looked.state == self.state else looked.others.get(self.state, [])
        self.state = looked.state
        new = []
        for one in [*others, *(one for one in looked.news if one.at >= self.since)]:
            if one.key not in self.told:
                self.told[one.key] = one.at
                new.append(one.item)
        return new

    def forget(self, before: datetime) -> None:
        if len(self.told) > 64:
            self.told = {key: at for key, at in self.told.items() if at >= before}

    def end(self, reason: Exception) -> None:
        while not self.waiting.empty():
            self.waiting.get_nowait()
        self.waiting.put_nowait(reason)


class Feed(Generic[Topic, Item]):
    """Looks while anybody listens. Several web processes have one each."""

    def __init__(
        self,
        db: Database,
        source: Source[Topic, Item],
        *,
        every: timedelta = timedelta(seconds=0.5),
        most: int = MOST_AT_ONCE,
    ) -> None:
        self._db, self._source, self._every, self._most = db, source, every.total_seconds(), most
        self._listeners: set[Listener[Topic, Item]] = set()
        self._since: datetime | None = None
        self._looking: asyncio.Task[None] | None = None
        self.looks = 0

    async def follow(self, topic: Topic) -> AsyncGenerator[Item, None]:
        """What is new of the topic from now on. Raises Refused where it is too much at once to be told one by one."""
        listener = await self._join(topic)
        try:
            while True:
                told = await listener.waiting.get()
                if isinstance(told, Exception):
                    raise told
                yield told
        finally:
            self._listeners.discard(listener)
            if not self._listeners and self._looking is not None:
                self._looking.cancel()
                self._looking = self._since = None

    async def _join(self, topic: Topic) -> Listener[Topic, Item]:
        """What is there already is not news."""
        async with self._db.connection() as connection:
            since = await seen_until(connection)
            there = (await self._source.look(connection, {topic: frozenset()}, since, self._most))[topic]
        if len(there.news) > self._most:
            raise self._too_many()
        listener: Listener[Topic, Item] = Listener(topic, since, there.state)
        listener.note(there)
        self._listeners.add(listener)
        self._since = since if self._since is None else min(self._since, since)
        if self._looking is None:
            self._looking = asyncio.create_task(self._look_on(), name="what is new")
        return listener

    async def _look_on(self) -> None:
        while True:
            began = time.monotonic()
            try:
                await self._look()
            except _TROUBLE:  # nothing is lost: the next look begins where the last good one did
                pass
            except Exception as error:
                for listener in self._listeners:
                    listener.end(error)
                self._listeners.clear()
            await asyncio.sleep(max(self._every, _PATIENT * (time.monotonic() - began)))

    async def _look(self) -> None:
        """From where the last look saw everything to where this one does."""
        listeners: dict[Topic, list[Listener[Topic, Item]]] = {}
        for one in self._listeners:
            listeners.setdefault(one.topic, []).append(one)
        topics = {topic: frozenset(one.state for one in some) for topic, some in listeners.items()}
        async with self._db.connection() as connection:
            until = await seen_until(connection)
            since = until if self._since is None else self._since
            looked = await self._source.look(connection, topics, since, self._most)
        for topic, some in listeners.items():
            self._hand_out(some, looked[topic])
        self._since = max(since, until)
        self.looks += 1
        for listener in self._listeners:
            listener.forget(self._since)

    def _hand_out(self, listeners: Iterable[Listener[Topic, Item]], looked: Looked[Item]) -> None:
        for listener in listeners:
            others = looked.others.get(listener.state, ()) if listener.state != looked.state else ()
            most = max(len(looked.news), len(others))
            if most > self._most or listener.waiting.qsize() > MOST_WAITING:
                self._listeners.discard(listener)
                listener.end(self._too_many())
                continue
            for item in listener.note(looked):
                listener.waiting.put_nowait(item)

    def _too_many(self) -> Refused:
        return Refused(Fault(ErrorCode.LIMIT_EXCEEDED, self._source.too_many()))
