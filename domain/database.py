"""Postgres: a last-in-first-out list of connections that keep their prepared statements, and transactions on them.

asyncpg's own pool resets a connection with a round trip at each release; ours hands out only connections whose
transaction has ended, so there is nothing to reset.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from time import monotonic
from typing import Literal, TypeAlias

import asyncpg
import orjson

Tx: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
"""A connection inside a transaction that the door has opened and the door will close."""

Format: TypeAlias = Literal["text", "binary"]
"""Of what is copied."""

_SESSION = {"timezone": "UTC", "datestyle": "ISO", "intervalstyle": "iso_8601", "search_path": "public"}
_SESSION |= {"application_name": "rapport", "jit": "off", "idle_in_transaction_session_timeout": "60000"}


_CLOSES_WITHIN: float = 2.0
"""Seconds that Postgres is given to say goodbye to a session that we end."""

BROKEN: tuple[type[Exception], ...] = (
    OSError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
)
"""After these a connection is not used again: it may not know yet that it is closed."""


class NoConnection(Exception):
    """Every connection is busy and the wait is over; the door answers 503."""


@dataclass(slots=True)
class Database:
    """At most `size` connections; the one used last is handed out first, so that its statements stay warm."""

    url: str
    size: int = 10
    wait: timedelta = timedelta(seconds=5)
    statement_timeout: timedelta = timedelta(seconds=30)
    # A session that keeps temporary tables keeps Postgres from forgetting old transactions: none stays for ever.
    longest: timedelta = timedelta(hours=1)
    _idle: list[Tx] = field(default_factory=list)
    _since: dict[Tx, float] = field(default_factory=dict)
    _slots: asyncio.Semaphore | None = None
    _closed: bool = False

    def connection(self) -> "Lease":
        """A connection of one's own, outside a transaction. Raises NoConnection where none comes free in time."""
        return Lease(self)

    @asynccontextmanager
    async def transaction(self, *, read_only: bool = False) -> AsyncIterator[Tx]:
        """A transaction that commits where the block ends well and rolls back where it does not."""
        async with self.connection() as connection, connection.transaction(readonly=read_only):
            yield connection

    async def close(self) -> None:
        self._closed = True
        while self._idle:
            await _end(self._idle.pop())

    async def _take(self) -> Tx:
        while self._idle:
            connection = self._idle.pop()
            if not connection.is_closed():
                return connection
        connection = await connect(self.url, statement_timeout=self.statement_timeout)
        self._since[connection] = monotonic()
        return connection

    async def _give_back(self, connection: Tx) -> None:
        if connection.is_closed():
            self._since.pop(connection, None)
        elif self._closed or connection.is_in_transaction() or _began(connection):
            self._since.pop(connection, None)
            connection.terminate()
        else:
            self._idle.append(connection)
            await self._retire()

    async def _retire(self) -> None:
        """Ends the session that was given back last, or the one that rests longest, where it is too old."""
        for old in {self._idle[0], self._idle[-1]}:
            if monotonic() - self._since.get(old, 0.0) > self.longest.total_seconds():
                self._idle.remove(old)
                self._since.pop(old, None)
                await _end(old)


async def _end(connection: Tx) -> None:
    """Whatever Postgres says to it: one that takes its time is left to itself, and we need not fail for that."""
    with suppress(OSError, asyncpg.InterfaceError, asyncpg.PostgresError):
        await connection.close(timeout=_CLOSES_WITHIN)


def _began(connection: Tx) -> bool:
    """Whether asyncpg believes that it is in a transaction: cancelled while it said BEGIN, it goes on believing so, and
    the next transaction of this session would begin with a SAVEPOINT that Postgres refuses.
    """
    return getattr(connection, "_top_xact", None) is not None


class Lease:
    """A connection for the length of a block; a generator in its place would cost three times as much."""

    __slots__ = ("_connection", "_database", "_slots")

    def __init__(self, database: Database) -> None:
        self._database = database

    async def __aenter__(self) -> Tx:
        database = self._database
        slots = self._slots = database._slots = database._slots or asyncio.Semaphore(database.size)
        if slots.locked():
            await self._wait()
        else:
            await slots.acquire()  # at once: no time-out is needed, and none paid for
        try:
            self._connection = await database._take()
        except BaseException:
            slots.release()
            raise
        return self._connection

    async def __aexit__(self, *_: object) -> None:
        try:
            await self._database._give_back(self._connection)
        finally:
            self._slots.release()

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(self._database.wait.total_seconds()):
                await self._slots.acquire()
        except TimeoutError as error:
            raise NoConnection("every database connection is busy") from error


async def connect(url: str, *, statement_timeout: timedelta = timedelta(seconds=30)) -> Tx:
    """One connection with our session settings and codecs."""
    milliseconds = int(statement_timeout.total_seconds() * 1000)
    connection = await asyncpg.connect(
        url,
        timeout=10,
        statement_cache_size=500,
        max_cached_statement_lifetime=0,
        # What to do next is a long statement, and would else be planned anew each time it is asked.
        max_cacheable_statement_size=64 * 1024,
        server_settings=_SESSION | {"statement_timeout": str(milliseconds)},
    )
    await _set_codecs(connection)
    return connection


async def copy_out(
    tx: Tx, query: str, *given: object, output: Callable[[bytes], Awaitable[None]], format: Format
) -> str:
    """Hands on what a query gives, piece by piece, and gives Postgres's status, such as "COPY 3".

    What `output` raises is raised when all has come: asyncpg calls the query off where its output fails, and where that
    was the last piece it waits for ever for the answer.
    """
    failed: list[BaseException] = []

    async def take(data: bytes) -> None:
        if failed:
            return
        try:
            await output(data)
        except (Exception, asyncio.CancelledError) as error:
            failed.append(error)

    status = await tx.copy_from_query(query, *given, output=take, format=format)
    if failed:
        raise failed[0]
    return str(status)


async def _set_codecs(connection: Tx) -> None:
    """json is handed on as the bytes that Postgres made; jsonb becomes Python values and back."""
    await connection.set_type_codec("json", schema="pg_catalog", encoder=bytes, decoder=bytes, format="binary")
    await connection.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        encoder=lambda value: b"\x01" + orjson.dumps(value),
        decoder=lambda value: orjson.loads(value[1:]),
        format="binary",
    )
