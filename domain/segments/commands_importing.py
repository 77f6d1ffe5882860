"""Lists by import: a batch of staged rows puts customers on lists that people keep, or takes them off."""

from pathlib import Path
from typing import Final
from uuid import UUID

from domain.errors import ErrorCode
from domain.identity.normalise import Known
from domain.privacy.queries import anybody_erased, erased
from domain.segments.membership.commands_refreshing import count, moment, refresh, rules_at_work, take
from domain.staged import Batch, Counts, Moved, Outcome, UnitFault
from domain.vocabulary import IdentityKind, SegmentChangeCause

_SQL = Path(__file__).parent / "sql" / "importing.sql"
_AT_ONCE: Final = 10_000
"""Customers of one look: so many are found and told without a table of their own."""
_STATIC = "make a STATIC segment and name that one"
_FAULTS: Final = {
    "no segment": ("segment", ErrorCode.NOT_FOUND, "names no segment: make the list first"),
    "RULE": ("segment", ErrorCode.INVALID, f"follows a rule, so nobody is put on it: {_STATIC}"),
    "DISCOVERED": ("segment", ErrorCode.INVALID, f"is a group that was discovered, and no list: {_STATIC}"),
    "archived": ("segment", ErrorCode.IN_WRONG_STATE, "is archived: restore it first"),
    "no customer": ("customer.id", ErrorCode.NOT_FOUND, "names no customer"),
    "erased": ("customer", ErrorCode.ERASED, "names a customer who was erased"),
    "no identity": ("customer.identity", ErrorCode.NOT_FOUND, "names no customer: send the customer first"),
    "erased identity": ("customer.identity", ErrorCode.ERASED, "belonged to a customer who was erased"),
}


async def record_members(batch: Batch) -> Outcome:
    """Created is who was put on a list, updated who was taken off one. Locks in the order of list_members.

    Raises Moved where a list was renamed, or a customer merged or erased, while they were looked up.
    """
    turns = [row["segment_id"] for row in await batch.fetch(_SQL, "turns", batch.number)]
    await batch.run(_SQL, "batch", batch.number)
    if await batch.number_of(_SQL, "renamed", turns):
        raise Moved
    faults = await _faults(batch)
    await batch.run(_SQL, "unfit", [fault.seq for fault in faults])
    size = await batch.number_of(_SQL, "size")
    if await batch.number_of(_SQL, "lock"):
        raise Moved
    await batch.run(_SQL, "last")
    changed = [(row["customer_id"], row["segment_id"]) for row in await batch.fetch(_SQL, "changed")]
    created = await batch.run(_SQL, "list", batch.recorded_at or batch.now)
    await batch.run(_SQL, "unlist")
    if changed:
        await _follow(batch, sorted({customer for customer, _ in changed}), sorted({list_ for _, list_ in changed}))
    updated = len(changed) - created
    return Outcome(Counts(created, updated, size - created - updated), faults)


async def _faults(batch: Batch) -> list[UnitFault]:
    """Rows that cannot be carried out, each with what is wrong with it first."""
    gone: list[list[str]] = [[], [], []]
    if await anybody_erased(batch.tx):
        unknown = [Known(IdentityKind(row[0]), row[1], row[2]) for row in await batch.fetch(_SQL, "unknown")]
        found = list(await erased(batch.tx, batch.tombstones, unknown))
        gone = [[str(known[at]) for known in found] for at in range(3)]
    rows = await batch.fetch(_SQL, "faults", *gone)
    return [UnitFault(row["seq"], None, *_FAULTS[row["fault"]]) for row in rows]


async def _follow(batch: Batch, customers: list[UUID], lists: list[UUID]) -> None:
    """They are looked at by all rules, for others may name the lists; and whoever follows these is told."""
    tx, cause, changes = batch.tx, SegmentChangeCause.LIST_CHANGED, dict[int, int]()
    taken = await take(tx, customers)
    rules, house = await rules_at_work(tx), batch.settings.of_the_house(batch.recorded_at or batch.now)
    for start in range(0, len(customers), _AT_ONCE):
        some = customers[start : start + _AT_ONCE]
        own = [customer for customer in taken if some[0] <= customer <= some[-1]]
        look = {"occasion": house, "cause": cause, "as_it_is": True, "taken": own, "counting": changes}
        await refresh(tx, rules, some, **look)  # type: ignore[arg-type]
    changes = {number: change for number, change in changes.items() if change}
    await batch.fetch(_SQL, "lock_lists", lists, list(changes))
    await count(tx, changes)
    await batch.run(_SQL, "touched", lists, await moment(tx))
