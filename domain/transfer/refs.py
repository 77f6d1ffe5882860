"""Whom a row is about, as it is staged: an id, or an identity in its one form."""

from typing import NamedTuple
from uuid import UUID

from domain.access.principal import Principal
from domain.errors import ErrorCode, Refused
from domain.identity.normalise import Unreadable, normalise
from domain.ids import Prefix, parse_id
from domain.transfer.inputs import CustomerRef, IdentityInput
from domain.transfer.scalars import Unfit
from domain.vocabulary import Role

MISSING = "is missing: name the customer by id or by one identity"


class Who(NamedTuple):
    """The columns of a staged reference; either the id or the identity is there."""

    customer: UUID | None
    kind: str | None
    scope: str | None
    value: str | None
    verified: bool
    identity_source: str | None


NOBODY = Who(None, None, None, None, False, None)


def who(ref: CustomerRef | None, source: str, caller: Principal) -> Who:
    """Raises Unfit, naming the field, where it is not exactly one readable reference, or not the caller's to give."""
    if ref is None or (ref.id is None and ref.identity is None):
        raise Unfit("customer", MISSING, ErrorCode.REQUIRED)
    if ref.identity is None:
        return NOBODY._replace(customer=parsed(Prefix.CUSTOMER, ref.id or "", "customer.id"))
    if ref.id is not None:
        raise Unfit("customer", "has an id and an identity: give one of them")
    given = ref.identity
    if caller.role is Role.PARTNER:
        _of_partner(given, caller)
    by = given.source or source
    try:
        kind, scope, value = normalise(given.kind, given.value, by)
    except Unreadable as error:
        raise Unfit("customer.identity.value", str(error)) from error
    return Who(None, kind, scope, value, given.verified or False, by)


def _of_partner(given: IdentityInput, caller: Principal) -> None:
    if given.source not in (None, caller.source):
        message = "is another's: a partner knows customers by its own source"
        raise Unfit("customer.identity.source", message, ErrorCode.NOT_ALLOWED)
    if given.verified:
        message = "is not for a partner to say: leave it out"
        raise Unfit("customer.identity.verified", message, ErrorCode.NOT_ALLOWED)


def parsed(prefix: Prefix, text: str, field: str) -> UUID:
    try:
        return parse_id(prefix, text, field)
    except Refused as error:
        raise Unfit(field, error.faults[0].message) from error
