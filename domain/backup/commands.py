"""Writing everything back: one transaction that empties the tables, loads them by COPY and checks what it loaded."""

import hashlib
from collections.abc import AsyncIterator
from typing import Final
from zipfile import ZipFile

import asyncpg

from domain.backup.archive import CHUNK, BadBackup, Manifest, Progress, TableEntry, entry_name
from domain.database import Tx
from domain.tables import metadata
from domain.touchpoints.partitions import make_years

_TRIES: Final = 60
# Less than the second after which Postgres looks for deadlocks, so that it is never the others who are thrown out.
_WAIT: Final = "SET LOCAL lock_timeout = '500ms'"
_NO_MORE: Final = "SET LOCAL lock_timeout TO DEFAULT"


async def restore_tables(tx: Tx, archive: ZipFile, manifest: Manifest, *, progress: Progress) -> None:
    """Replaces all that is there by what the backup holds. The database must be at the backup's revision.

    Raises BadBackup where a table's bytes are not those that were written, or where others never leave the tables to
    us; nothing is changed then.
    """
    at = await tx.fetchval("SELECT version_num FROM alembic_version")
    if at != manifest.revision:
        raise BadBackup(f"the database is at revision {at}, the backup at {manifest.revision}: migrate to that first")
    await _empty(tx)
    await make_years(tx, manifest.touchpoint_years)
    for entry in manifest.tables:
        await _load(tx, archive, entry, progress)
    await tx.execute("CREATE OR REPLACE VIEW customer_score AS SELECT * FROM customer_score_a")


async def _empty(tx: Tx) -> None:
    """Whoever reads in another order than we lock in would end with us in a deadlock: we let go, and they get on."""
    for _ in range(_TRIES):
        try:
            async with tx.transaction():
                await tx.execute(_WAIT)
                await tx.execute(f"TRUNCATE {', '.join(sorted(metadata.tables))}")
        except (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError):
            continue
        await tx.execute(_NO_MORE)
        return
    raise BadBackup("others are at work in the database all the time: stop the web process and the workers first")


async def _load(tx: Tx, archive: ZipFile, entry: TableEntry, progress: Progress) -> None:
    if entry.name not in metadata.tables:
        raise BadBackup(f"the backup holds the table {entry.name}, which this Rapport does not know: use a newer one")
    digest = hashlib.sha256()

    async def source() -> AsyncIterator[bytes]:
        with archive.open(entry_name(entry.name)) as file:
            while part := file.read(CHUNK):
                digest.update(part)
                progress(entry.name, len(part))
                yield part

    status = await tx.copy_to_table(entry.name, source=source(), columns=list(entry.columns), format="text")
    if digest.hexdigest() != entry.sha256 or int(status.split()[-1]) != entry.rows:
        raise BadBackup(f"the table {entry.name} in the backup is damaged: nothing was restored")
