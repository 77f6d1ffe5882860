"""Returns are matched again where something comes late: so the end is the same for every order of arrival.

An order is dated before a return by its customer, or is not cancelled any more; a return is dated before another, or
names the order whose units another took. All returns of these customers are matched as if they came one after the
other now; those of before their telling was kept stay as they are.
"""

from collections.abc import Collection
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from uuid import UUID

import asyncpg

from domain import portfolio
from domain.orders.matching import Demand, Matcher, Supply, Taken
from domain.orders.rules import assumed_cost_share
from domain.staged import Batch, UnitFault

_SQL = Path(__file__).parent / "sql" / "rematch.sql"
_ADJUSTED = ("sums", "channels", "touchpoints", "lines", "orders")


@dataclass(slots=True)
class _Told:
    """A return as it was told: what is known of it, and its lines."""

    return_id: UUID
    demands: list[Demand]
    taken: list[Taken]


async def concerned(batch: Batch, *which: str) -> set[UUID]:
    """Whose returns what was just recorded may change: by_orders, by_again, by_returns."""
    return {row[0] for name in which for row in await batch.fetch(_SQL, name)}


async def match_again(batch: Batch, customers: Collection[UUID]) -> None:
    """Matches their returns anew, with all sums that follow. The customers are locked, and marked afterwards."""
    whose = sorted(customers)
    if not whose:
        return
    demands = await batch.fetch(_SQL, "demands", whose)
    if not demands:
        return
    share = assumed_cost_share(batch.settings)
    supplies = [Supply(*row) for row in await batch.fetch(_SQL, "supplies", whose, share)]
    matcher = Matcher(supplies, share, refuses=False)
    told = [_matched(matcher, list(rows)) for _, rows in groupby(demands, key=_return)]
    await _store(batch, whose, told)
    for step in _ADJUSTED:
        values: tuple[list[object], ...] = _rates(batch) if step == "touchpoints" else ()
        await batch.run(_SQL, step, whose, *values)
    await portfolio.rebuild(batch.tx, whose, batch.settings)


def _return(row: "asyncpg.Record") -> tuple[UUID, UUID]:
    return row["customer_id"], row["return_id"]


def _matched(matcher: Matcher, rows: "list[asyncpg.Record]") -> _Told:
    demands = [Demand(seq=0, **{name: row[name] for name in Demand._fields if name != "seq"}) for row in rows]
    taken = matcher.take(demands, rows[0]["refund"])
    assert not isinstance(taken, UnitFault)  # it refuses nothing
    return _Told(rows[0]["return_id"], demands, taken)


async def _store(batch: Batch, whose: list[UUID], told: list[_Told]) -> None:
    """Replaces the lines of those that took something else before."""
    before: dict[UUID, list[tuple[object, ...]]] = {}
    for row in await batch.fetch(_SQL, "stored", whose):
        before.setdefault(row["return_id"], []).append(tuple(row)[1:])
    changed = [one for one in told if [_line(taken, at) for at, taken in enumerate(one.taken)] != before[one.return_id]]
    if not changed:
        return
    await batch.run(_SQL, "clear", whose, [one.return_id for one in changed])
    rows = [(*_whose(one), *_line(taken, at)) for one in changed for at, taken in enumerate(one.taken)]
    await batch.run(_SQL, "fill", *(list(column) for column in zip(*rows, strict=True)))


def _whose(one: _Told) -> tuple[object, ...]:
    return one.demands[0].customer_id, one.return_id, one.demands[0].recorded_for


def _line(taken: Taken, position: int) -> tuple[object, ...]:
    demand, supply = taken.demand, taken.supply
    of = (None, None) if supply is None else (supply.order_id, supply.position)
    category = demand.category if supply is None else supply.category
    figures = (taken.quantity, taken.refund, taken.cost, category)
    return position, demand.product_id, *of, *figures, demand.position, demand.amount


def _rates(batch: Batch) -> tuple[list[object], list[object], list[object]]:
    """What a touchpoint costs, by channel and kind."""
    card = batch.settings.rate_card
    return [rate[0] for rate in card], [rate[1] for rate in card], [rate[2] for rate in card]
