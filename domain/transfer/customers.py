"""Customers on their way into staging: identities in their one form, and all that is stated."""

from datetime import datetime

import orjson
from msgspec import UNSET, UnsetType

from domain.customers.addresses import country_code, tidy
from domain.customers.profile import ACQUISITION
from domain.customers.stated import Field, Stated
from domain.errors import ErrorCode
from domain.identity.normalise import Unreadable, normalise
from domain.ids import Prefix
from domain.transfer import stating
from domain.transfer.inputs import AcquisitionInput, CustomerUpsertInput, IdentityInput, PostalAddressInput
from domain.transfer.refs import parsed
from domain.transfer.scalars import Unfit, dated, not_ahead
from domain.transfer.stage import Batches, Ground, Row
from domain.vocabulary import Role

_PLAIN = ("display_name", "given_name", "family_name")
UNNAMED = "rapport"
"""The source of what is stated without one."""


class CustomerStaging:
    """A field that is null is stated as null; one that is left out is not stated."""

    def __init__(self, ground: Ground, *, one_row_a_line: bool) -> None:
        self._ground = ground
        self._batches = Batches()
        self.tables: dict[str, list[Row]] = {"customer": []}

    def add(self, given: CustomerUpsertInput, line: int) -> None:
        customer = None if given.id is None else parsed(Prefix.CUSTOMER, given.id, "id")
        if customer is None and not given.identities:
            raise Unfit("identities", "is missing: name the customer by id or by an identity", ErrorCode.REQUIRED)
        region = _region(given)
        identities = [self._identity(one, at, given.source, region) for at, one in enumerate(given.identities or [])]
        now = self._ground.now
        if given.recorded_at is not None:
            given.recorded_at = min(not_ahead(given.recorded_at, now, "recordedAt"), now)
        stated = self._stated(given)
        stated.fields.extend(_primaries(given.identities or [], identities))
        about = orjson.dumps(identities).decode()
        head = (line, self._batches.of(1), next(self._ground.ids), customer)
        # Without a date it holds from when it was sent, however long it waits.
        when = given.recorded_at or now, given.recorded_at is None
        self.tables["customer"].append((*head, about, given.source or UNNAMED, *when, stated.text))

    def _identity(
        self, given: IdentityInput, position: int, source: str | None, region: str | None
    ) -> dict[str, object]:
        place = f"identities.{position}"
        stating.own(given.source, f"{place}.source", self._ground)
        if given.verified and self._ground.caller.role is Role.PARTNER:
            raise Unfit(f"{place}.verified", "is not for a partner to say: leave it out", ErrorCode.NOT_ALLOWED)
        try:
            known = normalise(given.kind, given.value, given.source or source, region)
        except Unreadable as error:
            raise Unfit(f"{place}.value", str(error)) from error
        return known._asdict() | {"verified": given.verified or False, "source": given.source or source}

    def _stated(self, given: CustomerUpsertInput) -> Stated:
        """What is stated, by the register's name: address.city, demographics.birthDate, attributes.colour …"""
        ground = self._ground
        fields = [] if given.kind is UNSET else [Field("kind", given.kind)]
        named = {name: getattr(given, name) for name in _PLAIN}
        # Of a name of blanks nothing is left: null.
        tidied = {name: (tidy(value) or None) if isinstance(value, str) else value for name, value in named.items()}
        fields += [Field(stating.camel(name), value) for name, value in tidied.items() if value is not UNSET]
        fields += stating.address(given.address)
        fields += stating.demographics(given.demographics, ground)
        fields += stating.attributes(given.attributes)
        fields += stating.needs(given.needs, ground)
        fields += stating.preferences(given.channel_preferences)
        fields += _acquisition(given.acquisition)
        return Stated(fields, stating.consents(given.consents, ground, given.recorded_at or ground.now))


def _region(given: CustomerUpsertInput) -> str | None:
    """The country whose numbers are meant where a phone number does not say it."""
    address = given.address
    told = isinstance(address, PostalAddressInput) and isinstance(address.country, str)
    return country_code(str(address.country)) if told and isinstance(address, PostalAddressInput) else None


def _primaries(given: list[IdentityInput], identities: list[dict[str, object]]) -> list[Field]:
    found: dict[str, Field] = {}
    for at, (one, known) in enumerate(zip(given, identities, strict=True)):
        if one.primary:
            name, place = f"primary.{one.kind}", f"identities.{at}.primary"
            if name in found:
                raise Unfit(place, "is a second primary of its kind")
            found[name] = Field(name, {"scope": known["scope"], "value": known["value"]}, place=place)
    return list(found.values())


def _acquisition(given: AcquisitionInput | UnsetType | None) -> list[Field]:
    if given is UNSET:
        return []
    if not isinstance(given, AcquisitionInput):
        return [Field(ACQUISITION, None)]
    at = given.at if given.at is None else dated(given.at, "acquisition.at")
    campaign = given.campaign
    if campaign is not None:
        campaign = str(parsed(Prefix.CAMPAIGN, campaign, "acquisition.campaign"))
    told = at.isoformat() if isinstance(at, datetime) else None
    value = {"channel": given.channel, "source": given.source, "at": told, "campaign": campaign}
    return [Field(ACQUISITION, value)]
