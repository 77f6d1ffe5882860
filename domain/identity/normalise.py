"""One way to write each identity, with well-kept libraries: addresses in small letters, numbers in E.164, external ids
within their source.
"""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

import email_validator
import phonenumbers

from domain.vocabulary import IdentityKind

LONGEST = 512
# Names such as .local or .test lead somewhere inside somebody's walls: it is not for us to refuse them.
email_validator.SPECIAL_USE_DOMAIN_NAMES.clear()
# What nearly all addresses look like: the library takes them as they are, but a hundred times slower; a test compares.
_LABEL = r"(?!..--)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_PLAIN = re.compile(rf"(?=[^@]{{1,64}}@)[a-z0-9_+-]+(?:\.[a-z0-9_+-]+)*@(?:{_LABEL}\.)+(?!xn)[a-z]{{2,63}}").fullmatch
_LONGEST_PLAIN = 254
_NO_EMAIL = "is no e-mail address: write it as name@example.org"
STRONG = frozenset({IdentityKind.EMAIL, IdentityKind.PHONE, IdentityKind.EXTERNAL_ID})


class Known(NamedTuple):
    """A value as it is claimed: the scope is the source for an EXTERNAL_ID and empty for all other kinds."""

    kind: IdentityKind
    scope: str
    value: str


class Unreadable(ValueError):
    """The value is none of its kind; the message says what is expected."""


def normalise(kind: IdentityKind, value: str, source: str | None, region: str | None = None) -> Known:
    """The identity in its one form; `region` is whose numbers are meant where one does not say its country.

    Raises Unreadable.
    """
    value = value.strip()
    if not value:
        raise Unreadable("is empty: leave the identity out")
    if len(value) > LONGEST:
        raise Unreadable(f"is longer than {LONGEST} characters")
    if kind is IdentityKind.EMAIL:
        return Known(kind, "", email(value))
    if kind is IdentityKind.PHONE:
        return Known(kind, "", phone(value, region))
    if kind is IdentityKind.EXTERNAL_ID:
        if not source:
            raise Unreadable("needs the source that knows the customer by it")
        return Known(kind, source, value)
    return Known(kind, "", value)


@lru_cache(maxsize=65536)
def email(value: str) -> str:
    """NFKC, in small letters, the host as people write it. Raises Unreadable for what no mail reaches.

    Nobody is asked whether the address is there, and no name of a host is taken for a special one.
    """
    folded = unicodedata.normalize("NFKC", value).lower()
    if len(folded) <= _LONGEST_PLAIN and _PLAIN(folded):
        return folded
    try:
        told = email_validator.validate_email(folded, check_deliverability=False, globally_deliverable=False)
    except email_validator.EmailNotValidError as error:
        raise Unreadable(_NO_EMAIL) from error
    if "." not in told.domain:
        raise Unreadable(_NO_EMAIL)
    return told.normalized.lower()


@lru_cache(maxsize=65536)
def phone(value: str, region: str | None = None) -> str:
    """E.164. Raises Unreadable for a number without its country or of an impossible length."""
    try:
        number = phonenumbers.parse(value, region)
    except phonenumbers.NumberParseException as error:
        raise Unreadable("is no phone number: write it with its country, such as +44 20 7946 0018") from error
    if not phonenumbers.is_possible_number(number):
        raise Unreadable("is no possible phone number of its country")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
