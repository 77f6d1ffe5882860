"""Errands that keep the house in order, done in the transaction of their firing."""

from datetime import datetime

from domain import audit, idempotency
from domain.analytics import commands_snapshots
from domain.database import Tx
from domain.ledger.beats import forget_the_silent
from domain.touchpoints.partitions import make_years, years_that_wait

_BATCHES = 10


async def make_touchpoint_years(tx: Tx, now: datetime) -> None:
    """The next two years are at hand, and what waits in the default partition moves to the year it belongs to."""
    await make_years(tx, {now.year, now.year + 1, now.year + 2} | await years_that_wait(tx, now))


async def seal_audit(tx: Tx, now: datetime) -> None:
    """Entries of the audit log get their places in its chains."""
    for _ in range(_BATCHES):
        if not await audit.seal(tx, now=now):
            return


async def tidy_answers(tx: Tx, now: datetime) -> None:
    """Answers that were kept for who sends the same request again, and need not be any longer."""
    for _ in range(_BATCHES):
        if not await idempotency.tidy(tx, now=now):
            return


async def tidy(tx: Tx, now: datetime) -> None:
    """Workers that are no more, and what changed from night to night so long ago that the months are enough."""
    await forget_the_silent(tx)
    for _ in range(_BATCHES):
        if not await commands_snapshots.tidy(tx, now):
            return
