"""Jobs of the scores: fit the value models, score everybody, score who has changed."""

import asyncio
import random
import time
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from uuid import UUID

import asyncpg

from domain.advice.commands_advising import advise, drop_unwilling
from domain.analytics import commands_fitting, commands_full_run, commands_scoring, commands_snapshots, commands_switch
from domain.analytics.commands_full_run import House
from domain.analytics.commands_snapshots import Pen
from domain.analytics.commands_switch import FullRun
from domain.analytics.scoring import steps
from domain.customers.commands_summarising import summarise, without_summary
from domain.database import Tx
from domain.segments.membership.wanted import SCORES
from domain.settings.commands_recalculating import rescore
from domain.vocabulary import ValueModelFamily
from jobs.rounds import FEW, Round
from jobs.segments import changed_members, follow_segments
from jobs.work import Work

_AT_ONCE = 1_000
_SCORED = 0.95
"""How much of the work is done when everybody is scored; what is left is their history."""
_PATIENCE = timedelta(minutes=10)
"""How long a switch is tried again while somebody, such as autovacuum, holds on to the scores."""


async def fit_value_model(work: Work) -> Mapping[str, object]:
    said, wished = (work.arguments.get(name) for name in ("calibratedUntil", "family"))
    until = date.fromisoformat(said) if isinstance(said, str) else None
    family = ValueModelFamily(wished) if isinstance(wished, str) else None
    async with work.transaction() as tx:
        result = await commands_fitting.fit_value_model(
            tx, work.compute, until=until, now=work.now, family=family, progress=work.progress
        )
        if work.arguments.get("score"):
            await rescore(tx, work.now)
        await work.finish(tx, result)
    return result


async def score_customers(work: Work) -> Mapping[str, object]:
    """Everybody's scores, then their history. Cut off after the switch, it goes on from there.

    With `asOf` the live scores become those of that instant, until the next run without, or until a customer changes;
    and the snapshot of everybody who was there is written as of it, so that history can be replayed in any order.
    """
    said = work.arguments.get("asOf")
    noted = await work.noted()
    if "asOf" not in noted:
        as_of = datetime.fromisoformat(said) if isinstance(said, str) else work.now
        house = House(work.db.transaction, work.transaction, work.compute, _share(work, 0, _SCORED))
        await _switch(work, await commands_full_run.score_everybody(house, as_of=as_of, then=isinstance(said, str)))
        noted = await work.noted()
    while await _catch_up(work):
        work.check_cancelled()
    while await _summarise_more(work):
        work.check_cancelled()
    as_of, pen = datetime.fromisoformat(str(noted["asOf"])), Pen(work.transaction, _share(work, _SCORED, 1))
    if isinstance(said, str):
        snapshots = await commands_snapshots.keep_all(pen, as_of, as_they_stand=False)
    else:
        snapshots = await commands_snapshots.keep_changes(pen, as_of)
    result = {**noted, "snapshots": snapshots}
    async with work.transaction() as tx:
        if not isinstance(said, str):  # what was so then moves nobody now
            await follow_segments(tx, work.now, SCORES)
        await work.finish(tx, result)
    return result


async def snapshot_metrics(work: Work) -> Mapping[str, object]:
    """Everybody's snapshot as of the last full run, with whoever was scored again since; nothing, if it is there."""
    async with work.transaction() as tx:
        as_of = await commands_snapshots.last_run(tx)
        is_there = as_of is not None and await commands_snapshots.is_whole(tx, as_of)
    snapshots = 0
    if as_of is not None and not is_there:
        pen = Pen(work.transaction, work.progress)
        snapshots = await commands_snapshots.keep_all(pen, as_of, as_they_stand=True)
    result = {"asOf": as_of and as_of.isoformat(), "snapshots": snapshots}
    async with work.transaction() as tx:
        await work.finish(tx, result)
    return result


async def changed_customers(round_: Round, tx: Tx, wanted: Mapping[UUID, int]) -> None:
    if len(wanted) <= FEW:
        await summarise(tx, list(wanted), now=round_.now)
    else:
        await _summarise_while_it_begins(round_, tx, list(wanted))
    await commands_scoring.score_changed(tx, round_.compute, list(wanted), now=round_.now)
    if len(wanted) <= FEW:  # a few milliseconds each; where more change, the night does it
        await advise(tx, list(wanted), now=round_.now)
    else:
        await drop_unwilling(tx, list(wanted))
    await changed_members(tx, list(wanted), round_.now)


async def _summarise_while_it_begins(round_: Round, tx: Tx, customers: list[UUID]) -> None:
    """The calculating process, if there is none yet: else every lane would wait for it at the same time."""
    ready = asyncio.ensure_future(round_.compute(steps.ready))
    try:
        await summarise(tx, customers, now=round_.now)
        await ready
    finally:
        ready.cancel()


def _share(work: Work, begin: float, end: float) -> commands_snapshots.Progress:
    """The progress of a part, told as its share of the whole."""

    async def progress(share: float, detail: str) -> None:
        await work.progress(begin + (end - begin) * share, detail)

    return progress


async def _switch(work: Work, run: FullRun) -> None:
    """Again and again for a short time each, so that nobody waits long for us."""
    until = time.monotonic() + _PATIENCE.total_seconds()
    while True:
        try:
            async with work.transaction() as tx:
                await commands_switch.switch(tx, run, now=work.now)
                await work.note(tx, {"customers": run.population.of, "asOf": run.as_of.isoformat()})
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
            await changed_members(tx, ids, work.now)
    return len(ids)


async def _catch_up(work: Work) -> int:
    async with work.transaction() as tx:
        return await commands_switch.catch_up(tx)
