"""What customers earned over the period of a portfolio, summed by a key: by month where it can be, else by fact."""

from dataclasses import dataclass
from typing import Final

from domain.portfolio.entity import months_of
from domain.portfolio.fragments import filled, part
from domain.query.asking import Asked
from domain.query.periods import read_bounds, read_period
from domain.query.predicate import Slots


@dataclass(frozen=True, slots=True)
class Over:
    """A period as templates name it: its whole months (None: there are none), the edges before and after them, and
    both together from `since` until `until` (None: open). Without either it is the whole relationship.
    """

    slots: Slots
    months: str | None
    edges: tuple[tuple[str, str], ...]
    since: str | None = None
    until: str | None = None

    @property
    def is_whole(self) -> bool:
        return self.since is None and self.until is None

    def read_by(self, source: str) -> Slots:
        """The slots that a source names: Postgres takes no others."""
        return tuple((name, slot) for name, slot in self.slots if f"{{{name}}}" in source)

    def within(self, instant: str) -> str:
        """SQL that goes on: that the instant lies in it."""
        return between(instant, self.since, self.until)

    def named(self, filtered: str) -> str:
        """SQL of it as a DateTimeFilter under that name, as JSON; an empty object: the whole relationship."""
        ends = [f"'{key}', {{{end}}}" for key, end in (("gte", self.since), ("lt", self.until)) if end]
        return f"jsonb_build_object('{filtered}', jsonb_build_object({', '.join(ends)}))" if ends else "'{{}}'::jsonb"


def between(instant: str, start: str | None, end: str | None) -> str:
    after = f" AND {instant} >= {{{start}}}" if start else ""
    return after + (f" AND {instant} < {{{end}}}" if end else "")


def read_over(asked: Asked) -> Over:
    """The period that the portfolio around is asked over."""
    periods = read_period(asked, asked.over)
    months, slots = months_of(periods)
    edges = tuple((f"from{at}", f"until{at}") for at in range(len(periods.edges)))
    for names, sides in zip(edges, periods.edges, strict=True):
        slots += zip(names, sides, strict=True)
    since, until = read_bounds(asked, asked.over)
    slots += [(name, slot) for name, slot in (("since", since), ("until", until)) if slot]
    return Over(tuple(slots), months, edges, "since" if since else None, "until" if until else None)


_OF: Final = {
    **dict.fromkeys(("sold", "shipped"), "{booked_o}"),
    **dict.fromkeys(("returned", "lines"), "{booked_l}"),
    **dict.fromkeys(("months", "months_touched"), "{booked_m}"),
    "touched": "{booked_t}",
}
"""Whether a fact's customer is one of those who are asked for, or was before being erased."""


def fact(name: str, key: str, within: str, joined: str = "") -> str:
    """The facts of one kind, as sql/earning.sql tells them."""
    said = {
        "key": key,
        "within": within,
        "joined": joined,
        "of": _OF[name],
        "cost_of_line": part("earning", "cost_of_line"),
    }
    return part("earning", name).format_map(said)


def lines_of(over: Over) -> tuple[str, str]:
    """SQL of whether a line l counts, and what has to be joined to say so."""
    if over.is_whole:
        return "", part("earning", "of_all")
    joined = filled(part("earning", "joined_of_period"), within=over.within("o.ordered_at"))
    return joined, part("earning", "of_period")


def by_channel(over: Over) -> list[str]:
    """Everything that was earned."""
    parts = [] if over.months is None else [fact("months", "m.channel", over.months)]
    for edge in over.edges:
        parts.append(fact("sold", "o.channel", between("o.ordered_at", *edge)))
        parts.append(fact("returned", part("earning", "returned_by"), between("r.returned_at", *edge)))
        parts.append(fact("touched", "t.channel", between("t.occurred_at", *edge)))
    return parts


def served(over: Over, key: str) -> list[str]:
    """What serving and marketing cost, which is of no order."""
    parts = [] if over.months is None else [fact("months_touched", key, over.months)]
    edges = (between("t.occurred_at", *edge) for edge in over.edges)
    return [*parts, *(fact("touched", key, f" AND t.cost <> 0{edge}") for edge in edges)]


def union(parts: list[str]) -> str:
    return " UNION ALL ".join(parts)
