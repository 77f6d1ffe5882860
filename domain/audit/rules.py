"""What a deed tells of itself for its audit entry, and how entries are committed to and chained."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

import msgspec
import orjson

ERASING: Final = frozenset({"customerErase"})
"""Actions after which the details of their customer's entries are empty."""

START: Final = bytes(32)
"""What the first link of every chain holds in the place of one before it."""

_SECRET_NAMES: Final = frozenset({"secret", "secrets", "token", "password", "authorization"})
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_OPTIONS: Final = orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS


@dataclass(frozen=True, slots=True, kw_only=True)
class Did:
    """What was done: to which row (`key`, and `subject`, its public id), and what changed of it.

    `customer` is whose record it is: the detail goes when they are erased.
    """

    key: UUID | None
    subject: str | None = None
    customer: UUID | None = None
    before: Mapping[str, object] = field(default_factory=dict)
    after: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry as it is sealed: everything but its detail, which the commitment stands for."""

    entry_id: UUID
    entered_at: datetime
    actor: str
    actor_key: UUID | None
    action: str
    subject: str | None
    customer_id: UUID | None
    commitment: bytes


def detail_of(did: Did) -> str:
    """What changed, as canonical JSON; what is called a secret is left out whatever it is."""
    parts = {"before": did.before, "after": did.after}
    told = {name: _without_secrets(part) for name, part in parts.items() if part}
    return orjson.dumps(told, default=_plain, option=_OPTIONS).decode()


def commitment(salt: bytes, detail: str) -> bytes:
    """Holds the detail without telling it: once salt and detail are gone, nobody can guess what it was."""
    return hashlib.sha256(salt + detail.encode()).digest()


def chained(previous: bytes, entry: Entry) -> bytes:
    """The link after `previous`: of every field, each with its length before it, so that none runs into the next."""
    moment = (entry.entered_at - _EPOCH) // timedelta(microseconds=1)
    fields = (
        entry.entry_id.bytes,
        str(moment).encode(),
        entry.actor.encode(),
        entry.actor_key.bytes if entry.actor_key else None,
        entry.action.encode(),
        entry.subject.encode() if entry.subject is not None else None,
        entry.customer_id.bytes if entry.customer_id else None,
        entry.commitment,
    )
    written = b"".join(b"-" if one is None else b"%d:%b" % (len(one), one) for one in fields)
    return hashlib.sha256(previous + written).digest()


def _without_secrets(value: object) -> object:
    if isinstance(value, Mapping):
        return {
            name: "***" if str(name).lower() in _SECRET_NAMES else _without_secrets(held)
            for name, held in value.items()
        }
    if isinstance(value, list | tuple):
        return [_without_secrets(item) for item in value]
    return value


def _plain(value: object) -> object:
    """What JSON has no notation for."""
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, set | frozenset):
        return sorted(map(str, value))
    if isinstance(value, msgspec.Struct):
        return msgspec.to_builtins(value)
    return str(value)
