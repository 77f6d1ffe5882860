"""Staged touchpoints as COPY's binary form has them: put together whole, which takes a third of value by value."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from struct import Struct
from typing import Final, cast
from uuid import UUID

from domain.touchpoints.staged import Staged
from domain.transfer.stage import Row

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
_SELDOM: Final = slice(Staged._fields.index("campaign"), Staged._fields.index("cost"))
_LAST: Final = slice(Staged._fields.index("duration_seconds"), None)
_NOTHING_SELDOM, _NOTHING_LAST = ((None,) * len(Staged._fields[part]) for part in (_SELDOM, _LAST))
_NULLS_SELDOM, _NULLS_LAST = (_NULL * len(nothing) for nothing in (_NOTHING_SELDOM, _NOTHING_LAST))


def packed(rows: Iterable[Row]) -> Iterator[bytes]:
    """Rows in the order of the staging table's columns. What asks for the same again and again is packed once."""
    for row in rows:
        yield _packed(cast("Staged", row))


def _packed(row: Staged) -> bytes:
    seq, batch, claim, purchase, order, touchpoint, prospect, customer, kind, scope, value, verified, by = row[:13]
    source, external_id, at, channel, touch_kind, function, direction, subject = row[13:21]
    cost = row[26]
    # fmt: off
    return b"".join((
        _HEAD(_COLUMNS, 8, seq, 4, batch, 16, claim.bytes), _id(purchase), _id(order),
        _TWO_IDS(16, touchpoint.bytes, 16, prospect.bytes), _id(customer), _word(kind), _word(scope), _text(value),
        _TRUTH[verified], _word(by), _word(source), _text(external_id),
        _MOMENT(8, (at - _EPOCH) // _MICROSECOND), _word(channel), _word(touch_kind), _word(function),
        _word(direction), _text(subject), _seldom(row), _text(cost), _last(row),
    ))
    # fmt: on


def _seldom(row: Staged) -> bytes:
    given = row[_SELDOM]
    if given == _NOTHING_SELDOM:
        return _NULLS_SELDOM
    return b"".join((_id(row[21]), *map(_text, (row[22], row[23], row[24], row[25]))))


def _last(row: Staged) -> bytes:
    given = row[_LAST]
    if given == _NOTHING_LAST:
        return _NULLS_LAST
    return b"".join((*map(_whole, (row[27], row[28], row[29])), _text(row[30]), _text(row[31])))


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
