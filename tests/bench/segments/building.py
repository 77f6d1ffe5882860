"""The hundred segments saved and built as they are in life, by the job; and the hand-written statements beside it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg

from domain.access.principal import OPERATOR
from domain.database import Database
from domain.deployment import Deployment, Secret
from domain.ids import Prefix, to_public
from domain.query.asking import Keys, Occasion
from domain.segments.commands import Given, create
from domain.segments.membership.commands_refreshing import rules_at_work
from domain.segments.membership.queries import evaluation
from domain.segments.rule import kept
from domain.vocabulary import JobKind, JobStatus
from jobs.cpu import Calculator
from jobs.crew import Crew
from jobs.keeper import Keeper
from jobs.registry import product
from tests.bench.read.servers import SECRET
from tests.bench.segments.mix import Rule

_ALL = ("segment", "segment_version", "segment_use", "customer_segment", "segment_stay", "segment_sweep", "job")
_LAST = (
    "SELECT status, started_at, finished_at FROM job WHERE kind = 'REFRESH_SEGMENTS' ORDER BY queued_at DESC LIMIT 1"
)


def occasion(now: datetime) -> Occasion:
    return Occasion(OPERATOR, now, ZoneInfo("UTC"), Keys(b"", b""))


async def saved(db: Database, rules: Sequence[Rule]) -> dict[str, UUID]:
    """The segments' ids by key, in a database that had none of them."""
    async with db.transaction() as tx:
        await tx.execute("SET LOCAL statement_timeout = 0")
        await tx.execute(f"TRUNCATE {', '.join(_ALL)}")
    ids: dict[str, UUID] = {}
    for rule in rules:
        given = Given(frozenset(), key=rule.key, name=rule.key, rule=kept(named(rule.where, ids)))
        async with db.transaction() as tx:
            found = await create(tx, given, occasion=occasion(datetime.now(UTC)))
        assert found.did.key is not None
        ids[rule.key] = found.did.key
    return ids


def named(where: object, ids: Mapping[str, UUID]) -> object:
    """With ids in place of keys."""
    if isinstance(where, list):
        return [named(part, ids) for part in where]
    if not isinstance(where, Mapping):
        return where
    return {
        name: [to_public(Prefix.SEGMENT, ids[key]) for key in held] if name.endswith("Segment") else named(held, ids)
        for name, held in where.items()
    }


async def build(db: Database, url: str, redis_url: str) -> float:
    """Seconds of the job that was put into the ledger when the segments were saved, by the product's own crew."""
    task = product().tasks[JobKind.REFRESH_SEGMENTS]
    own, keeper, calculator, stopping = Database(url, size=4), Keeper(url), Calculator(), asyncio.Event()
    deployment = Deployment(url, redis_url, Secret.parse(SECRET))
    crew = Crew(
        own, deployment, replace(product(), tasks={JobKind.REFRESH_SEGMENTS: task}), keeper, calculator, 1, 0.05
    )
    keeper.start()
    working = asyncio.create_task(crew.work(stopping))
    try:
        return await _ended(db)
    finally:
        stopping.set()
        await working
        keeper.stop()
        await calculator.close()
        await own.close()


async def _ended(db: Database) -> float:
    while True:
        async with db.connection() as connection:
            job = await connection.fetchrow(_LAST)
        assert job is not None
        if job["finished_at"] is not None:
            assert job["status"] == JobStatus.SUCCEEDED, dict(job)
            seconds: float = (job["finished_at"] - job["started_at"]).total_seconds()
            return seconds
        await asyncio.sleep(0.1)


async def by_hand(url: str, rules: Sequence[Rule], now: datetime) -> tuple[dict[str, float], dict[str, int]]:
    """Seconds of each statement, one after the other, and what it counted."""
    connection = await asyncpg.connect(url, server_settings={"timezone": "UTC"})
    seconds, counted = {}, {}
    try:
        for rule in rules:
            begun = time.perf_counter()
            counted[rule.key] = await connection.fetchval(rule.statement(now))
            seconds[rule.key] = time.perf_counter() - begun
    finally:
        await connection.close()
    return seconds, counted


async def members(db: Database) -> dict[str, int]:
    """As the segments tell it."""
    async with db.connection() as connection:
        return {
            row["key"]: row["member_count"] for row in await connection.fetch("SELECT key, member_count FROM segment")
        }


async def exactly(db: Database, now: datetime) -> dict[str, int]:
    """By the product's rules, of everybody, at one moment: for whoever compares to the last customer."""
    async with db.transaction() as tx:
        await tx.execute("SET LOCAL statement_timeout = 0")
        found = evaluation(await rules_at_work(tx), occasion(now), None)
        counted = f"SELECT n, count(*) AS count FROM ({found.sql}) AS one, unnest(segments) AS n GROUP BY 1"
        by_key = (
            "SELECT s.key, coalesce(f.count, 0) AS count FROM segment_version v JOIN segment s USING (segment_id)"
            f" LEFT JOIN ({counted}) f ON f.n = v.number"
        )
        return {row["key"]: row["count"] for row in await tx.fetch(by_key, *found.values)}
