"""Customers by import: registers, identities, and joining with all that was recorded."""

from datetime import date
from decimal import Decimal

from domain.database import Database
from domain.transfer import Kind
from tests.support.importing import Given, bring, declared, fingerprint, order, with_products

MOVED = "customer_order order_line touchpoint order_return return_line customer_month customer_identity"


def mail(value: str = "ada@example.org", **more: object) -> Given:
    return {"kind": "EMAIL", "value": value} | more


def shop(value: str = "1") -> Given:
    return {"kind": "EXTERNAL_ID", "value": value, "source": "shop"}


def ada(**changed: object) -> Given:
    about = {"identities": [mail()], "source": "crm", "recordedAt": "2025-05-05T00:00:00Z"}
    return about | {"givenName": "Ada", "familyName": "Lovelace"} | changed


async def profile(db: Database, columns: str) -> tuple[object, ...]:
    async with db.connection() as tx:
        row = await tx.fetchrow(f"SELECT {columns} FROM customer WHERE merged_into IS NULL")
    assert row is not None
    return tuple(row)


async def test_a_profile_is_what_was_stated(db: Database) -> None:
    await declared(db, shoe="NUMBER", hat="STRING")
    given = ada(
        identities=[mail("ADA@example.org"), {"kind": "PHONE", "value": "+44 20 7946 0018"}],
        address={"lines": ["St James's Square 12"], "city": "London", "country": "GB"},
        demographics={"birthDate": "1815-12-10", "householdSize": 5},
        attributes={"shoe": 37, "hat": None},
        acquisition={"channel": "SOCIAL", "source": "letters", "at": "2024-01-01T00:00:00Z"},
    )
    assert (await bring(db, Kind.CUSTOMERS, [given])).statuses == (1, 0, 0, 0)
    names = "display_name, display_name_fold, email, phone, search_fold"
    ada_ = "ada lovelace ada lovelace ada@example.org +442079460018"
    assert await profile(db, names) == ("Ada Lovelace", "ada lovelace", "ada@example.org", "+442079460018", ada_)
    rest = "address_lines, city, birth_date, household_size, personal_attributes, attributes"
    assert await profile(db, rest) == (["St James's Square 12"], "London", date(1815, 12, 10), 5, {"shoe": 37}, {})
    assert await profile(db, "acquisition_channel, acquisition_source, acquisition_at::date::text") == (
        "SOCIAL",
        "letters",
        "2024-01-01",
    )


async def test_the_later_statement_holds_in_whatever_order_they_come(db: Database) -> None:
    june = ada(recordedAt="2025-06-06T00:00:00Z", familyName=None, address={"city": "Rome"})
    april = ada(recordedAt="2025-04-04T00:00:00Z", givenName="Augusta", address={"city": "Bath", "country": "GB"})
    await bring(db, Kind.CUSTOMERS, [june, ada(), april])
    assert await profile(db, "given_name, family_name, city, country") == ("Ada", None, "Rome", "GB")
    tie = ada(recordedAt="2025-06-06T00:00:00Z", source="erp", givenName="Countess")
    await bring(db, Kind.CUSTOMERS, [tie])
    assert await profile(db, "given_name") == ("Countess",)
    before = await fingerprint(db)
    assert (await bring(db, Kind.CUSTOMERS, [june, ada(), april, tie])).statuses == (0, 0, 4, 0)
    assert await fingerprint(db) == before


async def test_what_is_said_without_a_date_and_holds_already_is_nothing_new(db: Database) -> None:
    given = {"identities": [mail()], "displayName": "Ada"}
    await bring(db, Kind.CUSTOMERS, [given])
    before = await fingerprint(db)
    assert (await bring(db, Kind.CUSTOMERS, [given])).statuses == (0, 0, 1, 0)
    assert await fingerprint(db) == before


async def test_who_turns_out_to_be_one_is_joined_with_all_facts(db: Database) -> None:
    await with_products(db)
    await bring(db, Kind.ORDERS, [order("o1"), order("o2", customer={"identity": mail()})])
    await bring(db, Kind.RETURNS, [{
        "source": "shop", "externalId": "r", "customer": {"identity": mail()}, "returnedAt": "2025-06-06T00:00:00Z",
        "lines": [{"sku": "pen", "quantity": 1}],
    }])  # fmt: skip
    assert (await bring(db, Kind.CUSTOMERS, [ada(identities=[mail(), shop()])])).statuses == (0, 1, 0, 0)
    async with db.connection() as tx:
        survivors = await tx.fetch("SELECT customer_id FROM customer WHERE merged_into IS NULL")
        assert len(survivors) == 1
        one = survivors[0][0]
        for table in MOVED.split():
            assert await tx.fetchval(f"SELECT bool_and(customer_id = $1) AND count(*) > 0 FROM {table}", one), table
        assert await tx.fetchval("SELECT count(DISTINCT recorded_for) FROM customer_order") == 2
        assert await tx.fetchval("SELECT sum(revenue) - sum(returns) FROM customer_month") == Decimal("32.5")
        assert await tx.fetchval("SELECT count(*) FROM customer_score") == 1
    again = await bring(db, Kind.ORDERS, [order("o1"), order("o2", customer={"identity": mail()}), order("o3")])
    assert again.statuses == (1, 0, 2, 0)
    assert await profile(db, "display_name, email") == ("Ada Lovelace", "ada@example.org")


