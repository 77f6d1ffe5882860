"""Ids: UUIDv7 made by the application; outside, a type prefix and 32 hex digits."""

import os
from datetime import datetime
from enum import StrEnum
from typing import NewType
from uuid import UUID

from domain.errors import Fault, Refused

CustomerId = NewType("CustomerId", UUID)
TouchpointId = NewType("TouchpointId", UUID)
OrderId = NewType("OrderId", UUID)
ProductId = NewType("ProductId", UUID)
ValueModelId = NewType("ValueModelId", UUID)
JobId = NewType("JobId", UUID)
KeyId = NewType("KeyId", UUID)

_RANDOM_BITS = 74
_RANDOM_BYTES = 10


class Prefix(StrEnum):
    """What a public id starts with, one for each type that is a Node."""

    CUSTOMER = "cus"
    TOUCHPOINT = "tp"
    ORDER = "ord"
    RETURN = "ret"
    PRODUCT = "prd"
    VALUE_MODEL = "vm"
    JOB = "job"
    API_KEY = "key"
    AUDIT_ENTRY = "aud"
    CAMPAIGN = "cmp"
    SEGMENT = "seg"
    NEED = "need"


_PREFIXES = {str(prefix): prefix for prefix in Prefix}


def new_id(now: datetime) -> UUID:
    """A UUIDv7 (RFC 9562, section 5.7) of that moment; never to be ordered or paged by as time."""
    return _compose(int(now.timestamp() * 1000), int.from_bytes(os.urandom(_RANDOM_BYTES), "big"))


def new_ids(now: datetime, count: int) -> list[UUID]:
    """Many ids of one moment with one call for randomness."""
    milliseconds = int(now.timestamp() * 1000)
    noise = os.urandom(_RANDOM_BYTES * count)
    return [
        _compose(milliseconds, int.from_bytes(noise[at : at + _RANDOM_BYTES], "big"))
        for at in range(0, len(noise), _RANDOM_BYTES)
    ]


def _compose(milliseconds: int, noise: int) -> UUID:
    high = (milliseconds & 0xFFFF_FFFF_FFFF) << 80
    version, variant = 0x7 << 76, 0b10 << 62
    return UUID(int=high | version | ((noise >> 62 & 0xFFF) << 64) | variant | (noise & 0x3FFF_FFFF_FFFF_FFFF))


def to_public(prefix: Prefix, id_: UUID) -> str:
    return f"{prefix}_{id_.hex}"


def prefix_of(text: str) -> Prefix | None:
    """The type that a public id claims to be of; None where it is none of ours."""
    head, _, tail = text.partition("_")
    return _PREFIXES.get(head) if _is_hex(tail) else None


def parse_id(prefix: Prefix, text: str, *path: str) -> UUID:
    """The id inside; refused with the field's path where the text is no id of that type."""
    head, _, tail = text.partition("_")
    if head != prefix or not _is_hex(tail):
        raise Refused(Fault.invalid(f"is no id of this type: it must look like {prefix}_ and 32 hex digits", *path))
    return UUID(hex=tail)


def _is_hex(text: str) -> bool:
    return len(text) == 32 and not set(text) - set("0123456789abcdef")
