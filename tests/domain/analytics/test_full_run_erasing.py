"""A full run, and somebody who is erased while it goes on."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from domain.analytics.commands_full_run import House, score_everybody
from domain.analytics.compute import here
from domain.database import Database, Tx
from tests.domain.analytics.facts import NOW, buyer


async def test_who_is_erased_while_tallies_are_kept_leaves_none(db: Database) -> None:
    """Their tally is written before the erasure commits, which has seen none."""
    async with db.transaction() as tx:
        one, other = await buyer(tx, 30), await buyer(tx, 20)
    told: list[str] = []

    async def tell(share: float, detail: str) -> None:
        told.append(detail)

    @asynccontextmanager
    async def writing() -> AsyncIterator[Tx]:
        if told[-1] != "Keeping what was read":
            async with db.transaction() as tx:
                yield tx
            return
        async with db.transaction() as eraser:
            await eraser.execute("DELETE FROM customer_tally WHERE customer_id = $1", other)
            await eraser.execute("UPDATE customer SET erased_at = $2 WHERE customer_id = $1", other, NOW)
            async with db.transaction() as tx:
                yield tx
        told.append("Erased")

    await score_everybody(House(db.transaction, writing, here, tell), as_of=NOW)
    assert "Erased" in told
    async with db.transaction() as tx:
        kept = await tx.fetch("SELECT customer_id FROM customer_tally")
    assert [row["customer_id"] for row in kept] == [one]
