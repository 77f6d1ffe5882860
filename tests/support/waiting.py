"""Waiting for something to become true, and looking whether somebody waits or a process is gone."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

PATIENCE: Final = 60.0
"""Seconds after which what was to come never will: no more than a net, for a machine may stall for a while."""

# How many in this database wait for a lock, in general and for a table ($1): the server is shared, and the databases
# on it are copies whose tables have the same numbers.
WAITING: Final = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
WAITING_FOR: Final = (
    "SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = database"
    " WHERE NOT granted AND datname = current_database() AND relation = to_regclass($1)"
)


def soon(true: Callable[[], bool], within: float = PATIENCE) -> bool:
    """Whether it becomes true in time."""
    end = time.monotonic() + within
    while not true() and time.monotonic() < end:
        time.sleep(0.02)
    return true()


async def eventually(true: Callable[[], bool], within: float = PATIENCE) -> bool:
    """The same, while the loop goes on."""
    end = time.monotonic() + within
    while not true() and time.monotonic() < end:  # noqa: ASYNC110 (what is waited for sets no event)
        await asyncio.sleep(0.02)
    return true()


def gone(pid: int) -> bool:
    """Whether no such process runs; one that nobody has waited for yet counts as gone."""
    stat = Path(f"/proc/{pid}/stat")
    try:
        return stat.read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except OSError:
        return True
