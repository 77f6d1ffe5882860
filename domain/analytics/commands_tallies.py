"""Tallies: read where they hold, made anew out of the facts where they do not, and kept for the next time."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from uuid import UUID

from domain.analytics.queries_tallies import Moment, counted, read_facts, read_kept
from domain.analytics.scoring import tallies
from domain.analytics.scoring.tallies import FORM, Portion
from domain.database import Tx

_ENOUGH = 0.7
"""The share of tallies that must hold: with fewer, all the facts are read in one go, and in their order."""
_AT_ONCE = 10_000
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_FOR_EVER = 2**63 - 1

_STAGING = """
CREATE TEMPORARY TABLE IF NOT EXISTS tally_staging (LIKE customer_tally) ON COMMIT DELETE ROWS
"""
_COLUMNS = ("customer_id", "generation", "as_of", "holds_until", "zone", "form", "facts", "mix", "basket")
_REST = ", ".join(_COLUMNS[1:])

# A tally of a later look stays; the generation of a mark tells which facts it has seen.
_KEEP = f"""
INSERT INTO customer_tally AS kept (customer_id, {_REST})
SELECT made.customer_id, {", ".join(f"made.{name}" for name in _COLUMNS[1:])}
FROM tally_staging AS made JOIN customer ON customer.customer_id = made.customer_id
WHERE customer.merged_into IS NULL AND customer.erased_at IS NULL
ORDER BY made.customer_id
ON CONFLICT (customer_id) DO UPDATE SET ({_REST}) = ROW ({", ".join(f"excluded.{name}" for name in _COLUMNS[1:])})
WHERE (kept.form, kept.zone) <> (excluded.form, excluded.zone)
  OR (kept.generation, kept.as_of) < (excluded.generation, excluded.as_of)
"""
_FORGET = """
DELETE FROM customer_tally AS kept USING customer
WHERE customer.customer_id = kept.customer_id AND (customer.merged_into IS NOT NULL OR customer.erased_at IS NOT NULL)
"""
_FORGET_SOME = f"{_FORGET} AND kept.customer_id = ANY ($1) AND customer.customer_id = ANY ($1)"

T = TypeVar("T")
Remember = Callable[[Portion], None]


async def gather(
    tx: Tx,
    moment: Moment,
    sum_up: Callable[[Portion], Awaitable[T]],
    take: Callable[[T], Awaitable[None]],
    remember: Remember,
) -> None:
    """Everybody's facts summed up, in one snapshot; and what was read of the facts, to be kept where it is of now.

    While one batch is summed up elsewhere, Postgres makes the next; never two at once, which would take a second
    process longer to begin with than the first takes to come round.
    """
    working: asyncio.Future[T] | None = None

    async def receive(portion: Portion) -> None:
        nonlocal working
        before = await working if working is not None else None
        working = asyncio.ensure_future(sum_up(portion))
        if not (portion.kept or moment.then):
            remember(portion)
        if before is not None:
            await take(before)

    try:
        await _read(tx, moment, receive)
        if working is not None:
            await take(await working)
    finally:
        if working is not None:
            working.cancel()


async def _read(tx: Tx, moment: Moment, receive: Callable[[Portion], Awaitable[None]]) -> None:
    customers, usable = (0, 0) if moment.replayed else await counted(tx, moment)
    if usable <= _ENOUGH * customers:
        await read_facts(tx, moment, receive)
        return
    without = await read_kept(tx, moment, receive)
    for begin in range(0, len(without), _AT_ONCE):
        await read_facts(tx, moment, receive, of=without[begin : begin + _AT_ONCE])


async def keep(tx: Tx, portions: Iterable[Portion], moment: Moment) -> None:
    """For the next look; what a later one has kept stays."""
    await tx.execute(_STAGING)
    records = [
        (UUID(bytes=id_), generation, moment.as_of, _until(holds), moment.zone, FORM, facts, mix, basket)
        for portion in portions
        for id_, generation, holds, facts, mix, basket in tallies.packed(portion)
    ]
    await tx.copy_records_to_table("tally_staging", records=records, columns=_COLUMNS)
    await tx.execute(_KEEP)
    await tx.execute("TRUNCATE tally_staging")


async def forget(tx: Tx, customers: list[UUID] | None = None) -> None:
    """Of who was merged or erased; of these customers, or of all."""
    if customers is None:
        await tx.execute(_FORGET)
    else:
        await tx.execute(_FORGET_SOME, customers)


def _until(on_the_wire: int) -> datetime | None:
    return None if on_the_wire == _FOR_EVER else _EPOCH + timedelta(microseconds=on_the_wire)
