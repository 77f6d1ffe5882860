"""A merge is undone: what was recorded for the one who was gone is theirs again, also what came since.

Facts say for whom they were recorded; all else is computed anew, for both.
"""

from pathlib import Path
from uuid import UUID

from domain import consents, portfolio
from domain.audit import Did
from domain.customers.restating import restate
from domain.database import Tx
from domain.errors import ErrorCode, Fault, Refused
from domain.identity.commands_merging import lock, survivor_of
from domain.identity.commands_moving import move_back
from domain.ids import Prefix, to_public
from domain.ledger.rules import BUCKETS
from domain.query.asking import Occasion
from domain.settings import Settings
from domain.sqlfile import statements
from domain.staged import Moved

_SQL = Path(__file__).parent / "sql" / "merging.sql"
_LINK = Path(__file__).parents[1] / "touchpoints" / "sql" / "link.sql"


async def unmerge(tx: Tx, customer: UUID, from_: UUID, *, occasion: Occasion) -> Did:
    """Gives `from_` back as a customer of their own, with whoever was merged into them before.

    `customer` is the survivor, or an id that leads there. Raises Refused where there is no such merge to undo.
    """
    survivor = await survivor_of(tx, customer)
    group = await _group(tx, from_)
    await _check(tx, survivor, from_, group)
    generation = await _apart(tx, survivor, from_, group, occasion)
    both = [survivor, from_]
    await portfolio.rebuild(tx, both, await Settings.load(tx))
    await consents.settle(tx, both)
    await tx.execute(statements(_SQL)["mark"], from_, BUCKETS - 1, generation, occasion.now)
    await restate(tx, both, occasion.now)
    told = {"into": to_public(Prefix.CUSTOMER, survivor), "from": to_public(Prefix.CUSTOMER, from_)}
    return Did(key=survivor, subject=told["into"], customer=survivor, before=told)


async def _group(tx: Tx, customer: UUID) -> list[UUID]:
    """The customer, and who was merged into them."""
    return [row["customer_id"] for row in await tx.fetch(statements(_SQL)["group"], customer)]


async def _check(tx: Tx, survivor: UUID, from_: UUID, group: list[UUID]) -> None:
    found = await lock(tx, [survivor, *group])
    for name, customer in (("customer", survivor), ("from", from_)):
        if customer not in found:
            raise Refused(Fault.not_found("is no customer", name))
        if found[customer]["erased_at"] is not None:
            raise Refused(Fault(ErrorCode.ERASED, "was erased", (name,), (to_public(Prefix.CUSTOMER, customer),)))
    led = found[from_]["merged_into"]
    if from_ == survivor or led is None:
        raise Refused(Fault(ErrorCode.IN_WRONG_STATE, "is merged into nobody: there is nothing to undo", ("from",)))
    if led != survivor:
        subject = (to_public(Prefix.CUSTOMER, led),)
        raise Refused(Fault(ErrorCode.IN_WRONG_STATE, "is merged into another customer", ("from",), subject))
    if found[survivor]["merged_into"] is not None or await _group(tx, from_) != group:
        raise Moved  # since it was looked up


async def _apart(tx: Tx, survivor: UUID, from_: UUID, group: list[UUID], occasion: Occasion) -> int:
    """The rows of both; which generation the mark had of the one who was gone."""
    steps = statements(_SQL)
    undone = await tx.fetchrow(steps["undo"], from_, await _group(tx, survivor))
    if undone is None:
        said = "was merged before merges could be undone"
        raise Refused(Fault(ErrorCode.IN_WRONG_STATE, said, ("from",)))
    await tx.execute(steps["alias"], from_)
    await tx.execute(steps["aliases"], from_, [one for one in group if one != from_])
    await tx.execute(steps["merged"], from_, group, occasion.now)
    await tx.execute(steps["changed"], survivor, occasion.now)
    await move_back(tx, survivor, from_, group)
    both = [survivor, from_]
    for step in ("of_no_order", "of_another"):
        await tx.execute(steps[step], both)
    await tx.execute(statements(_LINK)["relink"], both)
    await tx.execute(steps["score"], from_)
    await tx.execute(steps["summaries"], survivor)
    await tx.execute(steps["advice"], survivor)
    generation: int = undone["generation"]
    return generation
