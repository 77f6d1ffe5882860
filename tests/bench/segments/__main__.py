"""`python -m tests.bench.segments [--customers N] [--rounds N]`: refresh, full build, previews and pages of members."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from domain.database import Database
from tests.bench import figures, ground
from tests.bench.segments import building, changed, paging, previewing
from tests.bench.segments.ground import postgres
from tests.bench.segments.mix import SIZES, mix
from tests.bench.segments.paging import Paged
from tests.bench.segments.previewing import Previewed

MOST = {"refresh": 1.0, "growth": 1.5, "build": 0.5, "preview": 1.2, "longest": 2.0, "page": 2.0}
_AIM = 0.25
_NEAR = 0.002
"""Windows move on while a build runs: so much of the customers may be in by then, or out."""


@dataclass(slots=True)
class Found:
    """Of one population, in seconds; `hand` by the rule's key."""

    customers: int
    build: float = 0
    hand: dict[str, float] = field(default_factory=dict)
    refreshes: list[float] = field(default_factory=list)
    moved: list[int] = field(default_factory=list)
    memberships: int = 0
    previews: Previewed = field(default_factory=Previewed)
    pages: Paged = field(default_factory=Paged)

    @property
    def refresh(self) -> float:
        return median(self.refreshes)

    @property
    def by_hand(self) -> float:
        return sum(self.hand.values())


async def measure(customers: int, rounds: int, *, whole: bool) -> Found:
    """`whole`: also what is measured at full size only."""
    found, rules = Found(customers), mix()
    with tempfile.TemporaryDirectory() as folder:
        async with postgres(customers) as url, ground.valkey() as redis:
            db = Database(url)
            try:
                ids = await building.saved(db, rules)
                found.hand, counted = await building.by_hand(url, rules, now := datetime.now(UTC))
                exact = await building.exactly(db, now)
                assert exact == counted, _apart(exact, counted)
                found.build = await building.build(db, url, redis)
                members = await building.members(db)
                assert all(abs(members[key] - counted[key]) <= _NEAR * customers for key in counted), _apart(
                    members, counted
                )
                found.memberships = sum(members.values())
                await _settled(db)
                for turn in range(rounds):
                    seconds, moved = await changed.measure(db, turn, customers)
                    found.refreshes.append(seconds)
                    found.moved.append(moved)
                if whole:
                    found.previews = await previewing.measure(db, url, rules, ids)
                    found.pages = await paging.measure(url, redis, Path(folder))
            finally:
                await db.close()
    return found


def _apart(one: dict[str, int], other: dict[str, int]) -> str:
    apart = {key: (one.get(key), other[key]) for key in other if one.get(key) != other[key]}
    return f"the product and the hand-written statements count differently: {apart}"


async def _settled(db: Database) -> None:
    """What autovacuum would have done soon after so much was written."""
    async with db.connection() as connection:
        await connection.execute("SET statement_timeout = 0")
        await connection.execute("VACUUM (ANALYZE) customer_segment, segment")
        await connection.execute("CHECKPOINT")
        await connection.execute("RESET statement_timeout")


def told(large: Found, small: Found) -> dict[str, object]:
    groups = {group: sum(took for key, took in large.hand.items() if key.startswith(group)) for group in SIZES}
    return {
        "customers": large.customers,
        "memberships": large.memberships,
        "refresh": {"seconds": large.refreshes, "moved": large.moved, "growth": large.refresh / small.refresh},
        "build": {
            "seconds": large.build,
            "byHand": large.by_hand,
            "ratio": large.build / large.by_hand,
            "groups": groups,
        },
        "hand": large.hand,
        "previews": asdict(large.previews) | {"ratio": large.previews.ratio, "longest": max(large.previews.ours)},
        "pages": asdict(large.pages) | {"ratio": large.pages.ratio, "worst": large.pages.worst},
        "small": {
            "customers": small.customers,
            "refresh": small.refreshes,
            "build": small.build,
            "byHand": small.by_hand,
        },
        "most": MOST | {"aim": _AIM},
    }


def table(large: Found, small: Found) -> str:
    previews, pages = large.previews, large.pages
    estimated = len(previews.ours) - previews.exact
    inside = previews.held - previews.exact
    return "\n".join(
        (
            f"| {large.customers:,} customers, a hundred segments, {large.memberships:,} memberships | measured"
            " | asked |",
            "|---|---|---|",
            f"| {changed.CHANGED:,} different customers changed, of whom {median(large.moved):.0f} enter or leave,"
            f" at the median of {len(large.refreshes)} rounds"
            f" | {large.refresh:.2f} s | {MOST['refresh']} s |",
            f"| the same among {small.customers:,} customers, {small.refresh:.2f} s"
            f" | {large.refresh / small.refresh:.2f} times | {MOST['growth']} |",
            f"| first build of all, {large.build:.1f} s, beside a hundred hand-written counts one after the other,"
            f" {large.by_hand:.1f} s | {large.build / large.by_hand:.2f} times | {MOST['build']} (aim: {_AIM}) |",
            f"| preview, {median(previews.ours):.2f} s, beside the hand-written count, at the median"
            f" | {previews.ratio:.2f} times | {MOST['preview']} |",
            f"| the longest preview; {estimated} of {len(previews.ours)} are estimates, {inside} of these within their"
            f" margin | {max(previews.ours):.2f} s | {MOST['longest']} s |",
            f"| a page of 50 members over HTTP, {median(pages.ours):.1f} ms, beside hand-written SQL sent as JSON,"
            f" {median(pages.floor):.1f} ms | {pages.ratio:.2f} times | {MOST['page']} |",
        )
    )


async def bench(customers: int, rounds: int) -> tuple[Found, Found]:
    small = await measure(max(customers // 10, 2_000), rounds, whole=False)
    return await measure(customers, rounds, whole=True), small


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=1_000_000)
    # A worker keeps its connection: what its first rounds pay to map the server's memory, its thousandth does not.
    parser.add_argument("--rounds", type=int, default=15, help="of refreshes, other customers each")
    options = parser.parse_args()
    large, small = asyncio.run(bench(options.customers, options.rounds))
    figures.write("segments", told(large, small), table(large, small))
    sys.stdout.write(table(large, small) + "\n")


if __name__ == "__main__":
    main()
