"""The full run: everybody's summaries in one snapshot, then scores into the idle twin, which waits for its switch."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, aclosing
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from domain.analytics.commands_scoring import copy, terms
from domain.analytics.commands_switch import FullRun, clear_idle, finish_idle, idle_twin
from domain.analytics.commands_tallies import forget, gather, keep
from domain.analytics.compute import Compute
from domain.analytics.models.histories import Floats, Short
from domain.analytics.queries import UNHURRIED, model_in_use
from domain.analytics.queries_tallies import Moment, replayed
from domain.analytics.scoring import population, steps
from domain.analytics.scoring.foresight import Terms
from domain.analytics.scoring.population import MEASURES, Census, Means, Population
from domain.analytics.scoring.rfm import Cuts
from domain.analytics.scoring.spool import Spool
from domain.analytics.scoring.steps import Written
from domain.analytics.scoring.summaries import Summaries
from domain.analytics.scoring.tallies import Portion
from domain.analytics.scoring.wire import Rows
from domain.customers.queries_everybody import about_how_many
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


async def score_everybody(house: House, *, as_of: datetime, then: bool = False) -> FullRun:
    """Write everybody's scores into the idle twin, as of that instant. Nothing is visible before the switch.

    `then`: as it would have been told at that time, in the past.
    """
    spool = Spool()
    try:
        async with house.reading() as tx:
            await tx.execute(_SNAPSHOT)
            settings = await Settings.load(tx)
            moment = Moment.of(as_of, settings, then=then, replayed=await replayed(tx, as_of))
            model = await model_in_use(tx)
            means, cuts = await _read(tx, house, moment, spool, terms(settings, model, as_of, repeaters=None))
            ours = replace(terms(settings, model, as_of, repeaters=means.repeaters), then=then)
        everybody, ranks = await _ranked(house, spool, ours, means, cuts)
        twin = await _write(house, spool, ours, everybody, ranks)
        await _keep(house, spool, moment)
    finally:
        spool.close()
    return FullRun(twin, as_of, ours, everybody)


async def _ranked(
    house: House, spool: Spool, ours: Terms, means: Means, cuts: Cuts
) -> tuple[Population, dict[str, Short]]:
    """Measure by measure, and none is held once everybody's ranks by it are known: they are a million numbers each."""
    measured, outlook = {name: np.empty(spool.customers) for name in MEASURES}, spool.outlook()
    async for place, rows in _told(house, spool, _READ, _FORESEEN, "Foreseeing"):
        of_batch, foreseen = await house.compute(steps.measured, rows, ours, means, next(outlook))
        spool.foresee(foreseen)
        for name, values in of_batch.items():
            measured[name][place] = values
    stand = {name: await house.compute(steps.ranked, measured.pop(name)) for name in MEASURES}
    everybody = population.population(means, cuts, stand)
    return everybody, {name: each.ranks for name, each in stand.items()}


async def _read(tx: Tx, house: House, moment: Moment, spool: Spool, ours: Terms) -> tuple[Means, Cuts]:
    expected, census = await about_how_many(tx), Census()

    async def sum_up(portion: Portion) -> tuple[Rows, Floats]:
        return await house.compute(steps.read, portion, moment.calendar, ours)

    async def take(read: tuple[Rows, Floats]) -> None:
        rows, outlook = read
        spool.keep(rows, outlook)
        census.count(Summaries(rows))
        share = min(spool.customers / max(expected, spool.customers), 1.0)
        await house.progress(_READ * share, f"Reading: {spool.customers:,} customers")

    await gather(tx, moment, sum_up, take, spool.remember)
    return census.means(), census.cuts()


async def _keep(house: House, spool: Spool, moment: Moment) -> None:
    """What was read of the facts, for the next run; a few thousand customers at a time, for the rounds write it too."""
    for portion in spool.remembered():
        await house.progress(_WRITTEN, "Keeping what was read")
        async with house.writing() as tx:
            await keep(tx, [portion], moment)
    # Whoever was merged or erased while theirs was written.
    async with house.writing() as tx:
        await tx.execute(UNHURRIED)
        await forget(tx)


async def _told(house: House, spool: Spool, begin: float, end: float, doing: str) -> AsyncIterator[tuple[slice, Rows]]:
    """The batches, with progress told before each; the place at which a run can be called off."""
    for place, rows in spool.batches():
        share = place.start / max(spool.customers, 1)
        await house.progress(
            begin + (end - begin) * share, f"{doing}: {place.start:,} of {spool.customers:,} customers"
        )
        yield place, rows


async def _write(house: House, spool: Spool, ours: Terms, everybody: Population, ranks: dict[str, Short]) -> str:
    async with house.writing() as tx:
        await tx.execute(UNHURRIED)
        twin = await idle_twin(tx)
        await clear_idle(tx, twin)
        async with aclosing(_written(house, spool, ours, everybody, ranks)) as batches:
            async for written in batches:
                await copy(tx, twin, written, emptied=True)
        await house.progress(_WRITTEN, "Making indexes")
        await finish_idle(tx, twin)
    return twin


async def _written(
    house: House, spool: Spool, ours: Terms, everybody: Population, ranks: dict[str, Short]
) -> AsyncGenerator[Written, None]:
    """The finished rows, batch by batch; the next one is worked out while Postgres takes the last."""
    ahead: asyncio.Task[Written] | None = None
    try:
        async for place, rows in _told(house, spool, _FORESEEN, _WRITTEN, "Writing"):
            exact = {name: of_all[place].astype(np.int64) for name, of_all in ranks.items()}
            foreseen = spool.foreseen(len(rows))
            ready = await ahead if ahead is not None else None
            ahead = asyncio.ensure_future(house.compute(steps.written, rows, ours, everybody, exact, foreseen))
            if ready is not None:
                yield ready
        if ahead is not None:
            yield await ahead
    finally:
        if ahead is not None:
            ahead.cancel()
