"""What holds is written anew: the profile, and the needs, preferences and attributes derived from statements.

Whoever changes statements or identities calls `restate`, with the customers locked already.
"""

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from domain.access.queries import partner_sources
from domain.customers.addresses import tidy
from domain.customers.attributes import Declaration, Declared, typed
from domain.customers.profile import ACQUISITION, ATTRIBUTE, Held, profile
from domain.database import Tx
from domain.folding import fold
from domain.ledger import mark_customers
from domain.sqlfile import statements
from domain.vocabulary import AttributeType

_SQL = Path(__file__).parent / "sql" / "restate.sql"
NEED, PREFERENCE, PRIMARY = "needs.", "preferences.", "primary."


class _Identity(NamedTuple):
    kind: str
    scope: str
    value: str
    primary: bool
    source: str | None
    # Whether a partner brought it.
    foreign: bool = False


@dataclass(slots=True)
class _Customer:
    """What is stored of one customer: statements that hold, and identities, those that partners brought last."""

    holding: dict[str, Held] = field(default_factory=dict)
    identities: list[_Identity] = field(default_factory=list)
    partners: frozenset[str] = frozenset()


async def restate(tx: Tx, customer_ids: Collection[UUID], now: datetime, *, added: bool = False) -> None:
    """Writes the profiles that hold now and all that is derived from them, and marks the customers.

    `added` says that statements and identities were only added: what facts tell (the first and the last touch) is then
    as it was. Left out, facts may have moved too. Who has no statement left, as one who was merged, has an empty
    profile; who was merged or erased is not marked.
    """
    ids = sorted(set(customer_ids))
    if not ids:
        return
    people = await _people(tx, ids)
    declared = await _declared(tx, people.values())
    rows = [_profile(one, person, declared) for one, person in people.items()]
    await _primaries(tx, people)
    written = await tx.fetch(statements(_SQL)["profiles"], now, *_columns(rows))
    for name, prefix, derive in (
        ("needs", NEED, _needs),
        ("preferences", PREFERENCE, _preferences),
        ("attributes", ATTRIBUTE, _attributes),
    ):
        of = [one for one in ids if not added or any(f.startswith(prefix) for f in people[one].holding)]
        if of:
            derived = [row for one in of for row in derive(one, people[one], declared)]
            await _run(tx, name, of, *_columns(derived, _WIDTHS[name]))
    await _touches(tx, people, added)
    await mark_customers(tx, [row["customer_id"] for row in written if row["stands"]], now)


async def _people(tx: Tx, ids: list[UUID]) -> dict[UUID, _Customer]:
    people = {one: _Customer() for one in ids}
    for row in await tx.fetch(statements(_SQL)["winners"], ids):
        people[row[0]].holding[row[1]] = Held(*row[2:])
    for row in await tx.fetch(statements(_SQL)["identities"], ids):
        people[row[0]].identities.append(_Identity(*row[1:]))
    await _partners_last(tx, people)
    return people


async def _partners_last(tx: Tx, people: dict[UUID, _Customer]) -> None:
    """What a partner brought is never the one to use before what others know, whenever it says that it was seen."""
    mixed = [one for one in people.values() if len({(i.kind, i.source) for i in one.identities}) > 1]
    partners = await partner_sources(tx) if mixed else frozenset()
    for person in mixed if partners else ():
        told = [one._replace(foreign=one.source in partners) for one in person.identities]
        person.partners = partners
        person.identities = sorted(told, key=lambda one: one.foreign)


async def _declared(tx: Tx, people: Iterable[_Customer]) -> Declared:
    named = {f.removeprefix(ATTRIBUTE) for one in people for f in one.holding if f.startswith(ATTRIBUTE)}
    return await declarations(tx, named)


async def declarations(tx: Tx, names: Collection[str]) -> dict[str, Declaration]:
    """What is declared of these names."""
    if not names:
        return {}
    rows = await tx.fetch(statements(_SQL)["declarations"], list(names))
    return {row[0]: Declaration(row[0], AttributeType(row[1]), row[2]) for row in rows}


