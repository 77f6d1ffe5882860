"""The keeper: a thread with an event loop and a connection of its own that renews the leases of this process.

A blocked event loop must not lose a lease, so nothing here runs on the loop that does the work.
"""

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

import asyncpg

from domain.database import BROKEN, NoConnection, Tx, connect
from domain.ledger import leases, marks
from domain.ledger.rules import RENEW_EVERY

log = logging.getLogger("rapport.jobs")

DATABASE_TROUBLE: tuple[type[Exception], ...] = (NoConnection, asyncpg.PostgresError, *BROKEN)
"""What to wait out and try again."""

_STATEMENT = timedelta(seconds=4)


class Hold(Protocol):
    """Something leased. After `until` (of time.monotonic) it is renewed no more: whoever holds it is stuck."""

    until: float

    async def renew(self, tx: Tx) -> None: ...


@dataclass(slots=True)
class JobHold:
    """A leased job; `on_news` is called, from the keeper's thread, when it is lost or shall be cancelled."""

    leased: leases.Leased
    until: float
    on_news: Callable[[], object] = lambda: None
    lost: bool = False
    cancelled: bool = False

    async def renew(self, tx: Tx) -> None:
        answer = await leases.renew(tx, [(self.leased.job_id, self.leased.attempt)])
        cancel = answer.get(self.leased.job_id)
        if (cancel is None and not self.lost) or (cancel and not self.cancelled):
            self.lost, self.cancelled = cancel is None, bool(cancel)
            self.on_news()


@dataclass(slots=True)
class BatchHold:
    """A leased batch of marks; whether it is still ours is found out when it is done.

    Not renewed as long as it is young: most are done by then, and it is thousands of rows that would be written.
    """

    batch: marks.Batch
    until: float
    since: float = field(default_factory=time.monotonic)

    async def renew(self, tx: Tx) -> None:
        if time.monotonic() - self.since >= RENEW_EVERY.total_seconds():
            await marks.extend(tx, self.batch)


class Keeper:
    """Start it once a process; hand it what is leased, and take it back."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._holds: list[Hold] = []
        self._loop = asyncio.new_event_loop()
        self._over = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="lease-keeper", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._over.set)
            self._thread.join(_STATEMENT.total_seconds())

    def hold(self, hold: Hold) -> None:
        self._holds.append(hold)

    def let_go(self, hold: Hold) -> None:
        with suppress(ValueError):
            self._holds.remove(hold)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._renew_for_ever())

    async def _renew_for_ever(self) -> None:
        connection: Tx | None = None
        while not self._over.is_set():
            try:
                connection = connection or await self._connect()
                await self._renew_all(connection)
            except DATABASE_TROUBLE as error:
                log.warning("leases could not be renewed", extra={"reason": type(error).__name__})
                _drop(connection)
                connection = None
            with suppress(TimeoutError):
                await asyncio.wait_for(self._over.wait(), RENEW_EVERY.total_seconds())
        _drop(connection)

    async def _connect(self) -> Tx:
        connection = await connect(self._url, statement_timeout=_STATEMENT)
        await connection.execute("SET lock_timeout = '500ms'")
        return connection

    async def _renew_all(self, connection: Tx) -> None:
        """One after the other: a row that is locked just now is being fenced, and its turn comes again."""
        now = time.monotonic()
        for hold in [hold for hold in self._holds if now < hold.until]:
            with suppress(asyncpg.LockNotAvailableError):
                await hold.renew(connection)


def _drop(connection: "Tx | None") -> None:
    if connection is not None:
        connection.terminate()
