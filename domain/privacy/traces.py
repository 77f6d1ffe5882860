"""Whether a text names a person, however it writes what they are known by: rather once too often than once too few."""

import codecs
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import phonenumbers

from domain.identity.normalise import Known
from domain.vocabulary import IdentityKind

_ESCAPED: Final = re.compile(r"\\u([0-9a-fA-F]{4})")
_QUOTING: Final = str.maketrans("", "", '"\\')
# How people part the digits of a number.
_BETWEEN_DIGITS: Final = b" \t()-./"
_LAST_DIGITS: Final = 8
"""So many of a number are the same in every way of writing it: trunk and mobile prefixes stand before them."""
_LONGEST_ESCAPE: Final = 6


@dataclass(frozen=True, slots=True)
class Traces:
    """What to look for: whole words, beginnings of addresses, ends of numbers."""

    words: tuple[str, ...]
    addresses: tuple[str, ...]
    numbers: tuple[bytes, ...]

    def within(self, chunks: Iterable[bytes]) -> bool:
        """Whether the text, which comes in pieces cut anywhere, has one of them."""
        return any(self._in(text) for text in _overlapping(chunks, self._reach()))

    def _in(self, text: str) -> bool:
        plain = _plain(text)
        if any(address in plain for address in self.addresses):
            return True
        if any(word in plain and re.search(rf"(?<!\w){re.escape(word)}(?!\w)", plain) for word in self.words):
            return True
        if not self.numbers:
            return False
        digits = plain.encode("utf-8", "replace").translate(None, _BETWEEN_DIGITS)
        return any(number in digits for number in self.numbers)

    def _reach(self) -> int:
        longest = max(map(len, (*self.words, *self.addresses, *self.numbers)), default=0)
        return 2 * _LONGEST_ESCAPE * (longest + 16)


def traces_of(ids: Iterable[UUID], identities: Iterable[Known]) -> Traces:
    """Of a person's own ids, and of all that they are known by."""
    words, addresses, numbers = [], [], []
    for id_ in ids:
        words += [str(id_), id_.hex, f"cus_{id_.hex}"]
    for kind, _, value in identities:
        if kind is IdentityKind.EMAIL:
            addresses.append(_plain(value.rpartition("@")[0] + "@"))
        elif kind is IdentityKind.PHONE:
            numbers.append(_number(value))
        else:
            words.append(_plain(value))
    return Traces(tuple(words), tuple(addresses), tuple(numbers))


def _number(value: str) -> bytes:
    try:
        digits = str(phonenumbers.parse(value).national_number)
    except phonenumbers.NumberParseException:
        digits = "".join(filter(str.isdecimal, value))
    return digits[-_LAST_DIGITS:].encode()


def _plain(text: str) -> str:
    """In one form, without what JSON and CSV put around and into texts."""
    if "\\" in text:
        text = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    return text.translate(_QUOTING).casefold() if '"' in text or "\\" in text else text.casefold()


def _overlapping(chunks: Iterable[bytes], reach: int) -> Iterator[str]:
    """Each with the end of the one before, so that nothing is missed at a cut."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    end = ""
    for chunk in chunks:
        text = end + decoder.decode(chunk)
        yield text
        end = text[-reach:]
