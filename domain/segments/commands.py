"""Deeds on segments: saving a question, changing it, putting it away; keeping a list."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final
from uuid import UUID

import asyncpg

from domain.access.principal import OPERATOR
from domain.audit import Did
from domain.campaigns.queries_using import users_of
from domain.customers.queries import all_named
from domain.database import Tx
from domain.errors import ErrorCode, Fault, Refused
from domain.folding import fold
from domain.identity.normalise import Known
from domain.ids import JobId, Prefix, new_id, to_public
from domain.naming import key_fault, searched, under_own_key
from domain.query.asking import Occasion
from domain.segments.commands_ruling import (
    check_rule,
    one_at_a_time,
    refuse_too_many,
    refuse_unseen,
    retell,
    save_version,
)
from domain.segments.membership.commands_asking import look_at_everybody
from domain.segments.membership.commands_refreshing import own_turn, refresh, rules_at_work, take
from domain.segments.rule import Json
from domain.sqlfile import statements
from domain.staged import Moved
from domain.vocabulary import SegmentChangeCause, SegmentKind

_SQL = statements(Path(__file__).parent / "sql" / "segments.sql")
_LONGEST_NAME, _LONGEST_DESCRIPTION = 255, 10_000
MOST_LISTED: Final = 1_000
"""Customers of one call."""


@dataclass(frozen=True, slots=True)
class Given:
    """What is said of a segment; a name that is not in `said` was left out."""

    said: frozenset[str]
    key: str | None = None
    name: str | None = None
    description: str | None = None
    kind: SegmentKind | None = None
    rule: Json = None


@dataclass(frozen=True, slots=True)
class Saved:
    """What was done, the job that looks at everybody, where one has to, and whom the deed concerned."""

    did: Did
    job: JobId | None = None
    customers: tuple[UUID, ...] = ()


async def create(tx: Tx, given: Given, *, occasion: Occasion) -> Saved:
    """Saves a new segment. Raises Refused with everything that is wrong with it."""
    kind = given.kind or SegmentKind.RULE
    faults = [*_check_texts(given, new=True), *_check_kind(kind, given)]
    if faults:
        raise Refused(*faults)
    name = (given.name or "").strip()
    key = given.key or _key_from(name)
    segment = new_id(occasion.now)
    values = segment, key, name, given.description, kind, searched(key, name), occasion.now
    await under_own_key(tx, key, "segment", ("input", "key"), _SQL["create"], *values)
    await refuse_too_many(tx, "input")
    rule = given.rule if kind is SegmentKind.RULE else None
    if kind is SegmentKind.RULE:
        await check_rule(tx, segment, rule, occasion=occasion)
    number = await save_version(tx, segment, rule, occasion=occasion)
    job = None
    if kind is SegmentKind.RULE:
        job = await look_at_everybody(tx, occasion)
    else:  # a list is empty at first: there is nobody to look at
        await tx.execute(_SQL["at_once"], segment, number, occasion.now)
    return Saved(_did(segment, after=await _told(tx, segment)), job)


async def update(tx: Tx, segment: UUID, given: Given, *, occasion: Occasion) -> Saved:
    """Changes what is given. A new rule is built beside the one that holds, and then takes its place."""
    await own_turn(tx, segment)
    row = await _locked(tx, segment)
    kind = SegmentKind(row["kind"])
    faults = _check_texts(given, new=False)
    if "kind" in given.said and given.kind is not kind:
        faults.append(Fault.invalid(f"stays what it is, {kind}: make another segment", "input", "kind"))
    if "where" in given.said:
        faults += _check_kind(kind, given)
    if faults:
        raise Refused(*faults)
    before = await _told(tx, segment)
    name = (given.name or row["name"]).strip()
    key = given.key or row["key"]
    description = given.description if "description" in given.said else row["description"]
    values = segment, key, name, description, searched(key, name), occasion.now
    await under_own_key(tx, key, "segment", ("input", "key"), _SQL["update"], *values)
    if name != row["name"]:
        await retell(tx, segment)
    job = None
    if "where" in given.said and given.rule != row["rule"]:
        refuse_unseen(row["personal"], occasion)
        await check_rule(tx, segment, given.rule, occasion=occasion)
        await save_version(tx, segment, given.rule, occasion=occasion)
        job = await look_at_everybody(tx, occasion)
    return Saved(_did(segment, before=before, after=await _told(tx, segment)), job)


async def archive(tx: Tx, segment: UUID, *, occasion: Occasion) -> Saved:
    """Puts it away: it is not looked at any more. Raises Refused: IN_USE where another names it, or a campaign."""
    await own_turn(tx, segment)
    row = await _locked(tx, segment)
    if row["archived_at"] is not None:
        raise Refused(Fault(ErrorCode.IN_WRONG_STATE, "is archived already", ("id",)))
    if users := await _users(tx, segment):
        raise Refused(Fault(ErrorCode.IN_USE, "is named by the rules of others: change these first", ("id",), users))
    await tx.execute(_SQL["locked_for_all"], segment)
    if campaigns := await users_of(tx, segment):
        message = "is used by campaigns that are not over: take it out of these, or wait for their end"
        raise Refused(Fault(ErrorCode.IN_USE, message, ("id",), campaigns))
    await tx.execute(_SQL["archive"], segment, occasion.now)
    return Saved(_did(segment, before={"archived": False}, after={"archived": True}))


async def _users(tx: Tx, segment: UUID) -> tuple[str, ...]:
    """Who names it: by the newest rule, or by the one that holds until the newest is built."""
    await one_at_a_time(tx)  # nobody saves a rule that names it meanwhile
    users = {row["segment_id"] for row in await tx.fetch(_SQL["users"], segment)}
    users |= {rule.segment_id for rule in await rules_at_work(tx) if segment in rule.names()}
    return tuple(sorted(to_public(Prefix.SEGMENT, user) for user in users - {segment}))


async def restore(tx: Tx, segment: UUID, *, occasion: Occasion) -> Saved:
    """Takes it out again: everybody is looked at anew."""
    await own_turn(tx, segment)
    row = await _locked(tx, segment)
    if row["archived_at"] is None:
        raise Refused(Fault(ErrorCode.IN_WRONG_STATE, "is not archived", ("id",)))
    await tx.execute(_SQL["restore"], segment, occasion.now)
    await refuse_too_many(tx, "id")
    if row["rule"] is not None:  # whoever may use a segment may have it back: nothing new is asked
        await check_rule(tx, segment, row["rule"], occasion=_house(occasion), path=("id",))
    await save_version(tx, segment, row["rule"], occasion=occasion)
    job = await look_at_everybody(tx, occasion)
    return Saved(_did(segment, before={"archived": True}, after={"archived": False}), job)


async def list_members(
    tx: Tx,
    segment: UUID,
    whom: Sequence[UUID | Known],
    *,
    on: bool,
    occasion: Occasion,
    as_it_is: bool = False,
) -> Saved:
    """Puts customers on a list, or takes them off; at once, and for all segments that name it.

    `as_it_is`: as refresh has it. Raises Moved where one of them was merged or erased meanwhile.
    """
    await own_turn(tx, segment, with_others=True)
    row = await tx.fetchrow(_SQL["found"], segment)  # locked last, as the rounds do
    if row is None:
        raise Refused(Fault.not_found("names no segment", "id"))
    if row["kind"] == SegmentKind.RULE:
        raise Refused(Fault.invalid("follows a rule: only lists have members that are added and removed", "id"))
    if row["archived_at"] is not None:
        raise Refused(Fault(ErrorCode.IN_WRONG_STATE, "is archived: restore it first", ("id",)))
    customers = await _found(tx, whom)
    listed = await tx.fetch(_SQL["list" if on else "unlist"], customers, segment, *((occasion.now,) if on else ()))
    changed = sorted({one["customer_id"] for one in listed})
    taken = await take(tx, changed)
    rules = await rules_at_work(tx)
    house, cause = _house(occasion), SegmentChangeCause.LIST_CHANGED
    await refresh(tx, rules, changed, occasion=house, cause=cause, as_it_is=as_it_is, taken=taken)
    await tx.execute(_SQL["touched"], segment, occasion.now)
    did = _did(segment, after={"added" if on else "removed": len(changed)})
    return Saved(did, customers=tuple(customers))


async def ask_refresh(tx: Tx, segment: UUID, *, occasion: Occasion) -> Saved:
    """The job that looks at everybody anew by this one."""
    row = await _locked(tx, segment)
    if row["archived_at"] is not None:
        raise Refused(Fault(ErrorCode.IN_WRONG_STATE, "is archived: restore it first", ("id",)))
    job = await look_at_everybody(tx, occasion, of=[segment])
    did = Did(key=job, subject=to_public(Prefix.JOB, job), after={"segment": to_public(Prefix.SEGMENT, segment)})
    return Saved(did, job)


async def _found(tx: Tx, whom: Sequence[UUID | Known]) -> list[UUID]:
    """In the order of their ids, and locked, so that none is merged or erased before they are on the list."""
    if len(whom) > MOST_LISTED:
        message = f"are more than {MOST_LISTED:,}: send them in several calls"
        raise Refused(Fault(ErrorCode.LIMIT_EXCEEDED, message, ("customers",)))
    found = await all_named(tx, whom)
    if unknown := [at for at, customer in enumerate(found) if customer is None]:
        raise Refused(*(Fault.not_found("names no customer", "customers", str(at)) for at in unknown))
    customers = sorted({customer for customer in found if customer is not None})
    rows = await tx.fetch(_SQL["whom"], customers)
    if any(row["merged_into"] or row["erased_at"] for row in rows):
        raise Moved  # since they were looked up
    return customers


async def _locked(tx: Tx, segment: UUID) -> asyncpg.Record:
    row = await tx.fetchrow(_SQL["locked"], segment)
    if row is None:
        raise Refused(Fault.not_found("names no segment", "id"))
    return row


def _house(occasion: Occasion) -> Occasion:
    """The same moment, but the house asks: it may read everything."""
    return replace(occasion, principal=OPERATOR, attributes=None)


def _check_texts(given: Given, *, new: bool) -> list[Fault]:
    faults = []
    if new and not (given.name or "").strip():
        faults.append(Fault.required("is needed: what people call the segment", "input", "name"))
    elif "name" in given.said and not (given.name or "").strip():
        faults.append(Fault.invalid("cannot be empty", "input", "name"))
    if given.name and len(given.name) > _LONGEST_NAME:
        faults.append(Fault(ErrorCode.OUT_OF_RANGE, f"is longer than {_LONGEST_NAME} characters", ("input", "name")))
    if given.key is not None and (why := key_fault(given.key, "best-customers")) is not None:
        faults.append(Fault.invalid(why, "input", "key"))
    if given.description and len(given.description) > _LONGEST_DESCRIPTION:
        message = f"is longer than {_LONGEST_DESCRIPTION:,} characters"
        faults.append(Fault(ErrorCode.OUT_OF_RANGE, message, ("input", "description")))
    return faults


def _check_kind(kind: SegmentKind, given: Given) -> list[Fault]:
    if kind is SegmentKind.DISCOVERED:
        return [Fault.invalid("is what segmentsDiscover makes: give RULE or STATIC", "input", "kind")]
    if kind is SegmentKind.RULE and given.rule is None:
        return [
            Fault.required("is needed: a RULE follows a filter (a list that people keep is STATIC)", "input", "where")
        ]
    if kind is SegmentKind.STATIC and given.rule is not None:
        return [Fault.invalid("is for RULE: a STATIC segment is a list that people keep", "input", "where")]
    return []


def _key_from(name: str) -> str:
    """Best customers at risk becomes best-customers-at-risk."""
    return re.sub(r"[^a-z0-9]+", "-", fold(name)).strip("-")[:100] or "segment"


async def _told(tx: Tx, segment: UUID) -> dict[str, object]:
    """For the log."""
    row = await tx.fetchrow(_SQL["told"], segment)
    return dict(row) if row else {}


def _did(segment: UUID, *, before: Mapping[str, object] | None = None, after: Mapping[str, object]) -> Did:
    return Did(key=segment, subject=to_public(Prefix.SEGMENT, segment), before=before or {}, after=after)
