"""How far everything that will ever be there is there: what is asked again and again overlaps by that much."""

from datetime import datetime

from domain.database import Tx

# A row is dated when its request came; it is seen when its transaction commits. So whatever is dated before the oldest
# transaction that may still commit has been seen. Who has written nothing for longer than any request may take, writes
# nothing that is dated so early; half a minute is for clocks that differ, and for requests that waited for their turn.
_SEEN_UNTIL = """
SELECT least(clock_timestamp(), min(CASE WHEN backend_xid IS NULL
    THEN greatest(xact_start, clock_timestamp() - interval '40 seconds') ELSE xact_start END))
  - interval '30 seconds'
FROM pg_stat_activity
WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()
  AND xact_start IS NOT NULL
"""


async def seen_until(tx: Tx) -> datetime:
    """Whatever is dated before this instant, and will ever be there, is there."""
    found: datetime = await tx.fetchval(_SEEN_UNTIL)
    return found
