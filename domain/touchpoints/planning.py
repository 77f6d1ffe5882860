"""What is to become of the touchpoints of a call: which are new, which were told before, which are refused, and whose.

No statements: commands_online.py asks and writes around it. An import plans the same in sql/record.sql.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from domain.customers import Lesson
from domain.staged import RowTold, UnitFault
from domain.touchpoints.rules import fault
from domain.touchpoints.staged import Name, Staged
from domain.vocabulary import Channel, RecordStatus, TouchpointKind

Card = Mapping[tuple[str, str | None], str]
"""The rate card: what a touchpoint of a channel costs, of one kind or (None) of any."""


@dataclass(slots=True)
class Found:
    """What the database knows of the names in a call."""

    claims: dict[UUID, UUID] = field(default_factory=dict)
    # Of an identity: for whom it was claimed, and who that is by now.
    owners: dict[Name, tuple[UUID, UUID]] = field(default_factory=dict)
    customers: dict[UUID, UUID] = field(default_factory=dict)
    products: dict[str, UUID] = field(default_factory=dict)
    campaigns: set[UUID] = field(default_factory=set)
    # Ids and identities of those who were erased.
    gone: set[UUID] = field(default_factory=set)
    erased: frozenset[Name] = frozenset()
    # What the lessons of rows are refused for.
    lessons: dict[int, UnitFault] = field(default_factory=dict)


@dataclass(slots=True)
class Plan:
    """Rows by what is to become of them; `whose` tells of each new one for whom it is, and who that is by now."""

    told: list[RowTold] = field(default_factory=list)
    faults: list[UnitFault] = field(default_factory=list)
    new: list[Staged] = field(default_factory=list)
    whose: list[tuple[UUID, UUID]] = field(default_factory=list)
    # The identities of those who are new, each with the row that brings it.
    prospects: dict[Name, Staged] = field(default_factory=dict)
    products: dict[str, UUID] = field(default_factory=dict)


def card(rates: Iterable[tuple[str, str | None, Decimal]]) -> Card:
    return {(channel, kind): str(cost) for channel, kind, cost in rates}


def lesson(row: Staged, recorded_for: UUID, customer: UUID) -> Lesson | None:
    """What a new touchpoint teaches of its customer; UNSUBSCRIBE withdraws the consent of its channel."""
    unsubscribed = Channel(row.channel) if row.touch_kind == TouchpointKind.UNSUBSCRIBE else None
    if row.learnt is None and unsubscribed is None:
        return None
    about = row.touchpoint_id, customer, recorded_for, row.occurred_at, row.source
    return Lesson(*about, row.learnt, unsubscribed)


def cost(row: Staged, rates: Card) -> str:
    """Given, else the card's for its kind, else the card's for its channel."""
    if row.cost is not None:
        return row.cost
    return rates.get((row.channel, row.touch_kind)) or rates.get((row.channel, None)) or "0"


def plan(rows: Sequence[Staged], found: Found) -> Plan:
    """Rows see those before them: the second of a kind is a duplicate of the first."""
    planned = Plan(products=found.products)
    told_here: dict[UUID, UUID] = {}
    for row in rows:
        known = found.claims.get(row.claim) or (row.purchase and found.claims.get(row.purchase))
        if known is None:
            if (why := _fault(row, found)) is not None:
                planned.faults.append(why)
                continue
            known = _told(row, told_here)
        if known is not None:
            planned.told.append(RowTold(row.seq, RecordStatus.DUPLICATE, known))
            continue
        planned.new.append(row)
    _place(planned, found)
    return planned


def _fault(row: Staged, found: Found) -> UnitFault | None:
    """The first that is found."""
    if row.customer is not None:
        if row.customer not in found.customers:
            return fault(row.seq, "customer.id")
        if row.customer in found.gone:
            return fault(row.seq, "customer")
    elif found.erased and row.named in found.erased:
        return fault(row.seq, "customer.identity")
    if row.sku is not None and row.sku not in found.products:
        return fault(row.seq, "sku")
    if row.campaign is not None and row.campaign not in found.campaigns:
        return fault(row.seq, "campaign")
    return found.lessons.get(row.seq)


def _told(row: Staged, told_here: dict[UUID, UUID]) -> UUID | None:
    """The touchpoint of this call that the row tells of again; both its claims stand for that one from here on."""
    purchase = row.purchase or row.claim
    known = told_here.get(purchase) or told_here.get(row.claim)
    told_here.setdefault(row.claim, known or row.touchpoint_id)
    told_here.setdefault(purchase, known or row.touchpoint_id)
    return known


def _place(planned: Plan, found: Found) -> None:
    """Whom the new rows are about; the earliest row of somebody unknown makes the prospect."""
    for row in planned.new:
        if row.customer is None and (name := row.named) not in found.owners:
            other = planned.prospects.get(name)
            if other is None or _first(row) < _first(other):
                planned.prospects[name] = row
    made = {name: (row.prospect, row.prospect) for name, row in planned.prospects.items()}
    for row in planned.new:
        if row.customer is not None:
            planned.whose.append((row.customer, found.customers[row.customer]))
        else:
            planned.whose.append(found.owners.get(row.named) or made[row.named])
        told = row.touchpoint_id, planned.whose[-1][1]
        planned.told.append(RowTold(row.seq, RecordStatus.CREATED, *told))


def _first(row: Staged) -> tuple[datetime, str, bool, int]:
    """An order that does not depend on when rows came in, but for rows that say the same."""
    return row.occurred_at, row.identity_source or "", not row.verified, row.seq
