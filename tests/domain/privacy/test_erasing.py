"""Who is erased is gone from every table, and stays gone; what names nobody stays to the cent."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from domain.audit import seal
from domain.audit.verifying import verify
from domain.database import Tx
from domain.identity.normalise import Known
from domain.privacy import journal
from domain.privacy.commands_erasing import CLAIMS, erase, erase_again
from domain.privacy.queries import erased
from domain.privacy.queries_handover import everything as handed_over
from domain.privacy.rules import KEPT, Fate, fate, owned
from domain.tables import metadata
from domain.vocabulary import IdentityKind
from tests.domain.audit.log import do
from tests.domain.privacy.canary import AT, WORD, everything, settle

KEY = b"t" * 32
LATER = datetime(2026, 5, 1, tzinfo=UTC)


async def test_no_word_of_a_person_is_left_in_any_table(tx: Tx) -> None:
    customer = await settle(tx)
    assert len([name for name, text in (await everything(tx)).items() if WORD in text]) > 10

    await erase(tx, customer, key=KEY, now=LATER)

    assert [name for name, text in (await everything(tx)).items() if WORD in text or "1970-03-14" in text] == []


async def test_no_moment_is_left_finer_than_its_month(tx: Tx) -> None:
    customer = await settle(tx)
    await erase(tx, customer, key=KEY, now=LATER)
    of_the_person = [*KEPT, *CLAIMS]
    assert [name for name, text in (await everything(tx)).items() if name in of_the_person and "09:26:53" in text] == []


async def test_amounts_by_month_stay(tx: Tx) -> None:
    customer = await settle(tx)
    totals = "SELECT month, channel, category, revenue, returns, orders, touches FROM customer_month ORDER BY 1, 2, 3"
    before = await tx.fetch(totals)
    await erase(tx, customer, key=KEY, now=LATER)
    assert await tx.fetch(totals) == before
    assert await tx.fetchval("SELECT sum(total) FROM customer_order WHERE customer_id = $1", customer) == 5


@pytest.mark.parametrize("table", [table for table in owned() if table.name in KEPT], ids=lambda table: table.name)
def test_every_free_text_of_a_kept_row_goes(table: object) -> None:
    """Whoever adds a text to these tables has it forgotten without doing anything for it."""
    free = [c for c in metadata.tables[str(table)].columns if c.info.get("personal")]
    assert all(fate(metadata.tables[str(table)], column) not in (Fate.STAYS, Fate.MONTH) for column in free)


def test_every_table_with_something_personal_is_dealt_with() -> None:
    """Else say in domain/privacy what becomes of it."""
    dealt = {table.name for table in owned()} | ELSEWHERE
    personal = {
        name
        for name, table in metadata.tables.items()
        if any(c.info.get("personal") and isinstance(c.type, Text | JSONB | ARRAY) for c in table.columns)
    }
    assert personal <= dealt


ELSEWHERE = {"identity_claim", "audit_entry", "upload_reject", "segment_version"}
"""Claims, details and the values of rules are removed by name; rejects tell line, field and reason, never what stood
there."""


async def test_an_erased_identity_is_known_as_such_and_no_other(tx: Tx) -> None:
    customer = await settle(tx)
    value = await tx.fetchval("SELECT value FROM customer_identity WHERE customer_id = $1", customer)
    scope = await tx.fetchval("SELECT scope FROM customer_identity WHERE customer_id = $1", customer)
    theirs, another = Known(IdentityKind.EMAIL, scope, value), Known(IdentityKind.EMAIL, "", "jane@example.org")
    assert await erased(tx, KEY, [theirs, another]) == frozenset()
    await erase(tx, customer, key=KEY, now=LATER)
    assert await erased(tx, KEY, [theirs, another]) == {theirs}


async def test_erasing_twice_changes_nothing_more(tx: Tx) -> None:
    customer = await settle(tx)
    await erase(tx, customer, key=KEY, now=LATER)
    before = {name: text for name, text in (await everything(tx)).items() if name != "customer"}
    await erase(tx, customer, key=KEY, now=LATER)
    after = {name: text for name, text in (await everything(tx)).items() if name != "customer"}
    assert {name for name in before if before[name] != after[name]} <= {"order_payment"}  # a key that names nobody


async def test_a_restored_backup_is_erased_again(tx: Tx, tmp_path: Path) -> None:
    customer = await settle(tx)
    await tx.execute("SAVEPOINT backup")
    stones = await erase(tx, customer, key=KEY, now=LATER)
    journal.append(tmp_path / "erasures", stones, LATER)
    await tx.execute("ROLLBACK TO SAVEPOINT backup")
    assert WORD in (await everything(tx))["customer"]

    assert await erase_again(tx, journal.read(tmp_path / "erasures"), key=KEY) == 1
    assert [name for name, text in (await everything(tx)).items() if WORD in text] == []


async def test_the_log_of_a_restored_backup_verifies_after_erasing_again(tx: Tx) -> None:
    """The backup may be older than the entry of who asked for the erasing: the details that go need one."""
    customer = await settle(tx)
    await tx.execute("DELETE FROM audit_entry")
    await do(tx, 0, of=customer, name=WORD)
    await seal(tx, now=LATER)
    await tx.execute("SAVEPOINT backup")
    stones = await erase(tx, customer, key=KEY, now=LATER)
    await tx.execute("ROLLBACK TO SAVEPOINT backup")
    assert await erase_again(tx, [(stone, LATER) for stone in stones], key=KEY) == 1
    await seal(tx, now=LATER)
    verdict = await verify(tx, now=datetime.now(UTC))
    assert (verdict.broken, verdict.sealed) == ([], 2)
    assert await tx.fetchval("SELECT count(*) FROM audit_entry WHERE detail IS NULL") == 1


async def test_who_came_back_later_as_somebody_new_stays(tx: Tx, tmp_path: Path) -> None:
    customer = await settle(tx)
    stones = await erase(tx, customer, key=KEY, now=AT - timedelta(days=1))
    await tx.execute("DELETE FROM tombstone")
    back = await settle(tx)
    assert await erase_again(tx, [(stone, AT - timedelta(days=1)) for stone in stones], key=KEY) == 0
    assert await tx.fetchval("SELECT erased_at FROM customer WHERE customer_id = $1", back) is None


async def test_a_person_is_handed_over_whole(tx: Tx) -> None:
    """By construction: every word that the person's rows hold is in the document."""
    customer = await settle(tx)
    document = b"".join([part async for part in handed_over(tx, customer, now=LATER)]).decode()
    missing = [
        f"{table.name}.{column.name}"
        for table in owned()
        for column in table.columns
        if column.info.get("personal") and isinstance(column.type, Text) and not column.name.endswith("_fold")
        if f"{WORD} {column.name}" not in document
    ]
    assert missing == []
