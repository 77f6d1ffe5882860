"""Deeds on a customer's identities: one that was wrong, or is the customer's no more, is taken away."""

from pathlib import Path
from uuid import UUID

from domain.audit import Did
from domain.customers.queries import named
from domain.customers.restating import restate
from domain.customers.telling import changed, told
from domain.database import Tx
from domain.errors import ErrorCode, Fault, Refused
from domain.identity.normalise import Known
from domain.ids import Prefix, to_public
from domain.query.asking import Occasion
from domain.sqlfile import statements
from domain.staged import Moved
from domain.vocabulary import IdentityKind

_SQL = Path(__file__).parent / "sql" / "remove.sql"


async def remove_identity(tx: Tx, customer: UUID, known: Known, *, occasion: Occasion) -> Did:
    """It is nobody's then: whoever brings it next is known by it. What was recorded by it stays.

    Raises Refused: NOT_FOUND where the customer is not there or does not have it, IN_WRONG_STATE for the last one.
    """
    sql = statements(_SQL)
    one = await named(tx, customer)
    if one is None:
        raise Refused(Fault.not_found("is no customer", "customer"))
    locked = await tx.fetchrow(sql["lock"], one)
    if locked is None or locked["merged_into"] is not None or locked["erased_at"] is not None:
        raise Moved
    theirs = [Known(IdentityKind(row[0]), row[1], row[2]) for row in await tx.fetch(sql["identities"], one)]
    if known not in theirs:
        raise Refused(Fault.not_found("is no identity of this customer", "identity", "value"))
    public = to_public(Prefix.CUSTOMER, one)
    if len(theirs) == 1:
        message = "is the last one that the customer is known by: record another first, or erase the customer"
        raise Refused(Fault(ErrorCode.IN_WRONG_STATE, message, ("identity",), (public,)))
    was = await told(tx, one)
    await tx.execute(sql["identity"], one, *known)
    await tx.execute(sql["claim"], *known)
    await tx.execute(sql["statements"], one, f"primary.{known.kind}", {"scope": known.scope, "value": known.value})
    await restate(tx, [one], occasion.now, added=True)
    before, after = changed(was, await told(tx, one))
    return Did(key=one, subject=public, customer=one, before=before, after=after)
