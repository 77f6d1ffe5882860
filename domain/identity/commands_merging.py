"""Joining customers who turn out to be one: facts are re-inserted under the survivor, `recorded_for` is kept.

Undoing it, and which statement of the profile holds afterwards, come with the mutations that offer merging.
"""

from datetime import datetime
from pathlib import Path
from uuid import UUID

from domain import portfolio
from domain.database import Tx
from domain.errors import ErrorCode, Fault, Refused
from domain.ids import CustomerId, Prefix, to_public
from domain.ledger import mark_customers
from domain.settings import Settings
from domain.staged import Batch

_SQL = Path(__file__).parent / "sql" / "join.sql"
_FACTS = (
    "customer_identity touchpoint customer_order order_line order_payment order_return return_line customer_statement"
)
_CLAIMS = "identity_claim order_claim return_claim touchpoint_claim"
_COLUMNS = (
    "SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute"
    " WHERE attrelid = $1::regclass AND attnum > 1 AND NOT attisdropped"
)


_STANDS = """
SELECT customer_id, merged_into IS NULL AND erased_at IS NULL AS stands FROM customer
WHERE customer_id = ANY($1::uuid[]) ORDER BY customer_id FOR NO KEY UPDATE
"""


async def merge(tx: Tx, into: CustomerId, from_: CustomerId, *, now: datetime) -> None:
    """Everything of the second becomes the first's; the old id leads to the survivor, which is marked.

    At most one merge a transaction. Raises Refused where either is not there, or is merged or erased already.
    """
    await _lock(tx, into, from_)
    await join(Batch(tx, "", 0, await Settings.load(tx), now), {from_: into})
    await mark_customers(tx, [into], now)


async def _lock(tx: Tx, into: CustomerId, from_: CustomerId) -> None:
    """Both in the order of their ids, so that two merges never wait for each other."""
    if into == from_:
        raise Refused(Fault.invalid("is the same customer: name two", "from"))
    stands = {row["customer_id"]: row["stands"] for row in await tx.fetch(_STANDS, [into, from_])}
    for name, customer in (("into", into), ("from", from_)):
        if customer not in stands:
            raise Refused(Fault.not_found("is no customer", name))
        if not stands[customer]:
            subject = (to_public(Prefix.CUSTOMER, customer),)
            raise Refused(Fault(ErrorCode.IN_WRONG_STATE, "is merged or erased already", (name,), subject))


async def join(batch: Batch, gone: dict[UUID, UUID]) -> set[UUID]:
    """Joins each key to its value; the survivors. Both are locked already, in the order of their ids."""
    if not gone:
        return set()
    await batch.run(_SQL, "create", list(gone), list(gone.values()))
    for step in ("alias", "merged"):
        await batch.run(_SQL, step, batch.now)
    for step in ("aliases", "survivors"):
        await batch.run(_SQL, step)
    for table in _FACTS.split():
        await _move(batch, table)
    for table in _CLAIMS.split():
        text = f"UPDATE {table} f SET customer_id = j.into_id FROM t_join j WHERE f.customer_id = j.gone"
        await batch.tx.execute(text)
    await portfolio.open_months(batch)
    for step in ("months", "gone_months", "gone_scores", "gone_marks"):
        await batch.run(_SQL, step)
    await portfolio.add_months(batch)
    return set(gone.values())


async def _move(batch: Batch, table: str) -> None:
    """customer_id is what rows are distributed by: they are deleted and inserted anew, never updated."""
    columns = await batch.tx.fetchval(_COLUMNS, table)
    moved = f"DELETE FROM {table} f USING t_join j WHERE f.customer_id = j.gone RETURNING j.into_id, f.*"
    values = ", ".join(f"m.{column}" for column in columns.split(", "))
    await batch.tx.execute(
        f"WITH moved AS ({moved}) INSERT INTO {table} (customer_id, {columns}) SELECT m.into_id, {values} FROM moved m"
    )
