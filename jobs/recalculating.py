"""The job that follows settings: everybody's figures that were worked out of them, batch by batch."""

import asyncio
import time
from collections.abc import Mapping
from uuid import UUID

from domain.customers.queries_everybody import how_many
from domain.settings.commands_recalculating import (
    next_customers,
    others_since_before,
    recalculate,
    rescore,
)
from jobs.segments import follow_segments
from jobs.work import Work

_AT_ONCE = 1_000
_LONGEST_WAIT = 60.0
"""No transaction of ours stands idle longer."""
_EVERYTHING: Mapping[str, object] = {"rates": True, "goods": True, "months": True}


async def recalculate_customers(work: Work) -> Mapping[str, object]:
    """Goes on where an attempt before it ended; done again, it changes nothing."""
    what = work.arguments or _EVERYTHING
    await _until_all_know(work)
    noted = await work.noted()
    after, seen = UUID(str(noted.get("after", UUID(int=0)))), _count(noted, "customers")
    changed = _count(noted, "changed")
    async with work.db.connection() as connection:
        of = await how_many(connection)
    while True:
        async with work.transaction() as tx:
            customers = await next_customers(tx, after, _AT_ONCE)
            if not customers:
                result = {"customers": seen, "changed": changed}
                if what.get("months"):
                    await rescore(tx, work.now, fit=what.get("fit"))
                    await follow_segments(tx, work.now)  # other days, and other sums of months
                await work.finish(tx, result)
                return result
            changed += await recalculate(tx, customers, what, now=work.now)
            after, seen = customers[-1], seen + len(customers)
            await work.note(tx, {"after": str(after), "customers": seen, "changed": changed})
        await work.progress(seen / max(of, seen), f"{seen:,} of {max(of, seen):,} customers")


async def _until_all_know(work: Work) -> None:
    """Whoever began before the settings changed writes by the old ones until it commits."""
    until = time.monotonic() + _LONGEST_WAIT
    while time.monotonic() < until:
        work.check_cancelled()
        async with work.db.connection() as connection:
            if not await others_since_before(connection, work.now):
                return
        await asyncio.sleep(0.2)


def _count(noted: Mapping[str, object], name: str) -> int:
    value = noted.get(name, 0)
    return value if isinstance(value, int) else 0
