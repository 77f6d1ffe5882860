"""Staged touchpoints as COPY's binary form has them: put together whole, which takes a third of value by value."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from struct import Struct
from typing import Final, cast
from uuid import UUID

from domain.touchpoints.staged import Staged
from domain.transfer.stage import Row

PACKED: Final = "touchpoint"
"""The staging table whose rows these are."""
OPENING: Final = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
CLOSING: Final = b"\xff\xff"
_NULL: Final = b"\xff\xff\xff\xff"
_TRUTH: Final = (b"\x00\x00\x00\x01\x00", b"\x00\x00\x00\x01\x01")
_EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
# Each value has its length in four bytes before it.
_HEAD = Struct("!hiqiii16s").pack
_TWO_IDS = Struct("!i16si16s").pack
_ID = Struct("!i16s").pack
_MOMENT = Struct("!iq").pack
_WHOLE = Struct("!ii").pack
_LENGTH = Struct("!i").pack
_COLUMNS: Final = len(Staged._fields)
# Most of the time nothing is said of five columns in a row.
_NONE: Final = (None,) * 5
_NOTHING: Final = _NULL * 5


def packed(row: Row) -> bytes:
    """A row in the order of the staging table's columns. What comes again and again is packed once."""
    # fmt: off
    (
        seq, batch, claim, purchase, order, touchpoint, prospect, customer, kind, scope, value, verified, by, source,
        external_id, at, channel, touch_kind, function, direction, subject, campaign, sku, case_number, handled_by,
        competitor, cost, duration, satisfaction, recommends, properties, learnt,
    ) = cast("Staged", row)
    seldom = campaign, sku, case_number, handled_by, competitor
    last = duration, satisfaction, recommends, properties, learnt
    return b"".join((
        _HEAD(_COLUMNS, 8, seq, 4, batch, 16, claim.bytes), _id(purchase), _id(order),
        _TWO_IDS(16, touchpoint.bytes, 16, prospect.bytes), _id(customer), _word(kind), _word(scope), _text(value),
        _TRUTH[verified], _word(by), _word(source), _text(external_id),
        _MOMENT(8, (at - _EPOCH) // _MICROSECOND), _word(channel), _word(touch_kind), _word(function),
        _word(direction), _text(subject),
        _NOTHING if seldom == _NONE else b"".join((_id(campaign), *map(_text, seldom[1:]))), _text(cost),
        _NOTHING if last == _NONE else b"".join((*map(_whole, last[:3]), *map(_text, last[3:]))),
    ))
    # fmt: on


def _id(value: UUID | None) -> bytes:
    return _NULL if value is None else _ID(16, value.bytes)


def _whole(value: int | None) -> bytes:
    return _NULL if value is None else _WHOLE(4, value)


def _text(value: str | None) -> bytes:
    if value is None:
        return _NULL
    encoded = value.encode()
    return _LENGTH(len(encoded)) + encoded


_word = lru_cache(maxsize=1 << 10)(_text)
"""Of those that come again and again: channels, kinds, sources."""
