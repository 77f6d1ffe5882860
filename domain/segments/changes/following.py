"""Who enters a segment and who leaves it, as it happens: the history looked at again and again, as news."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from domain.database import Tx
from domain.following import Feed, Looked, News
from domain.segments.changes.queries import Change, changes_since, numbers, replaced

ChangeFeed = Feed[UUID, Change]
"""By the segment's id."""

_EVER: Final = datetime(1, 1, 1, tzinfo=UTC)


class SegmentChanges:
    """A segment is a topic, and the version of its rule that its members follow is its state.

    Who enters because of a new rule enters while everybody is looked at by it, and is told when it holds.
    """

    async def look(
        self, tx: Tx, topics: Mapping[UUID, frozenset[object]], since: datetime, most: int
    ) -> Mapping[UUID, Looked[Change]]:
        """All of it at one moment, so that nothing is told of a state that it is not told with."""
        async with tx.transaction(isolation="repeatable_read", readonly=True):
            holding = await numbers(tx, sorted(topics))
            found: dict[UUID, list[Change]] = {topic: [] for topic in topics}
            lately = all(topics.values())  # who joins is not to be told of those whom a rule has brought in just now
            for change in await changes_since(tx, sorted(topics), since, most + 1, lately=lately):
                found[change.segment].append(change)
            return {
                topic: Looked(
                    _news(found[topic]),
                    holding[topic],
                    {before: _news(await _by_rules(tx, topic, before, most)) for before in known - {holding[topic]}},
                )
                for topic, known in topics.items()
            }

    def too_many(self) -> str:
        return (
            "too many enter or leave at once to be told one by one: ask for the segment's changes, and subscribe again"
        )


async def _by_rules(tx: Tx, segment: UUID, before: object, most: int) -> list[Change]:
    """What has changed since that version held, also of those who were looked at long before another one did."""
    since = await replaced(tx, before) if isinstance(before, int) else None
    return await changes_since(tx, [segment], since or _EVER, most + 1, lately=False)


def _news(changes: Iterable[Change]) -> list[News[Change]]:
    """By when they were; whoever did both entered first."""
    ordered = sorted(changes, key=lambda one: (one.at, one.customer, not one.entered))
    return [News((one.customer, one.entered, one.at), one.at, one) for one in ordered]
