"""Whom the rows of an upsert are about: read, checked, and placed with a customer each, before anything is written."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import cast
from uuid import UUID

import orjson

from domain.customers.allowing import attribute_faults, foreign
from domain.customers.letting_back import erased_faults
from domain.customers.looking import count_lookups
from domain.customers.profile import ACQUISITION
from domain.customers.stated import Stated
from domain.errors import ErrorCode
from domain.identity.joining import Joining, Person, Upsert
from domain.identity.normalise import STRONG, Known
from domain.staged import Batch, Moved, UnitFault
from domain.vocabulary import IdentityKind, Role

_SQL = Path(__file__).parent / "sql" / "upsert.sql"
_Staged = tuple[int, int, UUID, UUID | None, str, str, datetime, bool, str]
_NO_PROFILE = ("needs.", "preferences.", "primary.")


@dataclass(frozen=True, slots=True)
class Given:
    """An identity as a row gives it."""

    known: Known
    source: str | None
    verified: bool


@dataclass(slots=True)
class Row:
    """A staged row; `customer`, `recorded_for` and the identities that it `claims` are found while it is placed."""

    seq: int
    prospect: UUID
    named: UUID | None
    identities: list[Given]
    source: str
    recorded_at: datetime
    undated: bool
    stated: Stated
    content: object
    customer: UUID = field(default=UUID(int=0))
    recorded_for: UUID = field(default=UUID(int=0))
    claims: list[Known] = field(default_factory=list)

    @property
    def upsert(self) -> Upsert:
        known = tuple(one.known for one in self.identities)
        states = any(not one.name.startswith(_NO_PROFILE) for one in self.stated.fields)
        return Upsert(self.seq, self.named, known, self.prospect, states)


@dataclass(slots=True)
class Placed:
    """The good rows, each with its customer, and what is wrong with the others."""

    rows: list[Row]
    faults: list[UnitFault]
    joining: Joining

    def owner(self, known: Known) -> UUID:
        return self.joining.now(self.joining.owners[known])


def read(staged: Sequence[object]) -> Row:
    """Out of the columns of staging."""
    seq, _, prospect, named, identities, source, recorded_at, undated, stated = cast(_Staged, staged)
    given = [
        Given(Known(IdentityKind(one["kind"]), one["scope"], one["value"]), one["source"], one["verified"])
        for one in orjson.loads(identities)
    ]
    content = (named, identities, source, recorded_at, stated)
    return Row(seq, prospect, named, given, source, recorded_at, undated, Stated.read(stated), content)


async def place(batch: Batch, rows: list[Row]) -> Placed:
    """Finds, joins or makes the customer of each good row; those who were there are locked, in the order of their ids.

    Raises Moved where a merge came in between.
    """
    faults = await attribute_faults(batch.tx, [(row.seq, row.stated) for row in rows])
    faults += await _campaign_faults(batch, rows)
    joining = await _joining(batch, rows)
    await count_lookups(batch, (one.known for row in rows for one in row.identities), joining)
    faulty = {fault.seq for fault in faults}
    faults += await erased_faults(batch, [row for row in rows if row.seq not in faulty], joining)
    theirs = await foreign(batch.tx, joining.people, batch.caller)
    first = {fault.seq: fault for fault in reversed(faults)}
    placed = Placed([], [], joining)
    for row in rows:
        # Each row sees whom those before it have claimed and joined; what is refused does neither.
        whom = joining.concerned(row.upsert) if theirs is not None else []
        refused = None if theirs is None else theirs.fault(row.seq, whom, row.stated)
        found = first.get(row.seq) or refused or joining.place(row.upsert)
        if isinstance(found, UnitFault):
            placed.faults.append(found)
            continue
        row.customer = found
        placed.rows.append(row)
        if theirs is not None:
            theirs.placed(whom, found, row.stated)
    claims = defaultdict[int, list[Known]](list)
    for known, seq in joining.claimed_by.items():
        claims[seq].append(known)
    claimants: dict[Known, UUID] = {}
    for row in placed.rows:
        row.customer = joining.now(row.customer)
        row.claims = claims[row.seq]
        row.recorded_for = _recorded_for(row, joining, claimants)
        claimants.update(dict.fromkeys(row.claims, row.recorded_for))
    return placed


def _recorded_for(row: Row, joining: Joining, claimants: dict[Known, UUID]) -> UUID:
    """The customer whom the row names, also where that one is part of another since: undoing the merge finds it.

    What the row claims itself names nobody; `claimants` are those of the rows before it.
    """
    named = sorted(row.identities, key=lambda one: one.known.kind not in STRONG)
    whom = [row.named] if row.named else []
    known = [one.known for one in named if one.known not in row.claims]
    whom += [claimants.get(one, joining.owners[one]) for one in known]
    whom = [one for one in whom if joining.now(one) == row.customer and one not in joining.created]
    return whom[0] if whom else row.customer


async def _campaign_faults(batch: Batch, rows: list[Row]) -> list[UnitFault]:
    named: dict[int, UUID] = {}
    for row in rows:
        for one in row.stated.fields:
            if one.name == ACQUISITION and isinstance(one.value, dict) and one.value["campaign"] is not None:
                named[row.seq] = UUID(one.value["campaign"])
    if not named:
        return []
    there = {row[0] for row in await batch.fetch(_SQL, "campaigns", list(named.values()))}
    fault = "acquisition.campaign", ErrorCode.NOT_FOUND, "names no campaign"
    return [UnitFault(seq, None, *fault) for seq, campaign in named.items() if campaign not in there]


async def _joining(batch: Batch, rows: list[Row]) -> Joining:
    """What the database knows of the identities and customers that the rows name; the customers are locked."""
    named = list(dict.fromkeys(one.known for row in rows for one in row.identities))
    owners: dict[Known, UUID] = {}
    wanted = {row.named for row in rows if row.named is not None}
    columns = [[known[at] for known in named] for at in range(3)]
    for found in await batch.fetch(_SQL, "owners", *columns):
        owners[Known(IdentityKind(found[0]), found[1], found[2])] = found["customer_id"]
        wanted |= {found["customer_id"], found["survivor_id"]}
    ids = [row.named for row in rows if row.named is not None]
    if ids:
        wanted |= {found[0] for found in await batch.fetch(_SQL, "survivors", ids)}
    partner = batch.caller.source if batch.caller.role is Role.PARTNER else None
    people: dict[UUID, Person] = {}
    merged: dict[UUID, UUID] = {}
    if wanted:
        for found in await batch.fetch(_SQL, "people", sorted(wanted), partner):
            people[found[0]] = Person(found["strong"], found["stated"], known=partner is None or found["known"])
            if found["now"] != found[0]:
                merged[found[0]] = found["now"]
    if set(merged.values()) - wanted:
        raise Moved
    owners = {known: owner for known, owner in owners.items() if merged.get(owner, owner) in people}
    return Joining(owners, people, merged, names=partner is None)
