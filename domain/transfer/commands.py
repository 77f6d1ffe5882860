"""Deeds on an import's staging tables: made, filled by COPY, grouped into units, cut into batches, dropped."""

import re
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from domain.database import Tx
from domain.errors import ErrorCode
from domain.ids import new_id
from domain.sqlfile import statements
from domain.transfer.kinds import BATCH_ROWS, MOST_LINES, Reject
from domain.transfer.packing import CLOSING, OPENING, PACKED, packed
from domain.transfer.stage import Row

_SQL = Path(__file__).parent / "sql"
_KEPT = timedelta(hours=24)
_NAME = re.compile(r"import_([0-9a-f]{32})_\w+")
# Of what an operator's own import left under another role, nobody else has to be able to clean up.
_LEFT = (
    "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename LIKE 'import\\_%'"
    " AND pg_has_role(tableowner, 'MEMBER')"
)

# The first and the last, which is enough nearly always, and each.
_YEARS_BETWEEN = """
SELECT extract(year FROM min({1}) AT TIME ZONE 'UTC')::integer, extract(year FROM max({1}) AT TIME ZONE 'UTC')::integer
FROM {0}
"""
_YEARS = "SELECT DISTINCT extract(year FROM {1} AT TIME ZONE 'UTC')::integer FROM {0} ORDER BY 1"
# An upload's staging bears the name of its job, which may have waited long.
_WAITS = "SELECT EXISTS (SELECT FROM job WHERE job_id = $1 AND status IN ('QUEUED', 'RUNNING'))"


def name(now: datetime) -> str:
    return f"import_{new_id(now).hex}"


def lock_key(id_: UUID) -> int:
    """What an import that is no job holds while it lives."""
    return int.from_bytes(id_.bytes[8:], signed=True)


async def hold(tx: Tx, staging: str) -> None:
    """For as long as the connection lasts, or until `release`: whose staging it is, is at work."""
    await tx.execute("SELECT pg_advisory_lock($1)", lock_key(UUID(hex=staging.removeprefix("import_"))))


async def release(tx: Tx, staging: str) -> None:
    await tx.execute("SELECT pg_advisory_unlock($1)", lock_key(UUID(hex=staging.removeprefix("import_"))))


async def create(tx: Tx, staging: str, tables: Iterable[str], *, temporary: bool = False) -> None:
    for table in tables:
        text = statements(_SQL / "staging.sql")[table].replace("{s}", staging)
        await tx.execute(text.replace("UNLOGGED", "TEMP", 1) if temporary else text)
        if not temporary:  # what is soon dropped is not worth cleaning up
            await tx.execute(f"ALTER TABLE {staging}_{table} SET (autovacuum_enabled = false)")


async def copy(tx: Tx, staging: str, table: str, rows: list[Row]) -> None:
    if table == PACKED:
        await copy_packed(tx, staging, list(map(packed, rows)))
    else:
        await tx.copy_records_to_table(f"{staging}_{table}", records=rows)


async def copy_packed(tx: Tx, staging: str, rows: Sequence[bytes]) -> None:
    """Staged touchpoints that are packed already."""
    await tx.copy_to_table(f"{staging}_{PACKED}", source=_pieces(rows), format="binary")


async def _pieces(rows: Sequence[bytes]) -> AsyncIterator[bytes]:
    yield OPENING
    yield b"".join(rows)
    yield CLOSING


async def drop(tx: Tx, staging: str) -> None:
    for row in await tx.fetch(_LEFT):
        if row[0].startswith(staging):
            await tx.execute(f"DROP TABLE IF EXISTS {row[0]}")


async def sweep(tx: Tx, now: datetime) -> None:
    """Drops what imports that were killed more than a day ago left behind."""
    limit = int((now - _KEPT).timestamp() * 1000)
    for row in await tx.fetch(_LEFT):
        found = _NAME.fullmatch(row[0])
        if found and UUID(hex=found[1]).int >> 80 < limit and not await tx.fetchval(_WAITS, UUID(hex=found[1])):
            await tx.execute(f"DROP TABLE IF EXISTS {row[0]}")


