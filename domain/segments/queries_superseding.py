"""A caller's newer preview cancels the older one in Postgres, whichever web process either of them runs in.

A session that works on a preview bears its mark as its name, which every session sees. A mark is set, and looked at in
order to cancel, and taken off, only under the caller's lock: once it is off nobody cancels that session any more, so
what it does next is never hit. A cancellation that comes between two statements Postgres itself forgets: so it is sent
again until the mark is off.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from hashlib import blake2b
from pathlib import Path
from typing import Final

import asyncpg

from domain.database import Tx
from domain.segments.queries_steps import restored, superseded
from domain.sqlfile import statements

_SQL = statements(Path(__file__).parent / "sql" / "preview.sql")
_MARK: Final = "rapport preview"
_TRIES, _PAUSE = 5, 0.01


@asynccontextmanager
async def superseding(connection: Tx, caller: str, now: datetime) -> AsyncIterator[None]:
    """Within, a newer one of the same caller cancels what runs. Raises QuestionRefused (SUPERSEDED) where it did, or
    where a newer one runs already. `connection` is outside a transaction, and stays the caller's own meanwhile.
    """
    digest = blake2b(caller.encode(), digest_size=8)
    lock = int.from_bytes(digest.digest(), signed=True)
    own = f"{_MARK} {digest.hexdigest()}"
    try:
        try:
            await _marked(connection, lock, own, f"{own} {int(now.timestamp() * 1_000_000):016d}")
        except (asyncpg.QueryCanceledError, asyncio.CancelledError):
            connection.terminate()  # hit between BEGIN and COMMIT, the driver no longer knows where it stands
            raise
        yield
    except asyncpg.QueryCanceledError:
        raise superseded() from None
    finally:
        # The lock lasts until all of this is done, the name changes at once.
        await restored(connection, f"SELECT pg_advisory_xact_lock({lock}); RESET application_name")


async def _marked(connection: Tx, lock: int, own: str, mark: str) -> None:
    """Older ones are cancelled; a newer one makes this one superfluous."""
    older = await _cancelled(connection, lock, own, mark)
    for _ in range(_TRIES):
        if not older:
            return
        await asyncio.sleep(_PAUSE)  # one that was between two statements has begun the next
        older = await _cancelled(connection, lock, own, mark)


async def _cancelled(connection: Tx, lock: int, own: str, mark: str) -> bool:
    """Whether there was somebody to cancel."""
    async with connection.transaction():
        await connection.execute(_SQL["alone"], lock)
        await connection.execute(_SQL["mark"], mark)
        others = await connection.fetch(_SQL["running"], f"{own} ")
        if any(other["mark"] > mark for other in others):
            raise superseded()
        for other in others:
            await connection.execute(_SQL["cancel"], other["pid"])
        return bool(others)
