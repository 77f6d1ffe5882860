"""Deeds on returns: a batch of staged returns is matched with order lines and recorded."""

from itertools import groupby
from pathlib import Path
from uuid import UUID

import asyncpg

from domain import customers, identity, portfolio, touchpoints
from domain.orders.erasure import rows_of_erased
from domain.orders.matching import Demand, Matcher, Supply, Taken
from domain.orders.rematching import concerned, match_again
from domain.orders.rules import assumed_cost_share
from domain.staged import Batch, Counts, Moved, Outcome, RowTold, UnitFault
from domain.vocabulary import RecordStatus

_SQL = Path(__file__).parent / "sql" / "returns.sql"


async def record_returns(batch: Batch) -> Outcome:
    """Records what is new of a batch, in the order of returnedAt; sent again, a return is a duplicate.

    Raises Moved where another writer came in between.
    """
    await batch.run(_SQL, "batch", batch.number)
    erased = await rows_of_erased(batch, _SQL)
    strangers = await _lock(batch, erased)
    outcome = Outcome(Counts(), await batch.faults(_SQL, "faults", erased, batch.caller.source))
    taken = await _matched(batch, outcome)
    await batch.run(_SQL, "create_taken")
    columns = [_columns(one, position) for unit in taken for position, one in enumerate(unit)]
    await batch.tx.copy_records_to_table("t_taken", records=columns)
    outcome.counts.created = len(taken)
    if taken:
        await _record(batch, len(taken))
        outcome.rows.extend(await batch.created(_SQL, "told_new"))
    if strangers:
        await batch.run(_SQL, "never_met")
    return outcome


async def _lock(batch: Batch, erased: list[int]) -> int:
    """Claims whom nobody knows yet, then locks the customers: in this order everywhere. How many rows are of those."""
    strangers = await batch.run(_SQL, "strangers", erased)
    if strangers:
        await batch.run(_SQL, "claim_strangers", batch.now)
        if await batch.number_of(_SQL, "met"):
            raise Moved
    if any(row[0] for row in await batch.rows(_SQL, "lock")):
        raise Moved
    await batch.run(_SQL, "refresh")
    return strangers


async def _matched(batch: Batch, outcome: Outcome) -> list[list[Taken]]:
    """The units that can be recorded; faults and duplicates are told in the outcome."""
    share = assumed_cost_share(batch.settings)
    supplies = [Supply(*row) for row in await batch.fetch(_SQL, "supplies", share, batch.caller.source)]
    matcher = Matcher(supplies, share)
    faulty = {fault.seq for fault in outcome.faults}
    recorded: dict[UUID, UUID] = {}
    taken = []
    for seq, group in groupby(await batch.fetch(_SQL, "demands"), key=_seq):
        rows = list(group)
        first = rows[0]["known"] or recorded.get(rows[0]["claim"])
        if first is not None:
            outcome.counts.duplicates += 1
            outcome.rows.append(RowTold(seq, RecordStatus.DUPLICATE, first, rows[0]["customer_id"]))
            continue
        if seq in faulty:
            continue
        found = matcher.take([_demand(row) for row in rows], rows[0]["refund"])
        if isinstance(found, UnitFault):
            outcome.faults.append(found)
            continue
        recorded[rows[0]["claim"]] = rows[0]["return_id"]
        taken.append(found)
    return taken


async def _record(batch: Batch, count: int) -> None:
    await batch.run(_SQL, "new")
    await batch.run(_SQL, "refs")
    await identity.resolve(batch)
    if await batch.run(_SQL, "claim") < count:
        raise Moved  # another import recorded one of them meanwhile
    await customers.welcome(batch)
    await batch.run(_SQL, "returns", batch.now, batch.caller.source is not None)
    for step in ("return_lines", "lower_lines", "lower_orders"):
        await batch.run(_SQL, step)
    await portfolio.open_months(batch)
    await touchpoints.open_touchpoints(batch)
    await batch.run(_SQL, "touchpoints")
    await touchpoints.insert(batch)
    await portfolio.add_touches(batch)
    await batch.run(_SQL, "months", batch.settings.time_zone)
    await portfolio.add_months(batch)
    await match_again(batch, await concerned(batch, "by_returns"))
    await customers.touched(batch)
    await customers.mark(batch)


def _seq(row: "asyncpg.Record") -> int:
    return int(row["seq"])


def _demand(row: "asyncpg.Record") -> Demand:
    return Demand(**{name: row[name] for name in Demand._fields if name != "source"})


def _columns(one: Taken, position: int) -> tuple[object, ...]:
    supply, demand = one.supply, one.demand
    order = (None, None, None) if supply is None else (supply.order_id, supply.position, supply.channel)
    category = demand.category if supply is None else supply.category
    figures = (one.quantity, one.refund, one.cost, category)
    return demand.seq, position, demand.product_id, *order[:2], *figures, order[2], demand.position, demand.amount
