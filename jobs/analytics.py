"""Jobs of the scores: fit the value models, score everybody, score who has changed."""

import asyncio
import random
import time
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from uuid import UUID

import asyncpg

from domain.analytics import commands_fitting, commands_full_run, commands_scoring, commands_switch
from domain.analytics.commands_full_run import House
from domain.analytics.commands_switch import FullRun
from domain.customers.commands_summarising import summarise, without_summary
from domain.database import Tx
from jobs.rounds import Round
from jobs.work import Work

_AT_ONCE = 1_000
_PATIENCE = timedelta(minutes=10)
"""How long a switch is tried again while somebody, such as autovacuum, holds on to the scores."""


async def fit_value_model(work: Work) -> Mapping[str, object]:
    said = work.arguments.get("calibratedUntil")
    until = date.fromisoformat(said) if isinstance(said, str) else None
    async with work.transaction() as tx:
        result = await commands_fitting.fit_value_model(tx, work.compute, until=until, now=work.now)
        await work.finish(tx, result)
    return result


async def score_customers(work: Work) -> Mapping[str, object]:
    said = work.arguments.get("asOf")
    as_of = datetime.fromisoformat(said) if isinstance(said, str) else work.now
    house = House(work.db.transaction, work.transaction, work.compute, work.progress)
    run = await commands_full_run.score_everybody(house, as_of=as_of)
    await _switch(work, run)
    while await _catch_up(work):
        work.check_cancelled()
    while await _summarise_more(work):
        work.check_cancelled()
    result = {"customers": run.population.of, "asOf": run.as_of.isoformat()}
    async with work.transaction() as tx:
        await work.finish(tx, result)
    return result


async def changed_customers(round_: Round, tx: Tx, wanted: Mapping[UUID, int]) -> None:
    await summarise(tx, list(wanted), now=round_.now)
    await commands_scoring.score_changed(tx, round_.compute, list(wanted), now=round_.now)


async def _switch(work: Work, run: FullRun) -> None:
    """Again and again for a short time each, so that nobody waits long for us."""
    until = time.monotonic() + _PATIENCE.total_seconds()
    while True:
        try:
            async with work.transaction() as tx:
                await commands_switch.switch(tx, run, now=work.now)
            return
        except (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError):
            if time.monotonic() > until:
                raise
            await asyncio.sleep(0.1 + random.random() * 0.4)


async def _summarise_more(work: Work) -> int:
    """Of customers from before there were summaries: whoever changes is summarised by the rounds."""
    async with work.transaction() as tx:
        ids = await without_summary(tx, _AT_ONCE)
        if ids:
            await summarise(tx, ids, now=work.now)
    return len(ids)


async def _catch_up(work: Work) -> int:
    async with work.transaction() as tx:
        return await commands_switch.catch_up(tx)
