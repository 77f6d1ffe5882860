"""Deeds on orders: a batch of staged orders is recorded, and what was sent again is judged (domain/orders/again.py)."""

from pathlib import Path
from uuid import UUID

from domain import customers, identity, portfolio, touchpoints
from domain.orders.again import record_again
from domain.orders.erasure import rows_of_erased
from domain.orders.rematching import concerned, match_again
from domain.orders.rules import assumed_cost_share, trading_form
from domain.staged import Batch, Counts, Moved, Outcome
from domain.vocabulary import Channel

_RECORD = Path(__file__).parent / "sql" / "record.sql"


async def record_orders(batch: Batch) -> Outcome:
    """Records what is new of a batch, completes what was sent again; an order that is not fit changes nothing.

    Raises Moved where another writer came in between.
    """
    orders = await batch.run(_RECORD, "batch", batch.number)
    await batch.run(_RECORD, "costs", batch.number)
    await batch.run(_RECORD, "lines", batch.number)
    await batch.run(_RECORD, "discounts")
    await batch.run(_RECORD, "parts", assumed_cost_share(batch.settings))
    await batch.run(_RECORD, "sums")
    refused = await batch.run(_RECORD, "faults", await rows_of_erased(batch, _RECORD), batch.caller.source)
    faults = await batch.faults(_RECORD, "told_faults") if refused else []
    if refused == orders:
        return Outcome(Counts(), faults)
    new = await batch.run(_RECORD, "new")
    known = [row[0] for row in await batch.fetch(_RECORD, "known")] if new + refused < orders else []
    outcome = await _recorded(batch, new, known, orders - refused)
    return Outcome(outcome.counts, faults + outcome.faults, outcome.rows)


async def _recorded(batch: Batch, new: int, known: list[UUID], fit: int) -> Outcome:
    """Of the fit ones `new` are new; the others are judged. Customers are locked before either."""
    await batch.run(_RECORD, "refs")
    await portfolio.open_months(batch)
    strangers = await identity.resolve(batch, known)
    outcome = await _record_new(batch, new, strangers) if new else Outcome(Counts(), [])
    await customers.touched(batch)
    asked = ["by_orders"] if new else []
    if outcome.counts.created < fit:
        again = await record_again(batch)
        asked += ["by_again"]
        counts = Counts(outcome.counts.created, again.counts.updated, again.counts.duplicates)
        outcome = Outcome(counts, again.faults, outcome.rows + again.rows)
    await portfolio.add_months(batch)
    await match_again(batch, await concerned(batch, *asked))
    await customers.mark(batch)
    return outcome


async def _record_new(batch: Batch, count: int, strangers: int) -> Outcome:
    if await batch.run(_RECORD, "claim") < count:
        count -= await _lost(batch)
    await customers.welcome(batch, new=strangers > 0)
    forms = [(str(channel), str(trading_form(channel))) for channel in Channel]
    await batch.run(_RECORD, "orders", batch.now, [pair[0] for pair in forms], [pair[1] for pair in forms])
    await batch.run(_RECORD, "order_lines")
    if await batch.run(_RECORD, "payments"):
        await batch.run(_RECORD, "paid_orders")
        await batch.run(_RECORD, "paid")
    await _record_purchases(batch, count)
    await batch.run(_RECORD, "months", batch.settings.time_zone)
    return Outcome(Counts(count), [], await batch.created(_RECORD, "told_new"))


async def _lost(batch: Batch) -> int:
    """How many another writer recorded meanwhile: here they are sent again, unless they are somebody else's there."""
    lost = await batch.rows(_RECORD, "lost")
    if any(row[0] for row in lost):
        raise Moved
    await batch.run(_RECORD, "lost_refs")
    return len(lost)


async def _record_purchases(batch: Batch, orders: int) -> None:
    """The PURCHASE touchpoints, but for orders of which a touchpoint has told before."""
    await touchpoints.open_touchpoints(batch)
    await batch.run(_RECORD, "purchases")
    if await batch.run(_RECORD, "purchase_claims") < orders:
        await batch.run(_RECORD, "told_before")
        await batch.run(_RECORD, "yield", batch.settings.time_zone)
        await batch.run(_RECORD, "not_twice")
        await batch.run(_RECORD, "where_it_is")
    await touchpoints.insert(batch)
    await touchpoints.link(batch)
    await portfolio.add_touches(batch)
