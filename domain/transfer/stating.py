"""What inputs say of a customer, as it is staged: each field by its register's name, and consents."""

import re
from collections.abc import Iterable
from datetime import date, datetime
from functools import cache
from zoneinfo import available_timezones

from msgspec import UNSET, Struct, UnsetType

from domain.customers.addresses import UNKNOWN_COUNTRY, Place, canonical, country_code, tidy
from domain.customers.attributes import LONGEST_NAME
from domain.customers.profile import ATTRIBUTE
from domain.customers.restating import need_register
from domain.customers.stated import Consent, Field, Stated
from domain.errors import ErrorCode
from domain.transfer.inputs import (
    Attributes,
    ChannelPreferenceInput,
    ConsentInput,
    DemographicsInput,
    LearntInput,
    NeedInput,
    PostalAddressInput,
)
from domain.transfer.scalars import AHEAD, Cell, Unfit, dated, not_ahead
from domain.transfer.stage import Ground
from domain.vocabulary import ConsentStatus, Role

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*")
_LONG_AGO = date(1800, 1, 1)
_ADDRESS = ("recipient", "lines", "postal_code", "city", "region", "country")
_DEMOGRAPHICS = (
    *("birth_date", "gender", "language", "time_zone", "occupation", "sector"),
    *("household_size", "income_band"),
)
NOT_OWN = "is another's: a partner writes for its own source"


def learnt(given: LearntInput | None, ground: Ground, occurred_at: datetime) -> str | None:
    """What a touchpoint taught, as it waits in staging (customers.Lesson); None where it taught nothing.

    Raises Unfit, naming the field below `learnt`.
    """
    if given is None:
        return None
    stated = Stated(
        [
            *needs(given.needs, ground, "learnt."),
            *preferences(given.channel_preferences, "learnt."),
            *demographics(given.demographics, ground, "learnt."),
            *attributes(given.attributes, "learnt."),
        ],
        consents(given.consents, ground, occurred_at, "learnt."),
    )
    return stated.text if stated else None


def needs(given: Iterable[NeedInput] | None, ground: Ground, place: str = "") -> list[Field]:
    return [need(one, ground, f"{place}needs.{at}.", f"needs.{at}") for at, one in enumerate(given or ())]


def need(given: NeedInput, ground: Ground, place: str, path: str) -> Field:
    strength = 1.0 if given.strength is None else given.strength
    if not 0 <= strength <= 1:
        raise Unfit(f"{place}strength", "is not between 0 and 1", ErrorCode.OUT_OF_RANGE)
    name = tidy(given.name)
    if not name:
        raise Unfit(f"{place}name", "is empty: say what is needed in a word or two")
    value = {"name": name, "detail": given.detail, "strength": float(strength)}
    at = moment(given.recorded_at, f"{place}recordedAt", ground)
    source = own(given.source, f"{place}source", ground)
    return Field(need_register(given.kind, name), value, at, source, place=path)


def consents(given: Iterable[ConsentInput] | None, ground: Ground, since: datetime, place: str = "") -> list[Consent]:
    """`since` is when those were said that do not say it themselves."""
    return [consent(one, ground, since, f"{place}consents.{at}.") for at, one in enumerate(given or ())]


def consent(given: ConsentInput, ground: Ground, since: datetime, place: str) -> Consent:
    at = moment(given.recorded_at, f"{place}recordedAt", ground)
    expires = None if given.expires_at is None else dated(given.expires_at, f"{place}expiresAt")
    if expires is not None:
        if given.status is not ConsentStatus.GRANTED:
            raise Unfit(f"{place}expiresAt", "is for what is granted: leave it out")
        if expires <= (given.recorded_at or since):
            raise Unfit(f"{place}expiresAt", "is not after it was recorded")
    source = own(given.source, f"{place}source", ground)
    until = None if expires is None else expires.isoformat()
    return Consent(given.channel, given.purpose, given.status, source, at, until)


