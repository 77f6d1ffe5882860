"""A caller's newer preview cancels the older one in Postgres, whichever web process either of them runs in.

A session that works on a preview bears its mark as its name, which every session sees. A mark is set, and looked at in
order to cancel, and taken off, only under the caller's lock: once it is off nobody cancels that session any more, so
what it does next is never hit; and whoever had the lock last is the newest, whatever clocks say. A cancellation that
comes between two statements Postgres itself forgets: so it is sent again until the mark is off.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import blake2b
from pathlib import Path
from typing import Final

import asyncpg

from domain.database import Tx
from domain.segments.previews.queries_steps import restored, superseded
from domain.sqlfile import statements

_SQL = statements(Path(__file__).parent / "sql" / "preview.sql")
_MARK: Final = "rapport preview"
_TRIES, _PAUSE = 5, 0.01


@asynccontextmanager
async def superseding(connection: Tx, caller: str) -> AsyncIterator[None]:
    """Within, a newer one of the same caller cancels what runs: that goes in Steps, which tell it (QuestionRefused,
    SUPERSEDED) from what takes too long. `connection` is outside a transaction, and stays the caller's own meanwhile.
    """
    digest = blake2b(caller.encode(), digest_size=8)
    lock = int.from_bytes(digest.digest(), signed=True)
    try:
        try:
            await _marked(connection, lock, f"{_MARK} {digest.hexdigest()} ")
        except (asyncpg.QueryCanceledError, asyncio.CancelledError):
            connection.terminate()  # hit between BEGIN and COMMIT, the driver no longer knows where it stands
            raise
        yield
    finally:
        # The lock lasts until all of this is done, the name changes at once.
        await restored(connection, f"SELECT pg_advisory_xact_lock({lock}); RESET application_name")


async def _marked(connection: Tx, lock: int, own: str) -> None:
    """Older ones are cancelled; a newer one makes this one superfluous."""
    async with connection.transaction():
        await connection.execute(_SQL["alone"], lock)
        mark = await connection.fetchval(_SQL["mark"], own)
        older = await _cancelled(connection, own, mark)
    for _ in range(_TRIES if older else 0):
        await asyncio.sleep(_PAUSE)  # one that was between two statements has begun the next
        if not await _again(connection, lock, own, mark):
            return


async def _again(connection: Tx, lock: int, own: str, mark: str) -> bool:
    """From the first look on newer ones know this one."""
    try:
        async with connection.transaction():
            await connection.execute(_SQL["alone"], lock)
            return await _cancelled(connection, own, mark)
    except asyncpg.QueryCanceledError:
        connection.terminate()
        raise superseded() from None


async def _cancelled(connection: Tx, own: str, mark: str) -> bool:
    """Whether there was somebody to cancel."""
    others = await connection.fetch(_SQL["running"], own)
    if any(other["mark"] > mark for other in others):
        raise superseded()
    for other in others:
        await connection.execute(_SQL["cancel"], other["pid"])
    return bool(others)
