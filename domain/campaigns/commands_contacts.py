"""Deeds on contacts: what was told of some is put beside what is known, and written in a few statements."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple
from uuid import UUID

import asyncpg

from domain.campaigns.becoming import HELD_BACK, Contact, Report, begun
from domain.campaigns.vocabulary import Arm, ContactStatus, SuppressionReason
from domain.database import Tx
from domain.errors import ErrorCode, Fault
from domain.identity.commands_merging import lock
from domain.ids import new_ids
from domain.sqlfile import statements
from domain.staged import Moved
from domain.vocabulary import Channel, RecordStatus

_SQL = statements(Path(__file__).parent / "sql" / "contacts.sql")
_FIGURES = tuple(one.name for one in fields(Contact))
NO_CHANNEL: Final = "is needed: neither what is known of the contact nor the campaign's step names one"


class Place(NamedTuple):
    """Of one campaign, customer and step there is one contact."""

    customer: UUID
    campaign: UUID
    step: int


@dataclass(frozen=True, slots=True)
class Word:
    """What was told of a contact; `recorded_for` is whom it named, who may be part of another customer by now."""

    place: Place
    recorded_for: UUID
    report: Report
    # The channel of one that nothing was known of.
    channel: Channel | None


@dataclass(frozen=True, slots=True)
class Kept:
    """A contact, for whom it was recorded first, and its id."""

    contact_id: UUID
    recorded_for: UUID
    contact: Contact


class Told(NamedTuple):
    """What became of a word: of which contact it was, or why it was not taken."""

    status: RecordStatus
    contact: UUID | None
    fault: Fault | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of each word, in their order; the contacts that changed; and which nobody knew had gone out."""

    told: Sequence[Told]
    changed: Sequence[tuple[Place, Kept]]
    went_out: frozenset[UUID]


async def lock_customers(tx: Tx, whose: Mapping[UUID, UUID]) -> None:
    """Raises Moved where one who is named was merged or erased since; customers by whom the words named."""
    found = await lock(tx, {*whose.values(), *whose})
    for named, customer in whose.items():
        was, now = found.get(named), found.get(customer)
        led = was is not None and (was["merged_into"] or named) == customer
        if not led or now is None or now["erased_at"] is not None or now["merged_into"] is not None:
            raise Moved


async def record(tx: Tx, words: Sequence[Word], *, now: datetime) -> Recorded:
    """One after the other; their customers are locked. What is new and has no channel is not taken, nor what would
    have somebody contacted who is held out.
    """
    known = await _known(tx, words)
    before = {kept.contact_id: kept for found in known.values() for kept in found.values()}
    ids = iter(new_ids(now, len(words)))
    told: list[Told] = []
    for word in words:
        there = known.setdefault(word.place, {})
        kept = _meant(word, there)
        if (fault := _fault(word, kept)) is not None:
            told.append(Told(RecordStatus.REJECTED, None, fault))
            continue
        made, status = _after(word, kept, ids)
        there[made.contact_id] = made
        told.append(Told(status, made.contact_id))
    changed = [
        (place, kept)
        for place, found in known.items()
        for kept in found.values()
        if before.get(kept.contact_id) != kept
    ]
    await _write(tx, changed, now)
    new = {kept.contact_id for _, kept in changed if kept.contact.sent_at and not _was_out(before, kept)}
    return Recorded(told, changed, frozenset(new))


def _fault(word: Word, kept: Kept | None) -> Fault | None:
    """Why a word is not taken: nobody knows the channel, or who is held out was contacted."""
    if kept is None:
        return Fault.required(NO_CHANNEL, "channel") if word.channel is None else None
    told, known = word.report, kept.contact
    if told.arm is Arm.CONTROL and known.status not in HELD_BACK:
        message = f"is CONTROL, which is never contacted, and the contact was {known.status}: leave the arm out"
        return Fault(ErrorCode.IN_WRONG_STATE, message, ("arm",))
    if told.arm is None and known.arm is Arm.CONTROL and told.status not in HELD_BACK:
        message = f"is {told.status}, and the contact is CONTROL, which is never contacted: if it was, say arm TREATED"
        return Fault(ErrorCode.IN_WRONG_STATE, message, ("status",))
    return None


def _after(word: Word, kept: Kept | None, ids: Iterator[UUID]) -> tuple[Kept, RecordStatus]:
    if kept is None:
        assert word.channel is not None
        return Kept(next(ids), word.recorded_for, begun(word.report, word.channel)), RecordStatus.CREATED
    made = replace(kept, contact=kept.contact.told(word.report))
    return made, RecordStatus.DUPLICATE if made == kept else RecordStatus.UPDATED


def _meant(word: Word, there: Mapping[UUID, Kept]) -> Kept | None:
    """Of several that merging brought together: the one that was told of the same, or else the customer's own.

    Of a customer and a step there is one contact, whichever of their ids it is told by: word for somebody who was
    merged and had none of their own changes the one that is there, and stays with it if the two part again.
    """

    def how_near(kept: Kept) -> tuple[bool, bool, UUID]:
        return kept.recorded_for != word.recorded_for, kept.recorded_for != word.place.customer, kept.contact_id

    return min(there.values(), key=how_near, default=None)


def _was_out(before: Mapping[UUID, Kept], kept: Kept) -> bool:
    return kept.contact_id in before and before[kept.contact_id].contact.sent_at is not None


async def _known(tx: Tx, words: Sequence[Word]) -> dict[Place, dict[UUID, Kept]]:
    """Contacts of the words' places, by their ids."""
    places = list({word.place for word in words})
    found: dict[Place, dict[UUID, Kept]] = {}
    for row in await tx.fetch(_SQL["known"], *([place[at] for place in places] for at in range(3))):
        place = Place(row["customer_id"], row["campaign_id"], row["step"])
        found.setdefault(place, {})[row["contact_id"]] = _kept(row)
    return found


async def found(tx: Tx, customer: UUID, contact: UUID) -> tuple[Place, Kept] | None:
    row = await tx.fetchrow(_SQL["found"], customer, contact)
    return None if row is None else (Place(customer, row["campaign_id"], row["step"]), _kept(row))


def _kept(row: asyncpg.Record) -> Kept:
    suppression = row["suppression"]
    contact = Contact(
        channel=Channel(row["channel"]),
        variant=row["variant"],
        arm=Arm(row["arm"]),
        status=ContactStatus(row["status"]),
        status_at=row["status_at"],
        suppression=None if suppression is None else SuppressionReason(suppression),
        attempts=row["attempts"],
        last_error=row["last_error"],
        scheduled_at=row["scheduled_at"],
        sent_at=row["sent_at"],
    )
    return Kept(row["contact_id"], row["recorded_for"], contact)


async def _write(tx: Tx, changed: Sequence[tuple[Place, Kept]], now: datetime) -> None:
    if not changed:
        return
    heads = [(*place, kept.recorded_for, kept.contact_id) for place, kept in changed]
    columns = [[head[at] for head in heads] for at in range(5)]
    columns += [[getattr(kept.contact, name) for _, kept in changed] for name in _FIGURES]
    await tx.execute(_SQL["write"], *columns, now)
