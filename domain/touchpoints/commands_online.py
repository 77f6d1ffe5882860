"""Deeds on touchpoints that a caller waits for: up to a thousand, recorded by a few statements over arrays.

Locks are taken as everywhere: identities in the order of their values, customers in that of their ids, then claims,
facts, months and marks.
"""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from uuid import UUID

from domain import customers
from domain.customers import Taught
from domain.identity.normalise import Known
from domain.ids import Prefix
from domain.privacy.queries import erased
from domain.sqlfile import statements
from domain.staged import Batch, Counts, Moved, Outcome
from domain.touchpoints import arrays
from domain.touchpoints.commands_contacting import take_places_of
from domain.touchpoints.planning import Found, Plan, lesson, plan
from domain.touchpoints.staged import Staged
from domain.vocabulary import MADE_OF_CONTACTS, IdentityKind, Role, TouchpointKind

_SQL = Path(__file__).parent / "sql"
_DOMAIN = Path(__file__).parents[1]
_TOUCH, _RESOLVE = "customers/sql/touch.sql", "identity/sql/resolve.sql"
# By the name of their place: where they stand, and what their own $1 is here.
_PARTS = {
    "insert": ("touchpoints/sql/facts.sql", "insert", "$1"),
    "prospects": (_TOUCH, "prospects", "$1"),
    "scores": (_TOUCH, "scores", "$1"),
    "copy": (_RESOLVE, "copy", "$1"),
    "touched": (_TOUCH, "touched", "$1"),
    "seen": (_RESOLVE, "seen", "$44"),
    "marks": (_TOUCH, "marks", "$1"),
}


async def record_rows(batch: Batch, rows: Sequence[Sequence[object]]) -> Outcome:
    """Records what is new of the rows that TouchpointStaging made; each sees those before it.

    Raises Moved where another writer came in between: everything is to be done again.
    """
    staged = [Staged._make(row) for row in rows]
    planned = plan(staged, await _look(batch, staged))
    if planned.new:
        await _record(batch, planned)
    created = len(planned.new)
    return Outcome(Counts(created, 0, len(planned.told) - created), planned.faults, planned.told)


async def _look(batch: Batch, rows: list[Staged]) -> Found:
    names = list({row.named for row in rows if row.customer is None})
    skus = list({row.sku for row in rows if row.sku is not None})
    claims = [row.claim for row in rows] + [row.purchase for row in rows if row.purchase is not None]
    ids = list({row.customer for row in rows if row.customer is not None})
    campaigns = list({row.campaign for row in rows if row.campaign is not None})
    found = Found()
    looked = await batch.tx.fetch(
        _sql("look"), claims, *arrays.columns(names, 3), ids, skus, campaigns, batch.caller.source
    )
    for what, nth, key, id_ in looked:
        if what == "claim":
            found.claims[key] = id_
        elif what == "owner":
            found.owners[names[nth - 1]] = key, id_
        elif what in ("customer", "erased"):
            found.customers[key] = id_
            if what == "erased":
                found.gone.add(key)
        elif what == "product":
            found.products[skus[nth - 1]] = id_
        else:
            found.campaigns.add(id_)
    await _look_at_lessons(batch, rows, found)
    unknown = [name for name in names if name not in found.owners]
    if unknown:
        known = [Known(IdentityKind(kind), scope, value) for kind, scope, value in unknown]
        gone = await erased(batch.tx, batch.tombstones, known)
        found.erased = frozenset((str(one.kind), one.scope, one.value) for one in gone)
    return found


async def _look_at_lessons(batch: Batch, rows: list[Staged], found: Found) -> None:
    taught = []
    for row in rows:
        if row.learnt is not None and row.claim not in found.claims:
            owner = found.owners.get(row.named, (None, None))[1] if row.customer is None else row.customer
            taught.append(Taught(row.seq, found.customers.get(owner, owner) if owner else None, row.learnt))
    if taught:
        faults = await customers.lesson_faults(batch.tx, taught, batch.caller)
        found.lessons = {fault.seq: fault for fault in faults}


async def _record(batch: Batch, planned: Plan) -> None:
    if planned.prospects:
        await _claim(batch, planned)
    made = {row.prospect for row in planned.prospects.values()}
    await _lock(batch, planned, made)
    touches = arrays.touches(planned)
    if made:
        await _welcome(batch, planned, [touch for touch in touches if touch[0] in made])
    claims = arrays.claims(planned)
    about = (
        *arrays.columns(touches, 6),
        *arrays.facts(planned, batch.settings),
        *arrays.columns(claims, 4),
        *arrays.seen(planned),
    )
    partner = batch.caller.role is Role.PARTNER
    done = await batch.tx.fetchrow(_sql("write"), batch.now, *about, batch.settings.time_zone, partner)
    if done is None or done["claimed"] < len(claims):
        raise Moved  # somebody else recorded one of them meanwhile
    if done["turned"]:
        await customers.restate(batch.tx, done["turned"], batch.now, added=True)
    await take_places_of(batch, _contacted(planned))
    taught = [lesson(row, *whom) for row, whom in zip(planned.new, planned.whose, strict=True)]
    if any(taught):
        await customers.learn(batch.tx, [one for one in taught if one is not None], batch.now)


def _contacted(planned: Plan) -> set[tuple[UUID, UUID]]:
    """The customers and campaigns of which a source tells that something went out."""
    return {
        (customer, row.campaign)
        for row, (_, customer) in zip(planned.new, planned.whose, strict=True)
        if row.campaign is not None and row.touch_kind == TouchpointKind.CAMPAIGN_SENT and not _is_made(row)
    }


def _is_made(row: Staged) -> bool:
    """Of a contact: whoever made it says which one it is of."""
    return row.source == MADE_OF_CONTACTS and (row.external_id or "").startswith(f"{Prefix.CONTACT}_")


async def _claim(batch: Batch, planned: Plan) -> None:
    owned = [(row.prospect, *name) for name, row in planned.prospects.items()]
    done = await batch.tx.execute(_sql("claim_identities"), batch.now, *arrays.columns(owned, 4))
    if done != f"INSERT 0 {len(owned)}":
        raise Moved  # somebody else claimed one of them meanwhile


async def _lock(batch: Batch, planned: Plan, made: set[UUID]) -> None:
    """Also those that were merged and are named: what comes by them is recorded for them."""
    expected: dict[UUID, UUID | None] = {customer: None for _, customer in planned.whose if customer not in made}
    expected |= {one: customer for one, customer in planned.whose if one != customer}
    if not expected:
        return
    rows = await batch.tx.fetch(_sql("lock"), list(expected))
    stand = {row["customer_id"] for row in rows if row["erased_at"] is None}
    if len(stand) < len(expected) or any(row["merged_into"] != expected[row["customer_id"]] for row in rows):
        raise Moved  # one of them was merged or erased meanwhile, or a merge undone


async def _welcome(batch: Batch, planned: Plan, touches: list[tuple[object, ...]]) -> None:
    prospects = [(row.prospect, *name, row.verified, row.identity_source) for name, row in planned.prospects.items()]
    await batch.tx.fetchval(_sql("prospects"), batch.now, *arrays.columns(touches, 6), *arrays.columns(prospects, 6))


@cache
def _sql(name: str) -> str:
    """A statement of online.sql, with those of the import that it is made of."""
    text = statements(_SQL / "online.sql")[name]
    for part, (path, statement, now) in _PARTS.items():
        if f"{{{part}}}" in text:
            text = text.replace(f"{{{part}}}", statements(_DOMAIN / path)[statement].replace("$1", now))
    return text
