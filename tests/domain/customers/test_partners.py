"""What partners may not do to profiles, however many rows and calls they take for it."""

import pytest

from domain.access import KeyRequest, create_key
from domain.database import Database
from domain.errors import ErrorCode
from domain.ids import Prefix, to_public
from domain.transfer import Kind
from domain.vocabulary import Role
from tests.support.calling import CREATED, OCCASION, REJECTED, UPDATED, called, fault, partner, statuses
from tests.support.importing import NOW, Given, bring

TILL = partner("till")
NOT_ALLOWED = ErrorCode.NOT_ALLOWED


def mail(value: str, **more: object) -> Given:
    return {"kind": "EMAIL", "value": f"{value}@example.org", **more}


def card(value: str) -> Given:
    return {"kind": "EXTERNAL_ID", "value": value}


def row(*identities: Given, **more: object) -> Given:
    return {"identities": list(identities), **more}


async def crm(db: Database, **more: object) -> None:
    """Berta, as the shop's own records know her."""
    stated = row(mail("berta"), source="crm", recordedAt="2025-05-05T00:00:00Z", **more)
    assert statuses(await called(db, Kind.CUSTOMERS, [stated])) == [CREATED]


async def berta(db: Database) -> dict[str, object]:
    async with db.connection() as tx:
        found = await tx.fetchrow(
            "SELECT c.display_name, c.email, (SELECT array_agg(j.value ORDER BY j.value) FROM customer_identity j"
            " WHERE j.customer_id = c.customer_id) AS known FROM customer c JOIN identity_claim i"
            " ON i.value = 'berta@example.org' AND c.customer_id = coalesce((SELECT a.survivor_id FROM customer_alias a"
            " WHERE a.customer_id = i.customer_id), i.customer_id)"
        )
    assert found is not None
    return dict(found)


async def test_a_row_sees_whom_the_rows_before_it_have_claimed(db: Database) -> None:
    await crm(db, displayName="Berta")
    rows = [row(mail("berta"), card("9")), row(card("9"), displayName="Hacked")]
    told = await called(db, Kind.CUSTOMERS, rows, occasion=TILL)
    assert statuses(told) == [UPDATED, REJECTED]
    assert fault(told[1]) == (NOT_ALLOWED, ("displayName",))
    assert (await berta(db))["display_name"] == "Berta"


async def test_so_does_a_row_of_an_import(db: Database) -> None:
    await crm(db, displayName="Berta")
    rows = [row(mail("berta"), card("9")), row(card("9"), displayName="Hacked")]
    brought = await bring(db, Kind.CUSTOMERS, rows, caller=TILL.principal)
    assert brought.faults == [(2, "displayName", "NOT_ALLOWED")]
    assert (await berta(db))["display_name"] == "Berta"


async def test_a_row_sees_whom_the_rows_before_it_have_joined(db: Database) -> None:
    await crm(db, displayName="Berta")
    await called(db, Kind.CUSTOMERS, [row(card("9"))], occasion=TILL)
    rows = [row(mail("berta"), card("9")), row(card("9"), givenName="Hacked", familyName="Too")]
    told = await called(db, Kind.CUSTOMERS, rows, occasion=TILL)
    assert statuses(told) == [UPDATED, REJECTED]
    assert (await berta(db))["display_name"] == "Berta"


async def test_what_is_refused_claims_and_joins_nothing(db: Database) -> None:
    await crm(db, displayName="Berta")
    await called(db, Kind.CUSTOMERS, [row(card("8"))], occasion=TILL)
    rows = [
        row(mail("berta"), card("7"), card("8"), displayName="Hacked"),
        row(card("7"), displayName="Seven"),
        row(card("8"), displayName="Eight"),
    ]
    told = await called(db, Kind.CUSTOMERS, rows, occasion=TILL)
    assert statuses(told) == [REJECTED, CREATED, UPDATED]
    assert await berta(db) == {"display_name": "Berta", "email": "berta@example.org", "known": ["berta@example.org"]}


@pytest.mark.parametrize("stated", [{"displayName": "Berta"}, {"givenName": "Berta"}, {"familyName": "Berta"}])
async def test_a_name_and_its_parts_are_one(db: Database, stated: Given) -> None:
    await crm(db, **stated)
    for name in ("displayName", "givenName", "familyName"):
        told = await called(db, Kind.CUSTOMERS, [row(mail("berta"), **{name: "Hacked"})], occasion=TILL)
        assert fault(told[0]) == (NOT_ALLOWED, (name,))
    assert (await berta(db))["display_name"] == "Berta"


async def test_what_another_stated_is_not_written_over_by_joining_either(db: Database) -> None:
    need = {"kind": "BELIEF", "name": "paper"}
    await crm(db, displayName="Berta", needs=[need])
    before = row(card("9"), needs=[need | {"strength": 0}])
    told = await called(db, Kind.CUSTOMERS, [before, row(mail("berta"), card("9"))], occasion=TILL)
    assert statuses(told) == [CREATED, REJECTED]
    again = await called(db, Kind.CUSTOMERS, [row(mail("berta"), card("9"))], occasion=TILL)
    assert fault(again[0]) == (NOT_ALLOWED, ("identities",))
    async with db.connection() as tx:
        assert await tx.fetchval("SELECT count(*) FROM customer WHERE merged_into IS NOT NULL") == 0


