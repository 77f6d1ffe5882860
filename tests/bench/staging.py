"""Loading millions of rows: binary COPY straight out of arrays, and keys and indexes made when all are there."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime

import asyncpg
import numpy as np
from numpy.typing import NDArray

from domain.analytics.scoring.wire import HEADER, TRAILER, Kind, row_type

_ROWS_A_CHUNK = 100_000
_SIZES = {Kind.UUID: 16}
_2000 = int(datetime(2000, 1, 1, tzinfo=UTC).timestamp()) * 1_000_000


async def copy(
    connection: asyncpg.Connection[asyncpg.Record],
    table: str,
    columns: Mapping[str, NDArray[np.generic]],
    kinds: Mapping[str, Kind] | None = None,
) -> None:
    """Each column is a BIGINT unless `kinds` says what else it is; instants are microseconds since 1970."""
    kinds = kinds or {}
    layout = row_type([(name, kinds.get(name, Kind.BIG)) for name in columns])

    async def source() -> AsyncIterator[bytes]:
        yield HEADER
        for begin in range(0, len(next(iter(columns.values()))), _ROWS_A_CHUNK):
            some = {name: values[begin : begin + _ROWS_A_CHUNK] for name, values in columns.items()}
            rows = np.empty(len(next(iter(some.values()))), dtype=layout)
            rows["#"] = len(columns)
            for name, values in some.items():
                kind = kinds.get(name, Kind.BIG)
                rows[f"#{name}"] = _SIZES.get(kind, 8)
                rows[name] = values.astype(np.int64) - _2000 if kind is Kind.INSTANT else values
            yield rows.tobytes()
        yield TRAILER

    await connection.copy_to_table(table, source=source(), columns=list(columns), format="binary")


async def without_indexes(
    connection: asyncpg.Connection[asyncpg.Record], tables: Sequence[str], *, keys: bool = False
) -> list[str]:
    """Drops what would be kept up row by row, with `keys` primary keys too; gives the statements that make it again."""
    indexes = await connection.fetch(
        "SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition FROM pg_index"
        " WHERE indrelid = ANY ($1::text[]::regclass[]) AND NOT indisprimary",
        list(tables),
    )
    primary = await connection.fetch(
        "SELECT conrelid::regclass::text AS table, conname AS name, pg_get_constraintdef(oid) AS definition"
        " FROM pg_constraint WHERE conrelid = ANY ($1::text[]::regclass[]) AND contype = 'p'",
        list(tables) if keys else [],
    )
    for index in indexes:
        await connection.execute(f"DROP INDEX {index['name']}")
    for key in primary:
        await connection.execute(f"ALTER TABLE {key['table']} DROP CONSTRAINT {key['name']}")
    again = [f"ALTER TABLE {key['table']} ADD CONSTRAINT {key['name']} {key['definition']}" for key in primary]
    return [*again, *(index["definition"].replace(" ON ONLY ", " ON ") for index in indexes)]
