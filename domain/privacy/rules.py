"""What is forgotten and what stays when a person is erased, read from the columns themselves.

Forgetting is the rule: a customer-owned table goes with its customer unless it is kept for the totals, and in a kept
table every text, list and JSON goes unless it is a closed set or one of the few that name nobody.
"""

from collections.abc import Iterator
from enum import StrEnum

from sqlalchemy import ARRAY, CheckConstraint, Column, Date, DateTime, Integer, SmallInteger, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from domain.columns import Placement
from domain.tables import metadata

KEPT = frozenset(
    {
        *("customer", "customer_alias", "customer_merge", "customer_month", "touchpoint"),
        *("customer_order", "order_line", "order_payment", "order_return", "return_line", "campaign_contact"),
    }
)
"""Rows that totals are made of, and ids that lead somewhere; they stay, without a word about the person."""

NAMES_NOBODY = frozenset({"source", "currency", "category", "variant"})
"""Free texts that stay in a kept row: the system that sent it, the money, the product group, the campaign's wording."""

PROFILE = "customer"


class Fate(StrEnum):
    """What becomes of a column of a kept row."""

    STAYS = "stays"
    NULL = "null"
    EMPTY_TEXT = "empty text"
    EMPTY_LIST = "empty list"
    EMPTY_JSON = "empty json"
    RANDOM = "random"  # a text that is part of a key
    MONTH = "month"  # an instant is cut to its month


def owned() -> Iterator[Table]:
    """Every table whose rows belong to a customer, in the order of their names."""
    for name in sorted(metadata.tables):
        table = metadata.tables[name]
        if table.info.get("placement") == Placement.DISTRIBUTED and table.info.get("by") == "customer_id":
            yield table


def fate(table: Table, column: "Column[object]") -> Fate:
    """What becomes of this column where the table's rows are kept."""
    if isinstance(column.type, DateTime):
        return Fate.STAYS if column.name == "erased_at" else Fate.MONTH
    if isinstance(column.type, Text | JSONB | ARRAY):
        return Fate.STAYS if column.name in NAMES_NOBODY or _is_closed(table, column) else _emptied(column)
    if isinstance(column.type, Uuid) and column.info.get("personal"):
        return Fate.NULL
    if table.name == PROFILE and isinstance(column.type, Date | Integer | SmallInteger):
        return Fate.NULL
    return Fate.STAYS


def _emptied(column: "Column[object]") -> Fate:
    if column.nullable:
        return Fate.NULL
    if column.primary_key:
        return Fate.RANDOM
    if isinstance(column.type, ARRAY):
        return Fate.EMPTY_LIST
    return Fate.EMPTY_JSON if isinstance(column.type, JSONB) else Fate.EMPTY_TEXT


def _is_closed(table: Table, column: "Column[object]") -> bool:
    """Whether a CHECK lists the values that it may have."""
    checks = {check.name for check in table.constraints if isinstance(check, CheckConstraint)}
    return f"{table.name}_{column.name}_known" in checks
