"""`python -m tests.bench.scoring [CUSTOMERS]`: the fit, the nightly run and the pass over what changed."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median

from domain.database import Database
from domain.vocabulary import JobKind
from tests.bench import figures, ground
from tests.bench.scoring import asking, changed, fit, floor
from tests.bench.scoring.fit import Fits
from tests.bench.scoring.floor import Floor
from tests.bench.scoring.ground import postgres
from tests.bench.scoring.nightly import Night, Peak, done, night, worker

MOST = {"night": 1.6, "changed": 0.15, "linear": 11.0, "memory": 600.0, "asking": 20.0}
LEAST_FIT = 15.0
_CHANGES = 5
"""Rounds over what changed after each night, in one worker; the median is told."""


@dataclass(slots=True)
class Found:
    """Of one population. `first` is the run that finds nothing kept."""

    customers: int
    first: Night = field(default_factory=Night)
    nights: list[Night] = field(default_factory=list)
    floors: list[Floor] = field(default_factory=list)
    changes: list[float] = field(default_factory=list)
    changed: int = 0
    peak: Peak = field(default_factory=Peak)
    asking: dict[str, float] = field(default_factory=dict)

    @property
    def night(self) -> float:
        return median(each.seconds for each in self.nights)

    @property
    def floor(self) -> float:
        return median(each.seconds for each in self.floors)

    @property
    def change(self) -> float:
        return median(self.changes)


async def measure(customers: int, rounds: int, *, ask: bool) -> Found:
    found = Found(customers)
    with tempfile.TemporaryDirectory() as folder:
        async with postgres(customers) as url, ground.valkey() as redis, worker(url, redis, Path(folder)) as doer:
            db = Database(url)
            try:
                await done(db, JobKind.FIT_VALUE_MODEL)  # weekly, counted apart
                await _forgotten(db)
                found.first = await night(db, doer, found.peak)
                for turn in range(rounds):
                    await _settled(db)
                    found.nights.append(await night(db, doer, found.peak))
                    found.floors.append(await floor.measure(url))
                    changes = await changed.measure(url, redis, range(turn * _CHANGES, (turn + 1) * _CHANGES))
                    found.changed = round(median(count for count, _ in changes))
                    found.changes += [seconds for _, seconds in changes]
                if ask:
                    found.asking = await asking.measure(url, redis, Path(folder))
            finally:
                await db.close()
    return found


async def _forgotten(db: Database) -> None:
    async with db.transaction() as tx:
        await tx.execute("TRUNCATE customer_tally")


async def _settled(db: Database) -> None:
    """What autovacuum would have done by the next night."""
    async with db.connection() as connection:
        await connection.execute("SET statement_timeout = 0")
        await connection.execute("VACUUM (ANALYZE) customer_tally, customer_mark, customer_order, customer_month")
        await connection.execute("CHECKPOINT")


def told(large: Found, small: Found, fits: Fits) -> dict[str, object]:
    return {
        "fit": {**asdict(fits), "times": round(fits.theirs / fits.cold, 1) if fits.theirs else None},
        "night": {
            "customers": large.customers,
            "ratio": round(large.night / large.floor, 2),
            "seconds": [asdict(each) for each in large.nights],
            "floor": [each.parts for each in large.floors],
            "first": asdict(large.first),
        },
        "changed": {
            "customers": large.changed,
            "seconds": large.changes,
            "share": round(large.change / large.night, 3),
        },
        "memory": asdict(large.peak),
        "linear": {"customers": small.customers, "seconds": small.night, "ratio": round(large.night / small.night, 2)},
        "asking": small.asking,
        "most": MOST,
        "leastFit": LEAST_FIT,
    }


def table(large: Found, small: Found, fits: Fits) -> str:
    times = f"{fits.theirs / fits.cold:.0f} times as fast" if fits.theirs else "(lifetimes is not here: bench-peers)"
    peak = large.peak
    phases = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in large.nights[-1].phases.items())
    return "\n".join(
        (
            f"| {large.customers:,} customers | measured | asked |",
            "|---|---|---|",
            f"| BG/NBD, {fits.cold:.2f} s cold, {fits.warm:.2f} s warm, beside lifetimes | {times} | {LEAST_FIT:.0f} |",
            f"| SCORE_CUSTOMERS, {large.night:.1f} s, beside its floor of {large.floor:.1f} s"
            f" | {large.night / large.floor:.2f} times | {MOST['night']} |",
            f"| {large.changed:,} customers changed, {large.change:.1f} s at the median of {len(large.changes)} rounds,"
            f" as a share of the full run"
            f" | {large.change / large.night:.3f} | {MOST['changed']} |",
            f"| memory of the worker, {peak.worker:.0f} MiB, and of its calculating process,"
            f" {peak.calculating:.0f} MiB, at most together | {peak.together:.0f} MiB | {MOST['memory']:.0f} |",
            f"| beside {small.customers:,} customers, {small.night:.1f} s | {large.night / small.night:.1f} times"
            f" | {MOST['linear']:.0f} |",
            f"| what to offer a customer and what to do next, of {small.customers:,}, over HTTP (95 in 100 within"
            f" {small.asking['of95in100']:.1f} ms) | {small.asking['median']:.1f} ms | {MOST['asking']:.0f} |",
            "",
            f"The run that finds nothing kept of the facts takes {large.first.seconds:.1f} s."
            f" Where the time goes: {phases}.",
        )
    )


async def bench(customers: int, rounds: int) -> tuple[Found, Found, Fits]:
    fits = await asyncio.to_thread(fit.compare, customers)
    # What is asked of one customer does not depend on how many there are; its small tables are made in a minute.
    small = await measure(max(customers // 10, 1_000), rounds, ask=True)
    return await measure(customers, rounds, ask=False), small, fits


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("customers", type=int, nargs="?", default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    large, small, fits = asyncio.run(bench(options.customers, options.rounds))
    figures.write("scoring", told(large, small, fits), table(large, small, fits))
    sys.stdout.write(table(large, small, fits) + "\n")


if __name__ == "__main__":
    main()
