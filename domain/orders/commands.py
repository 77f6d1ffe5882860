"""Deeds on orders: a batch of staged orders is recorded, and what was sent again is judged."""

from pathlib import Path

import asyncpg

from domain import customers, identity, portfolio, touchpoints
from domain.errors import ErrorCode
from domain.orders.rules import assumed_cost_share, trading_form
from domain.staged import Batch, Counts, Outcome, RowTold, UnitFault
from domain.vocabulary import Channel, RecordStatus

_SQL = Path(__file__).parent / "sql"
_RECORD, _AGAIN = _SQL / "record.sql", _SQL / "again.sql"
_DIFFERS = "differs from the order that is recorded under this externalId"


async def record_orders(batch: Batch) -> Outcome:
    """Records what is new of a batch, completes what was sent again; an order that is not fit changes nothing."""
    await batch.run(_RECORD, "batch", batch.number)
    await batch.run(_RECORD, "costs", batch.number)
    await batch.run(_RECORD, "lines", batch.number)
    await batch.run(_RECORD, "discounts")
    await batch.run(_RECORD, "parts", assumed_cost_share(batch.settings))
    for step in ("sums", "faults", "new", "refs"):
        await batch.run(_RECORD, step)
    await portfolio.open_months(batch)
    outcome = await _record_new(batch)
    faults = await batch.faults(_RECORD, "told_faults")
    again = await _record_again(batch)
    await portfolio.add_months(batch)
    await customers.mark(batch)
    counts = Counts(outcome.counts.created, again.counts.updated, again.counts.duplicates)
    return Outcome(counts, faults + again.faults, outcome.rows + again.rows)


async def _record_new(batch: Batch) -> Outcome:
    await identity.resolve(batch)
    count = await batch.number_of(_RECORD, "count")
    if await batch.run(_RECORD, "claim") < count:
        # Another import recorded some of them meanwhile: here they are sent again.
        count -= len(await batch.rows(_RECORD, "lost"))
        await batch.run(_RECORD, "lost_refs")
    await customers.welcome(batch)
    forms = [(str(channel), str(trading_form(channel))) for channel in Channel]
    await batch.run(_RECORD, "orders", batch.now, [pair[0] for pair in forms], [pair[1] for pair in forms])
    await batch.run(_RECORD, "order_lines")
    if await batch.run(_RECORD, "payments"):
        await batch.run(_RECORD, "paid_orders")
        await batch.run(_RECORD, "paid")
    await _record_purchases(batch, count)
    await batch.run(_RECORD, "months_of_parts", batch.settings.time_zone)
    await batch.run(_RECORD, "months_of_orders", batch.settings.time_zone)
    await customers.touched(batch)
    return Outcome(Counts(count), [], await batch.created(_RECORD, "told_new"))


async def _record_purchases(batch: Batch, orders: int) -> None:
    """The PURCHASE touchpoints, but for orders of which a touchpoint has told before."""
    await touchpoints.open_touchpoints(batch)
    await batch.run(_RECORD, "purchases")
    if await batch.run(_RECORD, "purchase_claims") < orders:
        for step in ("told_before", "not_twice", "link"):
            await batch.run(_RECORD, step)
    await touchpoints.insert(batch)
    await portfolio.add_touches(batch)


async def _record_again(batch: Batch) -> Outcome:
    outcome = Outcome(Counts(), [])
    if not await batch.run(_AGAIN, "again"):
        return outcome
    for step in ("stored", "sent", "lines", "only_moved", "payments"):
        await batch.run(_AGAIN, step)
    for turn in range(1, await batch.number_of(_AGAIN, "rounds") + 1):
        judged = await batch.fetch(_AGAIN, "judged", turn, batch.settings.time_zone)
        better = []
        for row in judged:
            if row["conflict"]:
                outcome.faults.append(_conflict(row))
                continue
            if row["brings"]:
                better.append(row["seq"])
            status = RecordStatus.UPDATED if row["brings"] else RecordStatus.DUPLICATE
            outcome.rows.append(RowTold(row["seq"], status, row["stored_order"]))
        outcome.counts.updated += len(better)
        outcome.counts.duplicates = len(outcome.rows) - outcome.counts.updated
        await _complete(batch, better)
    return outcome


def _conflict(row: "asyncpg.Record") -> UnitFault:
    of_line = row["conflict"] in ("sku", "quantity", "unitPrice", "unitCost")
    return UnitFault(row["seq"], row["position"] if of_line else None, row["conflict"], ErrorCode.CONFLICT, _DIFFERS)


async def _complete(batch: Batch, seqs: list[int]) -> None:
    """Adds the dates and payments that were missing; an order that is cancelled now counts in nothing any more."""
    if not seqs:
        return
    await batch.run(_AGAIN, "cancelled", seqs)
    if await batch.number_of(_AGAIN, "any_cancelled"):
        await batch.run(_AGAIN, "undo_lines", batch.settings.time_zone, assumed_cost_share(batch.settings))
        await batch.run(_AGAIN, "undo_orders", batch.settings.time_zone)
        await batch.run(_AGAIN, "undo_returns", batch.settings.time_zone)
    await batch.tx.execute("DROP TABLE t_cancelled")
    await batch.run(_AGAIN, "update", seqs)
    if await batch.run(_AGAIN, "pay", seqs):
        await batch.run(_AGAIN, "paid_orders")
        await batch.run(_AGAIN, "paid_more", seqs)
        await batch.run(_RECORD, "paid")
    await batch.run(_AGAIN, "marked", seqs)
