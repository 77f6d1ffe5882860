"""Deeds on profiles: a batch of staged upserts is placed, joined where two turn out to be one, and stated."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from uuid import UUID

import asyncpg
import orjson

from domain.customers.commands import mark
from domain.customers.profile import COLUMNS, profile
from domain.errors import ErrorCode
from domain.identity.commands_joining import join
from domain.identity.joining import Joining, Person, Upsert
from domain.identity.normalise import Known
from domain.staged import Batch, Counts, Moved, Outcome, UnitFault
from domain.vocabulary import IdentityKind

_SQL = Path(__file__).parent / "sql" / "upsert.sql"
_SAID = ("seq", "customer_id", "field", "recorded_at", "source", "undated", "value")


@dataclass(slots=True)
class _Row:
    """A staged row, and whom it turned out to be about."""

    upsert: Upsert
    source: str
    recorded_at: datetime
    undated: bool
    fields: dict[str, object]
    identities: list[dict[str, object]]
    customer: UUID = field(default=UUID(int=0))


async def record_customers(batch: Batch) -> Outcome:
    """Creates whom nobody knew, joins who turns out to be one, and keeps the latest word on every field."""
    rows = [_row(found) for found in await batch.fetch(_SQL, "rows", batch.number, batch.now)]
    outcome = Outcome(Counts(), await _campaign_faults(batch, rows))
    faulty = {fault.seq for fault in outcome.faults}
    joining = await _known(batch, rows)
    placed = []
    for row in rows:
        if row.upsert.seq in faulty:
            continue
        found = joining.place(row.upsert)
        if isinstance(found, UnitFault):
            outcome.faults.append(found)
        else:
            row.customer = found
            placed.append(row)
    for row in placed:
        row.customer = joining.now(row.customer)
    changed = await _record(batch, placed, joining)
    _count(outcome.counts, placed, changed, set(joining.created))
    return outcome


def _row(found: "asyncpg.Record") -> _Row:
    identities = orjson.loads(found["identities"])
    known = tuple(Known(IdentityKind(one["kind"]), one["scope"], one["value"]) for one in identities)
    fields = orjson.loads(found["fields"])
    upsert = Upsert(found["seq"], found["customer"], known, found["prospect"], bool(fields))
    return _Row(upsert, found["source"], found["recorded_at"], found["undated"], fields, identities)


async def _campaign_faults(batch: Batch, rows: list[_Row]) -> list[UnitFault]:
    named = {}
    for row in rows:
        stated = row.fields.get("acquisition")
        if isinstance(stated, dict) and stated["campaign"] is not None:
            named[row.upsert.seq] = UUID(stated["campaign"])
    if not named:
        return []
    there = {row[0] for row in await batch.fetch(_SQL, "campaigns", list(named.values()))}
    fault = "acquisition.campaign", ErrorCode.NOT_FOUND, "names no campaign"
    return [UnitFault(seq, None, *fault) for seq, campaign in named.items() if campaign not in there]


async def _known(batch: Batch, rows: list[_Row]) -> Joining:
    """What the database knows of the identities and customers that the rows name; the customers are locked."""
    named = list(dict.fromkeys(known for row in rows for known in row.upsert.identities))
    columns = [[known[at] for known in named] for at in range(3)]
    owners = {
        Known(IdentityKind(row["kind"]), row["scope"], row["value"]): row["customer_id"]
        for row in await batch.fetch(_SQL, "owners", *columns)
    }
    wanted = {*owners.values(), *(row.upsert.customer for row in rows if row.upsert.customer is not None)}
    found = await batch.fetch(_SQL, "people", list(wanted))
    joined = {row["customer_id"]: row["now"] for row in found if row["now"] != row["customer_id"]}
    if missing := set(joined.values()) - wanted:
        found += await batch.fetch(_SQL, "people", list(missing))
    people = {row["customer_id"]: Person(row["strong"], row["stated"]) for row in found}
    owners = {known: owner for known, owner in owners.items() if owner in people}
    joining = Joining(owners, people)
    joining.merged.update(joined)
    return joining


async def _record(batch: Batch, rows: list[_Row], joining: Joining) -> set[UUID]:
    """Who changed."""
    created = [one for one in joining.created if joining.now(one) == one]
    claims = [(*known, joining.now(owner)) for known, owner in joining.claimed.items()]
    columns = [[claim[at] for claim in claims] for at in range(4)]
    if await batch.run(_SQL, "claim", *columns, batch.now) < len(claims):
        raise Moved  # another writer claimed one of them meanwhile
    await batch.run(_SQL, "create", created, batch.now)
    await batch.run(_SQL, "scores", created, batch.now)
    changed = {joining.now(owner) for owner in joining.claimed.values()} | set(created)
    gone = {one: joining.now(one) for one in joining.joined if one not in set(joining.created)}
    changed |= await join(batch, gone)
    changed |= await _identities(batch, rows)
    changed |= await _statements(batch, rows)
    await _profiles(batch, list(changed))
    return changed


async def _identities(batch: Batch, rows: list[_Row]) -> set[UUID]:
    await batch.run(_SQL, "create_identity")
    records = []
    for row in rows:
        for known, one in zip(row.upsert.identities, row.identities, strict=True):
            flags = one["source"], one["verified"], one["primary"], row.recorded_at
            records.append((row.upsert.seq, row.customer, *known, *flags))
    await batch.tx.copy_records_to_table("t_identity", records=records)
    await batch.run(_SQL, "identities")
    return {row[0] for row in await batch.fetch(_SQL, "primaries")}


async def _statements(batch: Batch, rows: list[_Row]) -> set[UUID]:
    """Adds what was said; what is said without a date and holds already is nothing new."""
    await batch.run(_SQL, "create_said")
    records = [
        (row.upsert.seq, row.customer, name, row.recorded_at, row.source, row.undated, orjson.dumps(value).decode())
        for row in rows
        for name, value in row.fields.items()
    ]
    await batch.tx.copy_records_to_table("t_said", records=records, columns=_SAID)
    await batch.run(_SQL, "nothing_new")
    return {row[0] for row in await batch.fetch(_SQL, "statements")}


async def _profiles(batch: Batch, changed: list[UUID]) -> None:
    """Writes the profiles that hold now, and marks their customers."""
    stated: dict[UUID, dict[str, object]] = defaultdict(dict)
    for row in await batch.fetch(_SQL, "winners", changed):
        stated[row["customer_id"]][row["field"]] = row["value"]
    addresses: dict[tuple[UUID, str], str] = {
        (row["customer_id"], row["kind"]): row["value"] for row in await batch.fetch(_SQL, "addresses", changed)
    }
    await batch.run(_SQL, "create_profile")
    profiles = [
        profile(one, stated[one], addresses.get((one, "EMAIL")), addresses.get((one, "PHONE"))) for one in changed
    ]
    await batch.tx.copy_records_to_table("t_profile", records=profiles, columns=COLUMNS)
    await batch.run(_SQL, "profiles", batch.now)
    await batch.run(_SQL, "mark", changed)
    await mark(batch)


def _count(counts: Counts, rows: list[_Row], changed: set[UUID], created: set[UUID]) -> None:
    """The first row of a new customer created it; a row of a customer that did not change is a duplicate."""
    for row in rows:
        if row.customer in created:
            counts.created += 1
            created.discard(row.customer)
        elif row.customer in changed:
            counts.updated += 1
        else:
            counts.duplicates += 1
