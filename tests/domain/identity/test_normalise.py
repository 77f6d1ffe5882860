"""One way to write each identity."""

import pytest

from domain.folding import fold
from domain.identity.normalise import Unreadable, normalise
from domain.vocabulary import IdentityKind as Kind


@pytest.mark.parametrize(
    ("kind", "value", "source", "expected"),
    [
        (Kind.EMAIL, " Ada.Lovelace@EXAMPLE.org ", "shop", ("", "ada.lovelace@example.org")),
        (Kind.EMAIL, "ada@example.org", None, ("", "ada@example.org")),
        (Kind.PHONE, "+44 (0)20 7946-0018", None, ("", "+442079460018")),
        (Kind.PHONE, "tel:+49-30-901820", None, ("", "+4930901820")),
        (Kind.EMAIL, "ada@post.local", None, ("", "ada@post.local")),
        (Kind.EMAIL, "ada@xn--bcher-kva.example", None, ("", "ada@bücher.example")),
        (Kind.EXTERNAL_ID, " 17 ", "shop", ("shop", "17")),
        (Kind.COOKIE, "AbC", "shop", ("", "AbC")),
        (Kind.DEVICE, "AbC", None, ("", "AbC")),
    ],
)
def test_each_kind_has_one_form(kind: Kind, value: str, source: str | None, expected: tuple[str, str]) -> None:
    assert normalise(kind, value, source) == (kind, *expected)


def test_a_number_without_its_country_is_one_of_the_customers_country() -> None:
    assert normalise(Kind.PHONE, "020 7946 0018", None, "GB") == (Kind.PHONE, "", "+442079460018")
    assert normalise(Kind.PHONE, "+49 30 901820", None, "GB") == (Kind.PHONE, "", "+4930901820")


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Kind.EMAIL, "ada"),
        (Kind.EMAIL, "ada@"),
        (Kind.EMAIL, "a da@example.org"),
        (Kind.EMAIL, "ada@localhost"),
        (Kind.EMAIL, "ada@example..org"),
        (Kind.PHONE, "020 7946 0018"),
        (Kind.PHONE, "+44 1"),
        (Kind.PHONE, "call me"),
        (Kind.EXTERNAL_ID, "17"),
        (Kind.COOKIE, " "),
        (Kind.COOKIE, "x" * 513),
    ],
)
def test_what_is_none_of_its_kind_is_refused(kind: Kind, value: str) -> None:
    with pytest.raises(Unreadable):
        normalise(kind, value, None)


def test_folding_makes_equal_what_people_take_for_equal() -> None:
    assert fold("STRASSE Å") == fold("straße Å")
