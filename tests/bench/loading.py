"""Loads the population into a migrated, empty database."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from itertools import islice
from pathlib import Path

import asyncpg

from tests.bench.population import facts
from tests.bench.rows import TABLES, Rows

_ROWS_A_CHUNK = 5_000


async def _chunks(rows: Iterator[tuple[str, ...]]) -> AsyncIterator[bytes]:
    while chunk := list(islice(rows, _ROWS_A_CHUNK)):
        yield "".join("\t".join(row) + "\n" for row in chunk).encode()


async def load(url: str, scale: float) -> None:
    """Facts by COPY, then what follows from them, then the statistics that plans are made of."""
    rows = Rows(facts(scale))
    connection = await asyncpg.connect(url, server_settings={"timezone": "UTC", "synchronous_commit": "off"})
    try:
        for table, columns in TABLES.items():
            made: Iterator[tuple[str, ...]] = getattr(rows, table)()
            await connection.copy_to_table(table, source=_chunks(made), columns=columns.split(), format="text")
        # The server's own settings are for questions; sums over everything want more room.
        await connection.execute("SET work_mem = '256MB'")
        await connection.execute(Path(__file__).with_name("derive.sql").read_text())
        await connection.execute("VACUUM (ANALYZE)")
    finally:
        await connection.close()
