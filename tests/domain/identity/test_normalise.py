"""One way to write each identity."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.folding import fold
from domain.identity import normalise as normalising
from domain.identity.normalise import Unreadable, email, normalise
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


_PARTS = st.text("ab09-_+.@xn", min_size=1, max_size=12)


@given(st.builds("{}@{}.{}".format, _PARTS, _PARTS, st.sampled_from(["org", "xn--p1ai", "x", "1", "co.uk", "test"])))
def test_plain_addresses_are_taken_as_the_library_takes_them(address: str) -> None:
    """The short way for what nearly all addresses look like says what email-validator says."""
    assert _read(address) == _read(address, plainly=False)


def test_so_are_long_ones() -> None:
    for local, host in ((64, 60), (65, 60), (60, 63), (60, 64), (64, 189), (64, 190), (1, 1)):
        labels = ".".join("b" * min(63, host - at) for at in range(0, host, 64))
        address = f"{'a' * local}@{labels}.org"
        assert _read(address) == _read(address, plainly=False), (local, host)


def _read(address: str, *, plainly: bool = True) -> str | None:
    with pytest.MonkeyPatch.context() as patch:
        if not plainly:
            patch.setattr(normalising, "_PLAIN", lambda _: None)
        email.cache_clear()
        try:
            return email(address)
        except Unreadable:
            return None
        finally:
            email.cache_clear()
