"""What all doors of one web process share: database, keys, documents, and whether it is about to leave."""

import asyncio
import itertools
import os
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from api.auth import KeyRing
from api.documents import Documents
from domain.access import Allowance, Principal
from domain.customers.queries import attributes_declared
from domain.database import Database
from domain.deployment import Deployment, Label
from domain.query.asking import Keys
from domain.segments.changes.following import ChangeFeed, SegmentChanges
from domain.segments.previews.population import Population
from domain.settings import Settings
from domain.touchpoints.following import RecordedFeed, RecordedTouchpoints
from schema.context import Context, nobody_to_wake
from schema.root import graphql_schema

_PROCESS: Final = os.urandom(6).hex()
_COUNT: Final = itertools.count(1)


def new_request_id() -> str:
    """Unique without asking the system for chance each time."""
    return f"{_PROCESS}{next(_COUNT):08x}"


@dataclass(slots=True)
class House:
    """One web process."""

    deployment: Deployment
    db: Database
    ring: KeyRing
    wake: Callable[[UUID], Awaitable[None]] = nobody_to_wake
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    attributes: Mapping[str, bool] | None = None
    documents: Documents = field(default_factory=lambda: Documents(graphql_schema))
    leaving: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the process was told to stop: not ready any more; sockets and streams end with a hint to come again."""
    sockets: set[object] = field(default_factory=set)
    """Those that are open; a process that leaves waits for them to say their last words."""
    lookups: Allowance = field(default_factory=Allowance)
    # A partner's feed names many whom others know, and is no search for them: so it may, within reason.
    naming: Allowance = field(default_factory=lambda: Allowance(6_000))
    keys: Keys = field(init=False)
    idempotency: bytes = field(init=False, repr=False)
    """The sub-key under which keys of requests are known."""
    feed: RecordedFeed = field(init=False)
    changes: ChangeFeed = field(init=False)
    population: Population = field(default_factory=Population)

    def __post_init__(self) -> None:
        secret = self.deployment.secret
        self.keys = Keys(secret.key(Label.CURSORS, 64), secret.key(Label.CLAIMS), secret.key(Label.TOMBSTONES))
        self.idempotency = secret.key(Label.IDEMPOTENCY)
        self.feed = RecordedFeed(self.db, RecordedTouchpoints())
        self.changes = ChangeFeed(self.db, SegmentChanges())

    def context(self, principal: Principal, request_id: str, now: datetime, client: str = "") -> Context:
        own = (principal, self.db, now, request_id, self.zone, self.keys, self.wake)
        return Context(
            *own,
            lookups=self.lookups,
            naming=self.naming,
            feed=self.feed,
            changes=self.changes,
            attributes=self.attributes,
            client=client,
            population=self.population,
        )

    async def read_settings(self) -> None:
        """The organization's time zone as it is settled now, and the attributes that are declared."""
        async with self.db.connection() as connection:
            self.zone = (await Settings.load(connection)).zone
            self.attributes = await attributes_declared(connection)

    def lets_in(self, origin: bytes | None, host: bytes | None) -> bool:
        """Whether a browser's page may talk with us: of our own origin, or of one on the list. Others say no origin."""
        if origin is None:
            return True
        said = origin.decode("latin-1")
        own = host is not None and said.partition("://")[2] == host.decode("latin-1")
        return own or said in self.deployment.allowed_origins


def now_utc() -> datetime:
    return datetime.now(UTC)
