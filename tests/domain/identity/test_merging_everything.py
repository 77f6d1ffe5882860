"""Whatever a customer owns goes with a merge and comes back with its undoing: every table, as the models list them."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy import CheckConstraint, Column, Table
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.types import Boolean, Date, DateTime, Double, Integer, LargeBinary, Numeric, SmallInteger, Text, Uuid

from domain.database import Tx
from domain.identity.commands_merging import merge
from domain.identity.commands_unmerging import unmerge
from domain.ids import new_id
from domain.tables import metadata
from tests.domain.analytics.facts import customer
from tests.domain.identity.world import of_customers, owned
from tests.support.occasions import NOW, occasion

WHO = {"customer", "customer_alias", "customer_merge"}
"""What says who is who."""
TWINS = {"customer_score_a", "customer_score_b"}
"""Only the live one is written: a full run leaves merged customers out of the other."""
PAST = {"score_snapshot", "segment_stay"}
"""What was so of somebody, which nothing that happens later changes."""
DERIVED = sorted(set(of_customers()) - set(owned()) - WHO - TWINS - PAST)
COUNT = "SELECT count(*) FROM {} WHERE customer_id = $1"


def value(table: Table, column: Column[object]) -> object:
    """Something that the column takes."""
    if column.nullable:
        return None
    for check in (one for one in table.constraints if isinstance(one, CheckConstraint)):
        if str(check.sqltext).startswith(f"{column.name} IN"):
            return re.findall(r"'(\w+)'", str(check.sqltext))[0]
    match column.type:
        case Uuid():
            return new_id(NOW)
        case DateTime():
            return datetime(2025, 5, 5, tzinfo=UTC)
        case Date():
            return date(2025, 5, 5)
        case Numeric() | Double():
            return Decimal(1)
        case Boolean():
            return False
        case Integer() | SmallInteger():
            return 1
        case JSONB():
            return {}
        case ARRAY():
            return []
        case LargeBinary():
            return b"x"
        case Text():
            return "x"
    raise AssertionError(f"{table.name}.{column.name}: {column.type}")


async def own(tx: Tx, name: str, whose: UUID) -> None:
    """A row of the table, for the customer."""
    table = metadata.tables[name]
    row = {column.name: value(table, column) for column in table.columns}
    row |= {column: whose for column in ("customer_id", "recorded_for") if column in row}
    slots = ", ".join(f"${at}" for at in range(1, len(row) + 1))
    await tx.execute(f"DELETE FROM {name} WHERE customer_id = $1", whose)
    await tx.execute(f"INSERT INTO {name} ({', '.join(row)}) VALUES ({slots})", *row.values())


async def counts(tx: Tx, name: str, *whose: UUID) -> list[int]:
    return [await tx.fetchval(COUNT.format(name), one) for one in whose]


@pytest.mark.parametrize("name", owned())
async def test_what_was_recorded_goes_and_comes_back(tx: Tx, name: str) -> None:
    one, other = await customer(tx), await customer(tx)
    await own(tx, name, other)
    await merge(tx, one, other, occasion=occasion())
    assert await counts(tx, name, one, other) == [1, 0]
    assert await tx.fetchval(f"SELECT recorded_for FROM {name} WHERE customer_id = $1", one) == other
    await unmerge(tx, one, other, occasion=occasion())
    assert await counts(tx, name, one, other) == [0, 1]


@pytest.mark.parametrize("name", DERIVED)
async def test_what_is_derived_does_not_stay_with_who_is_gone(tx: Tx, name: str) -> None:
    one, other = await customer(tx), await customer(tx)
    await own(tx, name, other)
    await merge(tx, one, other, occasion=occasion())
    assert await counts(tx, name, other) == [0]


@pytest.mark.parametrize("name", sorted(PAST))
async def test_what_was_so_stays_with_whom_it_was_so_of(tx: Tx, name: str) -> None:
    one, other = await customer(tx), await customer(tx)
    await own(tx, name, other)
    await merge(tx, one, other, occasion=occasion())
    assert await counts(tx, name, one, other) == [0, 1]
    await unmerge(tx, one, other, occasion=occasion())
    assert await counts(tx, name, one, other) == [0, 1]


async def test_who_comes_back_has_a_score_row_and_a_mark_beyond_all_before(tx: Tx) -> None:
    one, other = await customer(tx), await customer(tx)
    await tx.execute("UPDATE customer_mark SET wanted = 7, done = 7 WHERE customer_id = $1", other)
    await merge(tx, one, other, occasion=occasion())
    await unmerge(tx, one, other, occasion=occasion())
    assert await counts(tx, "customer_score", one, other) == [1, 1]
    wanted = await tx.fetchval("SELECT wanted FROM customer_mark WHERE customer_id = $1 AND done < wanted", other)
    assert wanted > 7
