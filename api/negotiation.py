"""Which media types a request brings and wants, read from its headers; each header text is read once."""

import re
from enum import Enum
from functools import lru_cache
from typing import Final


class Media(Enum):
    """What an answer can be told in."""

    RESPONSE = "application/graphql-response+json"
    JSON = "application/json"
    EVENTS = "text/event-stream"


_RANGES: Final = {
    "application/graphql-response+json": Media.RESPONSE,
    "application/json": Media.JSON,
    "text/event-stream": Media.EVENTS,
    "application/*": Media.JSON,
    "text/*": Media.EVENTS,
    "*/*": Media.JSON,
}
_QUALITY: Final = re.compile(r"q=([01](?:\.\d{0,3})?)")
_ORDER: Final = list(Media)
_LONGEST: Final = 2000


@lru_cache(1000)
def wanted(accept: bytes | None) -> Media | None:
    """The type that the caller likes best; of those it likes alike, the one that tells most. None: not one of ours."""
    if accept is None:
        return Media.JSON
    best: tuple[float, int, Media] | None = None
    for entry in accept[:_LONGEST].decode("latin-1").lower().split(","):
        name, *parameters = (part.strip() for part in entry.split(";"))
        media = _RANGES.get(name)
        weight = _weight(parameters)
        if media and weight > 0 and (best is None or (weight, -_ORDER.index(media)) > best[:2]):
            best = (weight, -_ORDER.index(media), media)
    return best[2] if best else None


def _weight(parameters: list[str]) -> float:
    for parameter in parameters:
        if found := _QUALITY.fullmatch(parameter):
            return float(found[1])
    return 1.0


@lru_cache(1000)
def is_json(content_type: bytes | None) -> bool:
    """Whether a body says that it is JSON in UTF-8; to say nothing of the letters means UTF-8."""
    name, *parameters = (part.strip().lower() for part in (content_type or b"").decode("latin-1").split(";"))
    letters = [parameter for parameter in parameters if parameter.startswith("charset=")]
    return name == "application/json" and all(said[8:].strip('"') in ("utf-8", "utf8") for said in letters)


def takes_events(accept: bytes | None) -> bool:
    """Whether the caller would also take a stream of events, said by name."""
    return accept is not None and b"text/event-stream" in accept.lower()


def asks_for_a_page(accept: bytes | None) -> bool:
    """Whether this is a person's browser that was given the address by hand."""
    return accept is not None and b"text/html" in accept and wanted(accept) is Media.JSON
