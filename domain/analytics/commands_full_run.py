"""The full run: everybody's summaries in one snapshot, then scores into the idle twin, which waits for its switch."""

import asyncio
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, aclosing
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO

import numpy as np

from domain.analytics import population, queries, scoring
from domain.analytics.commands_scoring import copy, terms
from domain.analytics.commands_switch import FullRun, clear_idle, finish_idle, idle_twin
from domain.analytics.compute import Compute
from domain.analytics.foresight import Terms
from domain.analytics.histories import Ints
from domain.analytics.population import MEASURES, Census, Population
from domain.analytics.queries import UNHURRIED
from domain.analytics.scoring import Written
from domain.analytics.summaries import LAYOUT, Summaries
from domain.analytics.wire import Rows
from domain.clock import day_of
from domain.database import Tx
from domain.settings import Settings

_SNAPSHOT = f"SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; {UNHURRIED}"
_READ, _FORESEEN, _WRITTEN = 0.35, 0.5, 0.9

Transaction = Callable[[], AbstractAsyncContextManager[Tx]]
Progress = Callable[[float, str], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class House:
    """What the door lends a full run: transactions, arithmetic elsewhere, and an ear that may call the run off.

    `writing` may be fenced. `reading` may not: it is one long snapshot, and the fence's row changes under it.
    """

    reading: Transaction
    writing: Transaction
    compute: Compute
    progress: Progress


@dataclass(slots=True)
class Spool:
    """Summaries on disk between the looks at them, so that memory holds one batch however many customers there are."""

    file: IO[bytes]
    sizes: list[int] = field(default_factory=list)

    @property
    def customers(self) -> int:
        return sum(self.sizes)

    def keep(self, rows: Rows) -> None:
        self.file.write(rows.tobytes())
        self.sizes.append(len(rows))

    def batches(self) -> Iterator[tuple[slice, Rows]]:
        """Each batch, and where it stands among everybody."""
        self.file.seek(0)
        begin = 0
        for size in self.sizes:
            data = self.file.read(size * LAYOUT.itemsize)
            yield slice(begin, begin + size), np.frombuffer(data, dtype=LAYOUT)
            begin += size


async def score_everybody(house: House, *, as_of: datetime) -> FullRun:
    """Write everybody's scores into the idle twin, as of that instant. Nothing is visible before the switch."""
    with tempfile.TemporaryFile() as file:
        spool, census = Spool(file), Census()
        async with house.reading() as tx:
            await tx.execute(_SNAPSHOT)
            settings = await Settings.load(tx)
            await _read(tx, house, settings, as_of, spool, census)
            means = census.means()
            ours = await terms(tx, settings, as_of, repeaters=means.repeaters)
        measured = {name: np.empty(spool.customers) for name in MEASURES}
        async for place, rows in _told(house, spool, _READ, _FORESEEN, "Foreseeing"):
            for name, values in (await house.compute(scoring.measured, rows, ours, means)).items():
                measured[name][place] = values
        everybody = await house.compute(population.population, spool.customers, means, census.cuts(), measured)
        ranks = await house.compute(scoring.ranked, measured)
        twin = await _write(house, spool, ours, everybody, ranks)
    return FullRun(twin, as_of, ours, everybody)


async def _read(tx: Tx, house: House, settings: Settings, as_of: datetime, spool: Spool, census: Census) -> None:
    expected = await queries.about_how_many(tx)

    async def receive(rows: Rows) -> None:
        spool.keep(rows)
        census.count(Summaries(rows))
        share = min(spool.customers / max(expected, spool.customers), 1.0)
        await house.progress(_READ * share, f"Reading: {spool.customers:,} customers")

    today = day_of(as_of, settings.zone)
    await queries.read_summaries(tx, settings.time_zone, as_of, today, receive)


async def _told(house: House, spool: Spool, begin: float, end: float, doing: str) -> AsyncIterator[tuple[slice, Rows]]:
    """The batches, with progress told before each; the place at which a run can be called off."""
    for place, rows in spool.batches():
        share = place.start / max(spool.customers, 1)
        await house.progress(
            begin + (end - begin) * share, f"{doing}: {place.start:,} of {spool.customers:,} customers"
        )
        yield place, rows


async def _write(house: House, spool: Spool, ours: Terms, everybody: Population, ranks: dict[str, Ints]) -> str:
    async with house.writing() as tx:
        await tx.execute(UNHURRIED)
        twin = await idle_twin(tx)
        await clear_idle(tx, twin)
        async with aclosing(_written(house, spool, ours, everybody, ranks)) as batches:
            async for written in batches:
                await copy(tx, twin, written)
        await house.progress(_WRITTEN, "Making indexes")
        await finish_idle(tx, twin)
    return twin


async def _written(
    house: House, spool: Spool, ours: Terms, everybody: Population, ranks: dict[str, Ints]
) -> AsyncGenerator[Written, None]:
    """The finished rows, batch by batch; the next one is worked out while Postgres takes the last."""
    ahead: asyncio.Task[Written] | None = None
    try:
        async for place, rows in _told(house, spool, _FORESEEN, _WRITTEN, "Writing"):
            exact = {name: of_all[place] for name, of_all in ranks.items()}
            ready = await ahead if ahead is not None else None
            ahead = asyncio.ensure_future(house.compute(scoring.written, rows, ours, everybody, exact))
            if ready is not None:
                yield ready
        if ahead is not None:
            yield await ahead
    finally:
        if ahead is not None:
            ahead.cancel()