async def prepare(tx: Tx, staging: str, file: str, steps: Iterable[str]) -> None:
    """Groups rows into units, numbers batches: the steps of a file, in order."""
    texts = statements(_SQL / f"{file}.sql")
    for step in steps:
        text = texts[step].replace("{s}", staging)
        await tx.execute(text.replace("{rows}", str(BATCH_ROWS)).replace("{most}", str(MOST_LINES)))


async def batches(tx: Tx, staging: str, table: str, lines: str | None) -> int:
    """How many batches there are to record; both tables can be read by batch afterwards."""
    for one in filter(None, (table, lines)):
        await tx.execute(f"CREATE INDEX ON {staging}_{one} (batch)")
        await tx.execute(f"ANALYZE {staging}_{one} (batch, seq)")
    last = await tx.fetchval(f"SELECT max(batch) FROM {staging}_{table}")
    return 0 if last is None else int(last) + 1


async def refused_rows(tx: Tx, staging: str) -> AsyncIterator[Reject]:
    """What grouping refused, a bounded number of rows at a time."""
    async for row in tx.cursor(f"SELECT line, field, code, reason FROM {staging}_fault ORDER BY line", prefetch=1000):
        yield Reject(row[0], row[1], ErrorCode(row[2]), row[3])


async def refused_units(tx: Tx, staging: str) -> int:
    return int(await tx.fetchval(f"SELECT count(DISTINCT claim) FROM {staging}_bad") or 0)


async def lines_of(tx: Tx, staging: str, table: str, seqs: list[int]) -> list[tuple[int, int, int]]:
    """(seq, position, line) of units, for telling every row of a refused unit."""
    query = f"SELECT seq, position, line FROM {staging}_{table} WHERE seq = ANY ($1::bigint[]) ORDER BY seq, position"
    return [(row[0], row[1], row[2]) for row in await tx.fetch(query, seqs)]


async def units(tx: Tx, staging: str, table: str, number: int, dated: str | None) -> list[int]:
    """The units of a batch in the order in which they are recorded."""
    order = "seq" if dated is None else f"{dated}, seq"
    query = f"SELECT seq FROM {staging}_{table} WHERE batch = $1 ORDER BY {order}"
    return [row[0] for row in await tx.fetch(query, number)]


async def renumber(tx: Tx, staging: str, tables: Iterable[str], number: int, part: int, seqs: Sequence[int]) -> None:
    """Some units of a batch become one of their own."""
    for table in tables:
        query = f"UPDATE {staging}_{table} SET batch = $2 WHERE batch = $1 AND seq = ANY ($3::bigint[])"
        await tx.execute(query, number, part, seqs)


async def make_years(tx: Tx, staging: str, table: str, column: str) -> None:
    """Makes the touchpoint years that the import needs first; what waited in the default partition moves there."""
    there = {row[0] for row in await tx.fetch("SELECT tablename FROM pg_tables WHERE tablename LIKE 'touchpoint\\_%'")}
    edges = await tx.fetchrow(_YEARS_BETWEEN.format(f"{staging}_{table}", column))
    if (
        edges is None
        or edges[0] is None
        or all(f"touchpoint_{year}" in there for year in range(edges[0], edges[1] + 1))
    ):
        return
    for row in await tx.fetch(_YEARS.format(f"{staging}_{table}", column)):
        if f"touchpoint_{row[0]}" not in there:
            await _make_year(tx, row[0])


async def _make_year(tx: Tx, year: int) -> None:
    since, until = f"'{year}-01-01T00:00:00Z'", f"'{year + 1}-01-01T00:00:00Z'"
    part = f"touchpoint_{year}"
    async with tx.transaction():
        await tx.execute("SELECT pg_advisory_xact_lock(hashtext('touchpoint years'))")
        if await tx.fetchval("SELECT to_regclass($1)", part):
            return
        await tx.execute(f"CREATE TABLE {part} (LIKE touchpoint INCLUDING DEFAULTS INCLUDING CONSTRAINTS)")
        moved = f"DELETE FROM touchpoint_default WHERE occurred_at >= {since} AND occurred_at < {until} RETURNING *"
        await tx.execute(f"WITH moved AS ({moved}) INSERT INTO {part} SELECT * FROM moved")
        await tx.execute(f"ALTER TABLE touchpoint ATTACH PARTITION {part} FOR VALUES FROM ({since}) TO ({until})")
