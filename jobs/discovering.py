"""The job that finds groups of customers who behave alike, and saves them as segments."""

from collections.abc import Mapping
from dataclasses import replace
from uuid import UUID

from domain.customers.queries_everybody import customers_after
from domain.query.asking import Occasion
from domain.segments.discovery import commands_discovering as discovering
from domain.segments.discovery import commands_grouping
from domain.segments.discovery.commands_discovering import Crowd, Wish
from domain.segments.membership.commands_refreshing import moment
from domain.settings import Settings
from jobs.work import Work

_AT_ONCE = 10_000
_READ, _FOUND, _PLACED = 0.6, 0.8, 0.85
"""How much of the work is done after each step; what is left is to write."""


async def discover_segments(work: Work) -> Mapping[str, object]:
    """Reads, finds, places, and saves some at a time: an attempt that died has moved some, and the next one all."""
    wish = Wish.of(work.arguments)
    async with work.db.connection() as connection:
        settings = await Settings.load(connection)
        everybody = await discovering.how_many(connection)
    occasion = settings.of_the_house(work.now)
    crowd = await _read(work, wish, occasion, max(everybody, 1))
    await work.progress(_READ, "Finding groups")
    found = await discovering.find(crowd, wish, work.compute)

    async def progress(share: float, detail: str) -> None:
        await work.progress(_FOUND + (_PLACED - _FOUND) * share, detail)

    labels = await discovering.place(crowd, found, work.compute, progress)
    await work.progress(_PLACED, "Saving groups")
    async with work.transaction() as tx:
        plan = await commands_grouping.begin(tx, crowd, labels, found, wish, occasion=occasion)
    for part in commands_grouping.parts(crowd):
        async with work.transaction() as tx:
            await commands_grouping.write(tx, plan, crowd, part, occasion=occasion, as_it_is=True)
        saved = min(part.rows.stop, len(crowd))
        share = _PLACED + (1 - _PLACED) * saved / len(crowd)
        await work.progress(share, f"Saving groups: {saved:,} of {len(crowd):,} customers")
    async with work.transaction() as tx:
        at_last = replace(occasion, now=await moment(tx))
        await commands_grouping.finish(tx, plan, occasion=at_last)
        result = commands_grouping.told(wish, crowd, found, plan)
        await work.finish(tx, result)
    return result


async def _read(work: Work, wish: Wish, occasion: Occasion, everybody: int) -> Crowd:
    """Some thousand customers at a time, in the order of their ids."""
    crowd, after = Crowd(), UUID(int=0)
    while True:
        async with work.db.connection() as connection:
            whom = await customers_after(connection, after, _AT_ONCE)
            if not whom:
                break
            after = whom[-1]
            if wish.where is not None:
                whom = await discovering.meant(connection, wish.where, whom, occasion=occasion)
            await crowd.read(connection, whom, occasion=occasion)
        await work.progress(min(len(crowd) / everybody, 1.0) * _READ, "Reading what customers do")
    crowd.close()
    return crowd
