"""A person with a word in every column that can hold one, built from the tables' own declarations."""

import re
from datetime import UTC, date, datetime
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Double,
    LargeBinary,
    Numeric,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeEngine

from domain.database import Tx
from domain.ids import new_id
from domain.privacy.rules import NAMES_NOBODY
from domain.tables import metadata

WORD = "zaubzer"
"""What is looked for afterwards; no other text has it."""
AT = datetime(2026, 3, 14, 9, 26, 53, 589793, tzinfo=UTC)
_LISTED = re.compile(r"'([^']+)'")


async def settle(tx: Tx) -> UUID:
    """One row in every table that has a customer's id, each text with the word in it."""
    customer = new_id(AT)
    for table in metadata.sorted_tables:
        if "customer_id" in table.columns and table.name != "customer_score_b":
            await _insert(tx, table, customer)
    return customer


async def _insert(tx: Tx, table: Table, customer: UUID) -> None:
    values = {c.name: _value(table, c, customer) for c in table.columns}
    names, places = ", ".join(values), ", ".join(f"${at}" for at in range(1, len(values) + 1))
    await tx.execute(f"INSERT INTO {table.name} ({names}) VALUES ({places})", *values.values())


def _value(table: Table, column: "Column[object]", customer: UUID) -> object:
    name = column.name
    if name in ("customer_id", "recorded_for"):
        return customer
    if name == "month":
        return date(2026, 3, 1)
    if name in ("merged_into", "erased_at", "survivor_id"):
        return customer if name == "survivor_id" else None
    if isinstance(column.type, Text):
        return _text(table, name)
    if isinstance(column.type, JSONB):
        return {WORD: [f"{WORD} {name}"]}
    if isinstance(column.type, ARRAY):
        return _several(column.type.item_type, customer, f"{WORD} {name}")
    return _plain(column, customer)


def _several(item: "TypeEngine[object]", customer: UUID, word: str) -> list[object]:
    """Nothing but text can hold a word."""
    if isinstance(item, Uuid):
        return [customer]
    return [word] if isinstance(item, Text) else []


def _plain(column: "Column[object]", customer: UUID) -> object:
    kinds: dict[type, object] = {
        Uuid: customer,
        DateTime: AT,
        Date: date(1970, 3, 14),
        Boolean: True,
        LargeBinary: WORD.encode(),
        Double: 0.5,
        Numeric: 5,
    }
    return next((value for kind, value in kinds.items() if isinstance(column.type, kind)), 7)


def _text(table: Table, name: str) -> str:
    for check in table.constraints:
        if isinstance(check, CheckConstraint) and check.name == f"{table.name}_{name}_known":
            return str(_LISTED.findall(str(check.sqltext))[0])
    names_nobody = NAMES_NOBODY | ({"actor", "action", "subject"} if table.name == "audit_entry" else set())
    return "shop" if name in names_nobody else f"{WORD} {name}"


async def everything(tx: Tx) -> dict[str, str]:
    """Every row of every table, as text."""
    return {
        name: await tx.fetchval(f"SELECT coalesce(string_agg(t::text, chr(10)), '') FROM {name} t")
        for name in metadata.tables
    }
