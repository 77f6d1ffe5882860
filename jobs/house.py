"""Errands that keep the house in order, done in the transaction of their firing."""

from datetime import datetime

from domain.database import Tx
from domain.ledger.beats import forget_the_silent
from domain.touchpoints.partitions import make_years, years_that_wait


async def make_touchpoint_years(tx: Tx, now: datetime) -> None:
    """The next two years are at hand, and what waits in the default partition moves to the year it belongs to."""
    await make_years(tx, {now.year, now.year + 1, now.year + 2} | await years_that_wait(tx, now))


async def tidy(tx: Tx, now: datetime) -> None:
    await forget_the_silent(tx)
