"""Touchpoints as they are recorded: one look a process for all who listen, each told once and after its commit."""

import asyncio
import time
from collections.abc import AsyncGenerator, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from uuid import UUID

import asyncpg

from domain.database import BROKEN, Database, NoConnection, Tx
from domain.errors import ErrorCode, Fault, Refused
from domain.touchpoints.queries_recorded import Recorded, recorded_of, recorded_since, seen_until

_TROUBLE: tuple[type[Exception], ...] = (NoConnection, asyncpg.PostgresError, *BROKEN)
_MOST_AT_ONCE = 20_000
_MOST_WAITING = 10_000
_PATIENT = 4
"""So many times longer than a look takes, the next one waits."""


def _too_many() -> Refused:
    message = "too much is recorded at once to be told one by one: subscribe to one customer, or ask for touchpoints"
    return Refused(Fault(ErrorCode.LIMIT_EXCEEDED, message))


@dataclass(slots=True, eq=False)
class Listener:
    """Who listens: to one customer or to all; what was told stays known as long as it can be seen again."""

    customer: UUID | None
    since: datetime
    told: dict[UUID, datetime] = field(default_factory=dict)
    waiting: "asyncio.Queue[UUID | Exception]" = field(default_factory=asyncio.Queue)

    def note(self, rows: Iterable[Recorded]) -> list[UUID]:
        """What is new of these."""
        new = []
        for row in rows:
            if row.at >= self.since and row.id not in self.told:
                self.told[row.id] = row.at
                new.append(row.id)
        return new

    def forget(self, before: datetime) -> None:
        if len(self.told) > 64:
            self.told = {id_: at for id_, at in self.told.items() if at >= before}

    def tell(self, ids: Iterable[UUID]) -> None:
        for id_ in ids:
            self.waiting.put_nowait(id_)

    def end(self, reason: Exception) -> None:
        while not self.waiting.empty():
            self.waiting.get_nowait()
        self.waiting.put_nowait(reason)


class Feed:
    """Looks while anybody listens. Several web processes have one each."""

    def __init__(self, db: Database, *, every: timedelta = timedelta(seconds=0.5)) -> None:
        self._db, self._every = db, every.total_seconds()
        self._listeners: set[Listener] = set()
        self._since: datetime | None = None
        self._looking: asyncio.Task[None] | None = None
        self.looks = 0

    async def follow(self, customer: UUID | None = None) -> AsyncGenerator[UUID, None]:
        """The ids of what is recorded from now on, of one customer or of all."""
        listener = await self._join(customer)
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

    async def _join(self, customer: UUID | None) -> Listener:
        """What is there already is not news."""
        async with self._db.connection() as connection:
            since = await seen_until(connection)
            listener = Listener(customer, since)
            there = await _rows(connection, customer, since)
        if len(there) > _MOST_AT_ONCE:
            raise _too_many()
        listener.note(there)
        self._listeners.add(listener)
        self._since = since if self._since is None else min(self._since, since)
        if self._looking is None:
            self._looking = asyncio.create_task(self._look_on(), name="touchpoints recorded")
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
        everybody = [one for one in self._listeners if one.customer is None]
        some: dict[UUID, list[Listener]] = {}
        for one in self._listeners:
            if one.customer is not None:
                some.setdefault(one.customer, []).append(one)
        async with self._db.connection() as connection:
            until = await seen_until(connection)
            since = until if self._since is None else self._since
            if everybody:
                self._hand_out(everybody, await _rows(connection, None, since))
            for customer, rows in groupby(await recorded_of(connection, sorted(some), since), key=_customer):
                self._hand_out(some[customer], list(rows))
        self._since = max(since, until)
        self.looks += 1
        for listener in self._listeners:
            listener.forget(self._since)

    def _hand_out(self, listeners: list[Listener], rows: list[Recorded]) -> None:
        for listener in listeners:
            if len(rows) > _MOST_AT_ONCE or listener.waiting.qsize() > _MOST_WAITING:
                self._listeners.discard(listener)
                listener.end(_too_many())
            else:
                listener.tell(listener.note(rows))


async def _rows(connection: Tx, customer: UUID | None, since: datetime) -> list[Recorded]:
    if customer is not None:
        return await recorded_of(connection, [customer], since)
    return await recorded_since(connection, since, _MOST_AT_ONCE + 1)


def _customer(row: Recorded) -> UUID:
    assert row.customer is not None
    return row.customer
