"""One way to write each identity: addresses folded, numbers in E.164, external ids within their source."""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

import phonenumbers

from domain.vocabulary import IdentityKind

LONGEST = 512
STRONG = frozenset({IdentityKind.EMAIL, IdentityKind.PHONE, IdentityKind.EXTERNAL_ID})
_EMAIL = re.compile(r"[^\s@<>\"(),:;\\\[\]]+@[^\s@<>\"(),:;\\\[\]]+")


class Known(NamedTuple):
    """A value as it is claimed: the scope is the source for an EXTERNAL_ID and empty for all other kinds."""

    kind: IdentityKind
    scope: str
    value: str


class Unreadable(ValueError):
    """The value is none of its kind; the message says what is expected."""


def normalise(kind: IdentityKind, value: str, source: str | None) -> Known:
    """The identity in its one form. Raises Unreadable."""
    value = value.strip()
    if not value:
        raise Unreadable("is empty: leave the identity out")
    if len(value) > LONGEST:
        raise Unreadable(f"is longer than {LONGEST} characters")
    if kind is IdentityKind.EMAIL:
        return Known(kind, "", email(value))
    if kind is IdentityKind.PHONE:
        return Known(kind, "", phone(value))
    if kind is IdentityKind.EXTERNAL_ID:
        if not source:
            raise Unreadable("needs the source that knows the customer by it")
        return Known(kind, source, value)
    return Known(kind, "", value)


def email(value: str) -> str:
    """NFKC, in small letters. Raises Unreadable for what no mail reaches."""
    folded = unicodedata.normalize("NFKC", value).casefold()
    host = folded.rpartition("@")[2]
    if not _EMAIL.fullmatch(folded) or host.startswith(".") or host.endswith(".") or ".." in folded:
        raise Unreadable("is no e-mail address: write it as name@example.org")
    return folded


@lru_cache(maxsize=65536)
def phone(value: str) -> str:
    """E.164. Raises Unreadable for a number without its country or of an impossible length."""
    try:
        number = phonenumbers.parse(value, None)
    except phonenumbers.NumberParseException as error:
        raise Unreadable("is no phone number: write it with its country, such as +44 20 7946 0018") from error
    if not phonenumbers.is_possible_number(number):
        raise Unreadable("is no possible phone number of its country")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
