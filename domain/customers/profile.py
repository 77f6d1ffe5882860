"""The profile that holds, out of what was stated: one row of columns from the winning registers."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

import orjson

from domain.customers.addresses import household_key
from domain.customers.attributes import Declared, typed
from domain.folding import fold, order_key

ATTRIBUTE = "attributes."
ACQUISITION = "acquisition"
_PLACES = ("address.postalCode", "address.city", "address.region", "address.country")
_CIRCUMSTANCES = (
    *("demographics.gender", "demographics.language", "demographics.timeZone", "demographics.occupation"),
    *("demographics.sector", "demographics.householdSize", "demographics.incomeBand"),
)


class Held(NamedTuple):
    """A statement that holds: what it says, and where from."""

    value: object
    source: str
    touchpoint_id: UUID | None
    recorded_at: datetime


Holding = Mapping[str, Held]


def profile(
    customer: UUID, holding: Holding, email: str | None, phone: str | None, declared: Declared
) -> tuple[object, ...]:
    """The values of restate.sql's `profiles`. A name is put together from its parts where none is stated as a whole."""
    stated = {field: held.value for field, held in holding.items()}
    born = _text(stated.get("demographics.birthDate"))
    return (
        *(customer, stated.get("kind") or "PERSON", *_names(stated, email, phone)),
        *(stated.get("address.recipient"), _json(stated.get("address.lines") or [])),
        *(stated.get(field) for field in _PLACES),
        born and date.fromisoformat(born),
        *(stated.get(field) for field in _CIRCUMSTANCES),
        *(_json(part) for part in _attributes(stated, declared)),
        household_key(stated),
        *_acquisition(holding.get(ACQUISITION)),
    )


def _names(stated: Mapping[str, object], email: str | None, phone: str | None) -> tuple[object, ...]:
    given, family = _text(stated.get("givenName")), _text(stated.get("familyName"))
    parts = [part for part in (given, family) if part]
    name = _text(stated.get("displayName")) or " ".join(parts) or None
    searched = dict.fromkeys(fold(part) for part in (name, *parts, email, phone) if part)
    return name, name and order_key(name), given, family, email, phone, " ".join(searched)


def _attributes(stated: Mapping[str, object], declared: Declared) -> tuple[dict[str, object], dict[str, object]]:
    """What all may see, and what is personal: whatever nobody declared is taken for personal.

    What is of another type than it was declared with since is not shown.
    """
    plain: dict[str, object] = {}
    personal: dict[str, object] = {}
    for field, value in stated.items():
        if field.startswith(ATTRIBUTE) and value is not None:
            name = field.removeprefix(ATTRIBUTE)
            declaration = declared.get(name)
            if declaration is None or typed(declaration.type, value) is not None:
                (personal if declaration is None or declaration.personal else plain)[name] = value
    return plain, personal


def _acquisition(held: Held | None) -> tuple[object, ...]:
    """Whether somebody stated how the customer came to us, and what."""
    if held is None or not isinstance(held.value, dict):
        return False, None, None, None, None
    stated = held.value
    at, campaign = _text(stated.get("at")), _text(stated.get("campaign"))
    moment = datetime.fromisoformat(at) if at else held.recorded_at
    return True, stated.get("channel"), stated.get("source"), moment, UUID(campaign) if campaign else None


def _json(value: object) -> str:
    return orjson.dumps(value).decode()


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
