"""When two turn out to be one: who is joined, who is in conflict, and what weak identities do."""

from uuid import UUID

from domain.identity.joining import Joining, Person, Upsert
from domain.identity.normalise import Known
from domain.staged import UnitFault
from domain.vocabulary import IdentityKind as Kind

MAIL, PHONE = Known(Kind.EMAIL, "", "a@b.c"), Known(Kind.PHONE, "", "+49")
SHOP, COOKIE = Known(Kind.EXTERNAL_ID, "shop", "1"), Known(Kind.COOKIE, "", "x")
ONE, TWO = UUID(int=1), UUID(int=2)


def upsert(*identities: Known, seq: int = 1, customer: UUID | None = None, states: bool = True) -> Upsert:
    return Upsert(seq, customer, identities, UUID(int=100 + seq), states)


def person(strong: int = 1, stated: bool = False) -> Person:
    return Person(strong, stated)


def test_an_unknown_identity_makes_somebody_new() -> None:
    joining = Joining({}, {})
    made = joining.place(upsert(MAIL, SHOP))
    assert joining.created == [made]
    assert joining.place(upsert(SHOP, PHONE, seq=2)) == made
    assert set(joining.claimed) == {MAIL, SHOP, PHONE}


def test_the_bare_one_is_joined_to_the_one_with_a_profile() -> None:
    joining = Joining({MAIL: ONE, SHOP: TWO}, {ONE: person(), TWO: person(stated=True)})
    assert joining.place(upsert(MAIL, SHOP)) == TWO
    assert joining.joined == {ONE: TWO}
    assert joining.now(ONE) == TWO


def test_two_with_something_of_their_own_are_in_conflict_and_nothing_happens() -> None:
    people = {ONE: person(stated=True), TWO: person(strong=2)}
    joining = Joining({MAIL: ONE, SHOP: TWO}, people)
    assert isinstance(joining.place(upsert(MAIL, SHOP, PHONE)), UnitFault)
    assert not joining.joined
    assert not joining.claimed


def test_a_conflict_says_between_whom_but_not_to_a_partner() -> None:
    for names, told in ((True, 2), (False, 0)):
        joining = Joining({MAIL: ONE, SHOP: TWO}, {ONE: person(stated=True), TWO: person(stated=True)}, names=names)
        found = joining.place(upsert(MAIL, SHOP))
        assert isinstance(found, UnitFault)
        assert len(found.subjects) == told


def test_a_visitor_known_by_a_cookie_becomes_the_customer() -> None:
    joining = Joining({COOKIE: ONE}, {ONE: person(strong=0)})
    assert joining.place(upsert(COOKIE, MAIL)) == ONE
    assert not joining.created


def test_a_visitor_is_joined_to_the_customer_who_turns_up_with_the_cookie() -> None:
    joining = Joining({COOKIE: ONE, MAIL: TWO}, {ONE: person(strong=0), TWO: person(stated=True)})
    assert joining.place(upsert(COOKIE, MAIL)) == TWO
    assert joining.joined == {ONE: TWO}


def test_a_cookie_stays_with_the_first_strong_customer() -> None:
    people = {ONE: person(), TWO: person(stated=True)}
    joining = Joining({COOKIE: ONE, SHOP: ONE, MAIL: TWO}, people)
    assert joining.place(upsert(COOKIE, MAIL)) == TWO
    assert not joining.joined
    assert joining.owners[COOKIE] == ONE
    made = joining.place(upsert(COOKIE, PHONE, seq=2))
    assert joining.created == [made]
    assert joining.place(upsert(COOKIE, seq=3)) == ONE


def test_an_id_names_a_customer_and_whom_it_led_to() -> None:
    joining = Joining({}, {TWO: person(stated=True)})
    joining.merged[ONE] = TWO
    assert joining.place(upsert(MAIL, customer=ONE)) == TWO
    assert isinstance(joining.place(upsert(PHONE, customer=UUID(int=9))), UnitFault)
