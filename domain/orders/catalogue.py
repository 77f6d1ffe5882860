"""Deeds on products: a batch of staged products is recorded; prices and costs keep their history."""

from pathlib import Path

from domain.segments.membership.commands_asking import products_changed
from domain.staged import Batch, Counts, Outcome, RowTold

_SQL = Path(__file__).parent / "sql" / "products.sql"


async def record_products(batch: Batch) -> Outcome:
    """New ones are created, known ones changed where a given field differs; a sku that stands twice goes in turn."""
    outcome = Outcome(Counts(), [])
    for turn in range(1, await batch.number_of(_SQL, "rounds", batch.number) + 1):
        await batch.run(_SQL, "batch", batch.number, turn)
        outcome.faults.extend(await batch.faults(_SQL, "faults"))
        await batch.run(_SQL, "unfit")
        size = await batch.number_of(_SQL, "size")
        created = await batch.run(_SQL, "create", batch.now)
        await batch.run(_SQL, "first_prices", batch.now)
        await batch.run(_SQL, "made_by_others")
        await batch.run(_SQL, "lock")
        updated = await batch.run(_SQL, "changed")
        await batch.run(_SQL, "update", batch.now)
        await batch.run(_SQL, "next_prices", batch.now)
        if batch.tells:
            outcome.rows.extend([RowTold(*row) for row in await batch.fetch(_SQL, "told")])
        await batch.run(_SQL, "done")
        if updated:
            await products_changed(batch.tx, batch.now)
        outcome.counts.created += created
        outcome.counts.updated += updated
        outcome.counts.duplicates += size - created - updated
    return outcome
