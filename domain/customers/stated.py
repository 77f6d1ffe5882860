"""What one input says of a customer: fields and consents, as they wait in staging and as they are written down."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import orjson

from domain.consents import Word
from domain.vocabulary import Channel, ConsentPurpose, ConsentStatus

_MOMENT = timedelta(microseconds=1)


class Field(NamedTuple):
    """A field's value; its own moment and source where they are not those of the whole.

    `cell`: as a CSV has it; `place`: where it stands in the input, where that is not its name.
    """

    name: str
    value: object
    at: str | None = None
    source: str | None = None
    cell: bool = False
    place: str | None = None

    @property
    def path(self) -> str:
        return self.place or self.name


class Consent(NamedTuple):
    """A word on a channel and purpose; its own moment and source where they are not those of the whole."""

    channel: str
    purpose: str
    status: str
    source: str | None = None
    at: str | None = None
    expires: str | None = None


@dataclass(frozen=True, slots=True)
class Stated:
    """All that one input says."""

    fields: list[Field] = field(default_factory=list)
    consents: list[Consent] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.fields or self.consents)

    @property
    def text(self) -> str:
        """As it waits in staging."""
        return orjson.dumps([[list(one) for one in self.fields], [list(one) for one in self.consents]]).decode()

    @staticmethod
    def read(text: str | None) -> "Stated":
        if not text:
            return Stated()
        fields, consents = orjson.loads(text)
        return Stated([Field(*one) for one in fields], [Consent(*one) for one in consents])


class Said(NamedTuple):
    """A statement on its way: the columns of state.sql's `state`."""

    customer_id: UUID
    recorded_for: UUID
    field: str
    recorded_at: datetime
    source: str
    undated: bool
    touchpoint_id: UUID | None
    value: object


class About(NamedTuple):
    """Whom a statement is of, and when and where from; a moment that nobody gave is undated."""

    customer_id: UUID
    recorded_for: UUID
    recorded_at: datetime
    source: str
    undated: bool = False
    touchpoint_id: UUID | None = None


def said(stated: Stated, about: About) -> list[Said]:
    return [
        Said(
            *about[:2],
            one.name,
            _moment(one.at) or about.recorded_at,
            one.source or about.source,
            about.undated and one.at is None,
            about.touchpoint_id,
            one.value,
        )
        for one in stated.fields
    ]


def words(
    stated: Stated, about: About, held: Mapping[tuple[UUID, Channel, ConsentPurpose], Word], *, latest: bool = False
) -> list[Word]:
    """The consents; what is said without a date and holds already is nothing new, and else comes after what holds.

    `latest`: see stating.state.
    """
    found = []
    for one in stated.consents:
        word = Word(
            *about[:2],
            Channel(one.channel),
            ConsentPurpose(one.purpose),
            ConsentStatus(one.status),
            one.source or about.source,
            _moment(one.at) or about.recorded_at,
            _moment(one.expires),
            about.touchpoint_id,
        )
        now = held.get((word.customer_id, word.channel, word.purpose))
        undated = about.undated and one.at is None
        if now is None or not undated:
            found.append(word)
        elif _told(now) != _told(word):
            after = max(word.recorded_at, now.recorded_at + _MOMENT) if latest else word.recorded_at
            found.append(word._replace(recorded_at=after))
    return found


def _told(word: Word) -> tuple[object, ...]:
    return word.recorded_for, word.status, word.source, word.expires_at


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
