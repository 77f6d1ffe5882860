"""Temporary tables that a session keeps: made once, emptied when a transaction commits.

A call of one order would else spend nearly all its time on making twenty tables, on planning for them, and on dropping
them. Statements are written for tables that live as long as their transaction (t_…), and are turned round here.
"""

import re
from collections.abc import Sequence
from functools import cache

from domain.database import Tx

STAGING = "kept_call"
_NAME = re.compile(r"\bt_(?=\w)")
_MADE_OF = re.compile(r"CREATE TEMP TABLE (?:IF NOT EXISTS )?(\w+) ON COMMIT DROP AS\b")
_MADE = re.compile(r"CREATE TEMP TABLE (?:IF NOT EXISTS )?(\w+) \(")
_VALUE = re.compile(r"\$(\d+)")
# Made last of all: it is there if all are, and has pages if they have rows.
_LAST = "kept_last"
_STATE = f"SELECT pg_relation_size(to_regclass('pg_temp.{_LAST}'))"
_FILL = f"INSERT INTO {_LAST} VALUES (true)"
_ALL = r"SELECT c.relname FROM pg_class c WHERE c.relnamespace = pg_my_temp_schema() AND c.relname LIKE 'kept\_%'"


@cache
def filling(text: str) -> str:
    """The statement for tables that are there already; empty where it only makes one."""
    text = _NAME.sub("kept_", text)
    if _MADE.match(text):
        return ""
    if text.startswith("DROP TABLE "):
        return text.replace("DROP TABLE ", "DELETE FROM ", 1)
    return _MADE_OF.sub(r"INSERT INTO \1", text, count=1)


@cache
def making(text: str) -> str:
    """The statement that makes a table, without its rows."""
    made = _NAME.sub("kept_", text).replace("ON COMMIT DROP", "ON COMMIT DELETE ROWS", 1)
    return f"{made} WITH NO DATA" if _MADE_OF.match(_NAME.sub("kept_", text)) else made


async def open_kept(tx: Tx, texts: Sequence[str]) -> None:
    """Sees to it that the tables that these statements make are there and empty."""
    pages = await tx.fetchval(_STATE)
    if pages is None:
        for text in texts:
            numbers = [int(number) for number in _VALUE.findall(text)]
            await tx.execute(making(text), *[None] * max(numbers, default=0))
        await tx.execute(f"CREATE TEMP TABLE {_LAST} (filled boolean) ON COMMIT DELETE ROWS")
    elif pages:  # by a deed before this one in the same transaction, or by one that was rolled back
        for row in await tx.fetch(_ALL):
            await tx.execute(f"DELETE FROM {row[0]}")
    await tx.execute(_FILL)
