"""Facts move between customers: whatever table says for whom its rows were recorded, as the database's catalogue tells.

Nobody lists the tables: a new one that has `recorded_for` moves with all others.
"""

from collections.abc import Collection, Mapping
from pathlib import Path
from uuid import UUID

from domain.database import Tx
from domain.sqlfile import statements

_TABLES = statements(Path(__file__).parent / "sql" / "join.sql")["tables"]
MANY = frozenset({"touchpoint", "customer_order", "order_line", "order_payment", "order_return", "return_line"})
"""Where one customer may have very many rows."""
# customer_id is what rows are distributed by: they are deleted and inserted anew, never updated.
_INSERT = "WITH moved AS ({gone}) INSERT INTO {table} (customer_id, {columns}) SELECT m.to_id, {values} FROM moved m"
_ALL = (
    "DELETE FROM {table} f USING unnest($1::uuid[], $2::uuid[]) AS j (gone, to_id) WHERE f.customer_id = j.gone"
    " RETURNING j.to_id, f.*"
)
_OF = (
    "DELETE FROM {table} f WHERE f.customer_id = $1 AND f.recorded_for = ANY ($3::uuid[])"
    " RETURNING $2::uuid AS to_id, f.*"
)


async def move_all(tx: Tx, gone: Mapping[UUID, UUID], *, but: Collection[str] = ()) -> None:
    """All facts of each key become its value's, `but` of these tables; for whom they were recorded stays."""
    await _move(tx, _ALL, list(gone), list(gone.values()), but=but)


async def move_back(tx: Tx, survivor: UUID, to: UUID, group: list[UUID]) -> None:
    """The survivor's facts that were recorded for one of the group become that customer's again."""
    await _move(tx, _OF, survivor, to, group)


async def _move(tx: Tx, gone: str, *values: object, but: Collection[str] = ()) -> None:
    for row in await tx.fetch(_TABLES):
        table, columns = row["name"], row["columns"]
        if table in but:
            continue
        told = ", ".join(f"m.{column}" for column in columns.split(", "))
        text = _INSERT.format(gone=gone.format(table=table), table=table, columns=columns, values=told)
        await tx.execute(text, *values)
