"""Customers on their way into staging: identities in their one form, and each stated field by its name."""

from datetime import date, datetime

import orjson
from msgspec import UNSET, Struct

from domain.errors import ErrorCode
from domain.identity.normalise import Unreadable, normalise
from domain.ids import Prefix
from domain.transfer.inputs import AcquisitionInput, CustomerUpsertInput, IdentityInput
from domain.transfer.products import attributes_text
from domain.transfer.refs import parsed
from domain.transfer.scalars import Unfit, dated
from domain.transfer.stage import Batches, Ground, Row

_LATER = ("needs", "consents", "channel_preferences")
_PLAIN = ("display_name", "given_name", "family_name")
_UNNAMED = "import"


class CustomerStaging:
    """A field that is null is stated as null; one that is left out is not stated."""

    def __init__(self, ground: Ground, *, one_row_a_line: bool) -> None:
        self._ground = ground
        self._batches = Batches()
        self.tables: dict[str, list[Row]] = {"customer": []}

    def add(self, given: CustomerUpsertInput, line: int) -> None:
        for name in _LATER:
            if getattr(given, name) is not None:
                raise Unfit(_camel(name), "comes with a later release: leave it out")
        customer = None if given.id is None else parsed(Prefix.CUSTOMER, given.id, "id")
        if customer is None and not given.identities:
            raise Unfit("identities", "is missing: name the customer by id or by an identity", ErrorCode.REQUIRED)
        identities = [_identity(one, at, given.source) for at, one in enumerate(given.identities or [])]
        recorded_at = None if given.recorded_at is None else dated(given.recorded_at, "recordedAt")
        fields = orjson.dumps(_fields(given)).decode()
        about = orjson.dumps(identities).decode()
        head = (line, self._batches.of(1), next(self._ground.ids), customer)
        self.tables["customer"].append((*head, about, given.source or _UNNAMED, recorded_at, fields))


def _identity(given: IdentityInput, position: int, source: str | None) -> dict[str, object]:
    try:
        known = normalise(given.kind, given.value, given.source or source)
    except Unreadable as error:
        raise Unfit(f"identities.{position}.value", str(error)) from error
    flags = {"verified": given.verified or False, "primary": given.primary or False}
    return known._asdict() | flags | {"source": given.source or source}


def _fields(given: CustomerUpsertInput) -> dict[str, object]:
    """What is stated, by the register's name: address.city, demographics.birthDate, attributes.colour …"""
    stated: dict[str, object] = {} if given.kind is None else {"kind": given.kind}
    stated |= {_camel(name): getattr(given, name) for name in _PLAIN if getattr(given, name) is not UNSET}
    for name in ("address", "demographics"):
        group = getattr(given, name)
        if isinstance(group, Struct) or group is None:
            stated |= _group(name, group, type_of=_GROUPS[name])
    for name, value in (given.attributes or {}).items():
        attributes_text({name: value}, "attributes")
        stated[f"attributes.{name}"] = value
    if given.acquisition is not None:
        stated["acquisition"] = _acquisition(given.acquisition)
    return stated


def _group(name: str, group: Struct | None, *, type_of: tuple[str, ...]) -> dict[str, object]:
    """The fields of a group; a group that is null states each of them as null."""
    values = {field: None if group is None else getattr(group, field) for field in type_of}
    told = {field: value.isoformat() if isinstance(value, date) else value for field, value in values.items()}
    return {f"{name}.{_camel(field)}": value for field, value in told.items() if value is not UNSET}


def _acquisition(given: AcquisitionInput) -> dict[str, object]:
    at = given.at if given.at is None else dated(given.at, "acquisition.at")
    campaign = given.campaign
    if campaign is not None:
        campaign = str(parsed(Prefix.CAMPAIGN, campaign, "acquisition.campaign"))
    told = at.isoformat() if isinstance(at, datetime) else None
    return {"channel": given.channel, "source": given.source, "at": told, "campaign": campaign}


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(word.title() for word in rest)


_GROUPS = {
    "address": ("recipient", "lines", "postal_code", "city", "region", "country"),
    "demographics": (
        *("birth_date", "gender", "language", "time_zone", "occupation", "sector"),
        *("household_size", "income_band"),
    ),
}
