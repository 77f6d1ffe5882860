"""Signs of life: which workers are there, by the database's clock."""

from datetime import timedelta
from uuid import UUID

from domain.database import Tx

_BEAT = """
INSERT INTO worker_beat (worker_id, part, started_at, seen_at) VALUES ($1, $2, clock_timestamp(), clock_timestamp())
ON CONFLICT (worker_id) DO UPDATE SET seen_at = excluded.seen_at
"""
_FORGET = "DELETE FROM worker_beat WHERE seen_at < clock_timestamp() - $1::interval"


async def beat(tx: Tx, worker_id: UUID, part: str) -> None:
    await tx.execute(_BEAT, worker_id, part)


async def say_goodbye(tx: Tx, worker_id: UUID) -> None:
    """A worker that stops by itself is not missed."""
    await tx.execute("DELETE FROM worker_beat WHERE worker_id = $1", worker_id)


async def forget_the_silent(tx: Tx, after: timedelta = timedelta(days=1)) -> None:
    """Workers that were killed said no goodbye."""
    await tx.execute(_FORGET, after)
