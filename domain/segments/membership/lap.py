"""Going round: everybody is looked at once by each rule that waits for it, however many join on the way.

A rule that is new begins where the others are, goes on from the first customer when the last has been, and is done
where it began. So an edit makes nobody begin anew but the rule itself.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final
from uuid import UUID

from domain.vocabulary import SegmentChangeCause

BEGINNING: Final = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Leg:
    """A version on its way: after whom it began, why members change by it, and whether it has come past the end."""

    since: UUID
    cause: SegmentChangeCause
    is_past_end: bool = False


@dataclass(frozen=True, slots=True)
class Lap:
    """Where the look at everybody is; by which versions, and which have been all the way round. Never changed."""

    after: UUID = BEGINNING
    legs: Mapping[int, Leg] = field(default_factory=dict)
    round: tuple[int, ...] = ()
    # How many customers were looked at in all, and how many of them when the last version joined.
    seen: int = 0
    joined_at: int = 0

    def joined(self, numbers: Iterable[int], cause: SegmentChangeCause, *, anew: bool = False) -> "Lap":
        """Also by these. Who is on the way already goes on, but `anew`: begins again here."""
        begin = [one for one in numbers if anew or (one not in self.legs and one not in self.round)]
        if not begin:
            return self
        after = self.after if self.legs else BEGINNING
        legs = {**self.legs, **{number: Leg(after, cause) for number in begin}}
        done = tuple(number for number in self.round if number not in begin)
        return replace(self, after=after, legs=legs, round=done, joined_at=self.seen)

    def without(self, numbers: Collection[int]) -> "Lap":
        legs = {number: leg for number, leg in self.legs.items() if number not in numbers}
        return replace(self, legs=legs, round=tuple(number for number in self.round if number not in numbers))

    def keeping(self, numbers: Collection[int]) -> "Lap":
        """Without those that nobody wants any more: edited meanwhile, or put away."""
        return self.without({*self.legs, *self.round} - set(numbers))

    def went(self, last: UUID, many: int, *, is_end: bool) -> "Lap":
        """After so many customers of whom this was the last; `is_end`: nobody comes after them."""
        done = [number for number, leg in self.legs.items() if _is_round(leg, last, is_end=is_end)]
        legs = {
            number: replace(leg, is_past_end=leg.is_past_end or is_end)
            for number, leg in self.legs.items()
            if number not in done
        }
        after = BEGINNING if is_end else last
        return replace(self, after=after, legs=legs, round=(*self.round, *done), seen=self.seen + many)

    def share(self, of: int) -> float:
        """How much of the way the last that joined has come; `of` customers are believed to be there."""
        return min((self.seen - self.joined_at) / max(of, 1), 1.0)

    def by_cause(self) -> dict[SegmentChangeCause, list[int]]:
        found: dict[SegmentChangeCause, list[int]] = {}
        for number, leg in sorted(self.legs.items()):
            found.setdefault(leg.cause, []).append(number)
        return found

    def noted(self) -> dict[str, object]:
        """As JSON, for whoever goes on from here."""
        legs = {str(number): [str(leg.since), leg.cause, leg.is_past_end] for number, leg in self.legs.items()}
        lap = {"after": str(self.after), "legs": legs, "round": list(self.round)}
        return lap | {"seen": self.seen, "joinedAt": self.joined_at}

    @staticmethod
    def of(noted: Mapping[str, object]) -> "Lap":
        """Raises KeyError, TypeError or ValueError where it is no such note."""
        legs, done = noted["legs"], noted["round"]
        assert isinstance(legs, dict)
        assert isinstance(done, list)
        return Lap(
            UUID(str(noted["after"])),
            {
                int(number): Leg(UUID(since), SegmentChangeCause(cause), bool(past))
                for number, (since, cause, past) in legs.items()
            },
            tuple(map(int, done)),
            int(str(noted["seen"])),
            int(str(noted["joinedAt"])),
        )


def _is_round(leg: Leg, last: UUID, *, is_end: bool) -> bool:
    if is_end:
        return leg.is_past_end or leg.since == BEGINNING
    return leg.is_past_end and last >= leg.since
