"""The job of advice: base rates in one commit, then everybody batch by batch, then the sums; killed, it goes on."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from domain.advice import commands_advising, commands_rating
from domain.customers.queries_everybody import customers_after, how_many
from domain.segments.membership.wanted import ADVICE
from jobs.segments import follow_segments
from jobs.work import Work

_AT_ONCE = 1_000
_RATED = 0.1


async def advise_customers(work: Work) -> Mapping[str, object]:
    noted = await work.noted()
    now = datetime.fromisoformat(str(noted["asOf"])) if "asOf" in noted else work.now
    if "after" not in noted:
        await work.progress(0.0, "Making base rates")
        async with work.transaction() as tx:
            await commands_rating.make_rates(tx, now=now)
            await work.note(tx, {"asOf": now.isoformat(), "after": str(UUID(int=0)), "customers": 0})
        noted = await work.noted()
    done = await _everybody(work, now, UUID(str(noted["after"])), int(str(noted["customers"])))
    async with work.transaction() as tx:
        sums = await commands_advising.sum_up(tx, now=now)
        result: dict[str, object] = {"customers": done, "asOf": now.isoformat(), "strategies": sums}
        await follow_segments(tx, work.now, ADVICE)
        await work.finish(tx, result)
    return result


async def _everybody(work: Work, now: datetime, after: UUID, done: int) -> int:
    async with work.db.transaction() as tx:
        of = max(await how_many(tx), 1)
    while True:
        share = min(done / of, 1.0)
        await work.progress(_RATED + (1 - _RATED) * share, f"Advising: {done:,} of {of:,} customers")
        async with work.transaction() as tx:
            batch = await customers_after(tx, after, _AT_ONCE)
            if not batch:
                return done
            await commands_advising.advise_anew(tx, batch, now=now)
            after, done = batch[-1], done + len(batch)
            await work.note(tx, {"asOf": now.isoformat(), "after": str(after), "customers": done})
