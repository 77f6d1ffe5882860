"""Two customers are the same, as somebody says: everything of the second becomes the first's, until it is undone."""

from collections.abc import Iterable
from pathlib import Path
from uuid import UUID

import asyncpg

from domain.audit import Did
from domain.customers.restating import restate
from domain.database import Tx
from domain.errors import ErrorCode, Fault, Refused
from domain.identity.commands_joining import join_customers
from domain.ids import Prefix, to_public
from domain.query.asking import Occasion
from domain.sqlfile import statements
from domain.staged import Moved

_SQL = Path(__file__).parent / "sql" / "merging.sql"
MOST_MOVED = 200_000
"""Rows of the one who goes: a touchpoint takes some 40 microseconds to be moved, and an admin waits for 25 seconds."""
_WHY_NOT = "is merged into another customer already: name that one"


async def merge(tx: Tx, into: UUID, from_: UUID, *, occasion: Occasion, profile_only: bool = False) -> Did:
    """Everything of the second becomes the first's; the old id leads to the survivor, and both are computed anew.

    `into` may be an id that leads to a survivor. Raises Refused where the two cannot be merged. `profile_only` leaves
    what they did where it is: to be looked at, and rolled back.
    """
    survivor = await survivor_of(tx, into)
    if faults := await why_not(tx, survivor, from_):
        raise Refused(*faults)
    await _check_size(tx, from_)
    by = occasion.principal.key_id
    gone = {from_: survivor}
    await join_customers(tx, gone, now=occasion.now, automatic=False, by=by, profile_only=profile_only)
    await restate(tx, [survivor, from_], occasion.now)
    told = {"into": to_public(Prefix.CUSTOMER, survivor), "from": to_public(Prefix.CUSTOMER, from_)}
    return Did(key=survivor, subject=told["into"], customer=survivor, after=told)


async def _check_size(tx: Tx, from_: UUID) -> None:
    """Raises Refused where more would have to be moved than one request has time for."""
    rows: int = await tx.fetchval(statements(_SQL)["size"], from_, MOST_MOVED + 1)
    if rows > MOST_MOVED:
        message = (
            f"has more than {MOST_MOVED:,} touchpoints, orders and lines, which are too many to be moved at once: merge"
            " the other way round, the smaller into this one"
        )
        raise Refused(Fault(ErrorCode.LIMIT_EXCEEDED, message, ("from",), (to_public(Prefix.CUSTOMER, from_),)))


async def survivor_of(tx: Tx, customer: UUID) -> UUID:
    """Whom an id leads to: itself, where it was never merged."""
    found: UUID = await tx.fetchval(statements(_SQL)["survivor"], customer)
    return found


async def why_not(tx: Tx, into: UUID, from_: UUID) -> list[Fault]:
    """What stands in the way of merging them; both are locked, in the order of their ids."""
    if into == from_:
        return [Fault.invalid("is the same customer: name two", "from")]
    found = await lock(tx, [into, from_])
    faults = []
    for name, customer in (("into", into), ("from", from_)):
        subject = (to_public(Prefix.CUSTOMER, customer),)
        row = found.get(customer)
        if row is None:
            faults.append(Fault.not_found("is no customer", name))
        elif row["erased_at"] is not None:
            faults.append(Fault(ErrorCode.ERASED, "was erased", (name,), subject))
        elif row["merged_into"] is not None and name == "into":
            raise Moved  # since it was looked up
        elif row["merged_into"] is not None:
            led = to_public(Prefix.CUSTOMER, row["merged_into"])
            faults.append(Fault(ErrorCode.IN_WRONG_STATE, _WHY_NOT, (name,), (led,)))
    return faults


async def lock(tx: Tx, customers: Iterable[UUID]) -> "dict[UUID, asyncpg.Record]":
    """Rows by customer. Locked in the order of their ids, so that two merges never wait for each other."""
    rows = await tx.fetch(statements(_SQL)["lock"], sorted(set(customers)))
    return {row["customer_id"]: row for row in rows}
