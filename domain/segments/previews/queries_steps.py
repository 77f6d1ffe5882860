"""Statements within a budget of time: each is ended by Postgres itself, and the session is left as it was found."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from math import inf
from pathlib import Path
from time import monotonic
from typing import Final, TypeVar

import asyncpg

from domain.database import Tx
from domain.errors import QuestionRefused
from domain.sqlfile import statements

T = TypeVar("T")
SUPERSEDED: Final = "SUPERSEDED"
_SQL = statements(Path(__file__).parent / "sql" / "preview.sql")
_TRIES: Final = 5
_LEAST: Final = 2
"""Milliseconds: with less it is not begun."""
_NEARLY: Final = 0.95
"""Our clock and that of Postgres need not go alike."""


@dataclass(frozen=True, slots=True)
class Budget:
    """Seconds since the preview began: until when each step may take, and how many customers are drawn."""

    exact: float = 1.0
    # From the largest sample to the smallest: how many are drawn, and until when they may take.
    samples: tuple[tuple[int, float], ...] = ((8_000, 1.55), (1_500, 1.75), (200, 1.85))
    whole: float = 1.95


BUDGET: Final = Budget()


@dataclass(slots=True)
class Steps:
    """Statements one after the other, each ended by Postgres when its time is over."""

    connection: Tx
    budget: Budget = BUDGET
    began: float = field(default_factory=monotonic)
    # Seconds that Postgres lets a statement take now; before the first step, what the session is given elsewhere.
    _longest: float = field(default=inf, init=False)

    @property
    def passed(self) -> float:
        return monotonic() - self.began

    async def fetch(self, sql: str, values: Sequence[object], *, until: float) -> list[asyncpg.Record] | None:
        """The rows; None where they took too long."""
        # All at once: Postgres goes parallel for nobody who may stop in the middle.
        return await self.take(lambda: self.connection.fetch(sql, *values), until=until)

    async def take(self, act: Callable[[], Awaitable[T]], *, until: float) -> T | None:
        """What one statement gives; None where it took too long. Raises QuestionRefused (SUPERSEDED) where somebody
        else cancelled it.
        """
        milliseconds = int((until - self.passed) * 1000)
        if milliseconds < _LEAST or not await self._begun(milliseconds):
            return None
        return await self.tell(act)

    async def need(self, act: Callable[[], Awaitable[T]], *, until: float) -> T:
        """The same of what has to be known. Raises TimeoutError where it took too long."""
        found = await self.take(act, until=until)
        if found is None:
            raise TimeoutError
        return found

    async def tell(self, act: Callable[[], Awaitable[T]]) -> T | None:
        """None where Postgres ended it because its time was over: what ends earlier, somebody else cancelled."""
        started = monotonic()
        try:
            return await act()
        except asyncpg.QueryCanceledError:
            if monotonic() - started < _NEARLY * self._longest:
                raise superseded() from None
            return None

    async def _begun(self, milliseconds: int) -> bool:
        """Sets how long the next may take, within what is left to the one before: that may be too short for it."""
        for _ in range(_TRIES):
            newer = await self.tell(lambda: self.connection.fetchval(_SQL["step"], str(milliseconds)))
            if newer:
                raise superseded()
            if newer is False:
                self._longest = milliseconds / 1000
                return True
        return False


@asynccontextmanager
async def stepping(connection: Tx, budget: Budget = BUDGET) -> AsyncIterator[Steps]:
    """Values are planned for as they are; whoever has the connection next finds it as ever. It is outside a
    transaction.
    """
    steps = Steps(connection, budget)
    try:
        await steps.tell(lambda: connection.execute("SET plan_cache_mode = force_custom_plan"))
        yield steps
    finally:
        await restored(connection, "RESET plan_cache_mode; RESET statement_timeout")


def superseded() -> QuestionRefused:
    message = "A newer preview of the same caller took this one's place (or an operator ended it)."
    return QuestionRefused(SUPERSEDED, message)


async def restored(connection: Tx, settings: str) -> None:
    """Whatever became of the preview, also where a cancellation comes too late; else the session is ended."""
    if connection.is_closed():
        return
    try:
        for _ in range(_TRIES):
            with suppress(asyncpg.QueryCanceledError):
                await connection.execute(settings)
                return
    except BaseException:
        connection.terminate()
        raise
    connection.terminate()
