"""The list of connections: how long one of them stays."""

from datetime import timedelta

from domain.database import Database


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
