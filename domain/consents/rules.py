"""What is said of a consent, pure: which of two words is the stricter, and what makes a word the same word."""

import hashlib
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID

from domain.vocabulary import Channel, ConsentPurpose, ConsentStatus

STRICTNESS = {ConsentStatus.GRANTED: 0, ConsentStatus.DENIED: 1, ConsentStatus.WITHDRAWN: 2}


class Word(NamedTuple):
    """What was said of one channel and purpose; where nothing was, the answer is no."""

    customer_id: UUID
    recorded_for: UUID
    channel: Channel
    purpose: ConsentPurpose
    status: ConsentStatus
    source: str | None
    recorded_at: datetime
    expires_at: datetime | None = None
    touchpoint_id: UUID | None = None
    merge_id: UUID | None = None

    @property
    def consent_id(self) -> UUID:
        """Made of what was said: the same word, sent again, is no second one."""
        said = (self.recorded_for, self.channel, self.purpose, self.status, self.source, _moment(self.recorded_at))
        rest = (_moment(self.expires_at), self.touchpoint_id, self.merge_id)
        text = "\x00".join("" if part is None else str(part) for part in (*said, *rest))
        return UUID(bytes=hashlib.sha256(text.encode()).digest()[:16])


def stricter(one: ConsentStatus, other: ConsentStatus) -> ConsentStatus:
    return max(one, other, key=STRICTNESS.__getitem__)


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat()
