"""A backup holds everything: what is restored is what was there, row by row, and a damaged one changes nothing."""

import asyncio
import io
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from zipfile import ZipFile

import pytest

from domain import backup
from domain.database import Tx, connect
from domain.deployment import Secret
from domain.tables import metadata

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
SECRET = Secret(bytes(range(32)))

ROWS = """
INSERT INTO customer (customer_id, display_name, address_lines, attributes, created_at, updated_at)
SELECT uuid_in(md5(n::text)::cstring), E'Zoë\\t"\\\\N"\\n' || n, ARRAY['1, Main St', NULL], '{"a": [1, "ü"]}', $1, $1
FROM generate_series(1, 300) n;
INSERT INTO customer_score (customer_id, lifecycle_since, predicted)
SELECT customer_id, $1, 12.345678 FROM customer;
INSERT INTO touchpoint (customer_id, occurred_at, touchpoint_id, recorded_for, channel, kind, function, direction,
 recorded_at, source)
SELECT customer_id, $1::timestamptz - interval '20 years', customer_id, customer_id, 'WEB', 'VISIT', 'MARKETING',
 'INBOUND', $1::timestamptz, 's'
FROM customer;
"""


@contextmanager
def reopened(data: bytes) -> Iterator[ZipFile]:
    with ZipFile(io.BytesIO(data)) as archive:
        yield archive


async def made_backup(url: str) -> bytes:
    connection = await connect(url)
    for statement in ROWS.strip().split(";\n"):
        if statement.strip(";"):
            await connection.execute(statement.strip(";"), NOW)
    kept = io.BytesIO()
    with ZipFile(kept, "w") as archive:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            await backup.write_tables(connection, archive, secret=SECRET, now=NOW, progress=lambda *_: None)
    await connection.close()
    return kept.getvalue()


async def everything(tx: Tx) -> dict[str, object]:
    """A digest of every table, in the order of its text."""
    digest = "SELECT md5(coalesce(string_agg(r::text, '|' ORDER BY r::text COLLATE \"C\"), '')) FROM {} r"
    return {name: await tx.fetchval(digest.format(name)) for name in metadata.tables if name != "worker_beat"}


async def test_what_is_restored_is_what_was_there(database_url: str, another_database_url: str) -> None:
    data = await made_backup(database_url)
    there, here = await connect(another_database_url), await connect(database_url)
    with reopened(data) as archive:
        manifest = backup.read_manifest(archive)
        async with there.transaction():
            await backup.restore_tables(there, archive, manifest, progress=lambda *_: None)
    assert await everything(there) == await everything(here)
    assert await there.fetchval("SELECT count(*) FROM customer_score") == 300
    assert not await backup.is_empty(there)
    await there.close()
    await here.close()


async def test_a_backup_carries_the_secret_that_its_claims_were_made_under(database_url: str) -> None:
    with reopened(await made_backup(database_url)) as archive:
        assert Secret.parse(archive.read(backup.SECRET).decode()) == SECRET
        assert backup.read_manifest(archive).secret_fingerprint == SECRET.fingerprint


async def test_a_damaged_table_changes_nothing(database_url: str, another_database_url: str) -> None:
    data = await made_backup(database_url)
    damaged = io.BytesIO()
    with reopened(data) as good, ZipFile(damaged, "w") as bad:
        for name in good.namelist():
            content = good.read(name)
            bad.writestr(name, content.replace(b"12.345678", b"12.345679") if "score" in name else content)
    there = await connect(another_database_url)
    with reopened(damaged.getvalue()) as archive:
        manifest = backup.read_manifest(archive)
        with pytest.raises(backup.BadBackup, match="customer_score_a in the backup is damaged"):
            async with there.transaction():
                await backup.restore_tables(there, archive, manifest, progress=lambda *_: None)
    assert await backup.is_empty(there)
    await there.close()


WAITS = "SELECT EXISTS (SELECT FROM pg_locks l WHERE l.pid = $1 AND NOT l.granted)"


async def test_whoever_reads_in_another_order_gets_on_and_so_does_the_restoring(
    database_url: str, another_database_url: str
) -> None:
    """A worker that is still there has read one of the last tables, and now wants one of the first.

    The restoring has looked for a deadlock before there is one, and the worker never does: nobody but the restoring can
    let go, and it has to do so unasked.
    """
    data = await made_backup(database_url)
    there, other, looking = [await connect(another_database_url) for _ in range(3)]
    await there.execute("SET deadlock_timeout = '10ms'")
    await other.execute("SET deadlock_timeout = '10min'")
    first, last = min(metadata.tables), max(metadata.tables)
    pid = await there.fetchval("SELECT pg_backend_pid()")

    async def restored() -> None:
        with reopened(data) as archive:
            manifest = backup.read_manifest(archive)
            async with there.transaction():
                await backup.restore_tables(there, archive, manifest, progress=lambda *_: None)

    async with asyncio.timeout(60):
        async with other.transaction():
            await other.fetchval(f"SELECT count(*) FROM {last}")
            restoring = asyncio.create_task(restored())
            while not await looking.fetchval(WAITS, pid):  # noqa: ASYNC110 (what is waited for sets no event)
                await asyncio.sleep(0.01)
            await asyncio.sleep(0.1)
            await other.fetchval(f"SELECT count(*) FROM {first}")
        await restoring
    assert await there.fetchval("SELECT count(*) FROM customer_score") == 300
    assert await there.fetchval("SELECT current_setting('lock_timeout')") == "0"
    for connection in (there, other, looking):
        await connection.close()


async def test_a_file_without_its_end_is_told_to_be_no_backup(database_url: str) -> None:
    other = io.BytesIO()
    with ZipFile(other, "w") as archive:
        archive.writestr("tables/customer.copy", b"")
    with reopened(other.getvalue()) as archive, pytest.raises(backup.BadBackup, match="no backup of Rapport"):
        backup.read_manifest(archive)
