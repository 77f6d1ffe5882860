"""A body that waits for its import is looked through for a person, in a process of its own."""

import asyncio
from typing import Final

import asyncpg

from domain.database import connect
from domain.errors import Refused
from domain.privacy.traces import Traces
from domain.transfer.ahead import Pieces
from domain.transfer.reading import Source
from domain.transfer.uploads import Upload

_GONE: Final = asyncpg.UndefinedTableError


def names_person(url: str, upload: Upload, traces: Traces) -> bool:
    """Whether it names them, or cannot be read, so that nobody knows. False where it has gone meanwhile."""
    return asyncio.run(_search(url, upload, traces))


async def _search(url: str, upload: Upload, traces: Traces) -> bool:
    reading = await connect(url)
    try:
        return await asyncio.to_thread(traces.within, Source(Pieces(upload, reading)).chunks())
    except Refused:
        return True
    except _GONE:
        return False
    finally:
        reading.terminate()
