"""What becomes of an order that is sent again: nothing, if it is the same; else what was missing is added.

Anything else is a conflict, which names the first field that differs.
"""

from pathlib import Path
from zoneinfo import ZoneInfo

import asyncpg

from domain.errors import ErrorCode
from domain.orders.rules import CAME_BACK, DATES, assumed_cost_share, wrong_change
from domain.staged import Batch, Counts, Outcome, RowTold, UnitFault
from domain.vocabulary import RecordStatus

_SQL = Path(__file__).parent / "sql"
_RECORD, _AGAIN = _SQL / "record.sql", _SQL / "again.sql"
_DIFFERS = "differs from the order that is recorded under this externalId"
_OF_LINE = ("sku", "quantity", "unitPrice", "unitCost")


async def record_again(batch: Batch) -> Outcome:
    """Judges the orders of t_order that are recorded already; their customers are locked."""
    outcome = Outcome(Counts(), [])
    if not await batch.run(_AGAIN, "again"):
        return outcome
    for step in ("stored", "sent", "lines", "only_moved", "payments"):
        await batch.run(_AGAIN, step)
    for turn in range(1, await batch.number_of(_AGAIN, "rounds") + 1):
        judged = await batch.fetch(_AGAIN, "judged", turn, batch.settings.time_zone)
        await _complete(batch, _told(judged, outcome, batch.settings.zone))
    return outcome


def _told(judged: "list[asyncpg.Record]", outcome: Outcome, zone: ZoneInfo) -> list[int]:
    """Tells of each; which of them bring something."""
    better: list[int] = []
    for row in judged:
        if row["conflict"]:
            at = row["position"] if row["conflict"] in _OF_LINE else None
            outcome.faults.append(UnitFault(row["seq"], at, row["conflict"], ErrorCode.CONFLICT, _DIFFERS))
            continue
        if row["brings"] and (wrong := _wrong(row, zone)) is not None:
            outcome.faults.append(wrong)
            continue
        if row["brings"]:
            better.append(row["seq"])
            outcome.counts.updated += 1
        else:
            outcome.counts.duplicates += 1
        status = RecordStatus.UPDATED if row["brings"] else RecordStatus.DUPLICATE
        outcome.rows.append(RowTold(row["seq"], status, row["stored_order"], row["stored_customer"]))
    return better


def _wrong(row: "asyncpg.Record", zone: ZoneInfo) -> UnitFault | None:
    """Why what is brought cannot be, by the same rules as an orderUpdate."""
    before = {name: row[column] for name, column in DATES.items()}
    brought = {name: row[f"sent_{column}"] for name, column in DATES.items() if before[name] is None}
    changes = {name: moment for name, moment in brought.items() if moment is not None}
    wrong = wrong_change({"orderedAt": row["ordered_at"], **before, **changes}, changes, zone)
    if wrong is not None:
        return UnitFault(row["seq"], None, wrong[0], ErrorCode.INVALID, wrong[1])
    if row["came_back"]:
        return UnitFault(row["seq"], None, "cancelledAt", ErrorCode.IN_WRONG_STATE, CAME_BACK)
    return None


async def _complete(batch: Batch, seqs: list[int]) -> None:
    """Adds the dates and payments that were missing; an order that is cancelled now counts in nothing any more."""
    if not seqs:
        return
    await batch.run(_AGAIN, "cancelled", seqs)
    if await batch.number_of(_AGAIN, "turned"):
        await turn(batch)
    await batch.run(_AGAIN, "turned_back")
    await batch.run(_AGAIN, "update", seqs)
    await batch.run(_AGAIN, "pay", seqs)
    await batch.run(_AGAIN, "paid_orders")
    if await batch.run(_AGAIN, "paid_more", seqs):
        await batch.run(_RECORD, "paid")
    await batch.run(_AGAIN, "marked", seqs)


async def turn(batch: Batch) -> None:
    """Takes the orders of t_turned out of the months, or puts them back (sign 1), with what came back of them.

    Their PURCHASE touchpoints stay: the customer was there, and what serving them cost was spent.
    """
    await batch.run(_AGAIN, "turn_lines", batch.settings.time_zone, assumed_cost_share(batch.settings))
    await batch.run(_AGAIN, "turn_orders", batch.settings.time_zone)
    await batch.run(_AGAIN, "turn_returns", batch.settings.time_zone)
