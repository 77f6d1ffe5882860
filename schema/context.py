"""What a request carries to whoever answers it."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from domain.access.allowance import Allowance
from domain.access.principal import Principal
from domain.database import Database, Tx
from domain.idempotency import Once
from domain.query.asking import Keys, Occasion
from domain.query.plan import Outline
from domain.segments.changes.following import ChangeFeed
from domain.segments.previews.population import Population
from domain.touchpoints.following import RecordedFeed


@dataclass(frozen=True, slots=True)
class Writing:
    """The one transaction of a mutation request, and the jobs that it starts: they are woken after the commit."""

    tx: Tx
    started: list[UUID] = field(default_factory=list)
    # A connection does one thing at a time; fields of one payload may be read at the same moment.
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    # For the answer that is kept under the request's key: whom its deeds concerned, and where secrets stand in it.
    concerned: set[UUID] = field(default_factory=set)
    secrets: list[tuple[str | int, ...]] = field(default_factory=list)


async def nobody_to_wake(_: UUID) -> None:
    """Where no worker is told: it looks by itself, a little later."""


@dataclass(frozen=True, slots=True)
class Context:
    """The caller, the database, and the one instant that the request takes for now."""

    principal: Principal
    db: Database
    now: datetime
    request_id: str
    zone: ZoneInfo
    keys: Keys
    wake: Callable[[UUID], Awaitable[None]] = nobody_to_wake
    writing: Writing | None = None
    # How often a key may look people up; None: nobody counts.
    lookups: Allowance | None = None
    # How many that others told of a partner's key may name while it writes; None: as often as it may look people up.
    naming: Allowance | None = None
    # What is asked of the subjects of payloads, by response keys: judged before anything is done.
    subjects: Mapping[tuple[str, str], Outline] = field(default_factory=dict)
    # Of a mutation that came with an Idempotency-Key.
    once: Once | None = None
    # What is recorded, looked at by all of a process together; None: whoever listens looks alone.
    feed: RecordedFeed | None = None
    # The same of who enters which segment, and who leaves it.
    changes: ChangeFeed | None = None
    # Which attributes are declared, each with whether it is personal; None: nobody looked.
    attributes: Mapping[str, bool] | None = None
    # Resolvers below types that the reader answers go on one after the other.
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    # Which of several programs that share a key: what they call themselves.
    client: str = ""
    # How many customers there are, as the process counted them last.
    population: Population = field(default_factory=Population)

    @property
    def occasion(self) -> Occasion:
        return Occasion(
            self.principal, self.now, self.zone, self.keys, self.attributes, lookups=self.naming or self.lookups
        )

    @property
    def deeds(self) -> Writing:
        """The transaction that this request writes in."""
        if self.writing is None:
            raise LookupError("only a mutation writes")
        return self.writing