def _profile(customer: UUID, person: _Customer, declared: Declared) -> tuple[object, ...]:
    primaries = _chosen(person)
    email, phone = primaries.get("EMAIL"), primaries.get("PHONE")
    return profile(customer, person.holding, email and email[1], phone and phone[1], declared)


def _chosen(person: _Customer) -> dict[str, tuple[str, str]]:
    """The primary of each kind, (scope, value): the one that was made it, else the one that was seen first.

    What a partner made it counts only where nobody else knows one of the kind.
    """
    chosen: dict[str, tuple[str, str]] = {}
    for one in person.identities:
        held = person.holding.get(f"{PRIMARY}{one.kind}")
        made = held is not None and held.value == {"scope": one.scope, "value": one.value}
        by_partner = held is not None and held.source in person.partners
        others = by_partner and any(i.kind == one.kind and not i.foreign for i in person.identities)
        if one.kind not in chosen or (made and not others):
            chosen[one.kind] = one.scope, one.value
    return chosen


async def _primaries(tx: Tx, people: dict[UUID, _Customer]) -> None:
    turned = []
    for one, person in people.items():
        chosen = _chosen(person)
        for kind, scope, value, primary, *_ in person.identities:
            if primary != (chosen[kind] == (scope, value)):
                turned.append((one, kind, scope, value, not primary))
    if turned:
        await _run(tx, "primaries", *_columns(turned))


async def _touches(tx: Tx, people: dict[UUID, _Customer], added: bool) -> None:
    """What facts tell, where facts moved; and the first touch of whom nobody says any more how they came to us."""
    said = {one: person.holding.get(ACQUISITION) for one, person in people.items()}
    silent = [one for one, held in said.items() if (held is None and not added) or (held and held.value is None)]
    if silent:
        await _run(tx, "first_touch", silent)
    if not added:
        await _run(tx, "last_touch", list(people))


def _needs(customer: UUID, person: _Customer, _declared: Declared) -> Iterable[tuple[object, ...]]:
    for name, held in person.holding.items():
        if name.startswith(NEED) and isinstance(held.value, dict):
            _, kind, need = name.split(".", 2)
            told = held.value.get("detail"), held.value.get("strength", 1.0)
            yield customer, kind, held.value.get("name", need), need_id(customer, kind, need), *told, *held[1:]


def _preferences(customer: UUID, person: _Customer, _declared: Declared) -> Iterable[tuple[object, ...]]:
    for name, held in person.holding.items():
        if name.startswith(PREFERENCE) and held.value is not None:
            yield customer, name.removeprefix(PREFERENCE), held.value, *held[1:]


def _attributes(customer: UUID, person: _Customer, declared: Declared) -> Iterable[tuple[object, ...]]:
    for name, held in person.holding.items():
        declaration = declared.get(name.removeprefix(ATTRIBUTE)) if name.startswith(ATTRIBUTE) else None
        if declaration is not None and (value := typed(declaration.type, held.value)) is not None:
            yield customer, declaration.name, declaration.personal, *value


def need_id(customer: UUID, kind: str, name: str) -> UUID:
    """The same need of the same customer has the same id, whoever told it first; `name` is the register's."""
    return UUID(bytes=hashlib.sha256(f"{customer}\x00{kind}\x00{name}".encode()).digest()[:16])


def need_register(kind: str, name: str) -> str:
    """A need's field: however its name is spelled, it is the same need."""
    return f"{NEED}{kind}.{fold(tidy(name))}"


_WIDTHS = {"needs": 9, "preferences": 6, "attributes": 8}


def _columns(rows: Sequence[tuple[object, ...]], width: int = 0) -> list[list[object]]:
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in range(width)]


async def _run(tx: Tx, name: str, *values: object) -> None:
    await tx.execute(statements(_SQL)[name], *values)
