"""Whether this process lives (`/livez`, asks nobody) and whether it may be sent requests (`/readyz`).

Postgres, migrations at head and staying are needed; Redis and the workers are not: without them answers still are
right, only what follows from changes comes later. What is found is kept for a second, so that asking costs nothing.
"""

import asyncio
import time
from collections.abc import Awaitable
from dataclasses import dataclass, field
from typing import Final

import orjson
from redis.asyncio import Redis

from api import migrating
from api.answers import GUARDS, Send
from api.house import House
from domain.ledger import workers_seen

_PATIENCE: Final = 2.0
_KEPT: Final = 1.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at, in a word or two."""

    ok: bool
    told: str


@dataclass(slots=True)
class Health:
    """What was found last, and when."""

    house: House
    _found: dict[str, Finding] = field(default_factory=dict)
    _at: float = float("-inf")
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def live(self, send: Send) -> None:
        await _tell(send, 200, {"status": "live"})

    async def ready(self, send: Send) -> None:
        """200 or 503; "degraded" is still ready."""
        found = await self._look()
        leaving = self.house.leaving.is_set()
        ready = found["postgres"].ok and found["migrations"].ok and not leaving
        status = "ready" if ready and all(one.ok for one in found.values()) else "degraded" if ready else "not ready"
        told = {name: one.told for name, one in found.items()}
        await _tell(send, 200 if ready else 503, {"status": status, "leaving": leaving, **told})

    async def _look(self) -> dict[str, Finding]:
        async with self._turn:
            if time.monotonic() - self._at >= _KEPT:
                migrated, redis, worker = await asyncio.gather(
                    _within(self._migrated()), _within(self._redis()), _within(self._worker())
                )
                postgres = Finding(migrated.told != _AWAY.told, "ok" if migrated.told != _AWAY.told else "away")
                self._found = {"postgres": postgres, "migrations": migrated, "redis": redis, "worker": worker}
                self._at = time.monotonic()
        return self._found

    async def _migrated(self) -> Finding:
        at = await migrating.revision(self.house.deployment.database_url)
        return Finding(at == migrating.head(), "at head" if at == migrating.head() else "not at head")

    async def _redis(self) -> Finding:
        redis = Redis.from_url(self.house.deployment.redis_url, socket_timeout=_PATIENCE)
        try:
            await redis.ping()
        finally:
            await redis.aclose()
        return Finding(True, "ok")

    async def _worker(self) -> Finding:
        async with self.house.db.connection() as connection:
            beats = await workers_seen(connection)
        alive = any(beat.alive for beat in beats)
        return Finding(alive, "ok" if alive else "silent")


_AWAY: Final = Finding(False, "away")


async def _within(look: Awaitable[Finding]) -> Finding:
    """Whatever goes wrong while looking means that it is away; why is none of a stranger's business."""
    try:
        async with asyncio.timeout(_PATIENCE):
            return await look
    except Exception:
        return _AWAY


async def _tell(send: Send, status: int, told: dict[str, object]) -> None:
    body = orjson.dumps(told)
    headers = [(b"content-type", b"application/json"), *GUARDS, (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
