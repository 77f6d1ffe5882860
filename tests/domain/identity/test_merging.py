"""Two customers become one: what both did stands under the survivor, and every row still says for whom it came."""

from pathlib import Path
from uuid import UUID

import pytest

from domain.database import Tx
from domain.errors import ErrorCode, Refused
from domain.identity import commands_merging
from domain.identity.commands_merging import merge
from domain.identity.commands_preview import preview
from domain.ids import CustomerId
from domain.sqlfile import statements
from tests.domain.analytics.facts import NOW, buyer
from tests.support.occasions import occasion

_EARNED = "SELECT sum(revenue), sum(orders) FROM customer_month"


async def pair(tx: Tx) -> tuple[CustomerId, CustomerId]:
    return CustomerId(await buyer(tx, 40, 3, total=7)), CustomerId(await buyer(tx, 40, 20, total=11))


async def test_facts_stand_under_the_survivor_and_remember_whom_they_were_recorded_for(tx: Tx) -> None:
    into, gone = await pair(tx)
    earned = await tx.fetchrow(_EARNED)
    await merge(tx, into, gone, occasion=occasion(NOW))
    found = await tx.fetch(
        "SELECT customer_id, recorded_for FROM customer_order WHERE recorded_for = ANY($1)", [into, gone]
    )
    assert {row["customer_id"] for row in found} == {into}
    assert sorted(row["recorded_for"] for row in found) == sorted([into, into, gone, gone])
    assert await tx.fetchrow(_EARNED) == earned
    assert not await tx.fetchval("SELECT count(*) FROM customer_month WHERE customer_id = $1", gone)


async def test_the_old_id_leads_to_the_survivor_also_after_a_second_merge(tx: Tx) -> None:
    into, gone = await pair(tx)
    third = CustomerId(await buyer(tx, 5))
    await merge(tx, into, gone, occasion=occasion(NOW))
    await merge(tx, third, into, occasion=occasion(NOW))
    led = await tx.fetch("SELECT survivor_id FROM customer_alias WHERE customer_id = ANY($1::uuid[])", [into, gone])
    assert [row["survivor_id"] for row in led] == [third, third]


async def test_what_is_derived_of_the_merged_one_goes_and_the_survivor_is_to_be_computed(tx: Tx) -> None:
    into, gone = await pair(tx)
    before = await tx.fetchval("SELECT wanted FROM customer_mark WHERE customer_id = $1", into)
    await merge(tx, into, gone, occasion=occasion(NOW))
    for table in ("customer_score", "customer_mark"):
        assert not await tx.fetchval(f"SELECT count(*) FROM {table} WHERE customer_id = $1", gone)
    assert await tx.fetchval("SELECT wanted FROM customer_mark WHERE customer_id = $1", into) > before


@pytest.mark.parametrize("case", ["itself", "nobody", "merged"])
async def test_who_cannot_be_merged_is_refused_and_named(tx: Tx, case: str) -> None:
    into, gone = await pair(tx)
    if case == "merged":
        await tx.execute("UPDATE customer SET merged_into = $1 WHERE customer_id = $2", into, gone)
    other = {"itself": into, "nobody": CustomerId(UUID(int=1)), "merged": gone}[case]
    with pytest.raises(Refused) as refused:
        await merge(tx, into, other, occasion=occasion(NOW))
    expected = {"itself": ErrorCode.INVALID, "nobody": ErrorCode.NOT_FOUND, "merged": ErrorCode.IN_WRONG_STATE}
    assert [(fault.code, fault.path) for fault in refused.value.faults] == [(expected[case], ("from",))]


async def test_who_has_very_much_is_merged_the_other_way_round(tx: Tx, monkeypatch: pytest.MonkeyPatch) -> None:
    much, little = await buyer(tx, 40, 20, 10, total=11), await buyer(tx, 5)
    size = statements(Path(commands_merging.__file__).parent / "sql" / "merging.sql")["size"]
    monkeypatch.setattr(commands_merging, "MOST_MOVED", await tx.fetchval(size, little, 100))
    with pytest.raises(Refused) as refused:
        await merge(tx, little, much, occasion=occasion(NOW))
    fault = refused.value.faults[0]
    assert (fault.code, fault.path) == (ErrorCode.LIMIT_EXCEEDED, ("from",))
    told = await preview(tx, little, much, occasion=occasion(NOW))
    assert (told.survivor, told.reasons) == (None, (f"from {fault.message}",))
    assert not await tx.fetchval("SELECT count(*) FROM customer_alias")
    await merge(tx, much, little, occasion=occasion(NOW))
    assert await tx.fetchval("SELECT count(*) FROM customer_order WHERE customer_id = $1", much) == 4


async def test_a_preview_moves_nothing_that_they_did(tx: Tx) -> None:
    into, gone = await pair(tx)
    await tx.execute("CREATE TABLE moved (name text)")
    await tx.execute(
        "CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS"
        " 'BEGIN INSERT INTO moved VALUES (TG_TABLE_NAME); RETURN OLD; END'"
    )
    for table in ("touchpoint", "customer_order", "order_line"):
        await tx.execute(f"CREATE TRIGGER note BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION note()")
    told = await preview(tx, into, gone, occasion=occasion(NOW))
    assert told.orders == await tx.fetchval("SELECT count(*) FROM customer_order") == 4
    assert told.touchpoints == await tx.fetchval("SELECT count(*) FROM touchpoint")
    assert not await tx.fetchval("SELECT count(*) FROM moved")
