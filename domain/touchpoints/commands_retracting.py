"""A touchpoint is taken back, with all that came of it: months, what it taught, the first and the last touch."""

from pathlib import Path
from typing import NamedTuple
from uuid import UUID

import asyncpg

from domain import customers, portfolio
from domain.audit import Did
from domain.clock import told
from domain.database import Tx
from domain.errors import ErrorCode, Fault, Refused
from domain.ids import Prefix, to_public
from domain.query.asking import Occasion
from domain.settings import Settings
from domain.sqlfile import statements
from domain.staged import Moved
from domain.touchpoints.rules import own_claim
from domain.vocabulary import TouchpointKind

_SQL = statements(Path(__file__).parent / "sql" / "retract.sql")
_OF_ORDER = "is the purchase of an order: cancel the order instead"
_OF_RETURN = "was made by a return, which cannot be taken back"


class Retracted(NamedTuple):
    """What was done, and whose contact of a campaign has no touchpoint any more."""

    did: Did
    customer: UUID
    contact: UUID | None


async def retract(tx: Tx, touchpoint_id: UUID, *, occasion: Occasion) -> Retracted:
    """Takes it back for good: sent again, it is a duplicate. A partner takes back its own source's alone.

    Raises Refused where there is none such, or it is not to be taken back by itself; Moved where its customer was
    merged in between.
    """
    named = await tx.fetchrow(_SQL["named"], touchpoint_id, occasion.principal.source)
    if named is None:
        raise Refused(Fault.not_found("names no touchpoint", "id"))
    customer, at = named["customer_id"], named["occurred_at"]
    fact = await _locked(tx, customer, at, touchpoint_id)
    claims = [row["claim_key"] for row in await tx.fetch(_SQL["claims"], touchpoint_id)]
    _check(fact, has_claims=bool(claims))
    await _keep_away(tx, fact, claims, occasion.keys.claims)
    await tx.execute(_SQL["delete"], customer, at, touchpoint_id)
    await portfolio.rebuild(tx, [customer], await Settings.load(tx))
    await customers.forget(tx, [customer], [touchpoint_id], occasion.now)
    before = {name: fact[name] for name in ("channel", "kind", "source", "subject")}
    before |= {"externalId": fact["external_id"], "occurredAt": told(at)}
    subject = to_public(Prefix.TOUCHPOINT, touchpoint_id)
    did = Did(key=touchpoint_id, subject=subject, customer=customer, before=before)
    return Retracted(did, customer, fact["contact_id"])


async def _locked(tx: Tx, customer: UUID, at: object, touchpoint_id: UUID) -> "asyncpg.Record":
    owner = await tx.fetchrow(_SQL["lock"], customer)
    fact = await tx.fetchrow(_SQL["fact"], customer, at, touchpoint_id)
    if owner is None or owner["merged_into"] is not None or fact is None:
        raise Moved
    if owner["erased_at"] is not None:
        raise Refused(Fault(ErrorCode.ERASED, "is of a customer who was erased", ("id",)))
    return fact


async def _keep_away(tx: Tx, fact: "asyncpg.Record", claims: list[UUID], key: bytes) -> None:
    """Whoever tells of an order's purchase next, it is recorded; who told of this one, tells of it in vain."""
    own = own_claim(key, fact["source"], fact["external_id"]) if fact["external_id"] else None
    free = [claim for claim in claims if claim != own] if own in claims else []
    await tx.execute(_SQL["free"], free)
    await tx.execute(_SQL["mark"], [claim for claim in claims if claim not in free])


def _check(fact: "asyncpg.Record", *, has_claims: bool) -> None:
    """What orders and returns made goes with them alone."""
    if fact["kind"] == TouchpointKind.PURCHASE and fact["order_id"] is not None:
        subject = (to_public(Prefix.ORDER, fact["order_id"]),)
        raise Refused(Fault(ErrorCode.IN_WRONG_STATE, _OF_ORDER, ("id",), subject))
    if fact["kind"] == TouchpointKind.RETURN and not has_claims:
        raise Refused(Fault(ErrorCode.IN_WRONG_STATE, _OF_RETURN, ("id",)))