def preferences(given: Iterable[ChannelPreferenceInput] | None, place: str = "") -> list[Field]:
    found: dict[str, Field] = {}
    for at, one in enumerate(given or ()):
        if f"preferences.{one.channel}" in found:
            raise Unfit(f"{place}channelPreferences.{at}.channel", "is named twice")
        path = f"channelPreferences.{at}"
        found[f"preferences.{one.channel}"] = Field(f"preferences.{one.channel}", one.preferred, place=path)
    return list(found.values())


def attributes(given: Attributes | None, place: str = "") -> list[Field]:
    """Whether each is declared, and its type, is looked up when they are recorded."""
    found = []
    for name, value in (given or {}).items():
        if not name or len(name) > LONGEST_NAME:
            raise Unfit(f"{place}attributes", f"has a name that is empty or longer than {LONGEST_NAME} characters")
        if not isinstance(value, str | int | float | bool | date | None):
            raise Unfit(f"{place}attributes.{name}", "must be a text, a number, true, false or null")
        plain = value.isoformat() if isinstance(value, date) else value
        if isinstance(plain, int) and not isinstance(plain, bool) and abs(plain) >= 2**63:
            raise Unfit(f"{place}attributes.{name}", "has more than 18 digits", ErrorCode.OUT_OF_RANGE)
        found.append(Field(f"{ATTRIBUTE}{name}", plain, cell=isinstance(value, Cell)))
    return found


def demographics(given: DemographicsInput | UnsetType | None, ground: Ground, place: str = "") -> list[Field]:
    if isinstance(given, DemographicsInput) and isinstance(given.birth_date, date):
        born = given.birth_date
        if not _LONG_AGO <= born <= (ground.now + AHEAD).date():
            reason = "is no day on which a customer was born: it lies ahead, or before 1800"
            raise Unfit(f"{place}demographics.birthDate", reason, ErrorCode.OUT_OF_RANGE)
    if isinstance(given, DemographicsInput):
        if isinstance(given.language, str) and not _LANGUAGE.fullmatch(given.language):
            raise Unfit(f"{place}demographics.language", "is no language such as en or pt-BR")
        if isinstance(given.time_zone, str) and given.time_zone not in _zones():
            raise Unfit(f"{place}demographics.timeZone", "is no time zone such as Europe/Berlin")
    return _group("demographics", given, _DEMOGRAPHICS)


def address(given: PostalAddressInput | UnsetType | None) -> list[Field]:
    """In canonical form where the country is told with it."""
    if not isinstance(given, PostalAddressInput):
        return _group("address", given, _ADDRESS)
    if isinstance(given.country, str):
        code = country_code(given.country)
        if code is None:
            raise Unfit("address.country", UNKNOWN_COUNTRY)
        given.country = code
        parts = [one if isinstance(one, str) else None for one in (given.region, given.city, given.postal_code)]
        found = canonical(Place(code, *(part and tidy(part) for part in parts)))
        given.region = found.region if isinstance(given.region, str) else given.region
        given.postal_code = found.postal_code if isinstance(given.postal_code, str) else given.postal_code
    if isinstance(given.city, str):
        given.city = tidy(given.city)
    if isinstance(given.lines, list):
        given.lines = [line for line in map(tidy, given.lines) if line]
    return _group("address", given, _ADDRESS)


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _group(name: str, group: Struct | UnsetType | None, fields: tuple[str, ...]) -> list[Field]:
    """The fields of a group; a group that is null states each of them as null."""
    if group is UNSET:
        return []
    values = {field: None if group is None else getattr(group, field) for field in fields}
    told = {field: value.isoformat() if isinstance(value, date) else value for field, value in values.items()}
    return [Field(f"{name}.{camel(field)}", value) for field, value in told.items() if value is not UNSET]


def moment(given: datetime | None, field: str, ground: Ground) -> str | None:
    """When something was so: what lies ahead by some clock was so now. Raises Unfit beyond a day."""
    return None if given is None else min(not_ahead(given, ground.now, field), ground.now).isoformat()


def own(source: str | None, field: str, ground: Ground) -> str | None:
    """Raises Unfit where a partner names another source than its own."""
    if ground.caller.role is Role.PARTNER and source not in (None, ground.caller.source):
        raise Unfit(field, NOT_OWN, ErrorCode.NOT_ALLOWED)
    return source


def camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(word.title() for word in rest)
