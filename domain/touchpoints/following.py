"""Touchpoints as they are recorded: one look a process for all who listen, each told once and after its commit."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from domain.database import Tx
from domain.following import Feed, Looked, News
from domain.touchpoints.queries_recorded import Recorded, recorded_of, recorded_since

RecordedFeed = Feed[UUID | None, UUID]
"""The ids of what is recorded: of one customer, or (None) of all."""


class RecordedTouchpoints:
    """Touchpoints by their ids, as news; a customer is a topic, and so is everybody."""

    async def look(
        self, tx: Tx, topics: Mapping[UUID | None, frozenset[object]], since: datetime, most: int
    ) -> Mapping[UUID | None, Looked[UUID]]:
        some = sorted(topic for topic in topics if topic is not None)
        rows: dict[UUID | None, list[Recorded]] = {topic: [] for topic in topics}
        for row in await recorded_of(tx, some, since) if some else []:
            rows[row.customer].append(row)
        if None in topics:
            rows[None] = await recorded_since(tx, since, most + 1)
        return {topic: Looked(_news(found)) for topic, found in rows.items()}

    def too_many(self) -> str:
        return "too much is recorded at once to be told one by one: subscribe to one customer, or ask for touchpoints"


def _news(rows: Iterable[Recorded]) -> list[News[UUID]]:
    return [News(row.id, row.at, row.id) for row in rows]
