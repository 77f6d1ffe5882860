"""How many customers there are, and some of them drawn at random, as whoever previews rules remembers them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import sqrt
from typing import Final
from uuid import UUID

from domain.segments.previews.estimating import Z

_FRESH: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Drawn:
    """Customers drawn at random, each with the same chance."""

    whom: tuple[UUID, ...]
    chance: float
    seed: int
    at: datetime

    def of(self) -> tuple[int, float]:
        """How many there are, by how many were drawn, and how far that may be off."""
        many = len(self.whom)
        return round(many / self.chance), Z * sqrt(many * (1 - self.chance)) / self.chance


@dataclass(slots=True)
class Population:
    """How many customers there are, and some of them, as of a minute ago at most: kept by who asks often, such as a web
    process. What is asked of the same customers tells a small change of a rule from chance.
    """

    count: int | None = None
    at: datetime | None = None
    drawn: Drawn | None = None

    def known(self, now: datetime) -> int | None:
        return self.count if self.at is not None and abs(now - self.at) < _FRESH else None

    def some(self, seed: int, now: datetime) -> Drawn | None:
        fresh = self.drawn is not None and self.drawn.seed == seed and abs(now - self.drawn.at) < _FRESH
        return self.drawn if fresh else None
