"""The list of connections: how long one of them stays."""

import asyncio
import os
import signal
from datetime import timedelta

import asyncpg
import pytest

from domain import database
from domain.database import Database, copy_out
from domain.ledger import JobCancelled


async def _session(db: Database) -> int:
    async with db.connection() as tx:
        return int(await tx.fetchval("SELECT pg_backend_pid()"))


async def test_a_session_ends_when_it_is_too_old_also_one_that_rests(db: Database) -> None:
    async with db.connection() as first, db.connection() as second:
        resting, used = first.get_server_pid(), second.get_server_pid()
    assert resting == await _session(db) != used  # given back last, handed out first
    db.longest = timedelta(0)
    assert await _session(db) == resting
    db.longest = timedelta(hours=1)
    assert await _session(db) not in (resting, used)


async def test_a_postgres_that_stalls_while_we_leave_is_no_failure(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "_CLOSES_WITHIN", 0.05)
    db = Database(database_url)
    async with db.connection() as first, db.connection() as second:
        stalled, well = first.get_server_pid(), second.get_server_pid()
    os.kill(stalled, signal.SIGSTOP)
    try:
        await db.close()
    finally:
        os.kill(stalled, signal.SIGCONT)
    looking = Database(database_url)
    async with looking.connection() as tx, asyncio.timeout(60):
        left = "SELECT count(*) FROM pg_stat_activity WHERE pid = ANY ($1::int[])"
        while await tx.fetchval(left, [stalled, well]):  # noqa: ASYNC110 (nobody tells)
            await asyncio.sleep(0.01)
    await looking.close()


async def test_a_session_that_was_called_off_while_it_said_begin_is_not_handed_out_again(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def called_off(*_: object) -> None:
        raise asyncio.CancelledError

    before = await _session(db)
    with monkeypatch.context() as patch:
        patch.setattr(asyncpg.Connection, "execute", called_off)
        with pytest.raises(asyncio.CancelledError):
            async with db.transaction():
                raise AssertionError("it never began")
    async with db.transaction() as tx:
        assert await tx.fetchval("SELECT pg_backend_pid()") != before


async def test_a_session_goes_on_where_what_takes_its_rows_has_failed_at_the_last_of_them(db: Database) -> None:
    """Time and again, as it depends on how the pieces come; asyncpg by itself would wait for ever."""
    for turn in range(100):

        async def takes(_: bytes, turn: int = turn) -> None:
            await asyncio.sleep(turn % 3 / 1_000)
            raise JobCancelled

        async with db.transaction() as tx:
            with pytest.raises(JobCancelled):
                await copy_out(tx, "SELECT n FROM generate_series(1, 3) AS n", output=takes, format="binary")
            assert await tx.fetchval("SELECT $1::int", turn) == turn
