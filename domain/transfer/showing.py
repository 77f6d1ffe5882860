"""Contacts that went out, on the timeline: each once, by the touchpoint that told of it, or by one that is made."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from uuid import UUID

from domain.access.principal import OPERATOR
from domain.campaigns import commands_contacts as contacts
from domain.campaigns.commands_contacts import Kept, Place
from domain.campaigns.queries import Planned, campaigns
from domain.database import Tx
from domain.errors import Refused
from domain.ids import Prefix, to_public
from domain.query.asking import Occasion
from domain.settings import Settings
from domain.touchpoints import commands_contacting as contacting
from domain.transfer.calls import record
from domain.transfer.kinds import Kind
from domain.vocabulary import MADE_OF_CONTACTS, RecordErrorPolicy, TouchpointKind


async def show(
    tx: Tx, done: contacts.Recorded, planned: Mapping[UUID, Planned], *, occasion: Occasion, settings: Settings
) -> None:
    """What changed of contacts, whose customers are locked."""
    now = occasion.now
    out = {kept.contact_id: (place, kept) for place, kept in done.changed if kept.contact.sent_at is not None}
    known = [(place.customer, id_) for id_, (place, _) in out.items() if id_ not in done.went_out]
    moved = await contacting.remove_outdated(tx, known, settings=settings, now=now) if known else set()
    told = await contacting.pair(tx, {place[:2] for place, _ in done.changed}, settings=settings, now=now)
    untold = [out[id_] for id_ in out if id_ in (done.went_out | moved) - told]
    if untold:
        await _make(tx, untold, planned, occasion=occasion, settings=settings)


async def show_again(tx: Tx, customer: UUID, contact: UUID, *, occasion: Occasion) -> None:
    """A contact whose touchpoint was taken back: that it went out, it still says itself. Its customer is locked."""
    found = await contacts.found(tx, customer, contact)
    if found is None or found[1].contact.sent_at is None:
        return
    planned = await campaigns(tx, [found[0].campaign])
    done = contacts.Recorded((), [found], frozenset({contact}))
    await show(tx, done, planned, occasion=occasion, settings=await Settings.load(tx))


async def _make(
    tx: Tx,
    untold: Sequence[tuple[Place, Kept]],
    planned: Mapping[UUID, Planned],
    *,
    occasion: Occasion,
    settings: Settings,
) -> None:
    """A touchpoint of each, whoever is the caller; one that was made and taken back stays away."""
    rows = [_touchpoint(place, kept, planned[place.campaign]) for place, kept in untold]
    house, policy = replace(occasion, principal=OPERATOR, lookups=None), RecordErrorPolicy.RECORD_GOOD_ROWS
    done = await record(tx, Kind.TOUCHPOINTS, rows, occasion=house, settings=settings, policy=policy, by_house=True)
    if faults := [fault for one in done for fault in one.faults]:
        raise Refused(*faults)
    made = [
        (one.customer or place.customer, kept.contact.sent_at, one.id, kept.contact_id)
        for (place, kept), one in zip(untold, done, strict=True)
        if one.id is not None and kept.contact.sent_at is not None
    ]
    await contacting.belong(tx, made)


def _touchpoint(place: Place, kept: Kept, planned: Planned) -> dict[str, object]:
    step = planned.step(place.step)
    return {
        # Whom the word named: should the two part again, it goes with the contact.
        "customer": {"id": to_public(Prefix.CUSTOMER, kept.recorded_for)},
        "channel": kept.contact.channel,
        "kind": TouchpointKind.CAMPAIGN_SENT,
        "occurredAt": kept.contact.sent_at,
        "source": MADE_OF_CONTACTS,
        "externalId": to_public(Prefix.CONTACT, kept.contact_id),
        "campaign": to_public(Prefix.CAMPAIGN, place.campaign),
        **({"cost": Decimal(step.unit_cost)} if step else {}),
    }
