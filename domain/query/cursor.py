"""Cursors: the place of a row in its list, encrypted, bound to the list's order and filter, with the request's now.

AES-SIV is deterministic: the same place in the same list is the same text, whichever way the answer goes out.
"""

import base64
import binascii
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from domain.errors import QuestionRefused
from domain.query.asking import Seal

_BOUND = 12
# A folded name may be many times as long as what was typed.
_LONGEST = 32_768


@dataclass(frozen=True, slots=True)
class Place:
    """What a cursor says: the list it is of, the instant it was made at, and the sort keys of its row as text."""

    list: bytes
    now: datetime
    keys: tuple[str | None, ...]


@lru_cache(maxsize=8)
def _cipher(key: bytes) -> AESSIV:
    return AESSIV(key)


def bad_cursor(reason: str) -> QuestionRefused:
    return QuestionRefused(
        "BAD_CURSOR", f"the cursor {reason}: start again without a cursor, and use only cursors of this list"
    )


@lru_cache(maxsize=1024)
def opened(key: bytes, text: str) -> Place:
    """The place that a cursor names. Refuses what was not made here."""
    try:
        if len(text) > _LONGEST:
            raise ValueError(text)
        sealed = base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
        told = _cipher(key).decrypt(sealed, None)
        now, *keys = orjson.loads(told[_BOUND:])
    except (ValueError, binascii.Error, InvalidTag) as error:
        raise bad_cursor("was not made by this server") from error
    return Place(told[:_BOUND], datetime.fromisoformat(now), tuple(keys))


def list_of(seal: Seal, variables: Mapping[str, object]) -> bytes:
    """What a cursor is bound to: the list, its order and filter with the values of this request."""
    values = [given.now(variables) for given in seal.givens]
    text = seal.text.encode() + orjson.dumps(values, default=repr)
    return hashlib.blake2b(text, digest_size=_BOUND).digest()


@dataclass(frozen=True, slots=True)
class Maker:
    """Makes the cursors of one list."""

    key: bytes
    list: bytes
    now: datetime

    def cursor(self, keys: bytes) -> bytes:
        """From the JSON array of a row's sort keys."""
        told = self.list + b'["' + self.now.isoformat().encode() + b'",' + keys.lstrip()[1:]
        return base64.urlsafe_b64encode(_cipher(self.key).encrypt(told, None)).rstrip(b"=")
