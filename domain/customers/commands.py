"""Deeds on customers that facts bring with them: prospects, the first and the last touch, the mark of a change."""

from pathlib import Path

from domain import identity
from domain.customers.restating import restate
from domain.staged import Batch

_TOUCH = Path(__file__).parent / "sql" / "touch.sql"


async def welcome(batch: Batch, *, new: bool = True) -> None:
    """Makes the prospects of t_prospect, if there are `new` ones, with the score row that every customer has."""
    if new:
        await batch.run(_TOUCH, "prospects", batch.now)
        await batch.run(_TOUCH, "scores", batch.now)
    await restate(batch.tx, await identity.keep_copies(batch, new=new), batch.now, added=True)


async def touched(batch: Batch) -> None:
    """Tells customers of t_touch when something last passed; t_marked begins with them."""
    await batch.run(_TOUCH, "touched")
    await batch.run(_TOUCH, "marked")


async def mark(batch: Batch) -> None:
    """Marks the customers of t_marked as changed, so that their summaries and scores follow."""
    await batch.run(_TOUCH, "marks", batch.now)
