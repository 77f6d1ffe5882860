"""A page of a part of all rows, such as a segment's members: from few of them to their rows, or along the order.

Postgres cannot know when it plans how large the part is. So the statement itself decides: along the order, testing row
by row, where the part is so large that a page is soon full; else, or where it was not full after all (all of them may
stand at the order's far end), from the part to its rows, which are then sorted.
"""

from collections.abc import Callable, Sequence
from typing import Final

from domain.query.predicate import Every, Fact, Part, Predicate
from domain.query.writing import Row

REACH: Final = 20_000
"""Rows that are tested along the order before the other way is taken."""

# As many as the planner believes; a page's worth of them for each of the part: about where both ways cost the same.
_IS_FEW = "{count}::float8 ^ 2 < {size} * (SELECT c.reltuples FROM pg_class c WHERE c.oid = '{table}'::regclass)"


def split(where: Predicate | None) -> tuple[Fact | None, Predicate | None]:
    """The first part that all rows are asked to belong to, and what else must hold of them."""
    if isinstance(where, Fact) and where.part is not None:
        return where, None
    if isinstance(where, Every):
        for at, one in enumerate(where.parts):
            fact, rest = split(one)
            if fact is not None:
                others = (*where.parts[:at], *([rest] if rest is not None else []), *where.parts[at + 1 :])
                return fact, Every(others) if others else None
    return None, where


def page_of(
    part: Part, row: Row, size: int, fill: Callable[[str, str], str], cuts: Sequence[Callable[[str, int], str]]
) -> str:
    """A select of the page's ids, and their places n. `fill`: a template of the part for a row's key; `cuts`: each
    slice of the list in its order, given one more condition and how many rows.
    """
    key = f"{row.alias}.{row.entity.key}"
    few = _IS_FEW.format(count=fill(part.count, key), size=max(size, 1), table=row.entity.table)
    # Of the first slice alone: what follows one that was not read to its end is not what comes next.
    first = _along(cuts[0](f"NOT ({few})", REACH), fill(part.many, "o.id"), size)
    along = f"SELECT w.id, row_number() OVER () AS n FROM ({first}) w LIMIT {size}"
    led = [cut(f"{fill(part.few, key)} AND (SELECT count(*) FROM along) < {size}", size) for cut in cuts]
    return (
        f"WITH along AS MATERIALIZED ({along})"
        f" SELECT a.id, a.n FROM along a WHERE (SELECT count(*) FROM along) = {size}"
        f" UNION ALL (SELECT w.id, row_number() OVER () FROM ({_all(led)}) w LIMIT {size})"
    )


def _along(ordered: str, test: str, size: int) -> str:
    return f"SELECT o.id FROM ({ordered}) o WHERE {test} LIMIT {size}"


def _all(selects: Sequence[str]) -> str:
    return selects[0] if len(selects) == 1 else " UNION ALL ".join(f"({one})" for one in selects)
