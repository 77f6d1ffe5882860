"""Previews of rules that nobody has saved, of all hundred in turn, beside the hand-written counts."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from statistics import median
from uuid import UUID

import asyncpg

from domain.database import Database
from domain.segments.previews.population import Population
from domain.segments.previews.queries import preview
from domain.segments.rule import kept
from tests.bench.segments.building import named, occasion
from tests.bench.segments.mix import Rule


@dataclass(slots=True)
class Previewed:
    """Seconds of each preview and of its hand-written count; how many of them were counted to the last customer."""

    ours: list[float] = field(default_factory=list)
    hand: list[float] = field(default_factory=list)
    exact: int = 0
    # Estimates that the true count lies within the margin of.
    held: int = 0

    @property
    def ratio(self) -> float:
        """At the median, each beside its own count."""
        return median(one / other for one, other in zip(self.ours, self.hand, strict=True))


async def measure(db: Database, url: str, rules: Sequence[Rule], ids: Mapping[str, UUID]) -> Previewed:
    """In turns, so that both meet the same machine."""
    found, population = Previewed(), Population()
    hand = await asyncpg.connect(url, server_settings={"timezone": "UTC"})
    try:
        for rule in rules:
            now, where = datetime.now(UTC), kept(named(rule.where, ids))
            begun = time.perf_counter()
            counted = await hand.fetchval(rule.statement(now))
            found.hand.append(time.perf_counter() - begun)
            async with db.connection() as connection:
                begun = time.perf_counter()
                told = await preview(connection, where, occasion=occasion(now), sample=10, population=population)
                found.ours.append(time.perf_counter() - begun)
            found.exact += told.exact
            found.held += told.exact or abs(told.count - counted) <= (told.margin or 0)
    finally:
        await hand.close()
    return found