async def test_two_with_profiles_of_their_own_are_in_conflict(db: Database) -> None:
    await bring(db, Kind.CUSTOMERS, [ada(), ada(identities=[shop()])])
    before = await fingerprint(db)
    brought = await bring(db, Kind.CUSTOMERS, [ada(identities=[mail(), shop()])])
    assert brought.faults == [(1, "identities", "CONFLICT")]
    assert await fingerprint(db) == before


async def test_the_address_to_write_to_is_the_first_or_the_one_that_is_made_primary(db: Database) -> None:
    await bring(db, Kind.CUSTOMERS, [ada(), ada(identities=[mail(), mail("b@example.org")])])
    assert await profile(db, "email") == ("ada@example.org",)
    await bring(db, Kind.CUSTOMERS, [ada(identities=[mail("b@example.org", primary=True)])])
    assert await profile(db, "email") == ("b@example.org",)
    async with db.connection() as tx:
        assert await tx.fetchval("SELECT count(*) FROM customer_identity WHERE is_primary") == 1


async def test_what_nobody_declared_is_refused_and_not_dropped(db: Database) -> None:
    await declared(db, shoe="NUMBER")
    given: list[Given] = [{"displayName": "Nobody"}, ada(attributes={"a": [1]}), ada(attributes={"hat": "top"})]
    brought = await bring(db, Kind.CUSTOMERS, [*given, ada(attributes={"shoe": "large"})])
    assert [(field, code) for _, field, code in brought.faults] == [
        ("identities", "REQUIRED"),
        ("attributes.a", "INVALID"),
        ("attributes.hat", "INVALID"),
        ("attributes.shoe", "INVALID"),
    ]
    assert "attributeDeclare" in str(brought.rejects[2]["reason"])


async def test_a_name_that_folds_into_thousands_of_letters_is_kept_whole_and_ordered_by_its_beginning(
    db: Database,
) -> None:
    """255 times U+FDFA, eighteen letters each when folded; made unlike, so that no page of an index compresses them."""
    long = "".join(chr(0xFDFA) + chr(0x4E00 + number) for number in range(127))
    brought = await bring(db, Kind.CUSTOMERS, [ada(displayName=long)])
    assert brought.statuses == (1, 0, 0, 0)
    assert (await profile(db, "display_name, length(display_name_fold)")) == (long, 256)


async def test_a_cell_of_a_csv_is_read_as_the_type_that_its_attribute_was_declared_with(db: Database) -> None:
    await declared(db, personal=False, shoe="NUMBER", vip="BOOLEAN", met="DATE", code="STRING")
    header = "email,attributes.shoe,attributes.vip,attributes.met,attributes.code"
    lines = (
        header,
        "ada@example.org,37,true,2026-03-01,007",
        "bo@example.org,large,,,",
        "di@example.org,,,01.03.2026,",
    )
    brought = await bring(db, Kind.CUSTOMERS, "\n".join(lines).encode())
    assert brought.statuses == (1, 0, 0, 2)
    assert brought.faults == [(3, "attributes.shoe", "INVALID"), (4, "attributes.met", "INVALID")]
    assert await profile(db, "attributes") == ({"shoe": 37, "vip": True, "met": "2026-03-01", "code": "007"},)
    async with db.connection() as tx:
        rows = await tx.fetch("SELECT * FROM customer_attribute ORDER BY name")
    found = {row["name"]: [value for key, value in row.items() if key.endswith(("_value", "_fold"))] for row in rows}
    assert found["met"] == [None, None, None, None, date(2026, 3, 1)]
    assert found["shoe"] == [None, None, 37.0, None, None]
    assert found["code"] == ["007", "007", None, None, None]


async def test_what_is_needed_allowed_and_liked_comes_by_import_too(db: Database) -> None:
    given = ada(
        needs=[{"kind": "BELIEF", "name": "Numbers", "strength": 0.5}],
        consents=[{"channel": "EMAIL", "status": "GRANTED"}],
        channelPreferences=[{"channel": "PHONE", "preferred": False}],
    )
    assert (await bring(db, Kind.CUSTOMERS, [given])).statuses == (1, 0, 0, 0)
    before = await fingerprint(db)
    assert (await bring(db, Kind.CUSTOMERS, [given])).statuses == (0, 0, 1, 0)
    assert await fingerprint(db) == before
    async with db.connection() as tx:
        assert tuple(await tx.fetchrow("SELECT name, strength, source FROM customer_need") or ()) == (
            "Numbers",
            0.5,
            "crm",
        )
        assert await tx.fetchval("SELECT status FROM customer_consent WHERE holds") == "GRANTED"
        assert await tx.fetchval("SELECT preferred FROM customer_preference") is False
