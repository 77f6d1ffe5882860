"""Reading everything: each table by COPY within one snapshot."""

from datetime import datetime
from zipfile import ZipFile

import msgspec

from domain.backup.archive import FORMAT, MANIFEST, SECRET, Manifest, Progress, TableEntry, TableWriter, open_entry
from domain.clock import told
from domain.database import Tx, copy_out
from domain.deployment import Secret
from domain.tables import metadata

LEFT_OUT = {"customer_score_b", "worker_beat"}
"""The idle twin is read through the view as the first; who was at work then is of no use later."""


async def is_empty(tx: Tx) -> bool:
    """Whether nobody has recorded anything yet, so that a restore can lose nothing."""
    there = await tx.fetchval(
        "SELECT EXISTS (SELECT FROM customer) OR EXISTS (SELECT FROM product) OR EXISTS (SELECT FROM campaign)"
    )
    return not there


async def write_tables(tx: Tx, archive: ZipFile, *, secret: Secret, now: datetime, progress: Progress) -> Manifest:
    """Writes every table as of the transaction's snapshot, which must be REPEATABLE READ."""
    # Before the snapshot: a switch to scores that it does not see would leave the view empty for it.
    await tx.execute("LOCK TABLE customer_score IN ACCESS SHARE MODE")
    entries = [await _write(tx, archive, table, progress) for table in sorted(metadata.tables) if table not in LEFT_OUT]
    manifest = Manifest(
        format=FORMAT,
        made_at=told(now),
        revision=await tx.fetchval("SELECT version_num FROM alembic_version"),
        secret_fingerprint=secret.fingerprint,
        tables=tuple(entries),
        touchpoint_years=tuple(await _years(tx)),
    )
    archive.writestr(SECRET, secret.value.hex())
    archive.writestr(MANIFEST, msgspec.json.format(msgspec.json.encode(manifest), indent=1))
    return manifest


async def _write(tx: Tx, archive: ZipFile, table: str, progress: Progress) -> TableEntry:
    columns = tuple(column.name for column in metadata.tables[table].columns)
    listed = ", ".join(f'"{name}"' for name in columns)
    source = "customer_score" if table == "customer_score_a" else table
    with open_entry(archive, table) as entry:
        writer = TableWriter(entry, lambda size: progress(table, size))
        status = await copy_out(tx, f"SELECT {listed} FROM {source}", output=writer, format="text")
    return TableEntry(table, columns, int(status.split()[-1]), writer.size, writer.digest.hexdigest())


async def _years(tx: Tx) -> list[int]:
    rows = await tx.fetch(
        "SELECT substring(c.relname from '\\d{4}$')::int AS year"
        " FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
        " WHERE i.inhparent = 'touchpoint'::regclass AND c.relname ~ '_\\d{4}$' ORDER BY 1"
    )
    return [row["year"] for row in rows]
