"""Who is calling: the Authorization header becomes a Principal. Never a cookie.

API keys today. A JWT of a configured issuer will be told from a key by its first letters in `credential` and checked
beside the key ring; whoever calls gets a Principal and sees no difference.
"""

import asyncio
import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from domain import access
from domain.database import Database
from domain.ids import KeyId

FRESH: Final = 2.0
"""Seconds for which a lock is taken as it is."""
VALID: Final = 4.0
"""Seconds after which nobody is let in by it any more; in between it is read anew beside the request.

With the second that open sockets take to ask again, a revoked key is out within five.
"""
_MOST: Final = 10_000
_BEARER: Final = b"bearer "


@dataclass(frozen=True, slots=True)
class _Held:
    """A lock as it was read at that time; None where there is no such key."""

    lock: access.Lock | None
    read_at: float


def credential(authorization: bytes | None) -> access.Presented | None:
    """What an Authorization header shows; None where there is none, or it is not of a kind that we know."""
    if authorization is None or authorization[:7].lower() != _BEARER:
        return None
    return access.read_token(authorization[7:].decode("latin-1").strip())


class KeyRing:
    """The locks of the keys that are in use, none older than VALID."""

    def __init__(self, db: Database, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._db, self._clock = db, clock
        self._held: dict[KeyId, _Held] = {}
        self._reading: dict[KeyId, asyncio.Task[_Held]] = {}
        self._used: dict[KeyId, datetime] = {}
        self._shown: dict[bytes, access.Presented] = {}

    def read(self, authorization: bytes | None) -> access.Presented | None:
        """Like `credential`; what was shown before is known by the header's hash and not taken apart again."""
        if authorization is None:
            return None
        digest = hashlib.sha256(authorization).digest()
        if (presented := self._shown.get(digest)) is None and (presented := credential(authorization)) is not None:
            if len(self._shown) >= _MOST:
                self._shown.clear()
            self._shown[digest] = presented
        return presented

    def at_hand(self, presented: access.Presented, now: datetime) -> access.Principal | None:
        """The caller, if that is known without waiting, as it nearly always is; `ask` knows more."""
        held = self._held.get(presented.key_id)
        if held is None or held.lock is None or self._clock() - held.read_at >= FRESH:
            return None
        if not held.lock.opens(presented.secret_hash, now=now):
            return None
        self._used[presented.key_id] = now
        return held.lock.principal

    async def ask(self, presented: access.Presented, now: datetime) -> access.Principal | None:
        """The caller, or None where the key opens nothing."""
        held = self._held.get(presented.key_id)
        age = self._clock() - held.read_at if held else VALID
        if held is None or age >= VALID:
            held = await asyncio.shield(self._read(presented.key_id))
        elif age >= FRESH:
            self._read(presented.key_id)
        if held.lock is None or not held.lock.opens(presented.secret_hash, now=now):
            return None
        self._used[presented.key_id] = now
        return held.lock.principal

    def _read(self, key_id: KeyId) -> "asyncio.Task[_Held]":
        """The lock as Postgres has it; however many wait for it, it is read once."""
        if (task := self._reading.get(key_id)) is None:
            task = self._reading[key_id] = asyncio.create_task(self._read_now(key_id))
            task.add_done_callback(lambda done: self._have_read(key_id, done))
        return task

    async def _read_now(self, key_id: KeyId) -> _Held:
        at = self._clock()
        async with self._db.connection() as connection:
            return _Held(await access.lock_of(connection, key_id), at)

    def _have_read(self, key_id: KeyId, task: "asyncio.Task[_Held]") -> None:
        del self._reading[key_id]
        if task.cancelled() or task.exception() is not None:
            return  # who waits is told; who does not goes on with what is held until it is too old
        if len(self._held) >= _MOST:
            del self._held[next(iter(self._held))]
        self._held[key_id] = task.result()

    async def note_use(self) -> None:
        """Writes down which keys were used, beside the requests."""
        used, self._used = self._used, {}
        if used:
            async with self._db.transaction() as tx:
                await access.note_use(tx, used)
