"""The profile that holds, out of what was stated: one row of columns from the winning registers."""

from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID

from domain.folding import fold, order_key

_TEXTS = {
    "address_recipient": "address.recipient",
    "postal_code": "address.postalCode",
    "city": "address.city",
    "region": "address.region",
    "country": "address.country",
    "gender": "demographics.gender",
    "language": "demographics.language",
    "time_zone": "demographics.timeZone",
    "occupation": "demographics.occupation",
    "sector": "demographics.sector",
    "household_size": "demographics.householdSize",
    "income_band": "demographics.incomeBand",
}
ATTRIBUTE = "attributes."
COLUMNS = (
    *("customer_id", "kind", "display_name", "display_name_fold", "given_name", "family_name", "email", "phone"),
    *("search_fold", "address_lines", "birth_date", "personal_attributes", "acquisition_channel", "acquisition_source"),
    *("acquisition_at", "acquisition_campaign_id", *_TEXTS),
)


def profile(customer: UUID, stated: Mapping[str, object], email: str | None, phone: str | None) -> tuple[object, ...]:
    """The values of COLUMNS. A name is put together from its parts where none is stated as a whole."""
    given, family = _text(stated.get("givenName")), _text(stated.get("familyName"))
    parts = [part for part in (given, family) if part]
    name = _text(stated.get("displayName")) or " ".join(parts) or None
    searched = dict.fromkeys(fold(part) for part in (name, *parts, email, phone) if part)
    born = _text(stated.get("demographics.birthDate"))
    head = (customer, stated.get("kind") or "PERSON", name, name and order_key(name), given, family, email, phone)
    attributes = {
        field.removeprefix(ATTRIBUTE): value
        for field, value in stated.items()
        if field.startswith(ATTRIBUTE) and value is not None
    }
    middle = (" ".join(searched), stated.get("address.lines") or [], born and date.fromisoformat(born), attributes)
    return (*head, *middle, *_acquisition(stated.get("acquisition")), *(stated.get(field) for field in _TEXTS.values()))


def _acquisition(stated: object) -> tuple[object, ...]:
    if not isinstance(stated, dict):
        return None, None, None, None
    at, campaign = _text(stated.get("at")), _text(stated.get("campaign"))
    told = at and datetime.fromisoformat(at)
    return stated.get("channel"), stated.get("source"), told or None, UUID(campaign) if campaign else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
