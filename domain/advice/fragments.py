"""The SQL that advice is made of, put together: of one customer for the reader, of many at once for jobs."""

from functools import cache
from pathlib import Path

from domain import sqlfile
from domain.advice import telling
from domain.advice.shrinkage import ASSUMED, ASSUMED_RECOVERY, UNKNOWN_STRENGTH
from domain.affinity.queries import recommended_to_many
from domain.consents.entity import GRANTED, HAS_ADDRESS, UNWILLING
from domain.touchpoints.queries_cases import turns
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
    "assumed_recovery": f"{ASSUMED_RECOVERY.rate}",
    "granted": GRANTED,
    "unwilling": UNWILLING,
    "has_address": HAS_ADDRESS,
    "turns": turns(
        "true",
        "t.customer_id",
        rows="word",
        more=", (array_agg(t.channel ORDER BY t.occurred_at) FILTER (WHERE t.kind = 'CASE_OPENED'))[1] AS channel",
    ),
    **telling.FIGURES,
}
_FOLDER = Path(__file__).parent / "sql"


@cache
def part(file: str, name: str) -> str:
    """One part as it stands in its file, on one line and without comments, its figures filled in."""
    text = sqlfile.part(_FOLDER / f"{file}.sql", name)
    for figure, value in _FIGURES.items():
        text = text.replace(f"{{{figure}}}", value)
    return text


_ZONE = part("contacts", "zone")
_MANY = {"whose": "= ANY ($1::uuid[])", "now": "$2::timestamptz", "zone": _ZONE}
_ALL = _MANY | {"whose": "IS NOT NULL", "now": "$1::timestamptz"}
_ONE = {"whose": "= {owner}"}
# Who cannot be reached needs no recommendation.
_BUYERS = part("actions", "buyers")
_TODAY = f"($2::timestamptz AT TIME ZONE {_ZONE})::date"
Parts = tuple[tuple[str, str], ...]
CONTACTS: Parts = (("contacts", "sent"), ("contacts", "contact"), ("contacts", "aged"))
CHANNELS: Parts = (*CONTACTS, ("channels", "liking"))
OFFERS: Parts = (*CONTACTS, ("offers", "answered"))
ACTIONS: Parts = (*CHANNELS, ("actions", "situation"), ("actions", "products"), ("actions", "actions"))
_OF_CAMPAIGNS = "'CAMPAIGN_SENT', 'CAMPAIGN_RESPONSE'"
_OF_SERVICE = f"{_OF_CAMPAIGNS}, 'CASE_OPENED', 'CASE_RESOLVED', 'COMPLAINT'"


def _with(parts: Parts, said: dict[str, str], last: str | None = None) -> str:
    """One WITH of these parts, and what is asked of them: a part of the last one's file."""
    text = f"WITH {', '.join(part(*one) for one in parts)} {part(parts[-1][0], last) if last else ''}"
    kinds = _OF_SERVICE if parts is ACTIONS else _OF_CAMPAIGNS
    for name, value in {"kinds": kinds, **said}.items():
        text = text.replace(f"{{{name}}}", value)
    return text


def of_one(parts: Parts, last: str) -> str:
    """A template of the reader; what is recommended is made beside it (domain/affinity/entity.py)."""
    return _with(parts, _ONE, last)


def of_many(parts: Parts, last: str) -> str:
    """For the customers in $1, as of $2."""
    those = recommended_to_many(_BUYERS, now=_MANY["now"], today=_TODAY, zone=_ZONE)
    return _with(parts, _MANY | {"recommended": f"({those})"}, last)


def of_all(parts: Parts) -> str:
    """What stands before a look at everybody, as of $1."""
    return _with(parts, _ALL)
