"""Deeds on the temporary tables of calls, which a session keeps (domain/commands_kept.py): opened, and filled."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from domain.commands_kept import STAGING, open_kept
from domain.database import Tx
from domain.sqlfile import statements
from domain.transfer.stage import Row

_STAGING_SQL = Path(__file__).parent / "sql" / "staging.sql"
# COPY asks for the columns' types first each time: for a few rows it is the dearer way.
_FEW = 50
_DISCOUNT = 21


async def keep(tx: Tx, tables: Iterable[str], made: Callable[[str], tuple[str, ...]]) -> None:
    """The staging tables and those of the deed are there and empty."""
    texts = (statements(_STAGING_SQL)[table].replace("{s}", STAGING) for table in tables)
    staging = [f"{text.replace('UNLOGGED', 'TEMP', 1)} ON COMMIT DROP" for text in texts]
    await open_kept(tx, (*staging, *made(STAGING)))


async def fill(tx: Tx, table: str, rows: list[Row]) -> None:
    if len(rows) > _FEW:
        await tx.copy_records_to_table(f"{STAGING}_{table}", records=rows)
    elif rows:
        values = ", ".join(f"${at + 1}" for at in range(len(rows[0])))
        await tx.executemany(f"INSERT INTO {STAGING}_{table} VALUES ({values})", rows)


def idle_steps(tables: Mapping[str, list[Row]]) -> frozenset[str]:
    """The steps of the deed on orders that have nothing to do for these rows."""
    discounts, payments = ({row[at] for row in tables["order"]} for at in (_DISCOUNT, -1))
    steps = {"discounts": discounts == {"0"}, "payments": payments == {None}}
    return frozenset(step for step, idle in steps.items() if idle)
