"""Builds that somebody cancels are begun again by the clock, or by whoever asks for it before."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from domain.access.principal import OPERATOR
from domain.database import Database
from domain.deployment import Deployment, Secret
from domain.ledger.commands import cancel_job
from domain.segments import commands
from domain.vocabulary import JobKind
from jobs import segments
from tests.domain.segments.changes.test_following import made, occasion, people
from tests.domain.segments.crowd import check_counts
from tests.support.uploads import hand

_OF = "SELECT job_id FROM job WHERE kind = 'REFRESH_SEGMENTS' AND status = 'QUEUED'"
_STATE = "SELECT number IS NOT NULL FROM segment"


async def _waiting(db: Database) -> list[UUID]:
    async with db.connection() as tx:
        return [row[0] for row in await tx.fetch(_OF)]


async def _called_off(db: Database) -> UUID:
    """A segment whose first build was cancelled before anybody began it."""
    await people(db)
    segment = await made(db, "Bath", {"city": {"eq": "Bath"}})
    [job] = await _waiting(db)
    async with db.transaction() as tx:
        await cancel_job(tx, job, principal=OPERATOR, now=datetime.now(UTC))
    assert await _waiting(db) == []
    return segment


async def _sweep(db: Database) -> None:
    async with db.transaction() as tx:
        await segments.sweep(tx, await tx.fetchval("SELECT clock_timestamp()"))


async def _built(db: Database, redis_url: str) -> None:
    async with hand(db, Deployment(db.url, redis_url, Secret(b"x" * 32))) as worker:
        await worker.carry_out(JobKind.REFRESH_SEGMENTS)
    async with db.connection() as tx:
        assert await tx.fetchval(_STATE)
    [members] = await check_counts(db)
    assert members > 0


async def test_a_build_that_was_cancelled_is_begun_again_by_the_clock(db: Database, redis_url: str) -> None:
    await _called_off(db)
    async with db.connection() as tx:
        assert not await tx.fetchval(_STATE)
    await _sweep(db)
    assert len(await _waiting(db)) == 1
    await _sweep(db)
    assert len(await _waiting(db)) == 1
    await _built(db, redis_url)
    await _sweep(db)
    assert await _waiting(db) == []


async def test_whoever_asks_for_it_need_not_wait_for_the_clock(db: Database, redis_url: str) -> None:
    segment = await _called_off(db)
    async with db.transaction() as tx:
        await commands.ask_refresh(tx, segment, occasion=occasion())
    await _built(db, redis_url)


@pytest.mark.parametrize("status", ["FAILED", "SUCCEEDED"])
async def test_a_build_that_failed_is_not_begun_again_and_again(db: Database, status: str) -> None:
    await _called_off(db)
    async with db.transaction() as tx:
        await tx.execute("UPDATE job SET status = $1 WHERE kind = 'REFRESH_SEGMENTS'", status)
    await _sweep(db)
    assert await _waiting(db) == []


async def test_what_was_cancelled_and_waits_for_nobody_is_left_alone(db: Database) -> None:
    segment = await _called_off(db)
    async with db.transaction() as tx:
        await commands.archive(tx, segment, occasion=occasion())
    await _sweep(db)
    assert await _waiting(db) == []
