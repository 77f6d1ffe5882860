"""Deeds on touchpoints that tell of a campaign's contact: whoever tells of it first, there is one in the end.

What was told as a contact made a touchpoint; when its source tells of it as one, too, that takes its place. Of a
contact that had not gone out, as far as was known, a source's touchpoint says that it has.
"""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final
from uuid import UUID

from domain import customers, portfolio
from domain.campaigns import commands_contacts as contacts
from domain.campaigns.becoming import Report
from domain.campaigns.commands_contacts import Place, Word
from domain.campaigns.vocabulary import ContactStatus
from domain.database import Tx
from domain.ids import Prefix
from domain.query.declare import public_id
from domain.settings import Settings
from domain.sqlfile import statements
from domain.staged import Batch
from domain.vocabulary import MADE_OF_CONTACTS, Channel

if TYPE_CHECKING:
    import asyncpg

_FILE = Path(__file__).parent / "sql" / "contacting.sql"
_APART: Final = timedelta(days=3)
"""How far the times may differ that two sources tell of one sending."""
_NAMED: Final = public_id(Prefix.CONTACT, "c.contact_id")


async def take_places(batch: Batch) -> None:
    """After the facts of a batch were written (t_ref)."""
    rows = await batch.rows(_FILE, "told")
    await take_places_of(batch, [(UUID(str(row[0])), UUID(str(row[1]))) for row in rows])


async def take_places_of(batch: Batch, told: Collection[tuple[UUID, UUID]]) -> None:
    """Of these customers and campaigns, of whom a touchpoint CAMPAIGN_SENT was told; they are locked."""
    if told:
        await pair(batch.tx, told, settings=batch.settings, now=batch.now)


async def pair(tx: Tx, told: Collection[tuple[UUID, UUID]], *, settings: Settings, now: datetime) -> set[UUID]:
    """Puts contacts and touchpoints of one sending together, of these customers, who are locked, and campaigns.

    The contacts that a source's touchpoint tells of from now on.
    """
    rows = await tx.fetch(_sql("take"), *_columns(told, 2), MADE_OF_CONTACTS, _APART)
    if heard := [_heard(row) for row in rows if row["sent_at"] is None]:
        await contacts.record(tx, heard, now=now)
    gone = [(row["customer_id"], row["made_id"]) for row in rows if row["made_id"] is not None]
    await _forget(tx, gone, settings, now)
    return {row["contact_id"] for row in rows}


async def remove_outdated(
    tx: Tx, out: Collection[tuple[UUID, UUID]], *, settings: Settings, now: datetime
) -> set[UUID]:
    """Touchpoints that were made of contacts (customer, contact) that went out otherwise; the contacts."""
    rows = await tx.fetch(_sql("outdated"), *_columns(out, 2), MADE_OF_CONTACTS)
    await _forget(tx, [(row["customer_id"], row["touchpoint_id"]) for row in rows], settings, now)
    return {row["contact_id"] for row in rows}


async def belong(tx: Tx, touchpoints: Collection[tuple[UUID, datetime, UUID, UUID]]) -> None:
    """Touchpoints are of contacts: customer, moment, touchpoint, contact."""
    await tx.execute(_sql("belong"), *_columns(touchpoints, 4))


def _heard(row: "asyncpg.Record") -> Word:
    place = Place(row["customer_id"], row["campaign_id"], row["step"])
    channel = Channel(row["told_channel"])
    return Word(place, row["recorded_for"], Report(ContactStatus.SENT, row["occurred_at"], channel), channel)


async def _forget(tx: Tx, gone: Iterable[tuple[UUID, UUID]], settings: Settings, now: datetime) -> None:
    """What came of touchpoints (customer, touchpoint) that are gone."""
    if columns := list(zip(*gone, strict=True)):
        whose = sorted(set(columns[0]))
        await portfolio.rebuild(tx, whose, settings)
        await customers.forget(tx, whose, columns[1], now)


def _columns(rows: Collection[tuple[object, ...]], width: int) -> list[list[object]]:
    return [[row[at] for row in rows] for at in range(width)]


def _sql(name: str) -> str:
    return statements(_FILE)[name].replace("{made}", _NAMED)
