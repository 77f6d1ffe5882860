"""The SQL that advice is made of, put together: of one customer for the reader, of many at once for jobs."""

import re
from functools import cache
from pathlib import Path

from domain.advice.shrinkage import ASSUMED, UNKNOWN_STRENGTH
from domain.sqlfile import statements
from domain.vocabulary import Channel

HALF_LIFE_MONTHS = 6
"""After how long a touch or a contact weighs half."""
_SECONDS_A_MONTH = 2_629_800
_FIGURES = {
    "half_life_months": f"{HALF_LIFE_MONTHS}",
    "half_life_seconds": f"{HALF_LIFE_MONTHS * _SECONDS_A_MONTH}",
    "assumed_rate": f"{ASSUMED.rate}",
    "assumed_strength": f"{ASSUMED.strength}",
    # Before the first night nobody knows which channels are liked.
    "shares": f"{UNKNOWN_STRENGTH / len(Channel)}",
}
_COMMENT = re.compile(r"^\s*--.*$", re.MULTILINE)
_FOLDER = Path(__file__).parent / "sql"


@cache
def part(file: str, name: str) -> str:
    """One part as it stands in its file, on one line and without comments, its figures filled in."""
    text = " ".join(_COMMENT.sub("", statements(_FOLDER / f"{file}.sql")[name]).split())
    for figure, value in _FIGURES.items():
        text = text.replace(f"{{{figure}}}", value)
    return text


_ONE = {"whose": "= {owner}", "now": "{now}", "zone": "{zone}"}
_MANY = {"whose": "= ANY ($1::uuid[])", "now": "$2::timestamptz", "zone": part("contacts", "zone")}
_ALL = _MANY | {"whose": "IS NOT NULL", "now": "$1::timestamptz"}
Parts = tuple[tuple[str, str], ...]
CONTACTS: Parts = (("contacts", "sent"), ("contacts", "contact"), ("contacts", "aged"))
CHANNELS: Parts = (*CONTACTS, ("channels", "liking"))
OFFERS: Parts = (*CONTACTS, ("offers", "answered"))


def _with(parts: Parts, said: dict[str, str], last: str | None = None) -> str:
    """One WITH of these parts, and what is asked of them: a part of the last one's file."""
    text = f"WITH {', '.join(part(*one) for one in parts)} {part(parts[-1][0], last) if last else ''}"
    for name, value in said.items():
        text = text.replace(f"{{{name}}}", value)
    return text


def of_one(parts: Parts, last: str) -> str:
    """A template of the reader."""
    return _with(parts, _ONE, last)


def of_many(parts: Parts, last: str) -> str:
    """For the customers in $1, as of $2."""
    return _with(parts, _MANY, last)


def of_all(parts: Parts) -> str:
    """What stands before a look at everybody, as of $1."""
    return _with(parts, _ALL)
