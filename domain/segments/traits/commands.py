"""The nightly count of what customers have in common, which the traits of segments are held against."""

from datetime import datetime

from domain.database import Tx
from domain.segments.traits.queries import PERSONAL, numbers, statement, words
from domain.settings import Settings

_UNHURRIED = "SET LOCAL statement_timeout = 0; SET LOCAL work_mem = '128MB'"
_PARTS = 65_536
MOST_CUSTOMERS = 200_000
"""Of so many it is counted: the shares are within a quarter of a percentage point then, 95 times in 100."""
MOST_VALUES = 200
"""Of one attribute: the commonest."""


async def count(tx: Tx, *, now: datetime) -> int:
    """Writes the table anew; how many values it has. Whoever reads meanwhile sees that of before."""
    await tx.execute(_UNHURRIED)
    settings = await Settings.load(tx)
    customers: int = await tx.fetchval("SELECT count(*) FROM customer WHERE merged_into IS NULL AND erased_at IS NULL")
    await tx.execute(statement("whom"), min(_PARTS, -(-_PARTS * MOST_CUSTOMERS // max(customers, 1))))
    await tx.execute(statement("whom_known"))
    await tx.execute(statement("clear"))
    today = "($1::timestamptz AT TIME ZONE $4::text)::date"
    told = words("t_trait_whom", now="$1::timestamptz", today=today)
    listed = statement("count_words").format(words=told)
    await tx.execute(listed, now, list(PERSONAL), MOST_VALUES, settings.time_zone)
    await tx.execute(statement("count_numbers").format(numbers=numbers("t_trait_whom")), now)
    return int(await tx.fetchval(statement("counted")))