async def test_everybody_else_states_what_they_know(db: Database) -> None:
    await crm(db, displayName="Berta")
    told = await called(db, Kind.CUSTOMERS, [row(mail("berta"), displayName="Bertha", source="erp")], occasion=OCCASION)
    assert statuses(told) == [UPDATED]
    assert (await berta(db))["display_name"] == "Bertha"


async def key_of_till(db: Database) -> None:
    request = KeyRequest("till", Role.PARTNER, source="till")
    async with db.transaction() as tx:
        await create_key(tx, request, now=NOW)


async def test_a_partner_redirects_no_mail_by_naming_its_own_the_primary(db: Database) -> None:
    await crm(db, displayName="Berta")
    told = await called(db, Kind.CUSTOMERS, [row(mail("berta"), mail("evil", primary=True))], occasion=TILL)
    assert fault(told[0]) == (NOT_ALLOWED, ("identities", "1", "primary"))
    assert (await berta(db))["known"] == ["berta@example.org"]


@pytest.mark.parametrize("brought", [Kind.CUSTOMERS, Kind.TOUCHPOINTS])
async def test_nor_by_having_seen_it_before_everybody(db: Database, brought: Kind) -> None:
    await key_of_till(db)
    await crm(db, displayName="Berta")
    long_ago = "1990-01-01T00:00:00Z"
    if brought is Kind.TOUCHPOINTS:
        visit: Given = {"source": "till", "channel": "WEB", "kind": "VISIT", "occurredAt": long_ago}
        visits = [visit | {"customer": {"identity": mail(one)}, "externalId": one} for one in ("evil", "berta")]
        assert statuses(await called(db, brought, visits, occasion=TILL)) == [CREATED, CREATED]
    both = row(mail("evil"), mail("berta"), recordedAt=long_ago)
    assert statuses(await called(db, Kind.CUSTOMERS, [both], occasion=TILL)) == [UPDATED]
    assert await berta(db) == {
        "display_name": "Berta",
        "email": "berta@example.org",
        "known": ["berta@example.org", "evil@example.org"],
    }
    async with db.connection() as tx:
        seen = "SELECT extract(year FROM first_seen_at)::int FROM customer_identity WHERE value = 'berta@example.org'"
        assert await tx.fetchval(seen) == 2025


async def test_nor_by_a_primary_of_one_who_is_joined_later(db: Database) -> None:
    await key_of_till(db)
    await crm(db, displayName="Berta")
    first = row(mail("evil", primary=True))
    assert statuses(await called(db, Kind.CUSTOMERS, [first], occasion=TILL)) == [CREATED]
    both = row(mail("evil"), mail("berta"), source="erp")
    assert statuses(await called(db, Kind.CUSTOMERS, [both])) == [UPDATED]
    assert (await berta(db))["email"] == "berta@example.org"


async def test_a_partner_keeps_whom_it_made_though_others_saw_them_earlier(db: Database) -> None:
    may: Given = {"channel": "EMAIL", "purpose": "MARKETING", "status": "GRANTED"}
    [made] = await called(db, Kind.CUSTOMERS, [row(mail("nina"), consents=[may])], occasion=TILL)
    visit: Given = {"source": "web", "channel": "WEB", "kind": "VISIT", "occurredAt": "2020-01-01T00:00:00Z"}
    await called(db, Kind.TOUCHPOINTS, [visit | {"customer": {"identity": mail("nina")}, "externalId": "1"}])
    stated = row(mail("nina"), source="crm", recordedAt="2010-01-01T00:00:00Z")
    await called(db, Kind.CUSTOMERS, [stated])
    async with db.connection() as tx:
        found = await tx.fetchrow("SELECT source, sources FROM customer_identity")
    assert found is not None
    assert (found["source"], found["sources"]) == ("crm", ["crm", "till", "web"])
    assert made.id is not None
    named: Given = {"id": to_public(Prefix.CUSTOMER, made.id)}
    withdrawn = named | {"consents": [may | {"status": "WITHDRAWN"}]}
    told = await called(db, Kind.CUSTOMERS, [withdrawn], occasion=TILL)
    visits: list[Given] = [
        {"channel": "EMAIL", "kind": "VISIT", "occurredAt": "2025-06-01T00:00:00Z", "customer": named}
    ]
    assert statuses(told) == [UPDATED]
    assert statuses(await called(db, Kind.TOUCHPOINTS, visits, occasion=TILL)) == [CREATED]
    strangers = await called(db, Kind.CUSTOMERS, [withdrawn], occasion=partner("kiosk"))
    assert fault(strangers[0]) == (ErrorCode.NOT_FOUND, ("id",))


async def test_whom_others_told_of_a_partner_has_told_of_too_once_it_named_them(db: Database) -> None:
    """In a list, where another row of the same list saw them earlier, and in an import."""
    await crm(db)
    rows = [row(mail("berta"), source=source) for source in ("shop", "till", "shop", "erp")]
    await called(db, Kind.CUSTOMERS, rows)
    visit: Given = {"channel": "WEB", "kind": "VISIT", "occurredAt": "2025-06-01T00:00:00Z"}
    visits = [visit | {"customer": {"identity": mail("berta")}, "source": one} for one in ("web", "app")]
    await bring(db, Kind.TOUCHPOINTS, visits)
    async with db.connection() as tx:
        found = await tx.fetchval("SELECT sources FROM customer_identity")
    assert found == ["app", "crm", "erp", "shop", "till", "web"]
