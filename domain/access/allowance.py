"""How often something may be asked with one key: a bucket of tokens each, which fills up again as time passes."""

from collections.abc import Hashable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

_MINUTE = timedelta(minutes=1)
_SWEPT_AT = 1024


@dataclass(slots=True)
class Allowance:
    """So many a minute, and at most so many at once. Counted by this process alone."""

    a_minute: int = 60
    _spent: dict[Hashable, datetime] = field(default_factory=dict)
    """By asker, when all of it will have come back; who is not here has spent nothing."""

    def take(self, asker: Hashable, count: int, now: datetime) -> timedelta | None:
        """Takes that many; or, where there are not as many, nothing, and says how long it takes until there are."""
        full = max(self._spent.get(asker, now), now) + _MINUTE * count / self.a_minute
        if full - now > _MINUTE:
            return full - now - _MINUTE
        self._spent[asker] = full
        if len(self._spent) > _SWEPT_AT:
            self._spent = {one: until for one, until in self._spent.items() if until > now}
        return None

    def spend(self, asker: Hashable, count: int, now: datetime) -> bool:
        """Takes that many, as long as there is one at all; or, where there are not as many, all that is left.

        So who is not to learn the count cannot find it out by asking again with more or less.
        """
        if self.take(asker, max(count, 1), now) is not None:
            self._spent[asker] = now + _MINUTE
            return False
        if not count:
            self._spent[asker] -= _MINUTE / self.a_minute
        return True
